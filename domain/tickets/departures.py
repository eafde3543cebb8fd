"""Seats that end, and with them, in one transaction, the access and the open work of those who sat on them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.agents import membership
from domain.agents.models import Agent, Invitation, Member
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.seats import ending, holding, starting
from domain.seats.models import SeatAssignment
from domain.seats.queries import lock_assignments_of, take_turn
from domain.tickets.handing_over import hand_over
from domain.tickets.jobs import RouteSweep
from domain.tickets.queries import sent_after


async def expire_licences(
    session: TenantSession, *, licence_ids: Collection[UUID], at: datetime | None, by: Actor, now: datetime
) -> ending.Shortened:
    """End licences at an instant, now by default; those whose seat is over now hand over their tickets.

    Raises SeatLicenceNotFound, InvalidInput for the past.
    """
    shortened = await ending.shorten_licences(session, licence_ids=licence_ids, at=at, uses=sent_after, by=by, now=now)
    await hand_over(session, ended=shortened.ended, now=now)
    return shortened


async def release_seat(
    session: TenantSession, *, assignment_id: UUID, at: datetime | None, by: Actor, now: datetime
) -> SeatAssignment:
    """End an assignment at an instant, now by default, and hand over its agent's tickets then.

    One that has not begun is cancelled. Raises SeatAssignmentNotFound, InvalidInput.
    """
    assignment, ended = await ending.release_assignment(
        session, assignment_id=assignment_id, at=at, uses=sent_after, by=by, now=now
    )
    await hand_over(session, ended=ended, now=now)
    return assignment


async def release_seats(
    session: TenantSession, *, assignment_ids: Collection[UUID], at: datetime | None, by: Actor, now: datetime
) -> None:
    """End assignments at an instant, now by default, and hand over their agents' tickets then, all at once.

    Those that have not begun are cancelled, those that are over stay as they are. Raises InvalidInput.
    """
    ended = await ending.release_assignments(
        session, assignment_ids=assignment_ids, at=at, uses=sent_after, by=by, now=now
    )
    await hand_over(session, ended=ended, now=now)


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
        ended = await ending.release_agent(session, agent_id=agent_id, uses=sent_after, by=by, now=now)
        await hand_over(session, ended=ended, now=now)
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
        await holding.lock_plans_of(session, agent_id=agent_id)
    revoked = await membership.revoke_invitation(session, invitation_id=invitation_id, own_id=own_id, by=by, now=now)
    if revoked and agent_id is not None:
        ended = await ending.release_agent(session, agent_id=agent_id, uses=sent_after, by=by, now=now)
        await hand_over(session, ended=ended, now=now)


async def provision_due_seats(session: TenantSession, *, now: datetime) -> int:
    """Record the assignments that have begun and let their agents be given work; returns how many. Twice is as once."""
    async with events.in_one_statement(session):
        begun = await starting.record_starts(session, now=now)
    if begun:
        await outbox.enqueue_once(session, RouteSweep(), now=now)
        await session.flush()
    return len(begun)


async def expire_due_seats(session: TenantSession, *, now: datetime, most: int = 500) -> int:
    """Record the assignments that are over and hand over their agents' tickets; returns how many. Twice is as once.

    No more than `most` in one transaction: the next pass goes on.
    """
    async with events.in_one_statement(session):
        ended = await ending.record_endings(session, now=now, most=most)
        await hand_over(session, ended=ended, now=now)
    return len(ended)
