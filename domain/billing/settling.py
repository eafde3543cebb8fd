"""What makes the time paid ahead for a licence equal to the time that it runs for: values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from domain.billing.months import length
from domain.billing.proration import rounded
from domain.seats.models import Period
from domain.seats.periods import start_of


@dataclass(frozen=True)
class Charge:
    """A charge of the ledger; the time from `paid_until` to its end was given back."""

    id: UUID
    period: Period
    amount: int
    paid_until: datetime


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
    start, end = start_of(span), span.upper
    if end is None:
        raise ValueError("What is paid ahead has an end.")
    paid_until = max([start, *(charge.paid_until for charge in charges if start_of(charge.period) < charge.paid_until)])
    returned = (
        (charge, Range(max(end, start_of(charge.period)), charge.paid_until, bounds="[)"))
        for charge in charges
        if charge.paid_until > max(end, start_of(charge.period))
    )
    return Settlement(Range(paid_until, end, bounds="[)") if paid_until < end else None, tuple(returned))


def given_back(charge: Charge, rest: Period) -> int:
    """What the end of a charge is worth: of the amount charged, the share of its time, rounded from the charge's end.

    So the credits of a charge, taken one after another from its end, add up to what one credit of all of it would be.
    """
    until = charge.period.upper
    kept = (Range(edge, until, bounds="[)") for edge in (rest.lower, rest.upper))
    longer, shorter = (rounded(charge.amount, length(part), length(charge.period)) for part in kept)
    return longer - shorter
