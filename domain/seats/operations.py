"""Buying licences and sitting people on them. Endings are in `ending`, behind the hand-over of open work."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from domain.agents.errors import AgentNotFound
from domain.agents.models import MemberState
from domain.kit import events, outbox, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats import queries
from domain.seats.errors import (
    AgentSuspended,
    NoFreeSeat,
    OutsideLicence,
    SeatLicenceNotFound,
    SeatLicenceOfOneDay,
    SeatTaken,
)
from domain.seats.events import (
    PlannedSeatCancelled,
    PlannedSeatGranted,
    SeatAssigned,
    SeatLicenceAdded,
    SeatSuccessorSet,
)
from domain.seats.jobs import ExpireSeats, ProvisionSeats
from domain.seats.models import LicenceTerms, Period, PlannedInvitation, SeatAssignment, SeatKind, SeatLicence
from domain.seats.periods import coming, ends_by, period, start_of
from domain.seats.plans import plan_seat
from domain.seats.succeeding import must_be_able_to_succeed

MOST_AT_ONCE = 1000


async def add_licences(
    session: TenantSession,
    *,
    kind: SeatKind,
    count: int,
    start: datetime | None,
    end: datetime | None,
    label: str,
    by: Actor,
    now: datetime,
    season_id: UUID | None = None,
    terms: LicenceTerms = LicenceTerms.ARREARS,
) -> list[SeatLicence]:
    """Add `count` licences for `[start, end)`; no start means from now, no end means for good.

    Whoever waits for a free seat may be given one of them. `season_id` is the season that they are for.

    `terms` says whether they are paid for by the time used or ahead; those of one day are made by spending a pass.

    Raises InvalidInput for a count outside 1 to 1,000, a start in the past, an end not after the start, and for what is
    paid ahead without an end.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise InvalidInput("count", f"must be 1 to {MOST_AT_ONCE}", f"musi być od 1 do {MOST_AT_ONCE}")
    if start is not None and start < now:
        raise InvalidInput("from", "must not be in the past", "nie może być w przeszłości")
    _refuse_terms(terms, end=end)
    span = period(start or now, end)
    named = texts.label(label, field="label") if label.strip() else ""
    licences = [
        new_licence(session, kind=kind, span=span, label=named, terms=terms, season_id=season_id, by=by, now=now)
        for _ in range(count)
    ]
    if await queries.anybody_held(session):
        await outbox.enqueue_once(session, ProvisionSeats(), now=now)
    await session.flush()
    return licences


async def add_in_place_of(
    session: TenantSession, licence: SeatLicence, *, kind: SeatKind, span: Period, by: Actor, now: datetime
) -> SeatLicence:
    """A licence of another kind for that period, in all else like the one whose place it takes."""
    other = new_licence(
        session,
        kind=kind,
        span=span,
        label=licence.label,
        terms=licence.terms,
        season_id=licence.season_id,
        by=by,
        now=now,
    )
    await session.flush()
    return other


def new_licence(
    session: TenantSession,
    *,
    kind: SeatKind,
    span: Period,
    label: str,
    terms: LicenceTerms,
    by: Actor,
    now: datetime,
    season_id: UUID | None = None,
) -> SeatLicence:
    """A licence, which the caller flushes."""
    licence = SeatLicence(
        tenant_id=session.tenant_id,
        id=new_id(),
        kind=kind,
        period=span,
        label=label,
        terms=terms,
        season_id=season_id,
        created_at=now,
        created_by_id=by.id if by.kind is ActorKind.MEMBER else None,
    )
    session.add(licence)
    events.record(session, licence, SeatLicenceAdded(kind, start_of(span), span.upper, label, terms), by=by, at=now)
    return licence


def _refuse_terms(terms: LicenceTerms, *, end: datetime | None) -> None:
    if terms is LicenceTerms.ONE_DAY:
        raise InvalidInput("terms", "must be ARREARS or PREPAID", "musi być ARREARS albo PREPAID")
    if terms is LicenceTerms.PREPAID and end is None:
        raise InvalidInput("to", "is needed for what is paid ahead", "jest potrzebne przy płatności z góry")


