"""Taking rights back: assignments and licences that end. Callers hand over the open work in the same transaction.

Only `domain.tickets.departures` and `domain.tickets.changing` may call this module; an import contract holds it.
"""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, select

from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM, Actor
from domain.seats import holding, queries
from domain.seats.errors import SeatAssignmentNotFound, SeatLicenceNotFound
from domain.seats.events import (
    SeatAssignmentCancelled,
    SeatEnded,
    SeatLicenceCancelled,
    SeatLicenceShortened,
    SeatShortened,
)
from domain.seats.jobs import ExpireSeats, ProvisionSeats
from domain.seats.models import Period, SeatAssignment, SeatLicence
from domain.seats.periods import SMALLEST, ends_by, start_of, until
from domain.seats.starting import record_start


class LastUses(Protocol):
    """When each of some assignments, locked by then, was used last, of those used after the moment.

    Whoever ends a seat may have looked at the clock before whoever used it meanwhile: then it ends right after that.
    """

    def __call__(
        self, session: TenantSession, *, assignment_ids: Collection[UUID], moment: datetime
    ) -> Awaitable[Mapping[UUID, datetime]]: ...


@dataclass(frozen=True)
class Shortened:
    """What was changed: the licences, and the assignments that are over now."""

    licence_ids: tuple[UUID, ...]
    ended: tuple[SeatAssignment, ...]

    @property
    def departed(self) -> tuple[UUID, ...]:
        """The agents whose seat is over now."""
        return tuple(assignment.agent_id for assignment in self.ended)


async def shorten_licences(
    session: TenantSession,
    *,
    licence_ids: Collection[UUID],
    at: datetime | None,
    uses: LastUses,
    by: Actor,
    now: datetime,
) -> Shortened:
    """End licences at an instant, now by default, and those who sit on them; one that ends earlier stays as it is.

    One that would not have begun by then is cancelled. Raises SeatLicenceNotFound, InvalidInput for the past.
    """
    moment = _not_past(at, now)
    await queries.take_turn(session)
    licences = await queries.lock_licences(session, ids=licence_ids)
    for missing in set(licence_ids) - {licence.id for licence in licences}:
        raise SeatLicenceNotFound(missing)
    touched = [licence for licence in licences if not _over(licence, moment)]
    # All at once: the router holds seats in id order too, and two orders would meet in a deadlock.
    assignments = await queries.lock_assignments_on(session, licence_ids=[licence.id for licence in touched])
    ended = await _end(session, assignments, moment=moment, uses=uses, by=by, now=now)
    await _shorten(session, touched, assignments, moment=moment, by=by, now=now)
    return Shortened(tuple(licence.id for licence in touched), ended)


async def release_assignment(
    session: TenantSession, *, assignment_id: UUID, at: datetime | None, uses: LastUses, by: Actor, now: datetime
) -> tuple[SeatAssignment, tuple[SeatAssignment, ...]]:
    """End one assignment at an instant, now by default; one that is over stays as it is.

    One that would not have begun by then is cancelled. Returns it, and once more among those that are over now.
    Raises SeatAssignmentNotFound, InvalidInput for the past.
    """
    moment = _not_past(at, now)
    await queries.take_turn(session)
    assignment = await queries.lock_assignment(session, assignment_id=assignment_id)
    if assignment is None:
        raise SeatAssignmentNotFound(assignment_id)
    return assignment, await _end(session, [assignment], moment=moment, uses=uses, by=by, now=now)


async def release_assignments(
    session: TenantSession,
    *,
    assignment_ids: Collection[UUID],
    at: datetime | None,
    uses: LastUses,
    by: Actor,
    now: datetime,
) -> tuple[SeatAssignment, ...]:
    """End several assignments at an instant, now by default, as `release_assignment` does; returns those over now.

    Raises InvalidInput for the past.
    """
    moment = _not_past(at, now)
    await queries.take_turn(session)
    assignments = await queries.lock_assignments(session, ids=assignment_ids)
    return await _end(session, assignments, moment=moment, uses=uses, by=by, now=now)


async def release_agent(
    session: TenantSession, *, agent_id: UUID, uses: LastUses, by: Actor, now: datetime
) -> tuple[SeatAssignment, ...]:
    """End now whatever seat an agent has, and cancel those to come or planned; returns the assignments that are over.

    One that ran out before, and whose ending nobody has recorded, is recorded: nothing of theirs is left for later.
    """
    await queries.take_turn(session)
    assignments = await queries.lock_assignments_of(session, agent_id=agent_id)
    ran_out = [assignment for assignment in assignments if ends_by(assignment.period, now)]
    ended = await _end(session, assignments, moment=now, uses=uses, by=by, now=now)
    for assignment in ran_out:
        _record_end(session, assignment, by=SYSTEM, now=now)
    await holding.cancel_of_agent(session, agent_id=agent_id, by=by, now=now)
    return (*ran_out, *ended)


async def record_endings(session: TenantSession, *, now: datetime, most: int) -> Sequence[SeatAssignment]:
    """Record the assignments whose period is over and whose ending nobody has recorded; returns them, locked.

    When there may be more than `most` of them, another pass is asked for. A pass with nothing to do takes no turn.
    """
    due = select(SeatAssignment).where(
        SeatAssignment.tenant_id == session.tenant_id,
        SeatAssignment.ended_at.is_(None),
        SeatAssignment.cancelled_at.is_(None),
        func.upper(SeatAssignment.period) <= now,
    )
    if not await session.scalar(select(due.exists())):
        return ()
    await queries.take_turn(session)
    found = await session.scalars(
        due.order_by(SeatAssignment.id).limit(most).with_for_update(skip_locked=True, key_share=True)
    )
    ended = found.all()
    for assignment in ended:
        _record_end(session, assignment, by=SYSTEM, now=now)
    if len(ended) == most:
        outbox.enqueue(session, ExpireSeats(), now=now)
    if ended and await queries.anybody_held(session):
        await outbox.enqueue_once(session, ProvisionSeats(), now=now)
    return ended


