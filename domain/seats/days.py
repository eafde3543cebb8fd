"""Periods said in days: which instants their first and last day mean in the shop's zone, and how many days they are."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.kit import inputs
from domain.kit.errors import InvalidInput


@dataclass(frozen=True)
class Days:
    """Whole days in a zone: the instants `[start, end)`, and how many they are; no end means for good.

    `at_once` says that the first day is today, whose midnight is over: it begins at `start`, the instant asked at, and
    counts as a day.
    """

    start: datetime
    end: datetime | None
    count: int | None
    at_once: bool


def days(*, first: date, last: date | None, zone: ZoneInfo, now: datetime) -> Days:
    """The days from the first to the last, both included. Raises InvalidInput for a past one, or the last first."""
    inputs.day(first, field="from")
    today = now.astimezone(zone).date()
    if first < today:
        raise InvalidInput("from", "must not be in the past", "nie może być w przeszłości")
    if last is not None and inputs.day(last, field="to") < first:
        raise InvalidInput("to", "must not be before the first day", "nie może być przed pierwszym dniem")
    return Days(
        start=now if first == today else beginning_of(first, zone),
        end=None if last is None else end_of(last, zone),
        count=None if last is None else (last - first).days + 1,
        at_once=first == today,
    )


def beginning_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day: midnight, or where the clocks skip it, the instant at which they do."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a day."""
    return beginning_of(day + timedelta(days=1), zone)


def last_day_of(end: datetime, zone: ZoneInfo) -> date:
    """The last day that a period with that (excluded) end reaches into."""
    return (end - timedelta(microseconds=1)).astimezone(zone).date()
