"""What is simulated: tickets that come, people who come and go, and what became of each ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import NAMESPACE_DNS, UUID, uuid5

from domain.agents.channels import DEFAULT_CAPACITY, Channel, Effort
from domain.seats.models import SeatKind
from domain.tickets.routing import Abilities, Need

NONE = timedelta()


def named(*parts: object) -> UUID:
    """The same id for the same name, at every run."""
    return uuid5(NAMESPACE_DNS, "/".join(map(str, parts)))


@dataclass(frozen=True)
class Ticket:
    """Work that comes: `work` is an agent's own time on it, `rests` how long it stays in hands after that."""

    id: UUID
    customer: str
    arrived: datetime
    due: datetime
    need: Need
    work: timedelta
    rests: timedelta = NONE
    priority: int = 0

    @property
    def order(self) -> tuple[int, datetime, datetime, UUID]:
        """Its place in a queue: by priority, due time and arrival."""
        return -self.priority, self.due, self.arrived, self.id


@dataclass(frozen=True)
class Shift:
    """From its begin until its end, without that."""

    begins: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        return self.ends - self.begins


@dataclass(frozen=True)
class Person:
    """An agent: what the person can do, and when the person is there. Shifts are in order and do not touch."""

    id: UUID
    name: str
    teams: frozenset[UUID]
    shifts: tuple[Shift, ...]
    skills: Mapping[UUID, int] = field(default_factory=dict)
    seat: SeatKind = SeatKind.FULL
    capacity: Mapping[Channel, int] = field(default_factory=lambda: DEFAULT_CAPACITY)

    @cached_property
    def abilities(self) -> Abilities:
        """What the router knows of it; people here speak as their customers do."""
        return Abilities(self.teams, self.skills, frozenset(), self.capacity)

    def minutes(self, day: date | None = None) -> float:
        """Of being there in all, or in the shifts that begin on a day."""
        there = (shift.length for shift in self.shifts if day is None or shift.begins.date() == day)
        return sum(there, NONE).total_seconds() / 60


@dataclass(frozen=True)
class Scenario:
    """Everything a rule has no say in. `people` are in the order in which they are shown."""

    name: str
    tickets: Sequence[Ticket]
    people: Sequence[Person]
    efforts: Mapping[Channel, Effort]
    ends: datetime
    day: date | None = None
    """The only day whose fairness and occupancy are told; None: of all of them."""


@dataclass
class Course:
    """What became of a ticket: None is what has not happened by the scenario's end."""

    ticket: Ticket
    agent_id: UUID | None = None
    previous_id: UUID | None = None
    """Whom its customer knew when it was given."""
    assigned: datetime | None = None
    begun: datetime | None = None
    worked: datetime | None = None
    released: datetime | None = None
