"""Money on orders: a ledger per payment, its sum kept on the order with every entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from domain.kit import events, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.orders.errors import PaymentNotFound
from domain.orders.events import PaymentRecorded
from domain.orders.models import Order, Payment, PaymentEntry, PaymentMethod

MOST_MONEY = 10**15


@dataclass(frozen=True)
class PaymentDetails:
    """A part of the price; `received_at` says that it has arrived whole."""

    method: PaymentMethod
    amount: int
    reference: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """Money that came (positive) or went back (negative); `source` names it, so that sending it twice counts once."""

    payment_id: UUID
    amount: int
    at: datetime
    source: str


async def add(
    session: TenantSession, order: Order, payments: Sequence[PaymentDetails], *, by: Actor, now: datetime
) -> None:
    """Agree on the parts of a new order's price, and book those that have arrived. The order is locked or new."""
    receipts = []
    for position, payment in enumerate(payments, start=1):
        row = Payment(
            tenant_id=order.tenant_id,
            id=new_id(),
            order_id=order.id,
            position=position,
            method=payment.method,
            amount=payment.amount,
            external_reference=_named(payment.reference),
            created_at=now,
        )
        session.add(row)
        if payment.received_at is not None:
            receipts.append(Receipt(row.id, payment.amount, payment.received_at, source="order"))
    await session.flush()
    for receipt in receipts:
        await receive(session, order, receipt, by=by, now=now)


async def receive(session: TenantSession, order: Order, receipt: Receipt, *, by: Actor, now: datetime) -> None:
    """Book money on an order's ledger; the same source twice counts once. Raises PaymentNotFound, InvalidInput."""
    if receipt.amount == 0 or abs(receipt.amount) > MOST_MONEY:
        raise InvalidInput("amount", "must not be zero or absurd", "nie może być zerem ani kwotą absurdalną")
    if receipt.at.tzinfo is None:
        raise InvalidInput("at", "needs a time zone", "musi mieć strefę czasową")
    payment = await session.get(Payment, (session.tenant_id, receipt.payment_id))
    if payment is None or payment.order_id != order.id:
        raise PaymentNotFound(receipt.payment_id)
    added = await session.scalar(
        insert(PaymentEntry)
        .values(
            tenant_id=order.tenant_id,
            id=new_id(),
            payment_id=payment.id,
            amount=receipt.amount,
            at=receipt.at,
            source=texts.label(receipt.source, field="source"),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "payment_id", "source"])
        .returning(PaymentEntry.id)
    )
    if added is None:
        return
    order.paid_amount += receipt.amount
    order.updated_at = now
    recorded = PaymentRecorded(payment.id, receipt.amount, receipt.source, order.paid_amount)
    events.record(session, order, recorded, by=by, at=now)


def _named(reference: str | None) -> str | None:
    return texts.label(reference, field="reference") if reference and reference.strip() else None
