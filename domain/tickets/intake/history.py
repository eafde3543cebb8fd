"""Tickets that are here already, as conditions would have seen them when they came: few statements for many."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.orders.models import Customer, Order
from domain.tickets.intake.facts import customer_facts, order_facts
from domain.tickets.intake.models import TicketIntake
from domain.tickets.intake.rules import Start
from domain.tickets.intake.variables import TEXT_READ, TicketFacts
from domain.tickets.models import Entry, Ticket, TicketState, Topic, TopicSkill, Transition
from domain.tickets.queries import by_skill, skills_said

_OPEN = frozenset({TicketState.QUEUED, TicketState.ASSIGNED, TicketState.WAITING})


@dataclass(frozen=True)
class Past:
    """A ticket as it came: what conditions see of it, and what it would have asked for without any rule."""

    id: UUID
    number: int
    subject: str
    facts: TicketFacts
    start: Start


async def last_tickets(session: TenantSession, *, count: int) -> list[Past]:
    """The newest tickets, the newest first, in four statements.

    Texts, hours, and how many orders and open tickets the customer had are those of the arrival. Order, customer and
    topic are as they are now: what they were is not kept.
    """
    rows = (await session.execute(_newest(session, count))).all()
    bodies = await _first_words(session, ticket_ids=[row.Ticket.id for row in rows])
    opened = await _open_then(session, [row.Ticket for row in rows])
    orders = await _order_dates(session, customer_ids={row.Ticket.customer_id for row in rows})
    return [
        _past(
            row,
            body=bodies.get(row.Ticket.id, ""),
            open_tickets=opened[row.Ticket.id],
            orders=bisect_right(orders[row.Ticket.customer_id], row.Ticket.arrived_at),
        )
        for row in rows
    ]


def _past(row: Any, *, body: str, open_tickets: int, orders: int) -> Past:
    ticket, topic, order = row.Ticket, row.Topic, row.Order
    facts = TicketFacts(
        channel=ticket.channel,
        topic=topic.key,
        subject=ticket.subject,
        body=body,
        arrived_at=ticket.arrived_at,
        customer=customer_facts(row.Customer, open_tickets=open_tickets, orders=orders),
        order=order_facts(order) if order is not None else None,
    )
    start = Start(
        team_id=topic.team_id,
        priority=row.before["priority"] if row.before is not None else ticket.priority,
        skills=by_skill(row.skills),
        needs_contact=topic.needs_contact,
    )
    return Past(ticket.id, ticket.number, ticket.subject, facts, start)


def _newest(session: TenantSession, count: int) -> Any:
    """What rules found a ticket asking for is kept where they changed it; the sender's priority is nowhere else."""
    return (
        select(
            Ticket,
            Topic,
            skills_said(TopicSkill.topic_id, Topic.id).label("skills"),
            Customer,
            Order,
            TicketIntake.before,
        )
        .join(Topic, and_(Topic.tenant_id == Ticket.tenant_id, Topic.id == Ticket.topic_id))
        .join(Customer, and_(Customer.tenant_id == Ticket.tenant_id, Customer.id == Ticket.customer_id))
        .join(Order, and_(Order.tenant_id == Ticket.tenant_id, Order.id == Ticket.order_id), isouter=True)
        .join(
            TicketIntake,
            and_(TicketIntake.tenant_id == Ticket.tenant_id, TicketIntake.ticket_id == Ticket.id),
            isouter=True,
        )
        .where(Ticket.tenant_id == session.tenant_id)
        .order_by(Ticket.arrived_at.desc(), Ticket.id.desc())
        .limit(count)
    )


async def _first_words(session: TenantSession, *, ticket_ids: Collection[UUID]) -> dict[UUID, str]:
    found = await session.execute(
        select(Entry.ticket_id, func.left(Entry.body, TEXT_READ).label("body"))
        .ext(distinct_on(Entry.ticket_id))
        .where(Entry.tenant_id == session.tenant_id, bulk.among(Entry.ticket_id, ticket_ids))
        .order_by(Entry.ticket_id, Entry.at, Entry.id)
    )
    return {row.ticket_id: row.body for row in found}


async def _order_dates(session: TenantSession, *, customer_ids: Collection[UUID]) -> Mapping[UUID, list[datetime]]:
    """When the customers' orders came, in order of time."""
    dates: dict[UUID, list[datetime]] = defaultdict(list)
    found = await session.execute(
        select(Order.customer_id, Order.created_at)
        .where(Order.tenant_id == session.tenant_id, bulk.among(Order.customer_id, customer_ids))
        .order_by(Order.created_at)
    )
    for row in found:
        dates[row.customer_id].append(row.created_at)
    return dates


async def _open_then(session: TenantSession, tickets: Sequence[Ticket]) -> Mapping[UUID, int]:
    """For each ticket, how many that its customer had opened before it were open when it came."""
    if not tickets:
        return {}
    moves = await session.execute(
        select(Ticket.customer_id, Ticket.number, Transition.at, Transition.to_state)
        .join(Transition, and_(Transition.tenant_id == Ticket.tenant_id, Transition.ticket_id == Ticket.id))
        .where(
            Ticket.tenant_id == session.tenant_id,
            bulk.among(Ticket.customer_id, {ticket.customer_id for ticket in tickets}),
            or_(Ticket.state.in_(_OPEN), Ticket.state_since >= min(ticket.arrived_at for ticket in tickets)),
        )
        .order_by(Transition.at, Ticket.number, Transition.position)
    )
    of_customer: dict[UUID, list[Any]] = defaultdict(list)
    for move in moves:
        of_customer[move.customer_id].append(move)
    counts: dict[UUID, int] = {}
    waiting: dict[UUID, list[Ticket]] = defaultdict(list)
    for ticket in sorted(tickets, key=lambda ticket: ticket.arrived_at):
        waiting[ticket.customer_id].append(ticket)
    for customer_id, theirs in waiting.items():
        counts.update(_counted(theirs, iter(of_customer[customer_id])))
    return counts


def _counted(tickets: Sequence[Ticket], moves: Iterator[Any]) -> Iterator[tuple[UUID, int]]:
    """Of one customer's tickets and moves, both in order of time."""
    opened: set[int] = set()
    move = next(moves, None)
    for ticket in tickets:
        while move is not None and move.at <= ticket.arrived_at:
            (opened.add if move.to_state in _OPEN else opened.discard)(move.number)
            move = next(moves, None)
        yield ticket.id, sum(number < ticket.number for number in opened)
