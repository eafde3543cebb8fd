"""What happens between queues."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.events import Event
from domain.tickets.overflow.lines import Cause


@dataclass(frozen=True)
class QueueSet(Event):
    """How the team's queue is served from now on; times are in seconds.

    The lines that help it out in their order, and of each the waits it begins and stops at, in one text.
    """

    priority: int
    delay: int
    relax: int | None
    line_ids: tuple[UUID, ...]
    waits: tuple[str, ...]
    dwells: tuple[int, ...]
    kept: tuple[int, ...]


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
