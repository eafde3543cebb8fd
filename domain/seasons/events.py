"""What happens to seasons. No event holds a person's name or address."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.kit.events import Event
from domain.seats.models import SeatKind


@dataclass(frozen=True)
class SeasonDrafted(Event):
    """A plan was made, or made anew while it was a draft."""

    first_day: str
    last_day: str
    full_count: int
    light_count: int


@dataclass(frozen=True)
class SeasonScheduled(Event):
    """The plan stands: its licences are there, its people have seats or wait for one."""

    start: datetime
    end: datetime
    licences: int


@dataclass(frozen=True)
class SeasonExtended(Event):
    last_day: str
    end: datetime


@dataclass(frozen=True)
class SeasonShortened(Event):
    last_day: str
    end: datetime


@dataclass(frozen=True)
class SeasonStarted(Event):
    """Its first day has come."""


@dataclass(frozen=True)
class SeasonEnded(Event):
    """Its last day is over, or somebody ended it."""

    end: datetime


@dataclass(frozen=True)
class SeasonCancelled(Event):
    """It was called off before it began."""


@dataclass(frozen=True)
class SeasonPersonAdded(Event):
    person_id: UUID
    kind: SeatKind


@dataclass(frozen=True)
class SeasonPersonRemoved(Event):
    person_id: UUID


def day(when: date) -> str:
    """A day as events tell it: `2026-11-01`."""
    return when.isoformat()
