"""What a rule would have done to the last tickets."""

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

import strawberry

from api.graphql import ids
from api.graphql.errors import permit, refusal
from api.graphql.payloads import id_of, with_ids
from api.graphql.reading import Info, to_one
from api.graphql.reading.describe import describe
from api.graphql.reading.nodes import link
from domain.agents import levels
from domain.kit.errors import DomainError, InvalidInput
from domain.tenants.permissions import Permission
from domain.tickets.intake import trying
from domain.tickets.intake.conditions import Failing
from domain.tickets.intake.rules import LONGEST_TAG, MOST_TAGS, Effects, Start
from domain.tickets.needs import MOST_SKILLS

if TYPE_CHECKING:
    from api.graphql.types.people import Skill, Team
    from api.graphql.types.tickets import Ticket

Described = strawberry.field


@strawberry.input(description="A skill that tickets are to ask for.")
class IntakeSkillInput:
    skill_id: UUID = id_of("skill", description="The skill.")
    level: int = Described(default=levels.LOWEST, description="At least how much of it, from 1 to 5.")


@strawberry.input(
    description="What a rule does to the tickets that it matches. What is left out is left to later rules."
)
class IntakeEffectsInput:
    team_id: UUID | None = id_of("team", default=None, description="Whose queue they join.")
    priority: int | None = Described(default=None, description="How pressing they are, 0 to 9.")
    skills: list[IntakeSkillInput] = Described(
        default_factory=list,
        description=(
            f"What their agent must be able to do, in place of what the topic asks for: up to {MOST_SKILLS} skills."
        ),
    )
    language: str | None = Described(
        default=None, description="The language to be spoken, by its two letters (ISO 639-1)."
    )
    needs_contact: bool | None = Described(
        default=None, description="Whether they take somebody who reaches customers."
    )
    tags: list[str] = Described(
        default_factory=list,
        description=f"Up to {MOST_TAGS} tags of up to {LONGEST_TAG} characters, which are kept in lower case.",
    )
    stop: bool = Described(default=False, description="Look at no rule after this one.")

    def effects(self) -> Effects:
        """Raises InvalidInput for a skill that is named twice."""
        return Effects(
            team_id=self.team_id,
            priority=self.priority,
            skills=self._levels(),
            language=self.language,
            needs_contact=self.needs_contact,
            tags=tuple(self.tags),
            stops=self.stop,
        )

    def _levels(self) -> dict[UUID, int]:
        named: dict[UUID, int] = {}
        for place, skill in enumerate(self.skills):
            if skill.skill_id in named:
                raise InvalidInput(f"effects.skills.{place}.skillId", "is named twice", "jest podana dwa razy")
            named[skill.skill_id] = skill.level
        return named


class IntakeField(Enum):
    """What of a ticket a rule can change."""

    TEAM = "team_id"
    PRIORITY = "priority"
    SKILLS = "skills"
    LANGUAGE = "language"
    NEEDS_CONTACT = "needs_contact"
    TAGS = "tags"


describe(
    IntakeField,
    "What of a ticket a rule can change.",
    TEAM="Whose queue it joins.",
    PRIORITY="How pressing it is.",
    SKILLS="What its agent must be able to do.",
    LANGUAGE="The language to be spoken.",
    NEEDS_CONTACT="Whether it takes somebody who reaches customers.",
    TAGS="A tag that it has.",
)


def _as_text(field: IntakeField, value: Any) -> str | None:
    if field is IntakeField.SKILLS:
        return ", ".join(f"{ids.spell('skill', id)} {level}" for id, level in _highest_first(value)) or None
    if isinstance(value, UUID):
        return ids.spell(field.name.lower(), value)
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def _team_in(field: IntakeField, value: Any) -> UUID | None:
    return value if field is IntakeField.TEAM else None


