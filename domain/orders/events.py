"""What happens to customers and orders."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.kit.events import Event
from domain.orders.models import OrderStatus


@dataclass(frozen=True)
class CustomerSaved(Event):
    external_id: str
    created: bool


@dataclass(frozen=True)
class OrderCreated(Event):
    external_id: str
    number: str
    customer_id: UUID
    total_amount: int
    currency: str


@dataclass(frozen=True)
class OrderCorrected(Event):
    """The shop described the order anew: `parts` are what is different now, by their names in its description."""

    parts: tuple[str, ...]
    number: str
    total_amount: int


@dataclass(frozen=True)
class OrderStatusChanged(Event):
    from_status: OrderStatus
    to_status: OrderStatus


@dataclass(frozen=True)
class OrderPromised(Event):
    """The date given to the customer; None takes it back."""

    promised_on: str | None

    @classmethod
    def on(cls, day: date | None) -> "OrderPromised":
        return cls(day.isoformat() if day else None)


@dataclass(frozen=True)
class PaymentRecorded(Event):
    """Money came (positive) or went back (negative); `balance` is the order's paid amount after it."""

    payment_id: UUID
    amount: int
    source: str
    balance: int


@dataclass(frozen=True)
class ShipmentRecorded(Event):
    shipment_id: UUID
    carrier: str
    tracking_number: str | None
