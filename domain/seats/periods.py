"""Half-open periods of time, `[from, to)`: at `to` it is over. No end means for good."""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import Range

from domain.kit.errors import InvalidInput
from domain.seats.models import Period

SMALLEST = timedelta(microseconds=1)
"""What PostgreSQL tells apart; a period that began keeps at least this much."""


def period(start: datetime, end: datetime | None) -> Period:
    """The period from `start` up to `end`. Raises InvalidInput when it would be empty or lacks a zone."""
    for moment in (start, end):
        if moment is not None and moment.tzinfo is None:
            raise InvalidInput("period", "an instant needs a time zone", "chwila musi mieć strefę czasową")
    if end is not None and end <= start:
        raise InvalidInput("to", "must be later than “from”", "musi być późniejsze niż „from”")
    return Range(start, end, bounds="[)")


def coming(start: datetime | None, end: datetime | None, *, now: datetime) -> Period:
    """The period from `start`, now by default, up to `end`. Raises InvalidInput as `period` does, and for the past."""
    span = period(start or now, end)
    if start_of(span) < now:
        raise InvalidInput("from", "must not be in the past", "nie może być w przeszłości")
    return span


def start_of(span: Period) -> datetime:
    """When the period begins; every stored one has a beginning."""
    if span.lower is None:
        raise ValueError("A stored period has a beginning.")
    return span.lower


def ends_by(span: Period, moment: datetime) -> bool:
    """Whether nothing of the period is left after the moment."""
    return span.upper is not None and span.upper <= moment


def until(span: Period, moment: datetime) -> Period:
    """The part of a begun period before the moment."""
    start = start_of(span)
    end = max(moment, start + SMALLEST)
    return span if ends_by(span, end) else Range(start, end, bounds="[)")
