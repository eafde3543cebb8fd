"""Work that seats leave for later. Both passes follow from the assignments themselves, so losing one loses nothing."""

from dataclasses import dataclass
from typing import ClassVar

from domain.kit.outbox import Job


@dataclass(frozen=True)
class ProvisionSeats(Job):
    """Give free seats to those who wait for one, invite those whose day has come, record what has begun."""

    actor: ClassVar[str] = "provision_seats"


@dataclass(frozen=True)
class ExpireSeats(Job):
    """Record the assignments that have ended and hand over what their agents held."""

    actor: ClassVar[str] = "expire_seats"
