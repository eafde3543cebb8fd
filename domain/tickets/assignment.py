"""Putting tickets into hands: by the router, by a person, and back into a queue."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.agents.models import Agent, MemberState, Presence
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor
from domain.kit.ids import new_id
from domain.seats.queries import state_of_agent
from domain.seats.rights import SeatRequired, hold_seat, hold_seats
from domain.tickets import lifecycle, moving, needs, queries
from domain.tickets.candidates import snapshot
from domain.tickets.entries import add_entry, clean_body
from domain.tickets.errors import AssigneeCannotComeIn, AssigneeHasNoSeat
from domain.tickets.jobs import RouteSweep
from domain.tickets.models import EntryKind, RoutingDecision, Ticket, TicketState
from domain.tickets.routing import Candidate, Choice, Need, RoutingReason, choose

HEADS = 200
"""How many tickets of one queue and channel that ask for the same a sweep looks at."""


async def route_ticket(session: TenantSession, *, ticket_id: UUID, now: datetime) -> Choice | None:
    """Choose an agent for a queued ticket and put it into their hands; None when it is not queued any more.

    None as well when ticket or agent changed meanwhile: then a sweep follows. Earlier tickets of the same queue go
    first, so a ticket that joins behind others is left to the sweep.
    """
    await _take_turn(session)
    waiting = await _queued(session, ticket_id=ticket_id)
    if not waiting:
        return None
    if await _others_wait_before(session, waiting[0]):
        await outbox.enqueue_once(session, RouteSweep(), now=now)
        return None
    stood = await _route(session, waiting, now=now)
    return stood[0] if stood else None


async def route_sweep(session: TenantSession, *, now: datetime) -> int:
    """Choose agents for the queued tickets of the shop, by priority, due time and arrival; returns how many moved."""
    await _take_turn(session)
    return await _sweep(session, now=now)


async def assign(
    session: TenantSession,
    *,
    ticket_id: UUID,
    agent_id: UUID,
    handed_by: UUID | None = None,
    reason: str | None = None,
    by: Actor,
    now: datetime,
) -> Ticket:
    """Put a ticket into an agent's hands, whatever their capacity: a person said so.

    `handed_by` is the agent who may do so with what is queued or in their own hands; None may with every ticket. The
    `reason` becomes a note on the ticket, if it moves.
    Raises TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours, AssigneeHasNoSeat (also for an unknown agent),
    AssigneeCannotComeIn, InvalidInput.
    """
    try:
        await hold_seat(session, agent_id=agent_id, now=now)
    except SeatRequired:
        raise AssigneeHasNoSeat(agent_id) from None
    # Whoever keeps somebody out ends the seat first, which waits for us; so this is true until the transaction ends.
    if await state_of_agent(session, agent_id=agent_id) is not MemberState.ACTIVE:
        raise AssigneeCannotComeIn(agent_id)
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.assign(moving.place_of(ticket), agent_id=agent_id, handed_by=handed_by)
    moving.apply(session, ticket, move, by=by, now=now)
    _say_why(session, ticket, move, reason, by=by, now=now)
    if move.changes and move.origin.assignee_id is not None:
        await outbox.enqueue_once(session, RouteSweep(), now=now)  # somebody has room for one more
    await session.flush()
    return ticket


async def send_to_team(
    session: TenantSession,
    *,
    ticket_id: UUID,
    team_id: UUID | None,
    handed_by: UUID | None = None,
    reason: str | None = None,
    by: Actor,
    now: datetime,
) -> Ticket:
    """Put a ticket into a team's queue, its own by default, at the place its priority, due time and arrival give it.

    `handed_by` and `reason` as in `assign`.
    Raises TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours, TeamNotFound, InvalidInput.
    """
    if team_id is not None:
        await queries.team(session, team_id=team_id)
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.queue(moving.place_of(ticket), team_id=team_id, handed_by=handed_by, reason="handed over")
    moving.apply(session, ticket, move, by=by, now=now)
    _say_why(session, ticket, move, reason, by=by, now=now)
    if move.changes:
        await outbox.enqueue_once(session, RouteSweep(), now=now)  # for it, and for whoever has room for one more
    await session.flush()
    return ticket


def _say_why(
    session: TenantSession, ticket: Ticket, move: lifecycle.Move, reason: str | None, *, by: Actor, now: datetime
) -> None:
    if reason is not None:
        said = clean_body(reason, field="reason")
        if move.changes:
            add_entry(session, ticket, kind=EntryKind.INTERNAL, body=said, author=by, by=by, now=now)


async def _take_turn(session: TenantSession) -> None:
    """One router at a time in a tenant, so that two never count the same free hands."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"routing:{session.tenant_id}", 0))))


async def _sweep(session: TenantSession, *, now: datetime) -> int:
    waiting = await _queued(session)
    if not waiting:
        return 0
    async with events.in_one_statement(session):
        choices = await _route(session, waiting, now=now)
    moved = sum(choice.agent_id is not None for choice in choices)
    if moved and len(waiting) >= HEADS:
        await outbox.enqueue_once(session, RouteSweep(), now=now)
        await session.flush()
    return moved


