"""The course of a season, as pure decisions: what state it is in at an instant, and what may still be changed."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.kit import inputs
from domain.kit.errors import InvalidInput
from domain.seasons.errors import SeasonNotDraft, SeasonNotScheduled, SeasonOver
from domain.seats.days import beginning_of, end_of

LONGEST = 400
"""Days that a season may last: longer than a year is no season."""


class SeasonState(StrEnum):
    """DRAFT changes nothing yet; SCHEDULED waits for its first day; ACTIVE runs; ENDED and CANCELLED are for good."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Span:
    """A season's days as the instants `[start, end)`, and how many days they are."""

    start: datetime
    end: datetime
    days: int


def span(*, first: date, last: date, zone: ZoneInfo) -> Span:
    """The instants of the days from the first to the last, both included: midnight to midnight in the zone.

    Raises InvalidInput for the last before the first, and for more than LONGEST days.
    """
    inputs.day(first, field="firstDay")
    inputs.day(last, field="lastDay")
    count = (last - first).days + 1
    if count < 1:
        raise InvalidInput("lastDay", "must not be before the first day", "nie może być przed pierwszym dniem")
    if count > LONGEST:
        raise InvalidInput("lastDay", f"must be within {LONGEST} days", f"musi być w ciągu {LONGEST} dni")
    return Span(beginning_of(first, zone), end_of(last, zone), count)


def state_of(
    scheduled_at: datetime | None, cancelled_at: datetime | None, start: datetime, end: datetime, now: datetime
) -> SeasonState:
    """What a season is at the instant. It follows from the clock, so it is true whether or not any worker runs."""
    if cancelled_at is not None:
        return SeasonState.CANCELLED
    if scheduled_at is None:
        return SeasonState.DRAFT
    if now < start:
        return SeasonState.SCHEDULED
    return SeasonState.ACTIVE if now < end else SeasonState.ENDED


def remaining(start: datetime, end: datetime, *, now: datetime) -> tuple[datetime, datetime]:
    """What a plan that is scheduled now would give: `[start, end)`, from now if it has begun. Raises SeasonOver."""
    if end <= now:
        raise SeasonOver(SeasonState.DRAFT)
    return max(now, start), end


def must_be_draft(state: SeasonState) -> None:
    """Raises SeasonNotDraft."""
    if state is not SeasonState.DRAFT:
        raise SeasonNotDraft(state)


def must_go_on(state: SeasonState) -> None:
    """Whether its seats can still change. Raises SeasonNotScheduled for a draft, SeasonOver once it has ended."""
    if state is SeasonState.DRAFT:
        raise SeasonNotScheduled
    if state in (SeasonState.ENDED, SeasonState.CANCELLED):
        raise SeasonOver(state)


def must_not_be_over(state: SeasonState) -> None:
    """Raises SeasonOver once it has ended or was cancelled."""
    if state in (SeasonState.ENDED, SeasonState.CANCELLED):
        raise SeasonOver(state)
