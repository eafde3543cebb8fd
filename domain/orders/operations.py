"""Orders as the shop sends them: made once, then brought up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kit import events, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.orders import fulfilment, parcels, payments
from domain.orders.customers import CustomerDetails, save_customer
from domain.orders.errors import OrderExists, OrderNotFound
from domain.orders.events import OrderCreated, OrderPromised, OrderStatusChanged
from domain.orders.models import Order, OrderLine, OrderStatus, PaymentMethod
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import MOST_MONEY, PaymentDetails, Receipt

MOST_LINES = 500


@dataclass(frozen=True)
class LineDetails:
    sku: str
    name: str
    quantity: int
    unit_amount: int


@dataclass(frozen=True)
class OrderDetails:
    """An order as the shop describes it; amounts in minor units of its currency."""

    external_id: str
    number: str
    customer: CustomerDetails
    currency: str
    total_amount: int
    placed_at: datetime
    lines: Sequence[LineDetails]
    payments: Sequence[PaymentDetails] = ()
    promised_on: date | None = None
    status: OrderStatus = OrderStatus.PLACED


@dataclass(frozen=True)
class OrderChange:
    """What is new about an order; what is None stays. `promise_withdrawn` takes the promised date back."""

    status: OrderStatus | None = None
    promised_on: date | None = None
    promise_withdrawn: bool = False
    receipts: Sequence[Receipt] = ()
    shipments: Sequence[ShipmentDetails] = ()


async def create_order(session: TenantSession, *, details: OrderDetails, by: Actor, now: datetime) -> Order:
    """Take in an order with its customer, lines and payments.

    Raises OrderExists, InvalidInput.
    """
    _check(details)
    external_id = texts.label(details.external_id, field="externalId")
    number = texts.label(details.number, field="number")
    customer = await save_customer(session, details=details.customer, by=by, now=now)
    await session.flush()
    order_id = await session.scalar(
        insert(Order)
        .values(
            tenant_id=session.tenant_id,
            id=new_id(),
            version=0,
            external_id=external_id,
            number=number,
            customer_id=customer.id,
            status=details.status,
            currency=details.currency,
            total_amount=details.total_amount,
            paid_amount=0,
            cash_on_delivery_amount=_at_the_door(details.payments),
            placed_at=details.placed_at,
            promised_on=details.promised_on,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "external_id"])
        .returning(Order.id)
    )
    if order_id is None:
        raise OrderExists(external_id, await _id_of(session, external_id=external_id))
    order = await session.get_one(Order, (session.tenant_id, order_id))
    created = OrderCreated(order.external_id, order.number, customer.id, order.total_amount, order.currency)
    events.record(session, order, created, by=by, at=now)
    _add_lines(session, order, details.lines)
    await payments.add(session, order, details.payments, by=by, now=now)
    await session.flush()
    return order


async def update_order(
    session: TenantSession, *, order_id: UUID, change: OrderChange, by: Actor, now: datetime
) -> Order:
    """Bring an order up to date: its status, its promise, money and parcels. What is known already changes nothing.

    Raises OrderNotFound, OrderStatusRefused, PaymentNotFound, InvalidInput.
    """
    order = await lock_order(session, order_id=order_id)
    for receipt in change.receipts:
        await payments.receive(session, order, receipt, by=by, now=now)
    for shipment in change.shipments:
        await parcels.record(session, order, shipment, by=by, now=now)
    if change.status is not None and change.status is not order.status:
        fulfilment.check(order.id, order.status, change.status)
        events.record(session, order, OrderStatusChanged(order.status, change.status), by=by, at=now)
        order.status, order.updated_at = change.status, now
    promised_on = None if change.promise_withdrawn else change.promised_on or order.promised_on
    if promised_on != order.promised_on:
        events.record(session, order, OrderPromised.on(promised_on), by=by, at=now)
        order.promised_on, order.updated_at = promised_on, now
    await session.flush()
    return order


async def lock_order(session: TenantSession, *, order_id: UUID) -> Order:
    """The order, locked until the transaction ends. Raises OrderNotFound."""
    order = await session.scalar(
        select(Order)
        .where(Order.tenant_id == session.tenant_id, Order.id == order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise OrderNotFound(order_id)
    return order


def _check(details: OrderDetails) -> None:
    if len(details.currency) != 3 or not details.currency.isascii() or not details.currency.isupper():
        raise InvalidInput("currency", "must be an ISO 4217 code such as PLN", "musi być kodem ISO 4217, np. PLN")
    if not 0 <= details.total_amount <= MOST_MONEY:
        raise InvalidInput("totalAmount", "must not be negative or absurd", "nie może być ujemna ani absurdalna")
    if not 1 <= len(details.lines) <= MOST_LINES:
        raise InvalidInput("lines", f"must be 1 to {MOST_LINES}", f"musi ich być od 1 do {MOST_LINES}")
    if details.placed_at.tzinfo is None:
        raise InvalidInput("placedAt", "needs a time zone", "musi mieć strefę czasową")
    for number, line in enumerate(details.lines):
        if not 1 <= line.quantity <= 1_000_000:
            raise InvalidInput(f"lines.{number}.quantity", "must be at least 1", "musi wynosić co najmniej 1")
        if not 0 <= line.unit_amount <= MOST_MONEY:
            raise InvalidInput(f"lines.{number}.unitAmount", "must not be negative", "nie może być ujemna")
    for number, payment in enumerate(details.payments):
        if not 1 <= payment.amount <= MOST_MONEY:
            raise InvalidInput(f"payments.{number}.amount", "must be positive", "musi być dodatnia")


async def _id_of(session: TenantSession, *, external_id: str) -> UUID:
    found = await session.scalars(
        select(Order.id).where(Order.tenant_id == session.tenant_id, Order.external_id == external_id)
    )
    return found.one()


def _add_lines(session: TenantSession, order: Order, lines: Sequence[LineDetails]) -> None:
    for position, line in enumerate(lines, start=1):
        session.add(
            OrderLine(
                tenant_id=order.tenant_id,
                id=new_id(),
                order_id=order.id,
                position=position,
                sku=texts.label(line.sku, field=f"lines.{position - 1}.sku"),
                name=texts.label(line.name, field=f"lines.{position - 1}.name", most=500),
                quantity=line.quantity,
                unit_amount=line.unit_amount,
            )
        )


def _at_the_door(payments: Sequence[PaymentDetails]) -> int:
    return sum(payment.amount for payment in payments if payment.method is PaymentMethod.CASH_ON_DELIVERY)
