"""Putting tickets into hands: by the router, by a person, and back into a queue."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from domain.agents.models import Agent
from domain.kit import outbox
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor
from domain.kit.ids import new_id
from domain.seats.rights import SeatRequired, hold_seat, hold_seats
from domain.tickets import lifecycle, moving, queries
from domain.tickets.candidates import snapshot
from domain.tickets.errors import AssigneeHasNoSeat
from domain.tickets.jobs import RouteSweep, RouteTicket
from domain.tickets.models import RoutingDecision, Ticket, TicketState, Topic
from domain.tickets.routing import Choice, Exclusion, Need, Reason, choose

HEADS = 200
"""How many tickets of one queue, topic and channel a sweep looks at."""


async def route_ticket(session: TenantSession, *, ticket_id: UUID, now: datetime) -> Choice | None:
    """Choose an agent for a queued ticket and put it into their hands; None when it is not queued any more.

    Earlier tickets of the same queue go first, so a ticket that joins behind others is left to the sweep.
    """
    await _take_turn(session)
    waiting = await _queued(session, ticket_id=ticket_id)
    if not waiting:
        return None
    if await _others_wait_before(session, waiting[0][0]):
        await _sweep(session, now=now)
        return None
    choices = await _route(session, waiting, now=now)
    return choices[0]


async def route_sweep(session: TenantSession, *, now: datetime) -> int:
    """Choose agents for the queued tickets of the shop, by priority, due time and arrival; returns how many moved."""
    await _take_turn(session)
    return await _sweep(session, now=now)


async def assign(session: TenantSession, *, ticket_id: UUID, agent_id: UUID, by: Actor, now: datetime) -> Ticket:
    """Put a ticket into an agent's hands, whatever their capacity: a person said so.

    Raises TicketNotFound, TicketClosed, TicketNotOpen, AssigneeHasNoSeat (also for an unknown agent).
    """
    try:
        await hold_seat(session, agent_id=agent_id, now=now)
    except SeatRequired:
        raise AssigneeHasNoSeat(agent_id) from None
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    moving.apply(session, ticket, lifecycle.assign(moving.place_of(ticket), agent_id=agent_id), by=by, now=now)
    await session.flush()
    return ticket


async def send_to_team(
    session: TenantSession, *, ticket_id: UUID, team_id: UUID | None, by: Actor, now: datetime
) -> Ticket:
    """Put a ticket into a team's queue, its own by default, at the place its priority, due time and arrival give it.

    Raises TicketNotFound, TicketClosed, TicketNotOpen, TeamNotFound.
    """
    if team_id is not None:
        await queries.team(session, team_id=team_id)
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.queue(moving.place_of(ticket), team_id=team_id, reason="handed over")
    moving.apply(session, ticket, move, by=by, now=now)
    if move.changes:
        outbox.enqueue(session, RouteTicket(ticket.id), now=now)
        outbox.enqueue(session, RouteSweep(), now=now)
    await session.flush()
    return ticket


async def _take_turn(session: TenantSession) -> None:
    """One router at a time in a tenant, so that two never count the same free hands."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"routing:{session.tenant_id}", 0))))


async def _sweep(session: TenantSession, *, now: datetime) -> int:
    waiting = await _queued(session)
    choices = await _route(session, waiting, now=now) if waiting else []
    moved = sum(choice.agent_id is not None for choice in choices)
    if moved and len(waiting) >= HEADS:
        outbox.enqueue(session, RouteSweep(), now=now)
    return moved


