"""Seats that are planned: held in order until one is free, and people invited when the day for it has come."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from domain.agents import invitations
from domain.agents.errors import InvitationsUsedUp, InvitationTooSoon
from domain.agents.models import Agent, Member, MemberState
from domain.agents.queries import lock_member, lock_open_invitations
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor
from domain.seats import queries
from domain.seats.errors import AgentAlreadySeated, AgentSuspended, PlannedInvitationNotFound
from domain.seats.events import PlannedSeatCancelled, PlannedSeatChanged
from domain.seats.jobs import ProvisionSeats
from domain.seats.models import Period, PlannedInvitation, SeatAssignment, SeatKind, SeatLicence
from domain.seats.operations import assign_seat
from domain.seats.periods import ends_by, period, start_of
from domain.seats.plans import plan_seat
from domain.seats.queries import HELD, UNSETTLED
from domain.seats.succeeding import must_be_able_to_succeed


async def join_line(
    session: TenantSession,
    *,
    agent_id: UUID,
    kind: SeatKind,
    wanted: Period,
    invited_by_id: UUID,
    by: Actor,
    now: datetime,
    successor_id: UUID | None = None,
) -> PlannedInvitation:
    """Put an agent into the line for a licence of no season, to be invited as soon as there is one.

    Who waits for that kind already keeps their place, for the time that is wanted now. The caller has taken the seats'
    turn. Raises AgentAlreadySeated, SuccessorNotFound, InvalidInput.
    """
    await must_be_able_to_succeed(session, agent_id=agent_id, successor_id=successor_id)
    other = await session.scalar(
        select(SeatAssignment.licence_id)
        .where(SeatAssignment.tenant_id == session.tenant_id, SeatAssignment.agent_id == agent_id)
        .where(queries.in_use(wanted), SeatAssignment.ended_at.is_(None))
        .limit(1)
    )
    if other is not None:
        raise await queries.already_seated(session, agent_id=agent_id, licence_id=other)
    stays = None
    for planned in await _lock(
        session, and_(PlannedInvitation.agent_id == agent_id, PlannedInvitation.season_id.is_(None), HELD)
    ):
        if planned.kind is kind:
            stays = planned
        else:
            _cancel(session, planned, by=by, now=now)
    if stays is not None:
        stays.wanted, stays.successor_id = wanted, successor_id
        events.record(session, stays, PlannedSeatChanged(agent_id, wanted.upper), by=by, at=now)
        await session.flush()
        return stays
    return await plan_seat(
        session,
        agent_id=agent_id,
        kind=kind,
        wanted=wanted,
        invite_at=now,
        invited_by_id=invited_by_id,
        successor_id=successor_id,
        by=by,
        now=now,
    )


async def grant_held(session: TenantSession, *, now: datetime, most: int = 200) -> Sequence[PlannedInvitation]:
    """Give free seats to those who wait for one, the first in the line first; returns those who got one.

    Whom no free licence fits stays where they are, and holds up nobody whom one fits. A plan whose time is over is
    cancelled. Once `most` have got one, another pass goes on. Twice is as once.
    """
    if not await queries.anybody_held(session):
        return ()
    await queries.take_turn(session)
    line = await session.scalars(
        select(PlannedInvitation)
        .where(PlannedInvitation.tenant_id == session.tenant_id, HELD)
        .order_by(PlannedInvitation.created_at, PlannedInvitation.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    granted, exhausted = [], set()
    for planned in line.all():
        rest = _rest(planned.wanted, now)
        if rest is None:
            _cancel(session, planned, by=SYSTEM, now=now)
            continue
        sort = (planned.kind, planned.season_id, rest.lower, rest.upper)
        if sort in exhausted:
            continue
        licence = await queries.free_licence(session, kind=planned.kind, wanted=rest, seasons={planned.season_id, None})
        if licence is None:
            exhausted.add(sort)
        elif await _seat(session, planned, licence, rest, now=now):
            granted.append(planned)
        if len(granted) == most:
            await outbox.enqueue_once(session, ProvisionSeats(), now=now)
            break
    await session.flush()
    return granted


async def invite_due(session: TenantSession, *, key: str, now: datetime, most: int = 200) -> int:
    """Mail the invitations whose day has come to those who have their seat; returns how many plans are settled by it.

    Who has joined before needs no link and gets none. An address that was invited a moment ago, or too often today,
    is left for a later pass, and so is what exceeds `most`. `key` is the service's own. Twice is as once.
    """
    mine = PlannedInvitation.tenant_id
    due = await session.execute(
        select(PlannedInvitation, SeatAssignment, Agent.member_id, Member.state)
        .join(
            SeatAssignment, (SeatAssignment.tenant_id == mine) & (SeatAssignment.id == PlannedInvitation.assignment_id)
        )
        .join(Agent, (Agent.tenant_id == mine) & (Agent.id == PlannedInvitation.agent_id))
        .join(Member, (Member.tenant_id == mine) & (Member.id == Agent.member_id))
        .where(
            PlannedInvitation.tenant_id == session.tenant_id,
            PlannedInvitation.granted_at.is_not(None),
            UNSETTLED,
            PlannedInvitation.invite_at <= now,
        )
        .order_by(Agent.member_id)
        .limit(most)
        .with_for_update(of=PlannedInvitation, key_share=True, skip_locked=True)
    )
    settled = []
    for planned, assignment, member_id, state in due.all():
        if assignment.cancelled_at is not None or assignment.ended_at is not None or ends_by(assignment.period, now):
            _cancel(session, planned, by=SYSTEM, now=now)
        elif state is MemberState.ACTIVE or await _invite(session, member_id, planned, assignment, key=key, now=now):
            settled.append(planned)
    for planned in settled:  # together: rows with the same changed columns are written by one statement
        planned.settled_at = now
    if len(settled) == most:
        await outbox.enqueue_once(session, ProvisionSeats(), now=now)
    await session.flush()
    return len(settled)


async def cancel_planned(session: TenantSession, *, planned_id: UUID, by: Actor, now: datetime) -> PlannedInvitation:
    """Take somebody out of the line for a seat; a plan whose seat was given or that was cancelled stays as it is.

    Raises PlannedInvitationNotFound.
    """
    await queries.take_turn(session)
    found = await _lock(session, PlannedInvitation.id == planned_id)
    if not found:
        raise PlannedInvitationNotFound(planned_id)
    if found[0].granted_at is None and found[0].cancelled_at is None:
        _cancel(session, found[0], by=by, now=now)
    await session.flush()
    return found[0]


async def cancel_of_agent(
    session: TenantSession, *, agent_id: UUID, by: Actor, now: datetime, season_id: UUID | None = None
) -> None:
    """Forget the seats that are planned for an agent, and the invitations still to be mailed: all, or a season's.

    The caller has taken the seats' turn; seats that were given are the caller's to end.
    """
    which = [PlannedInvitation.agent_id == agent_id, UNSETTLED]
    if season_id is not None:
        which.append(PlannedInvitation.season_id == season_id)
    for planned in await _lock(session, and_(*which)):
        _cancel(session, planned, by=by, now=now)
    await session.flush()


async def lock_plans_of(session: TenantSession, *, agent_id: UUID) -> None:
    """Lock an agent's plans of which something is still to be done, in id order; to be done before members are."""
    await _lock(session, and_(PlannedInvitation.agent_id == agent_id, UNSETTLED))