async def _queued(session: TenantSession, *, ticket_id: UUID | None = None) -> Sequence[Ticket]:
    """Queued tickets, in order; of those of each team and channel that ask for the same, the first HEADS.

    So a long queue that nobody can take hides no other. They are not locked yet, for seats are held first.
    """
    order = (Ticket.priority.desc(), Ticket.due_at, Ticket.arrived_at, Ticket.id)
    alike = (Ticket.team_id, Ticket.need_id)
    heads = select(Ticket.id, func.row_number().over(partition_by=alike, order_by=order).label("place")).where(
        Ticket.tenant_id == session.tenant_id, Ticket.state == TicketState.QUEUED
    )
    if ticket_id is not None:
        heads = heads.where(Ticket.id == ticket_id)
    head = heads.subquery()
    found = await session.scalars(
        select(Ticket)
        .join(head, head.c.id == Ticket.id)
        .where(Ticket.tenant_id == session.tenant_id, head.c.place <= HEADS)
        .order_by(*order)
    )
    return found.all()


async def _others_wait_before(session: TenantSession, ticket: Ticket) -> bool:
    earlier = await session.scalar(
        select(Ticket.id)
        .where(
            Ticket.tenant_id == session.tenant_id,
            Ticket.team_id == ticket.team_id,
            Ticket.state == TicketState.QUEUED,
            (Ticket.priority > ticket.priority)
            | (
                (Ticket.priority == ticket.priority)
                & (
                    func.row(Ticket.due_at, Ticket.arrived_at, Ticket.id)
                    < func.row(ticket.due_at, ticket.arrived_at, ticket.id)
                )
            ),
        )
        .limit(1)
    )
    return earlier is not None


@dataclass(frozen=True)
class _Chosen:
    """A choice for a ticket, and the version of the ticket that it was made on."""

    ticket: Ticket
    version: int
    choice: Choice


async def _route(session: TenantSession, waiting: Sequence[Ticket], *, now: datetime) -> list[Choice]:
    """Choose for each ticket in turn and apply it; returns the choices that still stood when all was locked."""
    known = {candidate.agent_id: candidate for candidate in await snapshot(session, now=now)}
    candidates = dict(known)
    skills = await needs.skills_of(session, need_ids={ticket.need_id for ticket in waiting})
    chosen: list[_Chosen] = []
    for ticket in waiting:
        need = Need(ticket.channel, ticket.team_id, skills[ticket.need_id], ticket.needs_contact)
        choice = choose(need, candidates.values())
        chosen.append(_Chosen(ticket, ticket.version, choice))
        if choice.agent_id is not None:
            candidates[choice.agent_id] = candidates[choice.agent_id].taking(ticket.channel, now)
    return await _apply(session, chosen, known=known, now=now)


async def _apply(
    session: TenantSession, chosen: Sequence[_Chosen], *, known: Mapping[UUID, Candidate], now: datetime
) -> list[Choice]:
    """Lock seats, agents and tickets, and make the moves whose agent and ticket are as they were chosen on.

    A later sweep chooses afresh for the others.
    """
    agents = await _lock_unchanged_agents(
        session, [known[c.choice.agent_id] for c in chosen if c.choice.agent_id is not None], now=now
    )
    versions = await queries.lock_queued(session, ids=[c.ticket.id for c in chosen if c.choice.agent_id in agents])
    waits = await _known_to_wait(session, ticket_ids=[c.ticket.id for c in chosen if c.choice.agent_id is None])
    stood: list[Choice] = []
    for c in chosen:
        if c.choice.agent_id is None:
            stood.append(c.choice)
            if c.ticket.id not in waits:
                session.add(_decision(c.ticket, c.choice, now=now))
        elif c.choice.agent_id in agents and versions.get(c.ticket.id) == c.version:
            stood.append(c.choice)
            agents[c.choice.agent_id].idle_since = now
            move = lifecycle.assign(moving.place_of(c.ticket), agent_id=c.choice.agent_id, reason="routed")
            moving.apply(session, c.ticket, move, by=SYSTEM, now=now)
            session.add(_decision(c.ticket, c.choice, now=now))
    if len(stood) < len(chosen):
        await outbox.enqueue_once(session, RouteSweep(), now=now)
    await session.flush()
    return stood


async def _lock_unchanged_agents(
    session: TenantSession, candidates: Collection[Candidate], *, now: datetime
) -> dict[UUID, Agent]:
    """The agents, locked, their seats held: those who are still online, on the same kind of seat, as they were seen."""
    chosen = {candidate.agent_id: candidate for candidate in candidates}
    seats = await hold_seats(session, agent_ids=chosen.keys(), now=now)
    agents = await queries.lock_agents(session, ids=seats.keys())
    return {
        agent.id: agent
        for agent in agents
        if agent.presence is Presence.ONLINE
        and seats[agent.id].kind is chosen[agent.id].seat
        and agent.version == chosen[agent.id].version
        and agent.idle_since == chosen[agent.id].idle_since  # else the agent has taken a ticket meanwhile
    }


async def _known_to_wait(session: TenantSession, *, ticket_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those whose latest decision is that nobody is eligible: it is said once and not at every sweep."""
    latest = (
        select(RoutingDecision.ticket_id, RoutingDecision.reason)
        .ext(distinct_on(RoutingDecision.ticket_id))
        .where(RoutingDecision.tenant_id == session.tenant_id, RoutingDecision.ticket_id.in_(ticket_ids))
        .order_by(RoutingDecision.ticket_id, RoutingDecision.at.desc(), RoutingDecision.id.desc())
    )
    return frozenset(
        row.ticket_id for row in await session.execute(latest) if row.reason == RoutingReason.NOBODY_ELIGIBLE
    )


def _decision(ticket: Ticket, choice: Choice, *, now: datetime) -> RoutingDecision:
    return RoutingDecision(
        tenant_id=ticket.tenant_id,
        id=new_id(),
        ticket_id=ticket.id,
        agent_id=choice.agent_id,
        team_id=ticket.team_id,
        reason=choice.reason,
        detail=choice.detail(),
        at=now,
    )
