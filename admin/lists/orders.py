"""Orders: the list, and an order with its goods, its money, its parcels and its tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from admin.lists.history import History, history
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader
from admin.lists.shown import Column, badge, day, instant, link, money
from admin.lists.view import View
from domain.kit.database import TenantSession
from domain.orders import fulfilment
from domain.orders.fulfilment import Whereabouts
from domain.orders.models import Customer, Order, OrderLine, Payment, PaymentEntry, Shipment
from domain.tenants.permissions import Permission
from domain.tickets.models import Ticket
from domain.tickets.search import Kind

MOST_TICKETS = 50


@dataclass(frozen=True)
class Paid:
    """A payment and what has arrived of it, entry by entry."""

    payment: Payment
    entries: Sequence[PaymentEntry]

    @property
    def balance(self) -> int:
        return sum(entry.amount for entry in self.entries)


@dataclass(frozen=True)
class OrderPage:
    """An order and all that belongs to it."""

    order: Order
    customer: Customer
    lines: Sequence[OrderLine]
    payments: Sequence[Paid]
    shipments: Sequence[Shipment]
    whereabouts: Whereabouts
    tickets: Sequence[Any] | None
    history: History | None

    @property
    def id(self) -> UUID:
        return self.order.id


class Orders(View, model=Order):
    path = "orders"
    needs = Permission.ORDERS_READ
    search_kind = Kind.ORDER
    order = Ordering((Order.placed_at, Order.id))
    columns = (
        Column("number", link("/orders"), "name"),
        Column("placed_at", instant, "when"),
        Column("customer", link("/customers", to="customer_id"), "wide"),
        Column("status", badge),
        Column("total_amount", money, "number"),
        Column("paid_amount", money, "number"),
        Column("promised_on", day, "when"),
    )

    def rows(self, reader: Reader) -> Rows:
        return select(
            Order.id,
            Order.number,
            Order.placed_at,
            Order.customer_id,
            Customer.name.label("customer"),
            Order.status,
            Order.total_amount,
            Order.paid_amount,
            Order.currency,
            Order.promised_on,
        ).join(Customer, and_(Customer.tenant_id == Order.tenant_id, Customer.id == Order.customer_id))

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> OrderPage | None:
        statement = (
            select(Order, Customer)
            .join(Customer, and_(Customer.tenant_id == Order.tenant_id, Customer.id == Order.customer_id))
            .where(Order.tenant_id == session.tenant_id, Order.id == row_id)
        )
        found = (await session.execute(statement)).one_or_none()
        if found is None:
            return None
        order, customer = found
        return OrderPage(
            order=order,
            customer=customer,
            lines=await _of(session, OrderLine, order),
            payments=await payments_of(session, order_id=order.id),
            shipments=await _of(session, Shipment, order),
            whereabouts=whereabouts_of(order, reader),
            tickets=await tickets_about(session, reader, Ticket.order_id == order.id),
            history=await history(session, aggregate_id=order.id, reader=reader),
        )


def whereabouts_of(order: Order, reader: Reader) -> Whereabouts:
    """What to tell the order's customer today."""
    return fulfilment.whereabouts(
        status=order.status,
        total_amount=order.total_amount,
        paid_amount=order.paid_amount,
        due_on_delivery=fulfilment.due_on_delivery(
            agreed_amount=order.cash_on_delivery_amount, received_amount=order.cash_received_amount
        ),
        promised_on=order.promised_on,
        today=reader.today,
    )


async def payments_of(session: TenantSession, *, order_id: UUID) -> list[Paid]:
    """An order's payments with their entries, oldest first, in one statement."""
    statement = (
        select(Payment, PaymentEntry)
        .outerjoin(
            PaymentEntry, and_(PaymentEntry.tenant_id == Payment.tenant_id, PaymentEntry.payment_id == Payment.id)
        )
        .where(Payment.tenant_id == session.tenant_id, Payment.order_id == order_id)
        .order_by(Payment.position, PaymentEntry.at, PaymentEntry.id)
    )
    paid: dict[UUID, tuple[Payment, list[PaymentEntry]]] = {}
    for payment, entry in await session.execute(statement):
        entries = paid.setdefault(payment.id, (payment, []))[1]
        if entry is not None:
            entries.append(entry)
    return [Paid(payment, entries) for payment, entries in paid.values()]


async def tickets_about(session: TenantSession, reader: Reader, about: Any) -> Sequence[Any] | None:
    """The newest tickets that meet a condition; None for a reader who may see no ticket."""
    if not reader.may(Permission.TICKETS_READ):
        return None
    statement = (
        select(Ticket.id, Ticket.number, Ticket.subject, Ticket.state, Ticket.arrived_at)
        .where(Ticket.tenant_id == session.tenant_id, about)
        .order_by(Ticket.arrived_at.desc(), Ticket.id.desc())
        .limit(MOST_TICKETS)
    )
    return (await session.execute(statement)).all()


async def orders_of(session: TenantSession, *, customer_id: UUID) -> Sequence[Any]:
    """A customer's newest orders."""
    statement = (
        select(Order.id, Order.number, Order.placed_at, Order.status, Order.total_amount, Order.currency)
        .where(Order.tenant_id == session.tenant_id, Order.customer_id == customer_id)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(MOST_TICKETS)
    )
    return (await session.execute(statement)).all()


async def _of(session: TenantSession, table: Any, order: Order) -> Sequence[Any]:
    found = await session.scalars(
        select(table).where(table.tenant_id == session.tenant_id, table.order_id == order.id).order_by(table.position)
    )
    return found.all()
