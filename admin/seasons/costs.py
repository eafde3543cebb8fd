"""What a season costs as its page shows it: a row for each month, a column for each kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.billing.months import Month
from domain.billing.previews import Preview
from domain.billing.proration import Rate
from domain.seats.models import SeatKind


@dataclass(frozen=True)
class MonthCost:
    """What a month's invoice says of the season, in minor units."""

    month: Month
    kinds: dict[SeatKind, int]

    @property
    def total(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True)
class Costs:
    """What there is to pay, in minor units of the currency, and at which prices."""

    currency: str
    months: Sequence[MonthCost]
    kinds: dict[SeatKind, int]
    prices: Sequence[Rate]

    @property
    def total(self) -> int:
        return sum(self.kinds.values())


def costs_of(preview: Preview) -> Costs | None:
    """The lines of a preview added up; None where nothing is to be paid for."""
    if preview.currency is None or not preview.lines:
        return None
    months = [
        MonthCost(
            month,
            {
                kind: sum(line.amount for line in preview.lines if line.month == month and line.kind is kind)
                for kind in SeatKind
            },
        )
        for month in preview.totals
    ]
    rates = {line.portion.rate.price_id: line.portion.rate for line in preview.lines}
    return Costs(
        preview.currency,
        months,
        {kind: sum(month.kinds[kind] for month in months) for kind in SeatKind},
        sorted(rates.values(), key=lambda rate: (rate.kind, rate.valid_from)),
    )
