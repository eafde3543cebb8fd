"""Looking up and locking tickets. A ticket is locked after the seats that its change rests on."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from domain.agents.errors import TeamNotFound
from domain.agents.models import Team
from domain.kit.database import TenantSession
from domain.orders.models import Customer, Order, Payment
from domain.tickets.errors import TicketNotFound, TopicNotFound
from domain.tickets.lifecycle import IN_HANDS
from domain.tickets.models import Ticket, TicketState, Topic


async def lock_ticket(session: TenantSession, *, ticket_id: UUID) -> Ticket:
    """The ticket, locked until the transaction ends. Raises TicketNotFound."""
    ticket = await session.scalar(
        select(Ticket)
        .where(Ticket.tenant_id == session.tenant_id, Ticket.id == ticket_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if ticket is None:
        raise TicketNotFound(ticket_id)
    return ticket


async def lock_held_by(session: TenantSession, *, agent_ids: Collection[UUID]) -> Sequence[Ticket]:
    """The tickets in any of these agents' hands, locked in id order."""
    found = await session.scalars(
        select(Ticket)
        .where(
            Ticket.tenant_id == session.tenant_id, Ticket.assignee_id.in_(agent_ids), Ticket.state.in_(list(IN_HANDS))
        )
        .order_by(Ticket.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def topic_by_key(session: TenantSession, *, key: str) -> Topic:
    """The topic of that key. Raises TopicNotFound."""
    topic = await session.scalar(select(Topic).where(Topic.tenant_id == session.tenant_id, Topic.key == key))
    if topic is None:
        raise TopicNotFound(key)
    return topic


async def team(session: TenantSession, *, team_id: UUID) -> Team:
    """The team. Raises TeamNotFound."""
    found = await session.get(Team, (session.tenant_id, team_id))
    if found is None:
        raise TeamNotFound(team_id)
    return found


async def customer_of(session: TenantSession, *, ticket: Ticket) -> Customer:
    """The ticket's customer."""
    return await session.get_one(Customer, (session.tenant_id, ticket.customer_id))


async def pays_for_customer(session: TenantSession, *, payment_id: UUID, customer_id: UUID) -> bool:
    """Whether the payment belongs to an order of the customer."""
    found = await session.scalar(
        select(Payment.id)
        .join(Order, (Order.tenant_id == Payment.tenant_id) & (Order.id == Payment.order_id))
        .where(Payment.tenant_id == session.tenant_id, Payment.id == payment_id, Order.customer_id == customer_id)
    )
    return found is not None


async def lock_queued(session: TenantSession, *, ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of the tickets are still queued, locked in id order; their rows are read afresh."""
    found = await session.scalars(
        select(Ticket)
        .where(Ticket.tenant_id == session.tenant_id, Ticket.id.in_(ids), Ticket.state == TicketState.QUEUED)
        .order_by(Ticket.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return frozenset(ticket.id for ticket in found)
