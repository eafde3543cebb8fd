"""Telling people and admins that seats end soon, 72 and 24 hours before: once each, and anew for another end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from domain.agents.models import Agent, Member, MemberState
from domain.agents.roles import Role
from domain.kit import bulk, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.seats import queries
from domain.seats.jobs import TellOfSeatEnd, TellOfSeatEnds
from domain.seats.models import LicenceTerms, Period, SeatAssignment, SeatKind, SeatLicence, SeatReminder
from domain.seats.periods import start_of

HOURS = (24, 72)
"""How long before a seat's end it is time to tell of it, the nearest first."""

TOLD = frozenset({Role.OWNER, Role.ADMIN})
"""Who is told of everybody's."""


@dataclass(frozen=True)
class Ending:
    """A seat that ends soon, and whose it is; `light_after` says that a light seat follows it at once."""

    name: str
    kind: SeatKind
    light_after: bool


@dataclass(frozen=True)
class Notice:
    """Whom to tell of which seats that end at an instant, within so many hours."""

    email: str
    language: Language
    endings: Sequence[Ending]
    ends_at: datetime
    hours: int


def due(span: Period, now: datetime) -> int | None:
    """Which reminder of a seat's end is due, by its hours: the nearest of those whose time has come.

    A seat that is not as long as that before its end gets none, and neither does one without an end.
    """
    if span.upper is None or span.upper <= now:
        return None
    for hours in HOURS:
        moment = span.upper - timedelta(hours=hours)
        if moment <= now:
            return hours if start_of(span) <= moment else None
    return None


async def remind_due(session: TenantSession, *, now: datetime) -> int:
    """Have those told whose seats end soon, and the admins; returns how many seats were told of. Twice is as once.

    Who sits on at once, on a seat that gives as much, is not told, and neither is who came in on a day pass, even on a
    day of 25 hours. A pass with nothing to do takes no turn.
    """
    if not await _untold(session, now=now):
        return 0
    await queries.take_turn(session)
    rows = await _untold(session, now=now)
    await bulk.add(session, SeatReminder, rows)
    for row in rows:
        outbox.enqueue(session, TellOfSeatEnd(row["id"]), now=now)
    digests = sorted({(row["ends_at"], row["hours"]) for row in rows})
    for member_id in await _admins(session) if rows else ():
        for ends_at, hours in digests:
            outbox.enqueue(session, TellOfSeatEnds(member_id, ends_at, hours, now), now=now)
    await session.flush()
    return len(rows)


async def notice_to_sitter(session: TenantSession, *, reminder_id: UUID, now: datetime) -> Notice | None:
    """What to tell the person of a reminder; None when the seat does not end then any more, or they cannot come in."""
    found = await _endings(session, SeatReminder.id == reminder_id, now=now)
    if not found or found[0].Member.state is not MemberState.ACTIVE:
        return None
    row = found[0]
    return Notice(row.Member.email, row.Member.language, [_ending(row)], row.ends_at, row.hours)


async def notice_to_admin(
    session: TenantSession, *, member_id: UUID, ends_at: datetime, hours: int, told_at: datetime, now: datetime
) -> Notice | None:
    """What to tell an admin of the seats that one pass saw to; None when none of them ends then, or it is no admin."""
    admin = await session.get(Member, (session.tenant_id, member_id))
    if admin is None or admin.state is not MemberState.ACTIVE or admin.role not in TOLD:
        return None
    of_the_pass = and_(SeatReminder.ends_at == ends_at, SeatReminder.hours == hours, SeatReminder.told_at == told_at)
    found = await _endings(session, of_the_pass, now=now)
    if not found:
        return None
    return Notice(admin.email, admin.language, [_ending(row) for row in found], ends_at, hours)


_STANDS = and_(SeatAssignment.ended_at.is_(None), SeatAssignment.cancelled_at.is_(None))


def _follows(kind: SeatKind | None = None) -> ColumnElement[bool]:
    """Whether another seat follows an assignment at once: of that kind, or one that gives as much."""
    after = aliased(SeatAssignment)
    enough = or_(after.kind == SeatAssignment.kind, after.kind == SeatKind.FULL) if kind is None else after.kind == kind
    return (
        select(after.id)
        .where(
            after.tenant_id == SeatAssignment.tenant_id,
            after.agent_id == SeatAssignment.agent_id,
            after.cancelled_at.is_(None),
            func.lower(after.period) == func.upper(SeatAssignment.period),
            enough,
        )
        .correlate(SeatAssignment)
        .exists()
    )


async def _untold(session: TenantSession, *, now: datetime) -> list[dict[str, Any]]:
    """The reminders that are due and not made yet."""
    told = (
        select(func.min(SeatReminder.hours))
        .where(
            SeatReminder.tenant_id == SeatAssignment.tenant_id,
            SeatReminder.assignment_id == SeatAssignment.id,
            SeatReminder.ends_at == func.upper(SeatAssignment.period),
        )
        .scalar_subquery()
    )
    found = await session.execute(
        select(SeatAssignment.id, SeatAssignment.period, told.label("told"))
        .join(
            SeatLicence,
            (SeatLicence.tenant_id == SeatAssignment.tenant_id) & (SeatLicence.id == SeatAssignment.licence_id),
        )
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatLicence.terms != LicenceTerms.ONE_DAY,
            _STANDS,
            func.upper(SeatAssignment.period) > now,
            func.upper(SeatAssignment.period) <= now + timedelta(hours=max(HOURS)),
            ~_follows(),
        )
        .order_by(SeatAssignment.id)
    )
    rows = []
    for row in found:
        hours = due(row.period, now)
        if hours is not None and (row.told is None or hours < row.told):
            reminder = {"assignment_id": row.id, "hours": hours, "ends_at": row.period.upper, "told_at": now}
            rows.append({"id": new_id(), **reminder})
    return rows


async def _admins(session: TenantSession) -> Sequence[UUID]:
    found = await session.scalars(
        select(Member.id)
        .where(Member.tenant_id == session.tenant_id, Member.role.in_(TOLD), Member.state == MemberState.ACTIVE)
        .order_by(Member.id)
    )
    return found.all()


async def _endings(session: TenantSession, which: ColumnElement[bool], *, now: datetime) -> Sequence[Any]:
    """Those of the reminders whose seat still ends at the instant told of, which is to come, with whose it is."""
    mine = SeatReminder.tenant_id
    found = await session.execute(
        select(
            Member,
            SeatAssignment.kind,
            SeatReminder.ends_at,
            SeatReminder.hours,
            _follows(SeatKind.LIGHT).label("light_after"),
        )
        .join(SeatAssignment, (SeatAssignment.tenant_id == mine) & (SeatAssignment.id == SeatReminder.assignment_id))
        .join(Agent, (Agent.tenant_id == mine) & (Agent.id == SeatAssignment.agent_id))
        .join(Member, (Member.tenant_id == mine) & (Member.id == Agent.member_id))
        .where(
            mine == session.tenant_id,
            which,
            SeatReminder.ends_at > now,
            func.upper(SeatAssignment.period) == SeatReminder.ends_at,
            _STANDS,
            ~_follows(),
        )
        .order_by(Member.name, SeatAssignment.id)
    )
    return found.all()


def _ending(row: Any) -> Ending:
    return Ending(row.Member.name, row.kind, row.light_after)
