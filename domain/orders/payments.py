"""Money on orders: a ledger per payment, its sums kept on the order with every entry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.kit import events, inputs, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor, History
from domain.kit.ids import new_id
from domain.kit.inputs import Faults
from domain.orders.errors import PaymentNotFound
from domain.orders.events import PaymentRecorded
from domain.orders.models import Order, Payment, PaymentEntry, PaymentMethod

MOST_MONEY = 10**15
WITH_THE_ORDER = "order"
"""The source of money that had arrived when the shop first told of the order."""


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


@dataclass(frozen=True)
class Balance:
    """What an order's ledger adds up to: all of it, and the part that came in cash at the door."""

    paid: int = 0
    cash: int = 0

    def after(self, method: PaymentMethod, amount: int) -> "Balance":
        """The balance with one entry more. Raises InvalidInput when it would be absurd."""
        cash = self.cash + amount if method is PaymentMethod.CASH_ON_DELIVERY else self.cash
        paid = self.paid + amount
        if max(abs(paid), abs(cash)) > MOST_MONEY:
            raise InvalidInput("amount", "makes an absurd balance", "daje absurdalne saldo")
        return Balance(paid, cash)


def checked(payment: PaymentDetails, faults: Faults, *, now: datetime) -> PaymentDetails:
    """The payment with its reference trimmed, none if blank, and what is wrong with it among the faults."""
    received = payment.received_at
    return PaymentDetails(
        payment.method,
        faults.take(inputs.whole, payment.amount, field="amount", least=1, most=MOST_MONEY),
        faults.take(texts.optional_label, payment.reference, field="reference"),
        faults.take(inputs.happened, received, field="receivedAt", now=now) if received is not None else None,
    )


def agreed_cash(payments: Iterable[PaymentDetails]) -> int:
    """What of the price is to be paid at the door."""
    return sum(payment.amount for payment in payments if payment.method is PaymentMethod.CASH_ON_DELIVERY)


def balance_of(payments: Iterable[PaymentDetails]) -> Balance:
    """The balance of a new order: the payments that have arrived."""
    balance = Balance()
    for payment in payments:
        if payment.received_at is not None:
            balance = balance.after(payment.method, payment.amount)
    return balance


async def agree(
    session: TenantSession,
    *,
    order: Order,
    history: History,
    payments: Sequence[PaymentDetails],
    by: Actor,
    now: datetime,
) -> None:
    """Note the checked parts of a new order's price, and book those that have arrived, which its balance has already.

    The entries are left to the next flush.
    """
    balance = Balance()
    entries = []
    for position, payment in enumerate(payments, start=1):
        row = Payment(
            tenant_id=order.tenant_id,
            id=new_id(),
            order_id=order.id,
            position=position,
            method=payment.method,
            amount=payment.amount,
            external_reference=payment.reference,
            created_at=now,
        )
        session.add(row)
        if payment.received_at is not None:
            entry = _entry(row, amount=payment.amount, at=payment.received_at, source=WITH_THE_ORDER)
            balance = balance.after(payment.method, payment.amount)
            recorded = PaymentRecorded(row.id, entry.amount, entry.source, balance.paid)
            events.record(session, history, recorded, by=by, at=now)
            entries.append(entry)
    await session.flush()  # the payments, which the entries refer to
    session.add_all(entries)


async def receive(
    session: TenantSession, *, order: Order, receipts: Sequence[Receipt], by: Actor, now: datetime
) -> None:
    """Book money on a locked order's ledger; the same source of a payment twice counts once.

    Raises PaymentNotFound, InvalidInput naming the receipt by its place.
    """
    if not receipts:
        return
    payments = await _payments_of(session, order)
    booked = await _booked(session, payments, receipts)
    for number, told in enumerate(receipts):
        with inputs.inside(number):
            receipt = _checked_receipt(told, now=now)
            payment = payments.get(receipt.payment_id)
            if payment is None:
                raise PaymentNotFound(receipt.payment_id)
            if (payment.id, receipt.source) in booked:
                continue
            booked.add((payment.id, receipt.source))
            balance = Balance(order.paid_amount, order.cash_received_amount).after(payment.method, receipt.amount)
        session.add(_entry(payment, amount=receipt.amount, at=receipt.at, source=receipt.source))
        order.paid_amount, order.cash_received_amount, order.updated_at = balance.paid, balance.cash, now
        recorded = PaymentRecorded(payment.id, receipt.amount, receipt.source, balance.paid)
        events.record(session, order, recorded, by=by, at=now)


def _checked_receipt(receipt: Receipt, *, now: datetime) -> Receipt:
    if receipt.amount == 0 or abs(receipt.amount) > MOST_MONEY:
        raise InvalidInput("amount", "must not be zero or absurd", "nie może być zerem ani kwotą absurdalną")
    inputs.happened(receipt.at, field="at", now=now)
    return replace(receipt, source=texts.label(receipt.source, field="source"))


def _entry(payment: Payment, *, amount: int, at: datetime, source: str) -> PaymentEntry:
    return PaymentEntry(
        tenant_id=payment.tenant_id, id=new_id(), payment_id=payment.id, amount=amount, at=at, source=source
    )


async def _payments_of(session: TenantSession, order: Order) -> dict[UUID, Payment]:
    found = await session.scalars(
        select(Payment).where(Payment.tenant_id == order.tenant_id, Payment.order_id == order.id)
    )
    return {payment.id: payment for payment in found}


async def _booked(
    session: TenantSession, payments: Iterable[UUID], receipts: Sequence[Receipt]
) -> set[tuple[UUID, str]]:
    """Which payments have an entry from which of the receipts' sources; the order's lock keeps it true."""
    sources = {receipt.source.strip() for receipt in receipts if texts.storable(receipt.source)}
    found = await session.execute(
        select(PaymentEntry.payment_id, PaymentEntry.source).where(
            PaymentEntry.tenant_id == session.tenant_id,
            PaymentEntry.payment_id.in_(payments),
            PaymentEntry.source.in_(sources),
        )
    )
    return {(payment_id, source) for payment_id, source in found}
