"""Seats that change under those who sit on them: to the other kind, or to another person, without a gap between."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.agents.errors import AgentNotFound
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.seats import ending, holding, queries
from domain.seats.errors import (
    NoFreeSeat,
    SeatAssignmentNotFound,
    SeatAssignmentOver,
    SeatLicenceOfOneDay,
    SeatTaken,
)
from domain.seats.events import SeatKindChanged, SeatMoved
from domain.seats.models import LicenceTerms, Period, PlannedInvitation, SeatAssignment, SeatKind, SeatLicence
from domain.seats.operations import add_in_place_of, assign_seat
from domain.seats.periods import ends_by, period, start_of
from domain.seats.plans import plan_seat
from domain.seats.starting import record_start
from domain.seats.succeeding import set_successor
from domain.tickets import handing_over
from domain.tickets.jobs import RouteSweep
from domain.tickets.queries import sent_after

Ended = Sequence[SeatAssignment]


async def change_seat_kind(
    session: TenantSession, *, assignment_id: UUID, kind: SeatKind, exchange: bool, by: Actor, now: datetime
) -> SeatAssignment:
    """Sit whoever has a seat on one of another kind for the rest of the time, from now or from when it begins.

    The other licence is a free one that covers the rest. With `exchange` the old licence ends, and one of the other
    kind takes its place for as long. Who sat on a season's licence ends with the season on any other. Whoever goes
    from full to light hands over the conversations with customers and stays at work; nobody is signed out. A seat of
    that kind stays as it is. Returns the seat that counts from then on.

    Raises SeatAssignmentNotFound, SeatAssignmentOver, NoFreeSeat; with `exchange` SeatLicenceOfOneDay, and SeatTaken
    when somebody is to sit on the old licence later.
    """
    licence, current, others = await _lock(session, assignment_id=assignment_id)
    moment = _earliest(current, now)
    rest = await _rest(session, current, moment=moment, now=now)
    if current.kind is kind:
        return current
    planned = await holding.plan_of(session, assignment_id=current.id)
    if exchange:
        _refuse_exchange(licence, others, rest)
        other, ended = await _exchange(session, licence, kind=kind, rest=rest, moment=moment, by=by, now=now)
    else:
        other = await _free(session, licence, planned, kind=kind, rest=rest)
        if planned is None and other.season_id != licence.season_id:
            planned = await _plan_of_season(session, licence, current, kind=kind, rest=rest, by=by, now=now)
        _, ended = await ending.release_assignment(
            session, assignment_id=current.id, at=None, uses=sent_after, by=by, now=now
        )
    following = await assign_seat(
        session,
        agent_id=current.agent_id,
        licence_id=other.id,
        start=rest.lower,
        end=rest.upper,
        successor_id=current.successor_id,
        planned_id=planned.id if planned is not None else None,
        by=by,
        now=now,
    )
    events.record(session, following, SeatKindChanged(current.agent_id, current.kind, kind), by=by, at=now)
    await _follow(session, following, ended, now=now)
    return following


async def move_seat(
    session: TenantSession,
    *,
    assignment_id: UUID,
    to_agent_id: UUID,
    at: datetime | None,
    hand_over: bool,
    by: Actor,
    now: datetime,
) -> SeatAssignment:
    """Let another person sit in somebody's place from an instant on, now by default, for the rest of the time.

    The open tickets go to that person then if `hand_over` says so, else to their queues. A seat that begins later is
    that person's from its beginning; one that is that person's already stays as it is. What a season gave stays a seat
    of the season. Returns that person's seat.

    Raises SeatAssignmentNotFound, SeatAssignmentOver also for one that is over by then, SeatLicenceOfOneDay,
    AgentNotFound, AgentSuspended, AgentAlreadySeated, InvalidInput for the past.
    """
    if at is not None and at < now:
        raise InvalidInput("at", "must not be in the past", "nie może być w przeszłości")
    licence, current, _ = await _lock(session, assignment_id=assignment_id)
    moment = max(at or now, _earliest(current, now))
    rest = await _rest(session, current, moment=moment, now=now)
    if current.agent_id == to_agent_id:
        return current
    if licence.terms is LicenceTerms.ONE_DAY:
        raise SeatLicenceOfOneDay(licence.id)
    if await queries.state_of_agent(session, agent_id=to_agent_id) is None:
        raise AgentNotFound(to_agent_id)
    later = current.successor_id if current.successor_id != to_agent_id else None
    if rest.lower != current.period.lower:  # something of it is left to hand over
        heir = to_agent_id if hand_over else None
        await set_successor(session, assignment_id=current.id, successor_id=heir, by=by, now=now)
    planned = await holding.plan_of(session, assignment_id=current.id)
    if planned is not None:
        planned = await holding.plan_in_place_of(session, planned, agent_id=to_agent_id, wanted=rest, by=by, now=now)
    _, ended = await ending.release_assignment(
        session, assignment_id=current.id, at=moment, uses=sent_after, by=by, now=now
    )
    following = await assign_seat(
        session,
        agent_id=to_agent_id,
        licence_id=licence.id,
        start=rest.lower,
        end=rest.upper,
        successor_id=later,
        planned_id=planned.id if planned is not None else None,
        by=by,
        now=now,
    )
    events.record(session, following, SeatMoved(to_agent_id, current.agent_id), by=by, at=now)
    await _follow(session, following, ended, now=now)
    return following


async def _follow(session: TenantSession, following: SeatAssignment, ended: Ended, *, now: datetime) -> None:
    """If a seat has ended, the one in its place has begun, and open work is handed over as of that instant."""
    if not ended:
        return
    record_start(session, following, now=now)
    await outbox.enqueue_once(session, RouteSweep(), now=now)
    await handing_over.hand_over(session, ended=ended, at=start_of(following.period), now=now)
    await session.flush()


async def _lock(session: TenantSession, *, assignment_id: UUID) -> tuple[SeatLicence, SeatAssignment, Ended]:
    """An assignment with its licence, and the others on it, all of them locked. Raises SeatAssignmentNotFound."""
    await queries.take_turn(session)
    found = await session.get(SeatAssignment, (session.tenant_id, assignment_id))
    if found is None:
        raise SeatAssignmentNotFound(assignment_id)
    (licence,) = await queries.lock_licences(session, ids=[found.licence_id])
    on_it = await queries.lock_assignments_on(session, licence_ids=[licence.id])
    return licence, found, [other for other in on_it if other.id != assignment_id]


def _earliest(current: SeatAssignment, now: datetime) -> datetime:
    """When something can become of a seat: at once, or when it begins."""
    return now if current.started_at is not None else max(now, start_of(current.period))


async def _rest(session: TenantSession, current: SeatAssignment, *, moment: datetime, now: datetime) -> Period:
    """What is left of somebody's time once it ends at the moment. Raises SeatAssignmentOver when nothing is."""
    freed = await ending.freed_at(session, current, moment=moment, uses=sent_after, now=now)
    if current.cancelled_at is not None or current.ended_at is not None or ends_by(current.period, freed):
        raise SeatAssignmentOver(current.id)
    return period(freed, current.period.upper)


