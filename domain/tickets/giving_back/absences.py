"""What lies in the hands of those who do not answer, and of those who have gone, goes on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, DateTime, and_, exists, func, or_, select

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.models import Agent, AgentOnline, Presence
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor
from domain.tickets import lifecycle, moving, queries, workload
from domain.tickets.calls import answering
from domain.tickets.calls.connecting import CONNECTED, connected_since
from domain.tickets.giving_back.models import GaveBack
from domain.tickets.giving_back.operations import REASONS, give_back
from domain.tickets.models import Ticket, TicketState, Transition
from domain.tickets.routing import LIVE
from domain.tickets.workload import Given

GONE = timedelta(hours=1)
"""How long a ticket still waits for an agent who is not there; if the agent went offline, a live one no moment."""

LONGEST_TALK = timedelta(hours=8)
"""How long a call may go on with somebody who is gone: an exchange may never have said that it was over."""

COMES = timedelta(days=7)
"""Whoever was not online for so long before works without being online, and is never gone."""

AT_ONCE = 500
"""Tickets that are given back in one sweep."""

ASSIGNED = TicketState.ASSIGNED

TO_ANSWER = and_(Ticket.state == ASSIGNED, Ticket.answer_by.is_not(None))
"""Whether its agent is still to begin with it in time."""


async def leave(session: TenantSession, *, agent: Agent, by: Actor, now: datetime) -> bool:
    """Give back the live conversations of a locked agent who has gone, but no call in which the agent talks; returns
    whether there were any.
    """
    live = and_(Ticket.assignee_id == agent.id, Ticket.worked_as.in_(sorted(LIVE)), Ticket.state == ASSIGNED)
    held = await _lock(session, and_(live, ~CONNECTED))
    for ticket in held:
        _give_back(session, ticket, why=GaveBack.LEFT, by=by, now=now)
    await answering.forget(session, held, now=now)
    return bool(held)


async def return_unanswered(session: TenantSession, *, now: datetime) -> int:
    """Give back what was not answered in time, and set those away who did not, so that the next is not theirs."""
    late = and_(TO_ANSWER, Ticket.answer_by <= now)
    found = await session.execute(
        select(Ticket.id, Ticket.assignee_id)
        .where(Ticket.tenant_id == session.tenant_id, late)
        .order_by(Ticket.answer_by, Ticket.id)
        .limit(AT_ONCE)
    )
    whose = {row.id: row.assignee_id for row in found}
    if not whose:
        return 0
    people = {agent.id: agent for agent in await queries.lock_agents(session, ids=set(whose.values()))}
    tickets = await _lock(session, and_(late, Ticket.id.in_(whose)))
    # Others have other hands by now.
    unbegun = [(ticket, people[ticket.assignee_id]) for ticket in tickets if ticket.assignee_id in people]
    await take_from(session, unbegun, by=SYSTEM, now=now)
    return len(unbegun)


async def take_from(
    session: TenantSession, unbegun: Sequence[tuple[Ticket, Agent]], *, by: Actor, now: datetime
) -> None:
    """Give back locked tickets that their locked agents did not begin with in time, and set those away who are online.

    It counts as none of their work, and as no answer to a call.
    """
    given = [_give_back(session, ticket, why=GaveBack.UNANSWERED, by=by, now=now) for ticket, _ in unbegun]
    for agent in {agent.id: agent for _, agent in unbegun if agent.presence is Presence.ONLINE}.values():
        agents.turn(session, agent, Presence.AWAY, by=by, now=now)
    await workload.take_off(session, given, now=now)
    await answering.forget(session, [ticket for ticket, _ in unbegun], now=now)
    await session.flush()


async def return_left(session: TenantSession, *, now: datetime) -> int:
    """Give back what lay in the hands of agents when they went, GONE ago, and what customers wrote to them since."""
    held = await _lock(session, left(session.tenant_id, since=now - GONE), most=AT_ONCE)
    for ticket in held:
        _give_back(session, ticket, why=GaveBack.LEFT, by=SYSTEM, now=now)
    await session.flush()
    return len(held)


def left(tenant_id: UUID | BindParameter[UUID], *, since: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a ticket is, since then, in the hands of somebody who has gone; that is GONE before the instant asked of.

    Somebody who is never online is not gone, and neither is what a person put into absent hands left behind, nor a call
    that goes on with whoever picked it up, for LONGEST_TALK.
    """
    until = func.upper(AgentOnline.period, type_=DateTime(timezone=True))
    comes = exists().where(
        AgentOnline.tenant_id == Agent.tenant_id, AgentOnline.agent_id == Agent.id, until > Agent.presence_since - COMES
    )
    answered = (
        exists()
        .where(
            Transition.tenant_id == Ticket.tenant_id,
            Transition.ticket_id == Ticket.id,
            Transition.at == Ticket.state_since,
            Transition.reason == lifecycle.CUSTOMER_ANSWERED,
        )
        .correlate(Ticket)
    )
    gone = exists().where(
        Agent.tenant_id == Ticket.tenant_id,
        Agent.id == Ticket.assignee_id,
        Agent.presence != Presence.ONLINE,
        Agent.presence_since <= since,
        or_(Ticket.state_since <= Agent.presence_since, answered),
        comes,
    )
    return and_(
        Ticket.tenant_id == tenant_id,
        Ticket.assignee_id.is_not(None),
        Ticket.state == ASSIGNED,
        Ticket.state_since <= since,
        or_(Ticket.worked_as != Channel.PHONE, ~connected_since(since - LONGEST_TALK)),
        gone,
    )


def _give_back(session: TenantSession, ticket: Ticket, *, why: GaveBack, by: Actor, now: datetime) -> Given:
    place = moving.place_of(ticket)
    if place.assignee_id is None:
        raise ValueError("It is in nobody's hands.")
    move = lifecycle.give_back(place, by=place.assignee_id, reason=REASONS[why])
    return give_back(session, ticket, move, why=why, by=by, now=now)


async def _lock(session: TenantSession, which: ColumnElement[bool], *, most: int | None = None) -> Sequence[Ticket]:
    found = await session.scalars(
        select(Ticket)
        .where(Ticket.tenant_id == session.tenant_id, which)
        .order_by(Ticket.id)
        .limit(most)
        .with_for_update(key_share=True, of=Ticket)
        .execution_options(populate_existing=True)
    )
    return found.all()