async def assign_seat(
    session: TenantSession,
    *,
    agent_id: UUID,
    licence_id: UUID | None,
    kind: SeatKind | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    by: Actor,
    now: datetime,
    successor_id: UUID | None = None,
    planned_id: UUID | None = None,
) -> SeatAssignment:
    """Sit an agent on a licence, or on any free one of the kind, for `[start, end)`: from now to its end by default.

    Of the free ones that cover the time, the one that ends earliest is given; a cancelled one covers none, and one of a
    season is its people's. The successor, if one is named, gets the open tickets when it ends. `planned_id` is the
    plan that the seat is given by, and stands for it from then on. Without one, who is planned for and has not joined
    yet is given it by a plan as well, so that they are invited. Others by which they waited at that time are cancelled.

    Raises SeatLicenceNotFound, SeatLicenceOfOneDay, NoFreeSeat, AgentNotFound, AgentSuspended, OutsideLicence,
    SeatTaken, AgentAlreadySeated, SuccessorNotFound, InvalidInput.
    """
    wanted = coming(start, end, now=now)
    await queries.take_turn(session)
    licence = await _lock_licence(session, licence_id=licence_id, kind=kind, wanted=wanted)
    begin = start or max(now, start_of(licence.period))
    if licence.cancelled_at is not None or ends_by(licence.period, begin):
        raise OutsideLicence(licence.id)
    span = period(begin, end if end is not None else licence.period.upper)
    if not licence.period.contains(span):
        raise OutsideLicence(licence.id)
    await must_be_able_to_succeed(session, agent_id=agent_id, successor_id=successor_id)
    await _refuse_clash(session, licence=licence, agent_id=agent_id, span=span)
    seat = await sit(session, licence=licence, agent_id=agent_id, span=span, successor_id=successor_id, by=by, now=now)
    await _settle_plans(session, seat, licence, planned_id=planned_id, by=by, now=now)
    return seat


async def _settle_plans(
    session: TenantSession,
    seat: SeatAssignment,
    licence: SeatLicence,
    *,
    planned_id: UUID | None,
    by: Actor,
    now: datetime,
) -> None:
    """Who has a seat waits for none at that time: or it would come back as soon as it is taken away.

    The one plan that the seat is given by stays: nothing else would mail a link to somebody who has not joined.
    """
    waiting = and_(queries.HELD, PlannedInvitation.wanted.op("&&")(seat.period))
    found = await session.scalars(
        select(PlannedInvitation)
        .where(
            PlannedInvitation.tenant_id == session.tenant_id,
            PlannedInvitation.agent_id == seat.agent_id,
            or_(PlannedInvitation.id == planned_id, waiting),
        )
        .order_by(PlannedInvitation.id)
        .with_for_update(key_share=True)
    )
    plans = found.all()
    given_by = next((planned for planned in plans if planned.id == planned_id), None)
    if planned_id is None:
        given_by = await _plan_for(session, seat, licence, plans, by=by, now=now)
    for planned in plans:
        if planned is not given_by:
            planned.cancelled_at = now
            events.record(session, planned, PlannedSeatCancelled(seat.agent_id), by=by, at=now)
    if given_by is not None:
        await _give(session, given_by, seat, by=by, now=now)
    await session.flush()


async def _plan_for(
    session: TenantSession,
    seat: SeatAssignment,
    licence: SeatLicence,
    waiting: Sequence[PlannedInvitation],
    *,
    by: Actor,
    now: datetime,
) -> PlannedInvitation | None:
    """The plan by which who has not joined is invited to a seat that they were given by hand; None for others.

    It is the plan of a season only on that season's licence, or for no other time than the season had planned: what
    goes beyond is not the season's, and does not end with it. Who waits by no such plan has a new one, by which they
    are invited at once; but not one for whom nobody ever planned: they were sent a link themselves.
    """
    if await queries.state_of_agent(session, agent_id=seat.agent_id) is not MemberState.INVITED:
        return None
    theirs = [planned for planned in waiting if planned.season_id == licence.season_id]
    if licence.season_id is None:
        theirs += [planned for planned in waiting if planned.wanted.contains(seat.period)]
    if theirs:
        return theirs[0]
    latest = await queries.latest_plan_of(session, agent_id=seat.agent_id)
    if latest is None:
        return None
    return await plan_seat(
        session,
        agent_id=seat.agent_id,
        kind=seat.kind,
        wanted=seat.period,
        season_id=licence.season_id,
        invite_at=now,
        invited_by_id=latest.invited_by_id,
        by=by,
        now=now,
    )


