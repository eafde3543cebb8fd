"""A telephone exchange says of an agent whom it rang that they picked up, or that they did not."""

from datetime import datetime
from uuid import UUID

from domain.agents import queries as agents
from domain.agents.errors import AgentNotFound
from domain.agents.models import Agent
from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seats
from domain.tickets import sweeping
from domain.tickets.calls import queries as calls
from domain.tickets.calls.connecting import connected
from domain.tickets.calls.events import CallConnected
from domain.tickets.calls.models import Call
from domain.tickets.calls.standing import Standing, standing
from domain.tickets.giving_back import absences
from domain.tickets.models import Ticket, TicketState
from domain.tickets.overflow import episodes


async def picked_up(session: TenantSession, *, external_id: str, agent_id: UUID, by: Actor, now: datetime) -> Standing:
    """The agent whom the exchange rang talks with the caller: until the call is over it is not given to others for want
    of that agent's presence or answer, and it counts as answered when it ends.

    Told again, or of an agent who has not got the call or sits on no full seat, it changes nothing.
    Raises CallNotFound, AgentNotFound.
    """
    await calls.ticket_of(session, external_id=external_id)
    seats = await hold_seats(session, agent_ids=[agent_id], now=now)
    full = agent_id in seats and seats[agent_id].kind is SeatKind.FULL
    call, ticket, agent = await _lock(session, external_id=external_id, agent_id=agent_id)
    has_it = call.ended_at is None and ticket.assignee_id == agent.id
    if has_it and full and not await connected(session, ticket):
        call.connected_at = max(now, ticket.state_since)  # not before it came into these hands, by whichever clock
        call.connected_to_id, call.connected_version = agent.id, ticket.version
        events.record(session, call, CallConnected(call.ticket_id, agent.id), by=by, at=now)
        await session.flush()
    return await standing(session, call=call, now=now)


async def not_answered(
    session: TenantSession, *, external_id: str, agent_id: UUID, by: Actor, now: datetime
) -> Standing:
    """The agent whom the exchange rang did not pick up: the call goes on at its place, in a pass over all that waits,
    and the agent is set away and not given it again for a while.

    Told of an agent who has not got the call, who talks with the caller, or who is calling back, it changes nothing.
    Raises CallNotFound, AgentNotFound.
    """
    await calls.ticket_of(session, external_id=external_id)
    await episodes.take_turn(session)
    call, ticket, agent = await _lock(session, external_id=external_id, agent_id=agent_id)
    rang = call.ended_at is None and call.call_back_at is None and ticket.state is TicketState.ASSIGNED
    if rang and ticket.assignee_id == agent.id and not await connected(session, ticket):
        await absences.take_from(session, [(ticket, agent)], by=by, now=now)
        await sweeping.route_sweep(session, gives_back=False, now=now)
        await session.refresh(call)
    return await standing(session, call=call, now=now)


async def _lock(session: TenantSession, *, external_id: str, agent_id: UUID) -> tuple[Call, Ticket, Agent]:
    """The call, its ticket and the agent, locked in the order of locks. Raises CallNotFound, AgentNotFound."""
    agent = await agents.lock_agent(session, agent_id=agent_id)
    if agent is None:
        raise AgentNotFound(agent_id)
    call, ticket = await calls.lock(session, external_id=external_id)
    return call, ticket, agent