def _refuse_exchange(licence: SeatLicence, others: Sequence[SeatAssignment], rest: Period) -> None:
    if licence.terms is LicenceTerms.ONE_DAY:
        raise SeatLicenceOfOneDay(licence.id)
    for other in others:
        if other.cancelled_at is None and not ends_by(other.period, start_of(rest)):
            raise SeatTaken(licence.id, other.agent_id)


async def _exchange(
    session: TenantSession,
    licence: SeatLicence,
    *,
    kind: SeatKind,
    rest: Period,
    moment: datetime,
    by: Actor,
    now: datetime,
) -> tuple[SeatLicence, Ended]:
    """End a licence and the seat on it; the licence of the other kind that takes its place, and what ended."""
    lasting = period(start_of(rest), licence.period.upper)
    shortened = await ending.shorten_licences(
        session, licence_ids=[licence.id], at=moment, uses=sent_after, by=by, now=now
    )
    other = await add_in_place_of(session, licence, kind=kind, span=lasting, by=by, now=now)
    return other, shortened.ended


async def _free(
    session: TenantSession, licence: SeatLicence, planned: PlannedInvitation | None, *, kind: SeatKind, rest: Period
) -> SeatLicence:
    """A free licence for the whole rest: of the season that the seat is for, or of none. Raises NoFreeSeat."""
    season_id = licence.season_id or (planned.season_id if planned is not None else None)
    seasons = {season_id, None}
    found = await queries.free_licence(session, kind=kind, wanted=rest, whole=True, seasons=seasons)
    if found is None:
        limit = await queries.count_licences(session, kind=kind, at=start_of(rest), seasons=seasons)
        raise NoFreeSeat(kind, limit=limit)
    return found


async def _plan_of_season(
    session: TenantSession,
    licence: SeatLicence,
    current: SeatAssignment,
    *,
    kind: SeatKind,
    rest: Period,
    by: Actor,
    now: datetime,
) -> PlannedInvitation:
    """The plan by which who was sat on a season's licence by hand stays the season's on a licence of none."""
    if licence.created_by_id is None:
        raise ValueError("The licences of a season were added by the member who scheduled it.")
    return await plan_seat(
        session,
        agent_id=current.agent_id,
        kind=kind,
        wanted=rest,
        season_id=licence.season_id,
        invite_at=now,
        invited_by_id=licence.created_by_id,
        by=by,
        now=now,
    )