async def _queued(session: TenantSession, *, ticket_id: UUID | None = None) -> Sequence[tuple[Ticket, Topic]]:
    """Queued tickets with their topics, in order; of each team, topic and channel the first HEADS.

    So a long queue that nobody can take hides no other. They are not locked yet, for seats are held first.
    """
    order = (Ticket.priority.desc(), Ticket.due_at, Ticket.arrived_at, Ticket.id)
    heads = select(
        Ticket.id,
        func.row_number()
        .over(partition_by=(Ticket.team_id, Ticket.topic_id, Ticket.channel), order_by=order)
        .label("place"),
    ).where(Ticket.tenant_id == session.tenant_id, Ticket.state == TicketState.QUEUED)
    if ticket_id is not None:
        heads = heads.where(Ticket.id == ticket_id)
    head = heads.subquery()
    found = await session.execute(
        select(Ticket, Topic)
        .join(head, head.c.id == Ticket.id)
        .join(Topic, (Topic.tenant_id == Ticket.tenant_id) & (Topic.id == Ticket.topic_id))
        .where(Ticket.tenant_id == session.tenant_id, head.c.place <= HEADS)
        .order_by(*order)
    )
    return [(ticket, topic) for ticket, topic in found]


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


async def _route(session: TenantSession, waiting: Sequence[tuple[Ticket, Topic]], *, now: datetime) -> list[Choice]:
    candidates = {candidate.agent_id: candidate for candidate in await snapshot(session, now=now)}
    choices: list[Choice] = []
    chosen: list[tuple[Ticket, Choice]] = []
    for ticket, topic in waiting:
        need = Need(ticket.channel, ticket.team_id, topic.skill_id, topic.needs_contact)
        choice = choose(need, candidates.values())
        choices.append(choice)
        chosen.append((ticket, choice))
        if choice.agent_id is not None:
            candidates[choice.agent_id] = candidates[choice.agent_id].taking(ticket.channel, now)
    await _apply(session, chosen, now=now)
    return choices


async def _apply(session: TenantSession, chosen: Sequence[tuple[Ticket, Choice]], *, now: datetime) -> None:
    """Hold the chosen agents' seats, lock the tickets, and move those for which both still stand."""
    seats = await hold_seats(session, agent_ids={c.agent_id for _, c in chosen if c.agent_id is not None}, now=now)
    locked = await queries.lock_queued(
        session, ids=[ticket.id for ticket, choice in chosen if choice.agent_id in seats]
    )
    known = await _known_to_wait(session, ticket_ids=[ticket.id for ticket, c in chosen if c.agent_id is None])
    for ticket, choice in chosen:
        if choice.agent_id is None and ticket.id not in known:
            session.add(_decision(ticket, choice, now=now))
        elif choice.agent_id in seats and ticket.id in locked:
            move = lifecycle.assign(moving.place_of(ticket), agent_id=choice.agent_id, reason="routed")
            moving.apply(session, ticket, move, by=SYSTEM, now=now)
            session.add(_decision(ticket, choice, now=now))
    await session.execute(
        update(Agent).where(Agent.tenant_id == session.tenant_id, Agent.id.in_(seats)).values(idle_since=now)
    )
    await session.flush()


async def _known_to_wait(session: TenantSession, *, ticket_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those whose latest decision is that nobody is eligible: it is said once and not at every sweep."""
    latest = (
        select(RoutingDecision.ticket_id, RoutingDecision.reason)
        .ext(distinct_on(RoutingDecision.ticket_id))
        .where(RoutingDecision.tenant_id == session.tenant_id, RoutingDecision.ticket_id.in_(ticket_ids))
        .order_by(RoutingDecision.ticket_id, RoutingDecision.at.desc(), RoutingDecision.id.desc())
    )
    return frozenset(row.ticket_id for row in await session.execute(latest) if row.reason == Reason.NOBODY_ELIGIBLE)


def _decision(ticket: Ticket, choice: Choice, *, now: datetime) -> RoutingDecision:
    return RoutingDecision(
        tenant_id=ticket.tenant_id,
        id=new_id(),
        ticket_id=ticket.id,
        agent_id=choice.agent_id,
        team_id=ticket.team_id,
        reason=choice.reason,
        detail={
            "eligible": choice.eligible,
            "excluded": {
                str(agent_id): why.value for agent_id, why in choice.excluded if why is not Exclusion.OTHER_TEAM
            },
        },
        at=now,
    )
