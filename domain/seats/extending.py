"""Licences that last longer than they were added for, and with them the seats that last as long as their licence."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlalchemy import select

from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.seats import queries
from domain.seats.errors import SeatLicenceNotFound, SeatLicenceOfOneDay, SeatLicenceOver
from domain.seats.events import SeatExtended, SeatLicenceExtended
from domain.seats.jobs import ExpireSeats, ProvisionSeats
from domain.seats.models import LicenceTerms, SeatAssignment, SeatLicence
from domain.seats.periods import ends_by, period, start_of


async def extend_licences(
    session: TenantSession, *, licence_ids: Collection[UUID], end: datetime | None, by: Actor, now: datetime
) -> tuple[UUID, ...]:
    """Let licences end later, at `end` or never; returns those that were changed: one that ends no earlier stays.

    Whoever sits on one until its end stays until the new one. All of them are extended, or none is.
    Raises SeatLicenceNotFound, SeatLicenceOver, SeatLicenceOfOneDay, AgentAlreadySeated, InvalidInput for the past and
    for never, where time is paid ahead.
    """
    if end is not None and end <= now:
        raise InvalidInput("to", "must be in the future", "musi być w przyszłości")
    await queries.take_turn(session)
    licences = await queries.lock_licences(session, ids=licence_ids)
    for missing in set(licence_ids) - {licence.id for licence in licences}:
        raise SeatLicenceNotFound(missing)
    for licence in licences:
        _must_be_extensible(licence, end, now)
    extended = [licence for licence in licences if _ends_before(licence, end)]
    assignments = await queries.lock_assignments_on(session, licence_ids=[licence.id for licence in extended])
    staying = [assignment for assignment in assignments if _stays(assignment)]
    await _refuse_clash(session, staying, end=end)

    for licence in extended:
        licence.period = period(start_of(licence.period), end)
        events.record(session, licence, SeatLicenceExtended(end), by=by, at=now)
    await session.flush()
    await _follow(session, extended, assignments)
    await _keep_seated(session, staying, end=end, by=by, now=now)
    if extended and await queries.anybody_held(session):  # for whom one was free, but not for long enough
        await outbox.enqueue_once(session, ProvisionSeats(), now=now)
        await session.flush()
    return tuple(licence.id for licence in extended)


def _must_be_extensible(licence: SeatLicence, end: datetime | None, now: datetime) -> None:
    if licence.cancelled_at is not None or ends_by(licence.period, now):
        raise SeatLicenceOver(licence.id)
    if licence.terms is LicenceTerms.ONE_DAY:
        raise SeatLicenceOfOneDay(licence.id)
    if licence.terms is LicenceTerms.PREPAID and end is None:
        raise InvalidInput("to", "is needed for what is paid ahead", "jest potrzebne przy płatności z góry")


def _ends_before(licence: SeatLicence, end: datetime | None) -> bool:
    last = licence.period.upper
    return last is not None and (end is None or last < end)


def _stays(assignment: SeatAssignment) -> bool:
    """Whether somebody is to sit for as long as the licence lasts."""
    lasts = assignment.period.upper == assignment.licence_period.upper
    return lasts and assignment.ended_at is None and assignment.cancelled_at is None


async def _refuse_clash(session: TenantSession, staying: Sequence[SeatAssignment], *, end: datetime | None) -> None:
    """Raises AgentAlreadySeated for whoever has another seat in the time that would be added to theirs.

    Whoever gives somebody a seat takes the same turn first, so it is enough to look.
    """
    found = await session.scalars(
        select(SeatAssignment)
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatAssignment.agent_id.in_({assignment.agent_id for assignment in staying}),
            SeatAssignment.cancelled_at.is_(None),
        )
        .order_by(SeatAssignment.agent_id, SeatAssignment.id)
    )
    theirs = {agent_id: list(seats) for agent_id, seats in groupby(found, attrgetter("agent_id"))}
    for mine in staying:
        added = mine.period.upper
        for other in theirs[mine.agent_id]:
            if added is not None and other.period.overlaps(period(added, end)):
                raise await queries.already_seated(session, agent_id=other.agent_id, licence_id=other.licence_id)


async def _follow(
    session: TenantSession, licences: Sequence[SeatLicence], assignments: Sequence[SeatAssignment]
) -> None:
    """Every assignment copies its licence's period, past ones as well; the foreign key is checked at commit."""
    spans = {licence.id: licence.period for licence in licences}
    for assignment in assignments:
        assignment.licence_period = spans[assignment.licence_id]
    await session.flush()


async def _keep_seated(
    session: TenantSession, staying: Sequence[SeatAssignment], *, end: datetime | None, by: Actor, now: datetime
) -> None:
    for assignment in staying:
        assignment.period = period(start_of(assignment.period), end)
        events.record(session, assignment, SeatExtended(assignment.agent_id, end), by=by, at=now)
    if staying and end is not None:
        await outbox.enqueue_once(session, ExpireSeats(), now=now, due_at=end)
    await session.flush()