async def plan_of(session: TenantSession, *, assignment_id: UUID) -> PlannedInvitation | None:
    """The plan that gave somebody the seat, on whichever licence that is."""
    return await session.scalar(
        select(PlannedInvitation).where(
            PlannedInvitation.tenant_id == session.tenant_id,
            PlannedInvitation.assignment_id == assignment_id,
            PlannedInvitation.cancelled_at.is_(None),
        )
    )


async def plan_in_place_of(
    session: TenantSession,
    planned: PlannedInvitation,
    *,
    agent_id: UUID,
    wanted: Period,
    by: Actor,
    now: datetime,
) -> PlannedInvitation | None:
    """The plan by which another agent is to have what a season's plan gave: a place in its line, or else a new plan.

    There is none for what no season gave. The caller has taken the seats' turn.
    """
    if planned.season_id is None:
        return None
    mine = and_(PlannedInvitation.agent_id == agent_id, PlannedInvitation.season_id == planned.season_id, HELD)
    for waiting in await _lock(session, and_(mine, PlannedInvitation.wanted.op("&&")(wanted))):
        return waiting
    return await plan_seat(
        session,
        agent_id=agent_id,
        kind=planned.kind,
        wanted=wanted,
        season_id=planned.season_id,
        successor_id=planned.successor_id,
        invite_at=max(now, planned.invite_at),
        invited_by_id=planned.invited_by_id,
        by=by,
        now=now,
    )


