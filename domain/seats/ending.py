"""Taking rights back: assignments and licences that end. Callers hand over the open work in the same transaction.

Only `domain.tickets.departures` may call this module; an import contract holds it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM, Actor
from domain.seats import queries
from domain.seats.errors import SeatAssignmentNotFound, SeatLicenceNotFound
from domain.seats.events import (
    SeatAssignmentCancelled,
    SeatEnded,
    SeatLicenceCancelled,
    SeatLicenceShortened,
    SeatShortened,
)
from domain.seats.jobs import ExpireSeats
from domain.seats.models import Period, SeatAssignment, SeatLicence
from domain.seats.periods import ends_by, start_of, until


@dataclass(frozen=True)
class Shortened:
    """What was changed: the licences, and the agents whose seat is over now."""

    licence_ids: tuple[UUID, ...]
    departed: tuple[UUID, ...]


async def shorten_licences(
    session: TenantSession, *, licence_ids: Collection[UUID], at: datetime | None, by: Actor, now: datetime
) -> Shortened:
    """End licences at an instant, now by default, and those who sit on them; one that ends earlier stays as it is.

    One that would not have begun by then is taken back whole. Raises SeatLicenceNotFound, InvalidInput for the past.
    """
    moment = _not_past(at, now)
    await queries.take_turn(session)
    licences = await queries.lock_licences(session, ids=licence_ids)
    for missing in set(licence_ids) - {licence.id for licence in licences}:
        raise SeatLicenceNotFound(missing)
    touched = [licence for licence in licences if not ends_by(licence.period, moment)]
    sitters = await queries.assignments_of(
        session, licence_ids=[licence.id for licence in touched], within=Range(moment, None, bounds="[)")
    )
    departed: list[UUID] = []
    periods = {licence.id: until(licence.period, moment) for licence in touched if _stays(licence.period, moment, now)}
    for assignment in sitters:
        departed += await _end(session, assignment, moment=moment, by=by, now=now)
    await session.flush()
    for licence in touched:
        await _shorten_licence(session, licence, span=periods.get(licence.id), moment=moment, by=by, now=now)
    await session.flush()
    return Shortened(tuple(licence.id for licence in touched), tuple(departed))


async def release_assignment(
    session: TenantSession, *, assignment_id: UUID, at: datetime | None, by: Actor, now: datetime
) -> tuple[SeatAssignment | None, tuple[UUID, ...]]:
    """End one assignment at an instant, now by default; one that is over stays as it is.

    Returns it (None when it was taken back before it began) and the agents whose seat is over now.
    Raises SeatAssignmentNotFound, InvalidInput for the past.
    """
    moment = _not_past(at, now)
    await queries.take_turn(session)
    assignment = await queries.lock_assignment(session, assignment_id=assignment_id)
    if assignment is None:
        raise SeatAssignmentNotFound(assignment_id)
    if ends_by(assignment.period, moment):
        return assignment, ()
    departed = await _end(session, assignment, moment=moment, by=by, now=now)
    await session.flush()
    return (assignment if _stays(assignment.period, moment, now) else None), tuple(departed)


async def record_endings(session: TenantSession, *, now: datetime, most: int = 500) -> Sequence[SeatAssignment]:
    """Record the assignments whose period is over and whose ending nobody has recorded; returns them, locked."""
    await queries.take_turn(session)
    found = await session.scalars(
        select(SeatAssignment)
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatAssignment.ended_at.is_(None),
            func.upper(SeatAssignment.period) <= now,
        )
        .order_by(SeatAssignment.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    )
    ended = found.all()
    for assignment in ended:
        _record_end(session, assignment, by=SYSTEM, now=now)
    return ended


def _not_past(at: datetime | None, now: datetime) -> datetime:
    if at is not None and at < now:
        raise InvalidInput("at", "must not be in the past", "nie może być w przeszłości")
    return at or now


def _stays(span: Period, moment: datetime, now: datetime) -> bool:
    """Whether something of it is left when it ends at the moment: it has begun, or will have."""
    return start_of(span) <= now or start_of(span) < moment


async def _end(
    session: TenantSession, assignment: SeatAssignment, *, moment: datetime, by: Actor, now: datetime
) -> list[UUID]:
    if not _stays(assignment.period, moment, now):
        events.record(session, assignment, SeatAssignmentCancelled(assignment.agent_id), by=by, at=now)
        await session.delete(assignment)
        return []
    assignment.period = until(assignment.period, moment)
    if moment > now:
        events.record(session, assignment, SeatShortened(assignment.agent_id, moment), by=by, at=now)
        outbox.enqueue(session, ExpireSeats(), now=now, due_at=moment)
        return []
    _record_end(session, assignment, by=by, now=now)
    return [assignment.agent_id]


def _record_end(session: TenantSession, assignment: SeatAssignment, *, by: Actor, now: datetime) -> None:
    end = assignment.period.upper
    if end is None:
        raise ValueError("An ended assignment has an end.")
    assignment.ended_at = now
    events.record(session, assignment, SeatEnded(assignment.agent_id, assignment.kind, end), by=by, at=now)


async def _shorten_licence(
    session: TenantSession, licence: SeatLicence, *, span: Period | None, moment: datetime, by: Actor, now: datetime
) -> None:
    if span is None:
        events.record(session, licence, SeatLicenceCancelled(), by=by, at=now)
        await session.delete(licence)
        return
    # Every assignment copies its licence's period, past ones as well; the foreign key is checked at commit.
    for assignment in await queries.assignments_of(session, licence_ids=[licence.id], within=licence.period):
        assignment.licence_period = span
    licence.period = span
    events.record(session, licence, SeatLicenceShortened(moment), by=by, at=now)
