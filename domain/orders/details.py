"""What a shop says of an order, and what can never be right about it: pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.kit import inputs, texts
from domain.kit.errors import InvalidInput
from domain.orders import payments
from domain.orders.customers import CustomerDetails
from domain.orders.models import OrderStatus
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import MOST_MONEY, PaymentDetails, Receipt

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


def checked(details: OrderDetails) -> OrderDetails:
    """The order with its texts trimmed; its customer is as it was. Raises InvalidInput for what can never be right."""
    if not details.lines:
        raise InvalidInput("lines", "must not be empty", "nie może być puste")
    inputs.at_most(MOST_LINES, details.lines, field="lines")
    inputs.at_most(MOST_PAYMENTS, details.payments, field="payments")
    order = replace(
        details,
        external_id=texts.label(details.external_id, field="externalId"),
        number=texts.label(details.number, field="number"),
        currency=texts.currency(details.currency, field="currency"),
        total_amount=inputs.whole(details.total_amount, field="totalAmount", least=0, most=MOST_MONEY),
        placed_at=inputs.instant(details.placed_at, field="placedAt"),
        promised_on=inputs.day(details.promised_on, field="promisedOn") if details.promised_on else None,
        lines=[_line(line, number) for number, line in enumerate(details.lines)],
        payments=[_payment(payment, number) for number, payment in enumerate(details.payments)],
    )
    if sum(payment.amount for payment in order.payments) > MOST_MONEY:
        raise InvalidInput("payments", "are an absurd sum", "mają absurdalną sumę")
    return order


def check_change(change: OrderChange) -> None:
    """Raises InvalidInput for what can never be right, but for receipts and parcels, which are checked one by one."""
    inputs.at_most(MOST_RECEIPTS, change.receipts, field="receipts")
    inputs.at_most(MOST_SHIPMENTS, change.shipments, field="shipments")
    if change.promised_on is not None:
        inputs.day(change.promised_on, field="promisedOn")


def _line(line: LineDetails, number: int) -> LineDetails:
    with inputs.inside("lines", number):
        return LineDetails(
            sku=texts.label(line.sku, field="sku"),
            name=texts.label(line.name, field="name", most=500),
            quantity=inputs.whole(line.quantity, field="quantity", least=1, most=MOST_PIECES),
            unit_amount=inputs.whole(line.unit_amount, field="unitAmount", least=0, most=MOST_MONEY),
        )


def _payment(payment: PaymentDetails, number: int) -> PaymentDetails:
    with inputs.inside("payments", number):
        return payments.checked(payment)