async def want_until(session: TenantSession, *, season_id: UUID, end: datetime, by: Actor, now: datetime) -> None:
    """Let those who wait for a seat of a season want it until another instant. The caller has taken the seats' turn."""
    for planned in await _lock(session, and_(PlannedInvitation.season_id == season_id, HELD)):
        if end <= start_of(planned.wanted):
            _cancel(session, planned, by=by, now=now)
            continue
        planned.wanted = period(start_of(planned.wanted), end)
        events.record(session, planned, PlannedSeatChanged(planned.agent_id, end), by=by, at=now)
    await session.flush()


def _rest(wanted: Period, now: datetime) -> Period | None:
    """What is left of the time that is wanted."""
    if ends_by(wanted, now):
        return None
    return period(max(now, start_of(wanted)), wanted.upper)


async def _seat(
    session: TenantSession, planned: PlannedInvitation, licence: SeatLicence, rest: Period, *, now: datetime
) -> bool:
    """Whether the agent was sat on the licence; not one who is kept out, or sits elsewhere during that time."""
    try:
        await assign_seat(
            session,
            agent_id=planned.agent_id,
            licence_id=licence.id,
            start=rest.lower,
            end=rest.upper,
            successor_id=planned.successor_id,
            planned_id=planned.id,
            by=SYSTEM,
            now=now,
        )
    except (AgentAlreadySeated, AgentSuspended):
        return False
    return True


async def _invite(
    session: TenantSession,
    member_id: UUID,
    planned: PlannedInvitation,
    assignment: SeatAssignment,
    *,
    key: str,
    now: datetime,
) -> bool:
    """Whether nothing is left to be mailed to the member."""
    member = await lock_member(session, member_id=member_id)
    if member is None or member.state is not MemberState.INVITED:
        return member is not None and member.state is MemberState.ACTIVE
    needed_until = max(now, start_of(assignment.period))
    if any(link.expires_at > needed_until for link in await lock_open_invitations(session, member_id=member.id)):
        return True
    try:
        await invitations.renew(
            session,
            member=member,
            inviter_member_id=planned.invited_by_id,
            key=key,
            by=SYSTEM,
            now=now,
            needed_at=start_of(assignment.period),
        )
    except (InvitationTooSoon, InvitationsUsedUp):
        return False
    return True


async def _lock(session: TenantSession, which: ColumnElement[bool]) -> Sequence[PlannedInvitation]:
    found = await session.scalars(
        select(PlannedInvitation)
        .where(PlannedInvitation.tenant_id == session.tenant_id, which)
        .order_by(PlannedInvitation.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


def _cancel(session: TenantSession, planned: PlannedInvitation, *, by: Actor, now: datetime) -> None:
    planned.cancelled_at = now
    events.record(session, planned, PlannedSeatCancelled(planned.agent_id), by=by, at=now)
