"""Work that seats leave for later. The passes follow from the assignments themselves, so losing one loses nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.kit.outbox import Job


@dataclass(frozen=True)
class ProvisionSeats(Job):
    """Give free seats to those who wait for one, invite those whose day has come, record what has begun."""

    actor: ClassVar[str] = "provision_seats"


@dataclass(frozen=True)
class ExpireSeats(Job):
    """Record the assignments that have ended and hand over what their agents held."""

    actor: ClassVar[str] = "expire_seats"


@dataclass(frozen=True)
class RemindSeats(Job):
    """See which seats end soon, and have those whom it concerns told."""

    actor: ClassVar[str] = "remind_seats"


@dataclass(frozen=True)
class TellOfSeatEnd(Job):
    """Tell somebody by mail that their seat ends soon."""

    actor: ClassVar[str] = "tell_of_seat_end"
    reminder_id: UUID


@dataclass(frozen=True)
class TellOfSeatEnds(Job):
    """Tell an admin by mail whose seats end at an instant: those who were seen to in one pass."""

    actor: ClassVar[str] = "tell_of_seat_ends"
    member_id: UUID
    ends_at: datetime
    hours: int
    told_at: datetime
