"""Taking the next ticket: what the router would give, to an agent who asks for it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from domain.agents.channels import DEFAULT_CAPACITY, Channel
from domain.agents.efforts import efforts
from domain.agents.models import Agent, AgentCapacity, AgentLanguage, AgentSkill, AgentTeam
from domain.agents.queries import lock_agent
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.queries import live
from domain.seats.rights import LiveSeat, SeatRequired
from domain.tenants.models import Tenant
from domain.tickets import lifecycle, moving, queries, workload
from domain.tickets.calls import answering
from domain.tickets.giving_back.looking import REMEMBERED
from domain.tickets.giving_back.models import GaveBack, TicketGivenBack
from domain.tickets.models import Need, NeedSkill, Ticket, TicketState
from domain.tickets.moving import Decided
from domain.tickets.overflow.models import QueueSetting
from domain.tickets.routing import HAND_OVERS, Abilities, Candidate, Hands, RoutingReason
from domain.tickets.workload import given_by


async def take_next(
    session: TenantSession, *, seat: LiveSeat, team_id: UUID | None = None, by: Actor, now: datetime
) -> Ticket | None:
    """Put the next ticket of the agent's teams, or of one of them, into the agent's hands; None when there is none.

    It is the first in the router's order that has rested enough and that the agent could be given: with the skills
    it asks for as long as it does, with room for its channel and, if it needs the customer, with a full seat; what was
    handed over too often waits for a senior of its team who could have it. Being away is no hindrance. Two who ask at
    once get two.
    Raises TeamNotFound.
    """
    if team_id is not None:
        await queries.team(session, team_id=team_id)
    agent = await lock_agent(session, agent_id=seat.agent_id)  # so that what the agent holds can be counted
    if agent is None:
        raise SeatRequired
    channels = await _channels_with_room(session, agent, seat=seat)
    ticket = await _next(session, agent=agent, seat=seat, team_id=team_id, channels=channels, now=now)
    if ticket is None:
        return None
    agent.idle_since = now
    move = lifecycle.assign(moving.place_of(ticket), agent_id=agent.id, reason="taken")
    moving.apply(session, ticket, move, decided=Decided(RoutingReason.TAKEN, {}), by=by, now=now)
    await answering.note_ticket(session, ticket, now=now)
    await workload.note(session, given_by(ticket, move), now=now)
    await session.flush()
    return ticket


SERVED = (QueueSetting.tenant_id == Ticket.tenant_id) & (QueueSetting.team_id == Ticket.team_id)
"""What is said of a ticket's queue, if anything is."""

Id = UUID | InstrumentedAttribute[UUID]
"""Of an agent: a value, or the column of those whom the statement around looks at."""


def _able(agent_id: Id) -> ColumnElement[bool]:
    """Whether the agent has all the skills that it asks for."""
    has = exists().where(
        AgentSkill.tenant_id == NeedSkill.tenant_id,
        AgentSkill.agent_id == agent_id,
        AgentSkill.skill_id == NeedSkill.skill_id,
        AgentSkill.level >= NeedSkill.level,
    )
    lacking = exists().where(
        NeedSkill.tenant_id == Ticket.tenant_id,
        NeedSkill.need_id == Ticket.need_id,
        ~has.correlate(NeedSkill, Agent),
    )
    return ~lacking.correlate(Ticket, Agent)


def _speaks(agent_id: Id) -> ColumnElement[bool]:
    """Whether it asks for no language, or for one that the agent speaks: without any of their own, the shop's."""
    own = select(AgentLanguage.language).where(
        AgentLanguage.tenant_id == Ticket.tenant_id, AgentLanguage.agent_id == agent_id
    )
    own = own.correlate(Ticket, Agent)
    shops = select(func.lower(Tenant.language)).where(Tenant.id == Ticket.tenant_id).correlate(Ticket)
    spoken = Need.language.in_(own) | (~own.exists() & Need.language.in_(shops))
    other = exists().where(
        Need.tenant_id == Ticket.tenant_id, Need.id == Ticket.need_id, Need.language.is_not(None), ~spoken
    )
    return ~other.correlate(Ticket, Agent)


def _gave_back(agent_id: UUID, *, now: datetime) -> ColumnElement[bool]:
    """Whether the agent gave it back a while ago."""
    return (
        exists()
        .where(
            TicketGivenBack.tenant_id == Ticket.tenant_id,
            TicketGivenBack.ticket_id == Ticket.id,
            TicketGivenBack.agent_id == agent_id,
            TicketGivenBack.why != GaveBack.LEFT,
            TicketGivenBack.at > now - REMEMBERED,
        )
        .correlate(Ticket)
    )


