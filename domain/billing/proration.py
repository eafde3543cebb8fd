"""What time costs: pure and exact, rounded half to even once per portion, never on the way.

A portion is time of one licence in one month at one price. What it costs is `amount x quantity / whole`:

- at a price per month, microseconds used over those of that month in the shop's zone, 743 to 745 hours and all;
- at a price per day, the calendar days of the zone that it touches, over 1: a day begun is a day;
- a day pass is 1 over 1.

So the cost of all portions of a licence differs from that of the exact integral by at most half a minor unit for each
portion, and cutting a portion in two moves the total by at most 1; at a price per day, a cut inside a day makes two
licences begin it, and costs one day more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import Range

from domain.billing.errors import PriceMissing
from domain.billing.models import PriceSeries, PriceUnit
from domain.billing.months import Month, by_month, length
from domain.seats.days import last_day_of
from domain.seats.models import Period, SeatKind
from domain.seats.periods import start_of


def rounded(amount: int, quantity: int, whole: int) -> int:
    """`amount x quantity / whole` to the minor unit, a half to the even one."""
    return round(Fraction(amount * quantity, whole))


@dataclass(frozen=True)
class Rate:
    """A row of the price list: `amount` minor units per `unit`, from an instant on."""

    price_id: UUID
    kind: SeatKind
    unit: PriceUnit
    amount: int
    currency: str
    valid_from: datetime

    @property
    def series(self) -> PriceSeries:
        return PriceSeries.PASS if self.unit is PriceUnit.PASS else PriceSeries.TIME


@dataclass(frozen=True)
class Portion:
    """Time in one month at one price, and what it costs."""

    month: Month
    period: Period
    rate: Rate
    quantity: int
    whole: int

    @property
    def amount(self) -> int:
        return rounded(self.rate.amount, self.quantity, self.whole)

    @property
    def exact(self) -> Fraction:
        """What it costs before rounding."""
        return Fraction(self.rate.amount * self.quantity, self.whole)


class PriceList:
    """The rates of a shop, of which one per kind and series is in force at an instant."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._rates: dict[tuple[SeatKind, PriceSeries], list[Rate]] = {}
        for rate in sorted(rates, key=lambda rate: rate.valid_from):
            self._rates.setdefault((rate.kind, rate.series), []).append(rate)

    @property
    def currency(self) -> str | None:
        """The one currency of all rates; None without any."""
        return next((rate.currency for series in self._rates.values() for rate in series), None)

    def at(self, kind: SeatKind, moment: datetime, *, series: PriceSeries = PriceSeries.TIME) -> Rate:
        """The rate in force at an instant. Raises PriceMissing."""
        begun = [rate for rate in self._rates.get((kind, series), ()) if rate.valid_from <= moment]
        if not begun:
            raise PriceMissing(kind, moment)
        return begun[-1]

    def during(self, kind: SeatKind, span: Period) -> Iterator[tuple[Rate, Period]]:
        """The period cut where one price of its time ends and the next begins. Raises PriceMissing."""
        moment = start_of(span)
        rate = self.at(kind, moment)
        for following in self._rates[kind, PriceSeries.TIME]:
            if moment < following.valid_from and (span.upper is None or following.valid_from < span.upper):
                yield rate, Range(moment, following.valid_from, bounds="[)")
                moment, rate = following.valid_from, following
        yield rate, Range(moment, span.upper, bounds="[)")


def of_time(kind: SeatKind, span: Period, *, prices: PriceList, zone: ZoneInfo) -> Iterator[Portion]:
    """The portions of time used, in order, each at the price in force then.

    Raises PriceMissing, ValueError for a period without an end.
    """
    for _, part in by_month(span, zone):
        for rate, piece in prices.during(kind, part):
            yield from at_rate(rate, piece, zone=zone)


def at_rate(rate: Rate, span: Period, *, zone: ZoneInfo) -> Iterator[Portion]:
    """The portions of time that all costs the same rate, as what is paid ahead does."""
    for month, piece in by_month(span, zone):
        if rate.unit is PriceUnit.MONTH:
            yield Portion(month, piece, rate, length(piece), length(month.period(zone)))
        else:
            yield Portion(month, piece, rate, days_begun(piece, zone), 1)


def of_pass(kind: SeatKind, span: Period, *, prices: PriceList, zone: ZoneInfo) -> Portion:
    """A day pass spent when the period begins. Raises PriceMissing."""
    spent = start_of(span)
    return Portion(Month.at(spent, zone), span, prices.at(kind, spent, series=PriceSeries.PASS), 1, 1)


def days_begun(span: Period, zone: ZoneInfo) -> int:
    """How many calendar days of the zone the period touches. Raises ValueError without an end."""
    if span.upper is None:
        raise ValueError("Time without an end has no number of days.")
    return (last_day_of(span.upper, zone) - start_of(span).astimezone(zone).date()).days + 1
