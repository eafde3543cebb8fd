"""Seats that end, and what happens to the work of those who sat on them, in one transaction."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.agents import credentials, membership
from domain.agents.events import AgentPresenceSet
from domain.agents.models import Agent, Invitation, Member, Presence
from domain.agents.roles import SEATLESS
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor
from domain.seats import ending, starting
from domain.seats.models import SeatAssignment
from domain.seats.queries import live, lock_assignments_of, take_turn
from domain.tickets import lifecycle, moving, queries
from domain.tickets.jobs import RouteSweep


async def expire_licences(
    session: TenantSession, *, licence_ids: Collection[UUID], at: datetime | None, by: Actor, now: datetime
) -> ending.Shortened:
    """End licences at an instant, now by default; those whose seat is over now hand over their tickets.

    Raises SeatLicenceNotFound, InvalidInput for the past.
    """
    shortened = await ending.shorten_licences(session, licence_ids=licence_ids, at=at, by=by, now=now)
    await _hand_over(session, agent_ids=shortened.departed, now=now)
    return shortened


async def release_seat(
    session: TenantSession, *, assignment_id: UUID, at: datetime | None, by: Actor, now: datetime
) -> SeatAssignment:
    """End an assignment at an instant, now by default, and hand over its agent's tickets then.

    One that has not begun is cancelled. Raises SeatAssignmentNotFound, InvalidInput.
    """
    assignment, departed = await ending.release_assignment(session, assignment_id=assignment_id, at=at, by=by, now=now)
    await _hand_over(session, agent_ids=departed, now=now)
    return assignment


async def suspend_member(session: TenantSession, *, member_id: UUID, own_id: UUID, by: Actor, now: datetime) -> Member:
    """Keep a member out from now on: no seat, no session, no token, and the open work is back with its teams.

    Again changes nothing. `own_id` is the member who does it. Raises MemberNotFound, NotYourself, MemberOutranksYou,
    OwnerNeeded.
    """
    await membership.take_turn(session)
    agent_id = await session.scalar(
        select(Agent.id).where(Agent.tenant_id == session.tenant_id, Agent.member_id == member_id)
    )
    if agent_id is not None:  # seats come before people in the order of locks
        departed = await ending.release_agent(session, agent_id=agent_id, by=by, now=now)
        await _hand_over(session, agent_ids=departed, now=now)
    return await membership.suspend(session, member_id=member_id, own_id=own_id, by=by, now=now)


async def revoke_invitation(
    session: TenantSession, *, invitation_id: UUID, own_id: UUID, by: Actor, now: datetime
) -> None:
    """Make an invitation's link worthless, and free the seats that were kept for the person.

    One that was used, replaced or called back stays as it is, and so do the seats. `own_id` is the member who does it.
    Raises InvitationNotFound, NotYourself, MemberOutranksYou.
    """
    await membership.take_turn(session)
    agent_id = await session.scalar(
        select(Agent.id)
        .join(Invitation, (Invitation.tenant_id == Agent.tenant_id) & (Invitation.member_id == Agent.member_id))
        .where(Agent.tenant_id == session.tenant_id, Invitation.id == invitation_id)
    )
    if agent_id is not None:  # seats come before people in the order of locks
        await take_turn(session)
        await lock_assignments_of(session, agent_id=agent_id)
    revoked = await membership.revoke_invitation(session, invitation_id=invitation_id, own_id=own_id, by=by, now=now)
    if revoked and agent_id is not None:
        departed = await ending.release_agent(session, agent_id=agent_id, by=by, now=now)
        await _hand_over(session, agent_ids=departed, now=now)


async def provision_due_seats(session: TenantSession, *, now: datetime) -> int:
    """Record the assignments that have begun and let their agents be given work; returns how many. Twice is as once."""
    begun = await starting.record_starts(session, now=now)
    if begun:
        await outbox.enqueue_once(session, RouteSweep(), now=now)
        await session.flush()
    return len(begun)


async def expire_due_seats(session: TenantSession, *, now: datetime, most: int = 500) -> int:
    """Record the assignments that are over and hand over their agents' tickets; returns how many. Twice is as once.

    No more than `most` in one transaction: the next pass goes on.
    """
    ended = await ending.record_endings(session, now=now, most=most)
    await _hand_over(session, agent_ids=[assignment.agent_id for assignment in ended], now=now)
    return len(ended)


async def _hand_over(session: TenantSession, *, agent_ids: Collection[UUID], now: datetime) -> None:
    """Sign out those who have no seat left, and put what they held into the queues, each at its own place."""
    gone = await _without_seat(session, agent_ids=agent_ids, now=now) if agent_ids else []
    if not gone:
        return
    for agent, _ in gone:
        if agent.presence is not Presence.OFFLINE:
            before, agent.presence, agent.presence_since = agent.presence, Presence.OFFLINE, now
            events.record(session, agent, AgentPresenceSet(Presence.OFFLINE, before), by=SYSTEM, at=now)
    signed_out = [member.id for _, member in gone if not SEATLESS[member.role]]
    await credentials.end_credentials(session, member_ids=signed_out, now=now)
    held = await queries.lock_held_by(session, agent_ids=[agent.id for agent, _ in gone])
    for ticket in held:
        move = lifecycle.queue(moving.place_of(ticket), reason="seat ended")
        moving.apply(session, ticket, move, by=SYSTEM, now=now)
    if held:
        await outbox.enqueue_once(session, RouteSweep(), now=now)
    await session.flush()


async def _without_seat(
    session: TenantSession, *, agent_ids: Collection[UUID], now: datetime
) -> list[tuple[Agent, Member]]:
    """Those of the agents who have no seat left, locked with their members: first the members, then the agents."""
    seated = select(SeatAssignment.id).where(
        SeatAssignment.tenant_id == Agent.tenant_id,
        SeatAssignment.agent_id == Agent.id,
        live(now),
    )
    theirs = select(Agent.member_id).where(
        Agent.tenant_id == session.tenant_id, Agent.id.in_(agent_ids), ~seated.exists()
    )
    members = await session.scalars(
        select(Member)
        .where(Member.tenant_id == session.tenant_id, Member.id.in_(theirs))
        .order_by(Member.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    by_id = {member.id: member for member in members}
    agents = await session.scalars(
        select(Agent)
        .where(Agent.tenant_id == session.tenant_id, Agent.member_id.in_(by_id))
        .order_by(Agent.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return [(agent, by_id[agent.member_id]) for agent in agents]
