"""What rules did to a ticket, as its pages tell it: its tags, who said what in place of what, and what failed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from admin.lists.people import Names, names
from domain.kit.database import TenantSession
from domain.tickets.intake.models import IntakeFailure, IntakeRule, IntakeRuleVersion, TicketIntake, TicketTag

_THINGS = {"team_id": "team", "skill_id": "skill"}


@dataclass(frozen=True)
class ToldAct:
    """What one version of a rule did: what it said, each with what the ticket would have asked for without any rule."""

    rule: str
    number: int
    parts: Sequence[tuple[str, Any, Any]]
    tags: Sequence[str]
    stopped: bool


@dataclass(frozen=True)
class ToldIntake:
    """All that rules did to a ticket when it came; the values are names, numbers, yes and no."""

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
        things=[(thing, UUID(sets[field])) for sets in said for field, thing in _THINGS.items() if sets.get(field)],
    )
    return (_told(act, versions[UUID(act["version_id"])], kept.before, named) for act in kept.acts)


def _told(act: Mapping[str, Any], version: Any, before: Mapping[str, Any], named: Names) -> ToldAct:
    return ToldAct(
        rule=version.name,
        number=version.number,
        parts=[
            (field, _value(field, before.get(field), named), _value(field, value, named))
            for field, value in act["sets"].items()
        ],
        tags=act.get("tags", []),
        stopped=act.get("stopped", False),
    )


def _value(field: str, value: Any, named: Names) -> Any:
    return named.of(_THINGS[field], UUID(value)) if field in _THINGS and value is not None else value
