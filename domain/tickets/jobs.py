"""Work that tickets leave for later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from domain.kit.outbox import Job


@dataclass(frozen=True)
class RouteSweep(Job):
    """Find agents for all queued tickets of the shop, in their order."""

    actor: ClassVar[str] = "route_sweep"


SWEPT_EVERY = timedelta(seconds=30)
"""How often a shop is swept though nothing has happened in it."""


@dataclass(frozen=True)
class TellOfAlarms(Job):
    """Have those told who supervise of the alarms that nobody was told of."""

    actor: ClassVar[str] = "tell_of_alarms"


@dataclass(frozen=True)
class TellSomebodyOfAlarms(Job):
    """Tell one person by mail of the alarms of one telling."""

    actor: ClassVar[str] = "tell_somebody_of_alarms"
    member_id: UUID
    told_at: datetime


@dataclass(frozen=True)
class DeliverReply(Job):
    """Send an outbound entry to its customer, if its sender may still do so."""

    actor: ClassVar[str] = "deliver_reply"
    entry_id: UUID


@dataclass(frozen=True)
class Prune(Job):
    """Forget what is kept for a while only: done messages, old outcomes, expired tokens, what the router saw."""

    actor: ClassVar[str] = "prune"
