"""What a second description of an order changes, and what of it comes too late: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from domain.kit.errors import DomainError, InvalidInput
from domain.kit.inputs import Faults
from domain.orders import fulfilment, parcels
from domain.orders.details import LineDetails, OrderDetails
from domain.orders.errors import (
    OrderContentFixed,
    OrderPartFixed,
    OrderStatusRefused,
    PaymentFixed,
    PaymentMissing,
)
from domain.orders.models import OrderStatus
from domain.orders.parcels import Parcel
from domain.orders.payments import WITH_THE_ORDER, Balance, PaymentDetails


@dataclass(frozen=True)
class Booked:
    """A line of a payment's ledger."""

    amount: int
    at: datetime
    source: str


@dataclass(frozen=True)
class KnownPayment:
    """A payment as it is; its details say nothing of what has arrived, its ledger does."""

    id: UUID
    details: PaymentDetails
    ledger: Sequence[Booked] = ()

    @property
    def balance(self) -> int:
        """What of it has come."""
        return sum(entry.amount for entry in self.ledger)


@dataclass(frozen=True)
class KnownOrder:
    """An order as it is, its lists by position."""

    id: UUID
    version: int
    customer_external_id: str
    number: str
    status: OrderStatus
    currency: str
    total_amount: int
    balance: Balance
    placed_at: datetime
    promised_on: date | None
    lines: Sequence[LineDetails] = ()
    payments: Sequence[KnownPayment] = ()
    parcels: Sequence[Parcel] = ()
    parcel_ids: Mapping[int, UUID] = field(default_factory=dict)
    """By position."""

    @property
    def is_open(self) -> bool:
        """Whether what was bought and what is to be paid can still change."""
        return self.status is OrderStatus.PLACED


@dataclass(frozen=True)
class Receipt:
    """Money to be booked on the payment at that place, and the order's balance after it."""

    position: int
    amount: int
    at: datetime
    balance: Balance


@dataclass
class Revision:
    """What is different now, part by part; or, among the refusals, by the field that is meant, what cannot be."""

    number: str
    """What the order is called now."""
    parts: list[str] = field(default_factory=list)
    payments: list[int] = field(default_factory=list)
    """Which payments are new or told anew, by position from 1."""
    receipts: list[Receipt] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    moved: bool = False
    promised: bool = False
    refusals: list[tuple[DomainError, str | None]] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        return bool(self.parts or self.receipts or self.parcels or self.moved or self.promised)

    def refuse(self, error: DomainError, field: str | None = None) -> None:
        self.refusals.append((error, field))


def revise(known: KnownOrder, told: OrderDetails) -> Revision:
    """What making the order the same as its checked description takes.

    Status never goes backwards; customer and currency stay; lines, price and payments change until the order is
    packed, and a payment only until money is booked on it. What a description leaves unsaid of the past (a payment's
    arrival, a parcel) stays, and so does the number; a promise that it does not tell any more is taken back.
    """
    revision = Revision(told.number or known.number)
    if told.customer.external_id != known.customer_external_id:
        revision.refuse(OrderPartFixed(known.id, known.customer_external_id), "customer.externalId")
    if told.currency != known.currency:
        revision.refuse(OrderPartFixed(known.id, known.currency), "currency")
    if revision.number != known.number:
        revision.parts.append("number")
    _revise_content(known, told, revision)
    _revise_payments(known, told, revision)
    _revise_parcels(known, told, revision)
    try:
        fulfilment.check(order_id=known.id, current=known.status, wanted=told.status)
    except OrderStatusRefused as refused:
        revision.refuse(refused, "status")
    revision.moved = told.status is not known.status
    revision.promised = told.promised_on != known.promised_on
    return revision


def first(told: OrderDetails) -> Revision:
    """What a checked description brings with an order that is not here yet: payments, money and parcels."""
    revision = Revision(told.first_number, payments=list(range(1, len(told.payments) + 1)))
    balance = Balance()
    for position, payment in enumerate(told.payments, start=1):
        if payment.received_at is not None:
            balance = balance.after(payment.method, payment.amount)
            revision.receipts.append(Receipt(position, payment.amount, payment.received_at, balance))
    revision.parcels = list(parcels.news((), told.shipments, Faults()))
    return revision