async def _give(
    session: TenantSession, planned: PlannedInvitation, seat: SeatAssignment, *, by: Actor, now: datetime
) -> None:
    """Let a plan stand for a seat. For one that begins earlier than was planned the person is invited at once."""
    if start_of(seat.period) < start_of(planned.wanted):
        planned.invite_at = min(planned.invite_at, now)
    planned.assignment_id, planned.kind, planned.granted_at = seat.id, seat.kind, planned.granted_at or now
    events.record(session, planned, PlannedSeatGranted(planned.agent_id, seat.id), by=by, at=now)
    if planned.settled_at is None:
        await outbox.enqueue_once(session, ProvisionSeats(), now=now, due_at=planned.invite_at)


async def sit(
    session: TenantSession,
    *,
    licence: SeatLicence,
    agent_id: UUID,
    span: Period,
    by: Actor,
    now: datetime,
    successor_id: UUID | None = None,
) -> SeatAssignment:
    """Give an agent a part of a licence's period, which the caller knows to be free for them and has the turn for."""
    assignment = SeatAssignment(
        tenant_id=session.tenant_id,
        id=new_id(),
        licence_id=licence.id,
        licence_period=licence.period,
        kind=licence.kind,
        agent_id=agent_id,
        period=span,
        successor_id=successor_id,
        created_at=now,
    )
    session.add(assignment)
    events.record(
        session, assignment, SeatAssigned(licence.id, agent_id, licence.kind, start_of(span), span.upper), by=by, at=now
    )
    if successor_id is not None:
        events.record(session, assignment, SeatSuccessorSet(agent_id, successor_id), by=by, at=now)
    await outbox.enqueue_once(session, ProvisionSeats(), now=now, due_at=start_of(span))
    if span.upper is not None:
        await outbox.enqueue_once(session, ExpireSeats(), now=now, due_at=span.upper)
    await session.flush()
    return assignment


async def _lock_licence(
    session: TenantSession, *, licence_id: UUID | None, kind: SeatKind | None, wanted: Period
) -> SeatLicence:
    if (licence_id is None) == (kind is None):
        raise InvalidInput("licenceId", "give a licence or a kind, not both", "podaj licencję albo rodzaj, nie oba")
    if licence_id is not None:
        found = await queries.lock_licences(session, ids=[licence_id])
        if not found:
            raise SeatLicenceNotFound(licence_id)
        if found[0].terms is LicenceTerms.ONE_DAY:
            raise SeatLicenceOfOneDay(licence_id)
        return found[0]
    if kind is None:
        raise InvalidInput("kind", "is missing", "brakuje wartości")
    licence = await queries.free_licence(session, kind=kind, wanted=wanted, seasons={None})
    if licence is None:
        limit = await queries.count_licences(session, kind=kind, at=start_of(wanted), seasons={None})
        raise NoFreeSeat(kind, limit=limit)
    return licence


async def _refuse_clash(session: TenantSession, *, licence: SeatLicence, agent_id: UUID, span: Period) -> None:
    # Whoever keeps somebody out takes the same turn first, so this is true until the transaction ends.
    state = await queries.state_of_agent(session, agent_id=agent_id)
    if state is None:
        raise AgentNotFound(agent_id)
    if state is MemberState.SUSPENDED:
        raise AgentSuspended(agent_id)
    for other in await queries.clashes(session, licence_id=licence.id, agent_id=agent_id, within=span):
        if other.agent_id == agent_id:
            raise await queries.already_seated(session, agent_id=agent_id, licence_id=other.licence_id)
        raise SeatTaken(licence.id, other.agent_id)
