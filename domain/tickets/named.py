"""Many topics, customers and orders by the shop's names for them; they stay until the transaction ends."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.orders.models import Customer, Order
from domain.tickets.queries import AskedTopic, topics_to_refer_to


@dataclass(frozen=True)
class NamedOrder:
    """An order and whose it is."""

    id: UUID
    customer_id: UUID


@dataclass(frozen=True)
class Named:
    """What was found, by name."""

    topics: dict[str, AskedTopic]
    customers: dict[str, UUID]
    orders: dict[str, NamedOrder]


async def to_refer_to(
    session: TenantSession, *, topics: Collection[str], customers: Collection[str], orders: Collection[str]
) -> Named:
    """Those that there are, in one statement for each kind."""
    found_topics = await topics_to_refer_to(session, keys=topics)
    found_customers = await session.execute(
        select(Customer.external_id, Customer.id)
        .where(Customer.tenant_id == session.tenant_id, bulk.among(Customer.external_id, customers))
        .order_by(Customer.id)
        .with_for_update(read=True, key_share=True)
    )
    found_orders = await session.execute(
        select(Order.external_id, Order.id, Order.customer_id)
        .where(Order.tenant_id == session.tenant_id, bulk.among(Order.external_id, orders))
        .order_by(Order.id)
        .with_for_update(read=True, key_share=True)
    )
    return Named(
        found_topics,
        {row.external_id: row.id for row in found_customers},
        {row.external_id: NamedOrder(row.id, row.customer_id) for row in found_orders},
    )
