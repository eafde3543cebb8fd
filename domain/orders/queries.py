"""Finding customers and orders by what a shop calls them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.kit import texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.orders.errors import CustomerNotFound, OrderNotFound
from domain.orders.models import Customer, Order


@dataclass(frozen=True)
class NamedParties:
    """Whom and what a case is about, by id or by the shop's own id; where both are given, the id counts."""

    customer_id: UUID | None = None
    customer_external_id: str | None = None
    order_id: UUID | None = None
    order_external_id: str | None = None


@dataclass(frozen=True)
class Parties:
    """Whom and what a case is about."""

    customer_id: UUID
    order_id: UUID | None


async def parties(session: TenantSession, *, named: NamedParties) -> Parties:
    """Whom and what a case is about; the customer of an order that is named alone is its own.

    An id is taken as it is: whether there is such a row, and whether the order is the customer's, the operation that
    it goes to finds out. Raises CustomerNotFound, OrderNotFound, InvalidInput when neither is named.
    """
    customer_id, order_id = named.customer_id, named.order_id
    if customer_id is None and named.customer_external_id is not None:
        customer_id = await _customer_id(session, external_id=named.customer_external_id)
    if named.order_external_id is not None and order_id is None:
        order_id, buyer_id = await _order(session, external_id=named.order_external_id)
        return Parties(customer_id or buyer_id, order_id)
    if customer_id is None and order_id is not None:
        customer_id = await _buyer_id(session, order_id=order_id)
    if customer_id is None:
        raise InvalidInput("customerId", "name the customer or the order", "podaj klienta albo zamówienie")
    return Parties(customer_id, order_id)


async def _customer_id(session: TenantSession, *, external_id: str) -> UUID:
    found = select(Customer.id).where(
        Customer.tenant_id == session.tenant_id, Customer.external_id == external_id.strip()
    )
    customer_id = await session.scalar(found) if texts.storable(external_id) else None
    if customer_id is None:
        raise CustomerNotFound(external_id=external_id)
    return customer_id


async def _order(session: TenantSession, *, external_id: str) -> tuple[UUID, UUID]:
    """The order's id and its customer's."""
    found = select(Order.id, Order.customer_id).where(
        Order.tenant_id == session.tenant_id, Order.external_id == external_id.strip()
    )
    row = (await session.execute(found)).one_or_none() if texts.storable(external_id) else None
    if row is None:
        raise OrderNotFound(external_id=external_id)
    return row.id, row.customer_id


async def _buyer_id(session: TenantSession, *, order_id: UUID) -> UUID:
    found = await session.scalar(
        select(Order.customer_id).where(Order.tenant_id == session.tenant_id, Order.id == order_id)
    )
    if found is None:
        raise OrderNotFound(order_id)
    return found
