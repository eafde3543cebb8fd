"""What happens to alarms."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.events import Event
from domain.tickets.alarms.models import AlarmCause


@dataclass(frozen=True)
class AlarmRaised(Event):
    """Nobody takes the tickets of a queue that ask for the same as this one."""

    team_id: UUID
    ticket_id: UUID
    cause: AlarmCause


@dataclass(frozen=True)
class AlarmEnded(Event):
    """Somebody can take them again, or none waits any more."""

    team_id: UUID
    ticket_id: UUID
    cause: AlarmCause
