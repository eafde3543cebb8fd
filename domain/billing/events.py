"""What happens to prices, prepaid licences and invoices.

Whoever may read the trail need not be one who may see what things cost: amounts stand in the rows alone.
"""

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
    valid_from: datetime


@dataclass(frozen=True)
class PrepaidCharged(Event):
    """Time of a licence was paid ahead, at the price in force when it was bought."""

    licence_id: UUID
    start: datetime
    end: datetime


@dataclass(frozen=True)
class PrepaidCredited(Event):
    """Time that had been paid ahead was given back."""

    licence_id: UUID
    start: datetime
    end: datetime


@dataclass(frozen=True)
class InvoiceIssued(Event):
    number: int
    month: str
