"""What rules did to a ticket, as its pages tell it: its tags, who said what in place of what, and what failed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, select

from admin.lists.people import Names, names
from domain.kit.database import TenantSession
from domain.tickets.intake.models import IntakeFailure, IntakeRule, IntakeRuleVersion, TicketIntake, TicketTag

FIELDS = ("team_id", "priority", "skills", "language", "needs_contact")
"""What rules say beside tags, in the order in which people read it."""


class Skilled(NamedTuple):
    """A skill by its name, and how much of it at least."""

    name: str
    level: int


@dataclass(frozen=True)
class ToldAct:
    """What one version of a rule did: what it said, each with what the ticket would have asked for without any rule.

    A team is said by its name, skills each by `name` and `level`, and a language by its two letters.
    """

    rule: str
    number: int
    parts: Sequence[tuple[str, Any, Any]]
    tags: Sequence[str]
    stopped: bool


@dataclass(frozen=True)
class ToldIntake:
    """All that rules did to a ticket when it came."""

    at: datetime
    acts: Sequence[ToldAct]
    failures: Sequence[Any]


async def tags_of(session: TenantSession, *, ticket_id: UUID) -> Sequence[str]:
    """The ticket's tags, by name."""
    its = (TicketTag.tenant_id == session.tenant_id, TicketTag.ticket_id == ticket_id)
    return (await session.scalars(select(TicketTag.tag).where(*its).order_by(TicketTag.tag))).all()


async def intake_of(session: TenantSession, *, ticket_id: UUID) -> ToldIntake | None:
    """What rules did to a ticket, if anything, in two statements, and two more where any acted."""
    its = (TicketIntake.tenant_id == session.tenant_id, TicketIntake.ticket_id == ticket_id)
    kept = (await session.scalars(select(TicketIntake).where(*its))).one_or_none()
    failures = (await session.execute(_failures(session, ticket_id))).all()
    if kept is not None:
        return ToldIntake(kept.at, list(await _acts(session, kept)), failures)
    return ToldIntake(failures[0].at, [], failures) if failures else None


def _failures(session: TenantSession, ticket_id: UUID) -> Any:
    failure, version = IntakeFailure, IntakeRuleVersion
    return (
        select(failure.at, failure.why, failure.detail, version.number, IntakeRule.name.label("rule"))
        .join(version, and_(version.tenant_id == failure.tenant_id, version.id == failure.version_id))
        .join(IntakeRule, and_(IntakeRule.tenant_id == version.tenant_id, IntakeRule.id == version.rule_id))
        .where(failure.tenant_id == session.tenant_id, failure.ticket_id == ticket_id)
        .order_by(failure.at, failure.id)
    )


async def _acts(session: TenantSession, kept: TicketIntake) -> Iterator[ToldAct]:
    version = IntakeRuleVersion
    found = await session.execute(
        select(version.id, version.number, IntakeRule.name)
        .join(IntakeRule, and_(IntakeRule.tenant_id == version.tenant_id, IntakeRule.id == version.rule_id))
        .where(version.tenant_id == session.tenant_id, version.id.in_(UUID(act["version_id"]) for act in kept.acts))
    )
    versions = {row.id: row for row in found}
    said = [kept.before, *(act["sets"] for act in kept.acts)]
    named = await names(
        session,
        things=[
            *(("team", UUID(sets["team_id"])) for sets in said if "team_id" in sets),
            *(("skill", UUID(skill_id)) for sets in said for skill_id in sets.get("skills", ())),
        ],
    )
    return (_told(act, versions[UUID(act["version_id"])], kept.before, named) for act in kept.acts)


def _told(act: Mapping[str, Any], version: Any, before: Mapping[str, Any], named: Names) -> ToldAct:
    sets = {field: act["sets"][field] for field in FIELDS if field in act["sets"]}
    return ToldAct(
        rule=version.name,
        number=version.number,
        parts=[
            (field, _value(field, before.get(field), named), _value(field, value, named))
            for field, value in sets.items()
        ],
        tags=act.get("tags", []),
        stopped=act.get("stopped", False),
    )


def _value(field: str, value: Any, named: Names) -> Any:
    if field == "team_id" and value is not None:
        return named.of("team", UUID(value))
    if field == "skills":
        skills = [Skilled(named.of("skill", UUID(skill_id)) or "", level) for skill_id, level in (value or {}).items()]
        return sorted(skills)
    return value
