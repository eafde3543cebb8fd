"""Calendar months in a shop's zone. With a change of the clocks in it, a month is an hour longer or shorter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import Range

from domain.kit import inputs
from domain.seats.days import beginning_of
from domain.seats.models import Period
from domain.seats.periods import start_of

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, such as November 2026."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month of a day. Raises InvalidInput in a year that nobody means."""
        inputs.day(day, field="month")
        return cls(day.year, day.month)

    @classmethod
    def at(cls, moment: datetime, zone: ZoneInfo) -> "Month":
        """The month that an instant lies in."""
        local = moment.astimezone(zone)
        return cls(local.year, local.month)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def following(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def preceding(self) -> "Month":
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    def period(self, zone: ZoneInfo) -> Period:
        """The month as instants, from the beginning of its first day to that of the next month's."""
        start, end = (beginning_of(month.first_day, zone) for month in (self, self.following))
        return Range(start, end, bounds="[)")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


def length(span: Period) -> int:
    """The length of a period in microseconds, the smallest time that is kept. Raises ValueError without an end."""
    return (_end_of(span).astimezone(UTC) - start_of(span).astimezone(UTC)) // _TICK


def by_month(span: Period, zone: ZoneInfo) -> Iterator[tuple[Month, Period]]:
    """The period cut where one month of the zone ends and the next begins. Raises ValueError without an end."""
    moment, end = start_of(span), _end_of(span)
    while moment < end:
        month = Month.at(moment, zone)
        cut = min(end, beginning_of(month.following.first_day, zone))
        yield month, Range(moment, cut, bounds="[)")
        moment = cut


def _end_of(span: Period) -> datetime:
    if span.upper is None:
        raise ValueError("Time without an end has no length.")
    return span.upper