async def freed_at(
    session: TenantSession, assignment: SeatAssignment, *, moment: datetime, uses: LastUses, now: datetime
) -> datetime:
    """From when on somebody else may sit there if an assignment, locked, is told to end at the moment."""
    if not _begun(assignment, moment, now):
        return start_of(assignment.period)
    used = await uses(session, assignment_ids=[assignment.id], moment=moment)
    end = _until(assignment, moment, used).upper
    return moment if end is None else end


def _not_past(at: datetime | None, now: datetime) -> datetime:
    if at is not None and at < now:
        raise InvalidInput("at", "must not be in the past", "nie może być w przeszłości")
    return at or now


def _over(row: SeatLicence | SeatAssignment, moment: datetime) -> bool:
    """Whether nothing of it is left to end at the moment, or its ending was recorded, if only for right after a use."""
    recorded = isinstance(row, SeatAssignment) and row.ended_at is not None
    return recorded or row.cancelled_at is not None or ends_by(row.period, moment)


def _begun(row: SeatLicence | SeatAssignment, moment: datetime, now: datetime) -> bool:
    """Whether something of it is left when it ends at the moment: it has begun, or will have.

    What followed another seat at the very instant at which that one began is an instant late, and has begun as well.
    """
    followed = isinstance(row, SeatAssignment) and row.started_at is not None
    return followed or start_of(row.period) <= now or start_of(row.period) < moment


def _until(assignment: SeatAssignment, moment: datetime, used: Mapping[UUID, datetime]) -> Period:
    """What is left of an assignment that is told to end at the moment, or right after its last use if that is later."""
    last = used.get(assignment.id)
    return until(assignment.period, moment if last is None else max(moment, last + SMALLEST))


async def _end(
    session: TenantSession,
    assignments: Sequence[SeatAssignment],
    *,
    moment: datetime,
    uses: LastUses,
    by: Actor,
    now: datetime,
) -> tuple[SeatAssignment, ...]:
    """End those of the assignments that are not over by the moment; returns those that are over now."""
    ending = [assignment for assignment in assignments if not _over(assignment, moment)]
    begun = [assignment for assignment in ending if _begun(assignment, moment, now)]
    for assignment in ending:
        if not _begun(assignment, moment, now):
            assignment.cancelled_at = now
            events.record(session, assignment, SeatAssignmentCancelled(assignment.agent_id), by=by, at=now)
    await session.flush()  # rows with the same changed columns are written by one statement
    used = await uses(session, assignment_ids=[assignment.id for assignment in begun], moment=moment)
    ends = [moment]
    for assignment in begun:
        assignment.period = _until(assignment, moment, used)
        ends.append(assignment.period.upper or moment)
        if moment > now:
            events.record(session, assignment, SeatShortened(assignment.agent_id, ends[-1]), by=by, at=now)
        else:
            _record_end(session, assignment, by=by, now=now)
    if begun and moment > now:
        await outbox.enqueue_once(session, ExpireSeats(), now=now, due_at=max(ends))
    if ending and await queries.anybody_held(session):  # whoever waits can sit there from its end on
        await outbox.enqueue_once(session, ProvisionSeats(), now=now, due_at=max(ends) if used else None)
    await session.flush()
    return () if moment > now else tuple(begun)


def _record_end(session: TenantSession, assignment: SeatAssignment, *, by: Actor, now: datetime) -> None:
    end = assignment.period.upper
    if end is None:
        raise ValueError("An ended assignment has an end.")
    record_start(session, assignment, now=now)  # when the pass that records starts is later than this
    assignment.ended_at = now
    events.record(session, assignment, SeatEnded(assignment.agent_id, assignment.kind, end), by=by, at=now)


async def _shorten(
    session: TenantSession,
    licences: Sequence[SeatLicence],
    assignments: Sequence[SeatAssignment],
    *,
    moment: datetime,
    by: Actor,
    now: datetime,
) -> None:
    last: dict[UUID, datetime] = {}  # whoever sat down at this very instant sits for an instant longer
    for assignment in assignments:
        if assignment.cancelled_at is None and assignment.period.upper is not None:
            last[assignment.licence_id] = max(last.get(assignment.licence_id, moment), assignment.period.upper)
    begun = [licence for licence in licences if licence.id in last or _begun(licence, moment, now)]
    spans = {licence.id: until(licence.period, last.get(licence.id, moment)) for licence in begun}
    ends = {licence_id: span.upper or moment for licence_id, span in spans.items()}
    for licence in licences:
        if licence.id not in spans:
            licence.cancelled_at = now
            events.record(session, licence, SeatLicenceCancelled(), by=by, at=now)
    await session.flush()
    for licence in licences:
        if licence.id in spans:
            licence.period = spans[licence.id]
            shortened = SeatLicenceShortened(ends[licence.id])
            events.record(session, licence, shortened, by=by, at=now)
    # Every assignment copies its licence's period, past ones as well; the foreign key is checked at commit.
    for assignment in assignments:
        assignment.licence_period = spans.get(assignment.licence_id, assignment.licence_period)
    await session.flush()
