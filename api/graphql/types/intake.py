"""Intake rules, what they did to tickets, and the tickets' tags."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry
from sqlalchemy import func
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from api.graphql import ids
from api.graphql.reading import Connection, Node, column, computed, keyset, newest_of, ordering, reads, to_many, to_one
from api.graphql.reading.filters import filter_input, given
from api.graphql.types.actors import actor_id
from domain.kit.events import ActorKind
from domain.tenants.permissions import Permission
from domain.tickets.intake import models
from domain.tickets.intake.conditions import LONGEST, LONGEST_PATTERNS, Failing
from domain.tickets.intake.variables import VARIABLES
from domain.tickets.needs import MOST_SKILLS

if TYPE_CHECKING:
    from api.graphql.types.people import Member, Skill, Team
    from api.graphql.types.tickets import Ticket

_LAST = 2**31 - 1
"""Where archived rules stand in the order: they have no place."""

CONDITION = (
    f"A condition in CEL (https://cel.dev), of at most {LONGEST:,} characters: true or false of a new ticket. "
    + "Its variables: "
    + "; ".join(
        f"`{name}` ({variable.kind.value}): {variable.en}"
        + (f"; no value {variable.absent}" if variable.absent else "")
        for name, variable in VARIABLES.items()
    )
    + ". What is asked of a variable without a value cannot be decided, so ask for `order.present` or "
    + "`order.promised` first. There are no macros (`has`, `exists`, `map`, ...), and texts are not joined. "
    + f"`matches()` takes a pattern in quotes (RE2): at most {LONGEST_PATTERNS} characters in all of a condition, no "
    + "counted groups and no classes such as `\\pL`."
)
"""The language of conditions, as the schema describes it."""


@ordering
class IntakeRuleOrdering(Enum):
    """How intake rules are listed."""

    IN_ORDER = keyset(
        func.coalesce(models.IntakeRule.position, _LAST),
        models.IntakeRule.id,
        description="As they are looked at; archived ones last.",
    )
    NEWEST_FIRST = keyset(
        models.IntakeRule.created_at.desc(), models.IntakeRule.id.desc(), description="The newest first."
    )


@filter_input(description="Only rules that fit all of it.")
class IntakeRuleFilter:
    archived: bool | None = given(
        models.IntakeRule.archived_at, description="Put away (true), or acting on new tickets (false)."
    )


@reads(
    models.IntakeRule,
    requires=Permission.TICKETS_READ,
    description=(
        "A rule about new tickets. Rules are looked at in order: a thing is set by the first one that matches and sets "
        "it, tags add up, and a rule may be the last that is looked at. What none sets is as the topic says."
    ),
)
class IntakeRule(Node):
    name: str = column(models.IntakeRule.name, description="What it is called.")
    position: int | None = column(
        models.IntakeRule.position, description="Its place in the order, from 1; null once it is archived."
    )
    created_at: datetime = column(models.IntakeRule.created_at, description="When it was made.")
    archived_at: datetime | None = column(
        models.IntakeRule.archived_at, description="Since when it is put away; null while it acts."
    )
    current: "IntakeRuleVersion | None" = newest_of(
        models.IntakeRuleVersion.rule_id,
        by=(models.IntakeRuleVersion.number, models.IntakeRuleVersion.id),
        description="What it says now: its newest version.",
    )
    versions: "Connection[IntakeRuleVersion]" = to_many(
        models.IntakeRuleVersion.rule_id,
        order=(models.IntakeRuleVersion.number.desc(), models.IntakeRuleVersion.id.desc()),
        description="What it says and has said, the newest first.",
    )


def _as_they_are(tags: list[str]) -> list[str]:
    return tags


@reads(
    models.IntakeRuleVersion,
    requires=Permission.TICKETS_READ,
    description="What an intake rule said from then on. It never changes.",
)
class IntakeRuleVersion(Node):
    rule: "IntakeRule" = to_one(models.IntakeRuleVersion.rule_id, description="The rule.")
    number: int = column(models.IntakeRuleVersion.number, description="Counted per rule, from 1.")
    condition: str = column(models.IntakeRuleVersion.condition, description=CONDITION)
    team: "Team | None" = to_one(models.IntakeRuleVersion.team_id, description="Whose queue they join, if it says so.")
    priority: int | None = column(
        models.IntakeRuleVersion.priority, description="How pressing they are, 0 to 9, if it says so."
    )
    skills: "list[IntakeRuleSkill]" = to_many(
        models.IntakeRuleSkill.version_id,
        order=(models.IntakeRuleSkill.level.desc(), models.IntakeRuleSkill.skill_id),
        at_most=MOST_SKILLS,
        description=(
            "What their agent must be able to do, in place of what the topic asks for, the highest level first; empty "
            "if it does not say so."
        ),
    )
    language: str | None = column(
        models.IntakeRuleVersion.language,
        description="The language to be spoken, by its two letters (ISO 639-1), if it says so.",
    )
    needs_contact: bool | None = column(
        models.IntakeRuleVersion.needs_contact,
        description="Whether they take somebody who reaches customers, if it says so.",
    )
    tags: list[str] = computed(
        _as_they_are, needs=(models.IntakeRuleVersion.tags,), description="The tags that they get."
    )
    stops: bool = column(models.IntakeRuleVersion.stops, description="Whether no rule after it is looked at.")
    at: datetime = column(models.IntakeRuleVersion.at, description="Since when it said so.")
    actor_kind: ActorKind = column(models.IntakeRuleVersion.actor_kind, description="What kind of actor said so.")
    actor_id: strawberry.ID | None = computed(
        actor_id,
        needs=(models.IntakeRuleVersion.actor_kind, models.IntakeRuleVersion.actor_id),
        description="Who said so: a member, or null for the system.",
    )
    actor_member: "Member | None" = to_one(models.IntakeRuleVersion.actor_id, description="Who said so, if a person.")
    failures: "Connection[IntakeFailure]" = to_many(
        models.IntakeFailure.version_id,
        order=(models.IntakeFailure.at.desc(), models.IntakeFailure.id.desc()),
        description="Where it could not be decided, the newest first; `totalCount` says how often.",
    )


@reads(
    models.IntakeRuleSkill,
    requires=Permission.TICKETS_READ,
    description="A skill that a rule has tickets ask for.",
)
class IntakeRuleSkill:
    skill: "Skill" = to_one(models.IntakeRuleSkill.skill_id, description="The skill.")
    level: int = column(models.IntakeRuleSkill.level, description="At least how much of it, from 1 to 5.")


@reads(
    models.IntakeFailure,
    requires=Permission.TICKETS_READ,
    description="A version of a rule that could not be decided for a ticket, and so did not act on it.",
)
class IntakeFailure(Node):
    version: "IntakeRuleVersion" = to_one(models.IntakeFailure.version_id, description="The version.")
    ticket: "Ticket" = to_one(models.IntakeFailure.ticket_id, description="The ticket.")
    why: Failing = column(models.IntakeFailure.why, description="Why.")
    detail: str = column(
        models.IntakeFailure.detail, description="The variables that had no value, or what went wrong, in English."
    )
    at: datetime = column(models.IntakeFailure.at, description="When.")


def _acts(acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As they are kept, with typed ids and GraphQL's names."""
    return [
        {
            "versionId": ids.spell("intake_rule_version", UUID(act["version_id"])),
            "sets": _spelled(act["sets"]),
            "tags": act.get("tags", []),
            "stopped": act.get("stopped", False),
        }
        for act in acts
    ]


