"""Orders as the shop sends them: made once, then brought up to date."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kit import events, inputs
from domain.kit.database import TenantSession
from domain.kit.events import Actor, History
from domain.kit.ids import new_id
from domain.orders import details as telling
from domain.orders import fulfilment, parcels, payments
from domain.orders.customers import save_customer
from domain.orders.details import LineDetails, OrderChange, OrderDetails
from domain.orders.errors import OrderExists, OrderNotFound
from domain.orders.events import OrderCreated, OrderPromised, OrderStatusChanged
from domain.orders.models import Order, OrderLine


async def create_order(session: TenantSession, *, details: OrderDetails, by: Actor, now: datetime) -> Order:
    """Take in an order with its customer, lines and payments.

    An order that is here already is refused before anything is saved; of two that come at the same instant the later
    one may have saved its customer, which goes with its transaction. Raises OrderExists, InvalidInput.
    """
    details = telling.checked(details, now=now)
    await _refuse_known(session, external_id=details.external_id)
    with inputs.inside("customer"):
        customer = await save_customer(session, details=details.customer, by=by, now=now)
    with session.no_autoflush:  # the customer's event goes with the order's, in one statement
        order = await _insert(session, details, customer_id=customer.id, now=now)
    history = History(Order.__tablename__, order.id)
    created = OrderCreated(order.external_id, order.number, customer.id, order.total_amount, order.currency)
    events.record(session, history, created, by=by, at=now)
    _add_lines(session, order, details.lines)
    await payments.agree(session, order=order, history=history, payments=details.payments, by=by, now=now)
    with inputs.inside("shipments"):
        await parcels.record(session, order=order, shipments=details.shipments, by=by, now=now)
    await session.flush()
    return order


async def update_order(
    session: TenantSession, *, order_id: UUID, change: OrderChange, by: Actor, now: datetime
) -> Order:
    """Bring an order up to date: its status, its promise, money and parcels. What is known already changes nothing.

    Raises OrderNotFound, OrderStatusRefused, PaymentNotFound, ShipmentFixed, InvalidInput.
    """
    telling.check_change(change)
    order = await lock_order(session, order_id=order_id)
    with inputs.inside("receipts"):
        await payments.receive(session, order=order, receipts=change.receipts, by=by, now=now)
    with inputs.inside("shipments"):
        await parcels.record(session, order=order, shipments=change.shipments, by=by, now=now)
    if change.status is not None and change.status is not order.status:
        fulfilment.check(order_id=order.id, current=order.status, wanted=change.status)
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


async def _refuse_known(session: TenantSession, *, external_id: str) -> None:
    known = await session.scalar(
        select(Order.id).where(Order.tenant_id == session.tenant_id, Order.external_id == external_id)
    )
    if known is not None:
        raise OrderExists(external_id, known)


async def _insert(session: TenantSession, details: OrderDetails, *, customer_id: UUID, now: datetime) -> Order:
    """The order's row with the version and the balance that its first events leave it with. Raises OrderExists."""
    balance = payments.balance_of(details.payments)
    row = insert(Order).values(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=1 + sum(payment.received_at is not None for payment in details.payments),
        external_id=details.external_id,
        number=details.first_number,
        customer_id=customer_id,
        status=details.status,
        currency=details.currency,
        total_amount=details.total_amount,
        paid_amount=balance.paid,
        cash_on_delivery_amount=payments.agreed_cash(details.payments),
        cash_received_amount=balance.cash,
        placed_at=details.placed_at,
        promised_on=details.promised_on,
        created_at=now,
        updated_at=now,
    )
    order: Order | None = await session.scalar(
        row.on_conflict_do_nothing(index_elements=["tenant_id", "external_id"]).returning(Order)
    )
    if order is None:
        await _refuse_known(session, external_id=details.external_id)
        raise RuntimeError("The order that was in the way is gone, though nothing removes orders.")
    return order


def _add_lines(session: TenantSession, order: Order, lines: Sequence[LineDetails]) -> None:
    for position, line in enumerate(lines, start=1):
        session.add(
            OrderLine(
                tenant_id=order.tenant_id,
                id=new_id(),
                order_id=order.id,
                position=position,
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                unit_amount=line.unit_amount,
            )
        )
