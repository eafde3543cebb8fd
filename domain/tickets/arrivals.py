"""Agents who come to work and leave it."""

from datetime import datetime
from uuid import UUID

from domain.agents import operations as agents
from domain.agents.models import Agent, Presence
from domain.kit import outbox
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.seats.rights import hold_seat
from domain.tickets.giving_back import absences
from domain.tickets.jobs import RouteSweep


async def set_presence(
    session: TenantSession, *, agent_id: UUID, presence: Presence, by: Actor, now: datetime
) -> Agent:
    """Be there or not; the same again changes nothing. Whoever goes leaves live conversations to others at once, but
    keeps a caller with whom they talk.

    Raises AgentNotFound and, to be there, SeatRequired.
    """
    if presence is Presence.ONLINE:
        return await come_online(session, agent_id=agent_id, by=by, now=now)
    agent = await agents.set_presence(session, agent_id=agent_id, presence=presence, by=by, now=now)
    if presence is Presence.OFFLINE and await absences.leave(session, agent=agent, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)
        await session.flush()
    return agent


async def come_online(session: TenantSession, *, agent_id: UUID, by: Actor, now: datetime) -> Agent:
    """Be there on a live seat, which is held, and be given work from now on. Raises SeatRequired, AgentNotFound."""
    await hold_seat(session, agent_id=agent_id, now=now)
    agent = await agents.set_presence(session, agent_id=agent_id, presence=Presence.ONLINE, by=by, now=now)
    await outbox.enqueue_once(session, RouteSweep(), now=now)
    return agent