def _spelled(sets: dict[str, Any]) -> dict[str, Any]:
    return {to_camel_case(name): _value(name, value) for name, value in sets.items()}


def _value(name: str, value: Any) -> Any:
    if name == "skills":
        ordered = sorted(value.items(), key=lambda skill: (-skill[1], skill[0]))
        return [{"skillId": ids.spell("skill", UUID(id)), "level": level} for id, level in ordered]
    if name.endswith("_id") and value is not None:
        return ids.spell(name.removesuffix("_id"), UUID(value))
    return value


@reads(
    models.TicketIntake,
    requires=Permission.TICKETS_READ,
    description="What intake rules did to a ticket when it came. It never changes.",
)
class TicketIntake(Node):
    ticket: "Ticket" = to_one(models.TicketIntake.ticket_id, description="The ticket.")
    acts: JSON = computed(
        _acts,
        needs=(models.TicketIntake.acts,),
        description=(
            "The versions that acted, in their order: `versionId`, what each was the first to say in `sets` "
            "(`teamId`, `priority`, `skills` with `skillId` and `level`, `language`, `needsContact`), the `tags` that "
            "it added, and if it `stopped`."
        ),
    )
    before: JSON = computed(
        _spelled,
        needs=(models.TicketIntake.before,),
        description="What the ticket would have asked for without them, by the same names.",
    )
    at: datetime = column(models.TicketIntake.at, description="When.")


@reads(models.TicketTag, requires=Permission.TICKETS_READ, description="A short label of a ticket.")
class TicketTag(Node):
    ticket: "Ticket" = to_one(models.TicketTag.ticket_id, description="The ticket.")
    tag: str = column(models.TicketTag.tag, description="The label, in lower case.")
    at: datetime = column(models.TicketTag.at, description="Since when the ticket has it.")
