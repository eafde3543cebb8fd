"""What happens between queues."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.kit.events import Event
from domain.tickets.overflow.lines import Cause


@dataclass(frozen=True)
class QueueSet(Event):
    """How the team's queue is served from now on; times are in seconds, `lines` the further lines in their order."""

    priority: int
    delay: int
    relax: int | None
    lines: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class OverflowBegan(Event):
    """A line began to help a queue out; waits are in seconds."""

    team_id: UUID
    line_id: UUID
    cause: Cause
    oldest: int
    expected: int | None


@dataclass(frozen=True)
class OverflowEnded(Event):
    """The line has its people back; it was given `moved` tickets of the queue."""

    team_id: UUID
    line_id: UUID
    moved: int