def _revise_content(known: KnownOrder, told: OrderDetails, revision: Revision) -> None:
    for part, now, before in (
        ("placedAt", told.placed_at, known.placed_at),
        ("totalAmount", told.total_amount, known.total_amount),
        ("lines", list(told.lines), list(known.lines)),
    ):
        if now == before:
            continue
        if known.is_open:
            revision.parts.append(part)
        else:
            revision.refuse(OrderContentFixed(known.id, known.status), part)


def _revise_payments(known: KnownOrder, told: OrderDetails, revision: Revision) -> None:
    if len(told.payments) < len(known.payments):
        left_out = known.payments[len(told.payments)]
        revision.refuse(PaymentMissing(left_out.id, len(known.payments)), "payments")
    balance = known.balance
    for index, payment in enumerate(told.payments):
        place = f"payments[{index}]"
        before = known.payments[index] if index < len(known.payments) else None
        if before is None:
            if not known.is_open:
                revision.refuse(OrderContentFixed(known.id, known.status), place)
            revision.payments.append(index + 1)
        elif _told_anew(known, before, payment, place, revision):
            revision.payments.append(index + 1)
        if payment.received_at is None or (before is not None and _is_booked(before, payment)):
            continue
        if before is not None and not _can_be_booked(before, payment.received_at):
            revision.refuse(PaymentFixed(before.id), f"{place}.receivedAt")
            continue
        try:
            balance = balance.after(payment.method, payment.amount)
        except InvalidInput as absurd:
            revision.refuse(InvalidInput(f"{place}.{absurd.field}", absurd.problem, absurd.problem_pl))
        revision.receipts.append(Receipt(index + 1, payment.amount, payment.received_at, balance))
    if revision.payments:
        revision.parts.append("payments")


def _told_anew(
    known: KnownOrder, before: KnownPayment, payment: PaymentDetails, place: str, revision: Revision
) -> bool:
    """Whether the payment is described differently; what cannot be any more is refused."""
    changed = [
        name
        for name, now, then in (
            ("method", payment.method, before.details.method),
            ("amount", payment.amount, before.details.amount),
        )
        if now != then
    ]
    for name in changed:
        if before.ledger:
            revision.refuse(PaymentFixed(before.id), f"{place}.{name}")
        elif not known.is_open:
            revision.refuse(OrderContentFixed(known.id, known.status), f"{place}.{name}")
    renamed = payment.reference != before.details.reference
    if renamed and before.ledger and not _can_be_named(known, before, payment):
        revision.refuse(PaymentFixed(before.id), f"{place}.reference")
    return bool(changed) or renamed


def _can_be_named(known: KnownOrder, before: KnownPayment, payment: PaymentDetails) -> bool:
    """Whether a payment that has no reference gets one that is no other's: then no two of them changed places."""
    taken = {each.details.reference for each in known.payments}
    return before.details.reference is None and payment.reference not in taken


def _is_booked(payment: KnownPayment, told: PaymentDetails) -> bool:
    """Whether the arrival that is told is the one that the ledger tells: by an earlier description, or by receipts."""
    arrived = [entry.at for entry in payment.ledger if entry.source == WITH_THE_ORDER]
    if arrived:
        return arrived == [told.received_at]
    return payment.balance >= told.amount


def _can_be_booked(payment: KnownPayment, received_at: datetime) -> bool:
    """Whether the ledger holds nothing, or only money that went back before what is told now came."""
    booked = payment.ledger
    return payment.balance == 0 and all(entry.source != WITH_THE_ORDER and entry.at < received_at for entry in booked)


def _revise_parcels(known: KnownOrder, told: OrderDetails, revision: Revision) -> None:
    faults = Faults()
    with faults.inside("shipments"):
        revision.parcels = list(parcels.news(known.parcels, told.shipments, faults))
    for fault in faults.found:
        revision.refuse(fault)
