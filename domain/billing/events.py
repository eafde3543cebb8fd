"""What happens to prices, prepaid licences and invoices."""

from dataclasses import dataclass
from datetime import datetime

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
