"""What happens to prices, prepaid licences and invoices."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.billing.models import PriceUnit
from domain.kit.events import Event
from domain.seats.models import SeatKind


@dataclass(frozen=True)
class PriceSet(Event):
    kind: SeatKind
    unit: PriceUnit
    amount: int
    currency: str
    valid_from: datetime


@dataclass(frozen=True)
class PrepaidCharged(Event):
    """Time of a licence was paid ahead, at the price in force when it was bought."""

    licence_id: UUID
    start: datetime
    end: datetime
    amount: int
    currency: str


@dataclass(frozen=True)
class PrepaidCredited(Event):
    """Time that had been paid ahead was given back; the amount is a positive one."""

    licence_id: UUID
    start: datetime
    end: datetime
    amount: int
    currency: str


@dataclass(frozen=True)
class InvoiceIssued(Event):
    number: int
    month: str
    total_amount: int
    currency: str
