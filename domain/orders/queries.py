"""Finding customers and orders by what a shop calls them."""

from uuid import UUID

from sqlalchemy import select

from domain.kit.database import TenantSession
from domain.orders.errors import CustomerNotFound, OrderNotFound
from domain.orders.models import Customer, Order


async def customer_id_by_external_id(session: TenantSession, *, external_id: str) -> UUID:
    """The customer whom the shop calls so. Raises CustomerNotFound."""
    found = await session.scalar(
        select(Customer.id).where(Customer.tenant_id == session.tenant_id, Customer.external_id == external_id)
    )
    if found is None:
        raise CustomerNotFound(external_id=external_id)
    return found


async def order_id_by_external_id(session: TenantSession, *, external_id: str) -> UUID:
    """The order that the shop calls so. Raises OrderNotFound."""
    found = await session.scalar(
        select(Order.id).where(Order.tenant_id == session.tenant_id, Order.external_id == external_id)
    )
    if found is None:
        raise OrderNotFound(external_id=external_id)
    return found


async def customer_id_of_order(session: TenantSession, *, order_id: UUID) -> UUID:
    """Whose order it is. Raises OrderNotFound."""
    found = await session.scalar(
        select(Order.customer_id).where(Order.tenant_id == session.tenant_id, Order.id == order_id)
    )
    if found is None:
        raise OrderNotFound(order_id)
    return found
