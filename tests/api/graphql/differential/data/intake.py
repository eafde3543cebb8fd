"""Intake rules in their places and put away, of one version and of many, and what they did to tickets."""

from domain.kit.events import ActorKind
from domain.kit.ids import new_id
from domain.tickets.intake.conditions import Failing
from domain.tickets.intake.models import (
    IntakeFailure,
    IntakeRule,
    IntakeRuleSkill,
    IntakeRuleVersion,
    TicketIntake,
    TicketTag,
)
from domain.tickets.models import Ticket
from tests.api.graphql.differential.data.values import INSTANTS, TEXTS, nth
from tests.api.graphql.filled import Filled

TAGS = ("zwrot", "pilne", "żółć i łza", "a" * 40, "\N{GRINNING FACE}")
CONDITIONS = ("true", "order.present && order.total > 100", "ticket.subject.matches('a')", "1 / customer.orders == 1")


def add(filled: Filled) -> None:
    """Seven rules, of which three are put away."""
    for index in range(7):
        archived = nth(INSTANTS, index) if index > 3 else None
        rule = filled.add(
            IntakeRule,
            name=nth(TEXTS, index),
            position=None if archived else index + 1,
            created_at=nth(INSTANTS, index // 2),
            archived_at=archived,
        )
        for number in range(1, nth((1, 3, 7), index) + 1):
            place = index + number
            skills = nth(((), filled.ids("skill")[:1], filled.ids("skill")[:5]), place)
            version = filled.add(
                IntakeRuleVersion,
                rule_id=rule.id,
                number=number,
                condition=nth(CONDITIONS, place + 1),
                team_id=nth((None, filled.ids("team")[0]), place),
                priority=nth((None, 0, 9), place),
                sets_skills=bool(skills),
                language=nth((None, "uk", "de", None), place),
                needs_contact=nth((None, True, False), place),
                tags=list(TAGS[: place % 4]),
                stops=True if place % 4 == 0 else place % 2 == 0,
                actor_kind=nth((ActorKind.MEMBER, ActorKind.SYSTEM), place),
                actor_id=nth((filled.ids("member")[0], None, new_id()), place) if place % 2 == 0 else None,
                at=nth(INSTANTS, place),
            )
            for nth_skill, skill in enumerate(skills):
                filled.add(IntakeRuleSkill, version_id=version.id, skill_id=skill, level=nth((5, 1, 3), nth_skill))


def add_to(filled: Filled, ticket: Ticket, index: int) -> None:
    """What rules did to a ticket, if they did anything."""
    versions = filled.ids("intake_rule_version")
    team_id = str(filled.ids("team")[0])
    skills = dict(zip(map(str, filled.ids("skill")), (1, 5, 1), strict=False))
    sets = nth(
        (
            {},
            {"team_id": team_id, "priority": 9, "language": "uk"},
            {"skills": skills, "needs_contact": False},
        ),
        index,
    )
    if index % 3:
        filled.add(
            TicketIntake,
            ticket_id=ticket.id,
            acts=[
                {"version_id": str(nth(versions, index)), "sets": sets, "tags": list(TAGS[: index % 3])},
                {"version_id": str(nth(versions, index + 1)), "sets": {}, "stopped": True},
            ],
            before={"team_id": team_id, "priority": 0, "skills": {}, "language": None, "needs_contact": True},
            at=nth(INSTANTS, index),
        )
    for place in range(nth((0, 2, 7), index)):
        filled.add(
            IntakeFailure,
            ticket_id=ticket.id,
            version_id=nth(versions, place),
            why=nth(tuple(Failing), place),
            detail=nth(TEXTS, place),
            at=nth(INSTANTS, place // 2),
        )
    for tag in TAGS[: nth((0, 5, 1, 3), index)]:
        filled.add(TicketTag, ticket_id=ticket.id, tag=tag, at=nth(INSTANTS, index))
