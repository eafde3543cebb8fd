"""What makes the time paid ahead for a licence equal to the time that it runs for: values in, values out.

At a price per day a day begun is paid for whole: it is not charged again when the licence goes on in it, and nothing of
it is given back when the licence ends in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import Range

from domain.billing.months import length
from domain.billing.proration import days_begun, rounded
from domain.seats.days import end_of, last_day_of
from domain.seats.models import Period
from domain.seats.periods import start_of


@dataclass(frozen=True)
class Charge:
    """A charge of the ledger; the time from `paid_until` to its end was given back.

    One at a price per day has the `zone` whose days it pays for.
    """

    id: UUID
    period: Period
    amount: int
    paid_until: datetime
    zone: ZoneInfo | None = None

    def share(self, rest: Period) -> tuple[int, int]:
        """How much of it some time is, and all of it: days begun at a price per day, else microseconds."""
        if self.zone is None:
            return length(rest), length(self.period)
        return days_begun(rest, self.zone), days_begun(self.period, self.zone)

    def pays_until(self, end: datetime) -> datetime:
        """Until when time that ends then is paid for: to the end of its last day, at a price per day."""
        return end if self.zone is None else end_of(last_day_of(end, self.zone), self.zone)

    def unused(self, span: Period) -> datetime:
        """From when on it is too much for a licence that runs for the span: all of it where that ends before it."""
        begin, end = start_of(self.period), _end_of(span)
        return begin if end <= begin else self.pays_until(end)


@dataclass(frozen=True)
class Settlement:
    """What settles a licence: the time still to be charged, and the ends of charges still to be given back."""

    owed: Period | None
    returned: tuple[tuple[Charge, Period], ...]

    def left_of(self, charges: Sequence[Charge]) -> list[Charge]:
        """The charges once their ends were given back."""
        ends = {charge.id: start_of(rest) for charge, rest in self.returned}
        return [replace(charge, paid_until=ends.get(charge.id, charge.paid_until)) for charge in charges]


def settle(span: Period, charges: Sequence[Charge]) -> Settlement:
    """What makes the time paid for equal to the span; an empty one, from its beginning to itself, wants all back."""
    start, end = start_of(span), _end_of(span)
    paid = [charge.pays_until(charge.paid_until) for charge in charges if start_of(charge.period) < charge.paid_until]
    paid_until = max([start, *paid])
    returned = (
        (charge, Range(charge.unused(span), charge.paid_until, bounds="[)"))
        for charge in charges
        if charge.unused(span) < charge.paid_until
    )
    return Settlement(Range(paid_until, end, bounds="[)") if paid_until < end else None, tuple(returned))


def given_back(charge: Charge, rest: Period) -> int:
    """What the end of a charge is worth: of the amount charged, the share of its time, rounded from the charge's end.

    That is, the share of all from `rest.lower` on, less that of all from `rest.upper` on, each rounded. So the credits
    of a charge, taken one after another from its end, add up to what one credit of all of it would be.
    """
    until = _end_of(charge.period)
    longer, shorter = (_worth(charge, Range(edge, until, bounds="[)")) for edge in (rest.lower, rest.upper))
    return longer - shorter


def _worth(charge: Charge, rest: Period) -> int:
    return 0 if rest.lower == rest.upper else rounded(charge.amount, *charge.share(rest))


def _end_of(span: Period) -> datetime:
    if span.upper is None:
        raise ValueError("What is paid ahead has an end.")
    return span.upper