def _highest_first(skills: Iterable[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    return sorted(skills, key=lambda skill: (-skill[1], skill[0]))


@strawberry.type(description="A skill that tickets ask for.")
class IntakeSkill:
    skill_id: strawberry.Private[UUID]

    skill: "Skill | None" = to_one("skill_id", description="The skill.")
    level: int = Described(description="At least how much of it, from 1 to 5.")

    @classmethod
    def each(cls, skills: Iterable[tuple[UUID, int]]) -> list[Self]:
        """The highest level first."""
        return [cls(skill_id=skill_id, level=level) for skill_id, level in _highest_first(skills)]


@strawberry.type(description="So many tickets would have had another value in one field.")
class IntakeShift:
    from_team_id: strawberry.Private[UUID | None]
    to_team_id: strawberry.Private[UUID | None]

    field: IntakeField = Described(description="What would have been different.")
    from_: str | None = Described(
        name="from",
        description=(
            "What it is without the rule, as text or typed id, skills with a level after each; null for none of them, "
            "any language, or a new tag."
        ),
    )
    to: str | None = Described(
        description="What it is with it, likewise; null for a tag that is no longer there as well."
    )
    from_team: "Team | None" = to_one("from_team_id", description="The team without the rule, if it is about teams.")
    to_team: "Team | None" = to_one("to_team_id", description="The team with it, if it is about teams.")
    from_skills: list[IntakeSkill] = Described(
        description="The skills without the rule, if it is about skills, the highest level first."
    )
    to_skills: list[IntakeSkill] = Described(description="The skills with it, if it is about skills.")
    tickets: int = Described(description="Of how many tickets.")

    @classmethod
    def of(cls, shift: trying.Shift) -> Self:
        field = IntakeField(shift.field)
        about_skills = field is IntakeField.SKILLS
        return cls(
            from_team_id=_team_in(field, shift.before),
            to_team_id=_team_in(field, shift.after),
            from_skills=IntakeSkill.each(shift.before if about_skills else ()),
            to_skills=IntakeSkill.each(shift.after if about_skills else ()),
            field=field,
            from_=_as_text(field, shift.before),
            to=_as_text(field, shift.after),
            tickets=shift.tickets,
        )


@strawberry.type(description="What a ticket asks for when it comes.")
class IntakeAsked:
    team_id: strawberry.Private[UUID]

    team: "Team | None" = to_one("team_id", description="Whose queue it joins.")
    priority: int = Described(description="How pressing it is.")
    skills: list[IntakeSkill] = Described(description="What its agent must be able to do, the highest level first.")
    language: str | None = Described(
        description="The language to be spoken, by its two letters (ISO 639-1); any if null."
    )
    needs_contact: bool = Described(description="Whether it takes somebody who reaches customers.")
    tags: list[str] = Described(description="Its tags.")

    @classmethod
    def of(cls, start: Start) -> Self:
        return cls(
            team_id=start.team_id,
            skills=IntakeSkill.each(start.skills.items()),
            language=start.language,
            priority=start.priority,
            needs_contact=start.needs_contact,
            tags=list(start.tags),
        )


@strawberry.type(description="A ticket that the rule would have acted on.")
class IntakeDryRunTicket:
    ticket_id: strawberry.Private[UUID]

    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")
    before: IntakeAsked = Described(description="What it would ask for under the rules that are in force.")
    after: IntakeAsked = Described(description="What it would ask for with the rule as well.")


@strawberry.type(description="On how many tickets a condition could not be decided, for one reason.")
class IntakeFailureCount:
    why: Failing = Described(description="The reason.")
    tickets: int = Described(description="How many.")


for _type in (IntakeSkill, IntakeShift, IntakeAsked, IntakeDryRunTicket):
    link(_type)


@strawberry.type(
    description=(
        "What a rule would have done to the last tickets, as the last of the rules in force or in the place of one. "
        "Nothing was changed. A ticket's text and hour, and how many orders and open tickets its customer had, are "
        "those of its arrival; order, customer and topic are taken as they are now."
    )
)
class IntakeDryRun:
    looked_at: int = Described(description="How many tickets were looked at.")
    matched: int = Described(description="On how many it would have acted.")
    changes: list[IntakeShift] = Described(description="What would have been different, by field, the most first.")
    failures: list[IntakeFailureCount] = Described(description="Where its condition could not be decided.")
    details: list[str] = Described(
        description="The variables that had no value, and other faults in the words of the language's library."
    )
    tickets: list[IntakeDryRunTicket] = Described(
        description=f"The newest {trying.SHOWN} tickets that it would have acted on."
    )
    milliseconds: int = Described(description="How long the dry run took.")

    @classmethod
    def of(cls, found: trying.DryRun) -> Self:
        return cls(
            looked_at=found.looked_at,
            matched=found.matched,
            changes=[IntakeShift.of(shift) for shift in found.shifts],
            failures=[IntakeFailureCount(why=why, tickets=count) for why, count in found.failures.items()],
            details=list(found.details),
            tickets=[
                IntakeDryRunTicket(
                    ticket_id=shown.ticket_id,
                    before=IntakeAsked.of(shown.before),
                    after=IntakeAsked.of(shown.after),
                )
                for shown in found.shown
            ],
            milliseconds=found.milliseconds,
        )


async def rule_dry_run(
    info: Info, *, condition: str, effects: IntakeEffectsInput, last: int, rule_id: str | None
) -> IntakeDryRun:
    """The dry run. Raises Refusal: NOT_PERMITTED, CONDITION_REFUSED with its position, and those of a new rule."""
    context = info.context
    permit(context, Permission.INTAKE_MANAGE)
    try:
        async with context.reading() as session:
            found = await trying.dry_run(
                session,
                condition=condition,
                effects=with_ids(effects).effects(),
                last=last,
                rule_id=ids.parse_as("intake_rule", rule_id) if rule_id is not None else None,
            )
    except DomainError as refused:
        raise refusal(refused, context.language) from None
    return IntakeDryRun.of(found)
