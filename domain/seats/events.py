"""What happens to licences and those who sit on them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kit.events import Event
from domain.seats.models import LicenceTerms, SeatKind


@dataclass(frozen=True)
class SeatLicenceAdded(Event):
    kind: SeatKind
    start: datetime
    end: datetime | None
    label: str
    terms: LicenceTerms = LicenceTerms.ARREARS


@dataclass(frozen=True)
class SeatLicenceShortened(Event):
    end: datetime


@dataclass(frozen=True)
class SeatLicenceExtended(Event):
    """It ends later than it did; no end means never."""

    end: datetime | None


@dataclass(frozen=True)
class SeatLicenceCancelled(Event):
    """It was taken back before it began."""


@dataclass(frozen=True)
class SeatAssigned(Event):
    licence_id: UUID
    agent_id: UUID
    kind: SeatKind
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class SeatSuccessorSet(Event):
    """Who gets the agent's open tickets when the seat ends; nobody means that they go back to their queues."""

    agent_id: UUID
    successor_id: UUID | None


@dataclass(frozen=True)
class SeatKindChanged(Event):
    """Whoever sat on a seat of one kind sits on this one for the rest of the time."""

    agent_id: UUID
    kind_before: SeatKind
    kind: SeatKind


@dataclass(frozen=True)
class SeatMoved(Event):
    """Somebody sits here in another person's place."""

    agent_id: UUID
    from_agent_id: UUID


@dataclass(frozen=True)
class SeatStarted(Event):
    agent_id: UUID
    kind: SeatKind


@dataclass(frozen=True)
class SeatShortened(Event):
    agent_id: UUID
    end: datetime


@dataclass(frozen=True)
class SeatExtended(Event):
    """Whoever was to sit until the licence's end stays with it; no end means for good."""

    agent_id: UUID
    end: datetime | None


@dataclass(frozen=True)
class SeatEnded(Event):
    agent_id: UUID
    kind: SeatKind
    end: datetime


@dataclass(frozen=True)
class SeatAssignmentCancelled(Event):
    """It was taken back before it began."""

    agent_id: UUID


@dataclass(frozen=True)
class SeatPlanned(Event):
    """Somebody is to have a seat, and to be invited at `invite_at` at the earliest, once one is free."""

    agent_id: UUID
    kind: SeatKind
    start: datetime
    end: datetime | None
    season_id: UUID | None
    invite_at: datetime


@dataclass(frozen=True)
class PlannedSeatGranted(Event):
    agent_id: UUID
    assignment_id: UUID


@dataclass(frozen=True)
class PlannedSeatChanged(Event):
    """It is wanted until another instant."""

    agent_id: UUID
    end: datetime | None


@dataclass(frozen=True)
class PlannedSeatCancelled(Event):
    """Nobody waits for it any more: it was called back, or its time is over."""

    agent_id: UUID


@dataclass(frozen=True)
class DayPassesAdded(Event):
    kind: SeatKind
    count: int
    left: int


@dataclass(frozen=True)
class DayPassesRemoved(Event):
    """Unspent ones were taken back."""

    kind: SeatKind
    count: int
    left: int


@dataclass(frozen=True)
class DayPassSpent(Event):
    """Somebody came in, and has a seat until the day ends or their own begins."""

    agent_id: UUID
    kind: SeatKind
    licence_id: UUID
    assignment_id: UUID
    left: int


@dataclass(frozen=True)
class DayPassHolderSet(Event):
    agent_id: UUID
    kind: SeatKind


@dataclass(frozen=True)
class DayPassHolderRemoved(Event):
    agent_id: UUID
