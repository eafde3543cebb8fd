"""What a shop says of an order, and what can never be right about it: pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from domain.kit import inputs, texts
from domain.kit.errors import InvalidInput
from domain.kit.inputs import Faults
from domain.orders import customers, parcels, payments
from domain.orders.customers import CustomerDetails
from domain.orders.models import OrderStatus
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import MOST_MONEY, PaymentDetails, Receipt

T = TypeVar("T")

MOST_LINES = 500
MOST_PIECES = 1_000_000
MOST_PAYMENTS = 50
MOST_RECEIPTS = 100
MOST_SHIPMENTS = 100


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
    number: str | None
    """What the customer knows it by; None keeps what is known."""
    customer: CustomerDetails
    currency: str
    total_amount: int
    placed_at: datetime
    lines: Sequence[LineDetails]
    payments: Sequence[PaymentDetails] = ()
    promised_on: date | None = None
    status: OrderStatus = OrderStatus.PLACED
    shipments: Sequence[ShipmentDetails] = ()

    @property
    def first_number(self) -> str:
        """The number of an order that is not here yet."""
        return self.number or self.external_id


@dataclass(frozen=True)
class OrderChange:
    """What is new about an order; what is None stays. `promise_withdrawn` takes the promised date back."""

    status: OrderStatus | None = None
    promised_on: date | None = None
    promise_withdrawn: bool = False
    receipts: Sequence[Receipt] = ()
    shipments: Sequence[ShipmentDetails] = ()


def checked(details: OrderDetails, *, now: datetime) -> OrderDetails:
    """The order with its texts trimmed. Raises InvalidInput, the first thing that can never be right about it."""
    order, faults = examined(details, now=now)
    faults.raise_first()
    return order


def examined(details: OrderDetails, *, now: datetime) -> tuple[OrderDetails, Faults]:
    """The order with its texts trimmed, and all that can never be right about it, up to MOST_FAULTS."""
    faults = Faults()
    if not details.lines:
        faults.note(InvalidInput("lines", "must not be empty", "nie może być puste"))
    with faults.inside("customer"):
        customer = customers.checked(details.customer, faults)
    number, promised = details.number, details.promised_on
    order = replace(
        details,
        external_id=faults.take(texts.label, details.external_id, field="externalId"),
        number=faults.take(texts.label, number, field="number") if number is not None else None,
        customer=customer,
        currency=faults.take(texts.currency, details.currency, field="currency"),
        total_amount=faults.take(inputs.whole, details.total_amount, field="totalAmount", least=0, most=MOST_MONEY),
        placed_at=faults.take(inputs.happened, details.placed_at, field="placedAt", now=now),
        promised_on=faults.take(inputs.day, promised, field="promisedOn") if promised is not None else None,
        lines=_listed(details.lines, _line, faults, field="lines", most=MOST_LINES),
        payments=_listed(
            details.payments, partial(payments.checked, now=now), faults, field="payments", most=MOST_PAYMENTS
        ),
        shipments=_listed(
            details.shipments, partial(parcels.checked, now=now), faults, field="shipments", most=MOST_SHIPMENTS
        ),
    )
    if not faults.found and sum(payment.amount for payment in order.payments) > MOST_MONEY:
        faults.note(InvalidInput("payments", "are an absurd sum", "mają absurdalną sumę"))
    if not faults.found:
        with faults.inside("shipments"):
            list(parcels.news((), order.shipments, faults))  # which finds parcels that contradict each other
    return order, faults


def check_change(change: OrderChange) -> None:
    """Raises InvalidInput for what can never be right, but for receipts and parcels, which are checked one by one."""
    inputs.at_most(MOST_RECEIPTS, change.receipts, field="receipts")
    inputs.at_most(MOST_SHIPMENTS, change.shipments, field="shipments")
    if change.promised_on is not None:
        inputs.day(change.promised_on, field="promisedOn")


def _listed(items: Sequence[T], check: Callable[[T, Faults], T], faults: Faults, *, field: str, most: int) -> list[T]:
    """The items checked one by one, unless there are too many of them, or too much is wrong already."""
    if len(items) > most:
        faults.take(lambda given: inputs.at_most(most, given, field=field), items)
        return []
    taken = []
    for number, item in enumerate(items):
        if faults.full:
            break
        with faults.inside(field, number):
            taken.append(check(item, faults))
    return taken


def _line(line: LineDetails, faults: Faults) -> LineDetails:
    return LineDetails(
        sku=faults.take(texts.label, line.sku, field="sku"),
        name=faults.take(texts.label, line.name, field="name", most=500),
        quantity=faults.take(inputs.whole, line.quantity, field="quantity", least=1, most=MOST_PIECES),
        unit_amount=faults.take(inputs.whole, line.unit_amount, field="unitAmount", least=0, most=MOST_MONEY),
    )
