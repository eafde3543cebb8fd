"""Looking up and locking tickets. A ticket is locked after the seats that its change rests on."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.agents.errors import TeamNotFound
from domain.agents.models import Agent, Team
from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.orders.errors import CustomerNotFound, OrderNotFound
from domain.orders.models import Customer, Order, Payment
from domain.tickets.errors import TicketNotFound, TopicNotFound
from domain.tickets.lifecycle import IN_HANDS
from domain.tickets.models import Entry, Ticket, TicketState, Topic, TopicSkill


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


async def lock_held_by(
    session: TenantSession, *, agent_ids: Collection[UUID], others: Collection[UUID] = ()
) -> Sequence[Ticket]:
    """The tickets in any of these agents' hands, and the others of these ids, locked in id order."""
    held = and_(Ticket.assignee_id.in_(agent_ids), Ticket.state.in_(list(IN_HANDS)))
    found = await session.scalars(
        select(Ticket)
        .where(Ticket.tenant_id == session.tenant_id, or_(held, Ticket.id.in_(others)) if others else held)
        .order_by(Ticket.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


class AskedTopic(NamedTuple):
    """A topic, and the skills that its tickets ask for with their levels."""

    row: Topic
    skills: Mapping[UUID, int]


async def topic_to_refer_to(session: TenantSession, *, key: str) -> AskedTopic:
    """The topic of that key, which stays until the transaction ends. Raises TopicNotFound."""
    topics = await topics_to_refer_to(session, keys=[key])
    if key not in topics:
        raise TopicNotFound(key)
    return topics[key]


async def topics_to_refer_to(session: TenantSession, *, keys: Collection[str]) -> dict[str, AskedTopic]:
    """Those of the topics that there are, by key; they stay until the transaction ends."""
    found = await session.execute(
        select(Topic, skills_said(TopicSkill.topic_id, Topic.id))
        .where(Topic.tenant_id == session.tenant_id, bulk.among(Topic.key, keys))
        .order_by(Topic.id)
        .with_for_update(read=True, key_share=True, of=Topic)
        .execution_options(populate_existing=True)
    )
    return {topic.key: AskedTopic(topic, by_skill(asked)) for topic, asked in found}


def skills_said(key: Any, of: Any) -> ScalarSelect[Mapping[str, int] | None]:
    """The skills with their levels in the rows of the key's table whose `key` is the row's `of`; for `by_skill`."""
    asked = key.class_
    return (
        select(func.jsonb_object_agg(asked.skill_id, asked.level))
        .where(asked.tenant_id == of.parent.entity.tenant_id, key == of)
        .correlate_except(asked)
        .scalar_subquery()
    )


def by_skill(said: Mapping[str, int] | None) -> dict[UUID, int]:
    """What `skills_said` found."""
    return {UUID(skill_id): level for skill_id, level in (said or {}).items()}


async def customer_to_refer_to(session: TenantSession, *, customer_id: UUID) -> Customer:
    """The customer, who stays until the transaction ends. Raises CustomerNotFound."""
    customer = await session.scalar(
        select(Customer)
        .where(Customer.tenant_id == session.tenant_id, Customer.id == customer_id)
        .with_for_update(read=True, key_share=True)
    )
    if customer is None:
        raise CustomerNotFound(customer_id)
    return customer


async def order_to_refer_to(session: TenantSession, *, order_id: UUID, customer_id: UUID) -> Order:
    """The customer's order, which stays until the transaction ends. Raises OrderNotFound, also for another's."""
    order = await session.scalar(
        select(Order)
        .where(Order.tenant_id == session.tenant_id, Order.id == order_id)
        .with_for_update(read=True, key_share=True)
    )
    if order is None or order.customer_id != customer_id:
        raise OrderNotFound(order_id)
    return order


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


async def lock_agents(session: TenantSession, *, ids: Collection[UUID]) -> Sequence[Agent]:
    """The agents, locked in id order; their rows are read afresh."""
    found = await session.scalars(
        select(Agent)
        .where(Agent.tenant_id == session.tenant_id, Agent.id.in_(ids))
        .order_by(Agent.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def sent_after(
    session: TenantSession, *, assignment_ids: Collection[UUID], moment: datetime
) -> dict[UUID, datetime]:
    """When a reply was last written on each of the seat assignments, of those that wrote any after the moment.

    A session that locked the assignments sees whatever was written on them: writing a reply holds them.
    """
    if not assignment_ids:
        return {}
    found = await session.execute(
        select(Entry.sender_assignment_id, func.max(Entry.at))
        .where(
            Entry.tenant_id == session.tenant_id,
            Entry.at > moment,
            Entry.kind == literal_column("'OUTBOUND'"),
            bulk.among(Entry.sender_assignment_id, assignment_ids),
        )
        .group_by(Entry.sender_assignment_id)
    )
    return {assignment_id: at for assignment_id, at in found if assignment_id is not None}


async def lock_queued(session: TenantSession, *, ids: Collection[UUID]) -> dict[UUID, int]:
    """The versions of those of the tickets that are still queued, locked in id order."""
    if not ids:
        return {}
    found = await session.execute(_QUEUED, {"tenant": session.tenant_id, "tickets": list(ids)})
    return {row.id: row.version for row in found}


_QUEUED = (
    select(Ticket.id, Ticket.version)
    .where(
        Ticket.tenant_id == bindparam("tenant"),
        bulk.among_those(Ticket.id, "tickets"),
        Ticket.state == TicketState.QUEUED,
    )
    .order_by(Ticket.id)
    .with_for_update(key_share=True)
)


async def lock_first_queued(session: TenantSession, *, seen: Mapping[UUID, int]) -> Ticket | None:
    """The first of the tickets, told in their order with their versions, that is queued as it was seen and that nobody
    else is moving; locked until the transaction ends. None for none."""
    if not seen:
        return None
    values = {"tenant": session.tenant_id, "tickets": list(seen), "versions": list(seen.values())}
    return (await session.scalars(_FIRST, values)).first()


def _first() -> Select[Ticket]:
    tickets = bindparam("tickets", type_=ARRAY(Ticket.id.type))
    versions = bindparam("versions", type_=ARRAY(Ticket.version.type))
    rows = func.unnest(tickets, versions).table_valued("id", "version", with_ordinality="place", name="told")
    told = rows.render_derived()
    return (
        select(Ticket)
        .join(told, and_(told.c.id == Ticket.id, told.c.version == Ticket.version))
        .where(Ticket.tenant_id == bindparam("tenant"), Ticket.state == TicketState.QUEUED)
        .order_by(told.c.place)
        .limit(1)
        .with_for_update(key_share=True, skip_locked=True, of=Ticket)
        .execution_options(populate_existing=True)
    )


_FIRST = _first()