def _waited(seconds: InstrumentedAttribute[Any], *, now: datetime) -> ColumnElement[bool]:
    """Whether it has asked for so long."""
    return func.coalesce(Ticket.asked_at + func.make_interval(0, 0, 0, 0, 0, 0, seconds) <= now, False)


def waits_for_a_senior(*, now: datetime) -> ColumnElement[bool]:
    """Whether a ticket, with its queue SERVED, was handed over too often and waits for a senior of its team.

    In SQL what `routing.waited_for` says.
    """
    seated = exists().where(
        SeatAssignment.tenant_id == Agent.tenant_id,
        SeatAssignment.agent_id == Agent.id,
        live(now),
        ~Ticket.needs_contact | (SeatAssignment.kind == SeatKind.FULL),
    )
    holds_none = exists().where(
        AgentCapacity.tenant_id == Agent.tenant_id,
        AgentCapacity.agent_id == Agent.id,
        AgentCapacity.channel == Ticket.worked_as,
        AgentCapacity.items == 0,
    )
    senior = exists().where(
        AgentTeam.tenant_id == Ticket.tenant_id,
        AgentTeam.team_id == Ticket.team_id,
        Agent.tenant_id == AgentTeam.tenant_id,
        Agent.id == AgentTeam.agent_id,
        Agent.senior,
        seated.correlate(Ticket, Agent),
        ~holds_none.correlate(Ticket, Agent),
        _able(Agent.id) | _waited(QueueSetting.relax, now=now),
        _speaks(Agent.id),
    )
    return (Ticket.handed_over >= HAND_OVERS) & senior.correlate(Ticket, QueueSetting)


async def _channels_with_room(session: TenantSession, agent: Agent, *, seat: LiveSeat) -> list[Channel]:
    """The channels of which the router would put one more into these hands."""
    capacities = await session.execute(
        select(AgentCapacity.channel, AgentCapacity.items).where(
            AgentCapacity.tenant_id == session.tenant_id, AgentCapacity.agent_id == agent.id
        )
    )
    capacity = {**DEFAULT_CAPACITY, **{row.channel: row.items for row in capacities}}
    counted = await session.execute(
        select(Ticket.worked_as, func.count().label("open"))
        .where(Ticket.tenant_id == session.tenant_id, Ticket.assignee_id == agent.id)
        .group_by(Ticket.worked_as)
    )
    held = {row.worked_as: row.open for row in counted}
    known = Candidate(
        agent_id=agent.id,
        abilities=Abilities(frozenset(), {}, frozenset(), capacity),
        presence=agent.presence,
        seat=seat.kind,
        held=held,
        idle_since=agent.idle_since,
    )
    hands = Hands(known, await efforts(session))
    return [channel for channel in Channel if hands.hindrance(channel) is None]


async def _next(
    session: TenantSession,
    *,
    agent: Agent,
    seat: LiveSeat,
    team_id: UUID | None,
    channels: Collection[Channel],
    now: datetime,
) -> Ticket | None:
    """The first that fits and that nobody else is moving at this moment, locked."""
    teams = select(AgentTeam.team_id).where(
        AgentTeam.tenant_id == session.tenant_id, AgentTeam.agent_id == seat.agent_id
    )
    raised = func.coalesce(QueueSetting.priority, 0)
    fitting = (
        select(Ticket)
        .outerjoin(QueueSetting, SERVED)
        .where(
            Ticket.tenant_id == session.tenant_id,
            Ticket.state == TicketState.QUEUED,
            Ticket.team_id.in_(teams),
            _able(seat.agent_id) | _waited(QueueSetting.relax, now=now),
            Ticket.worked_as.in_(channels),
            _speaks(seat.agent_id),
            ~_gave_back(seat.agent_id, now=now),
            QueueSetting.delay.is_(None) | _waited(QueueSetting.delay, now=now),
        )
        .order_by((Ticket.priority + raised).desc(), Ticket.due_at, Ticket.arrived_at, Ticket.id)
        .limit(1)
        .with_for_update(key_share=True, skip_locked=True, of=Ticket)
        .execution_options(populate_existing=True)
    )
    if team_id is not None:
        fitting = fitting.where(Ticket.team_id == team_id)
    if not agent.senior:
        fitting = fitting.where(~waits_for_a_senior(now=now))
    if seat.kind is not SeatKind.FULL:
        fitting = fitting.where(Ticket.needs_contact.is_(False))
    return await session.scalar(fitting)
