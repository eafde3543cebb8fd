"""An agent in simulated time: holds several tickets, works on one.

Whoever waits at this moment comes first: a call, then a chat, then everything else in the order in which it was given.
What is in work is laid aside for something more urgent and goes on afterwards from where it was. At a shift's end calls
and chats in hand are brought to their end, and the rest lies until the next shift.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.agents.channels import Channel, Effort
from domain.agents.models import Presence
from domain.tickets.candidates import SOON
from domain.tickets.routing import LIVE, Candidate
from infra.simulation.world import NONE, Course, Person

URGENCY = {Channel.PHONE: 0, Channel.CHAT: 1}
LEAST = 2


@dataclass(eq=False)
class Item:
    """A ticket in hands, and how much work is left of it."""

    course: Course
    place: int
    left: timedelta

    @property
    def channel(self) -> Channel:
        return self.course.ticket.need.channel

    @property
    def urgency(self) -> tuple[int, int]:
        return URGENCY.get(self.channel, LEAST), self.place


@dataclass(eq=False)
class Agent:
    """A person at work. Whoever changes anything about it calls `turn_to_work` afterwards."""

    person: Person
    here: bool = False
    items: list[Item] = field(default_factory=list)
    current: Item | None = None
    changed: int = 0
    """Counts what the agent has turned to, so that the end of something laid aside is known to be none."""
    worked: dict[date, timedelta] = field(default_factory=dict)
    """By the day on which it began."""
    idle_since: datetime | None = None
    rested_since: datetime | None = None
    _since: datetime | None = None
    _given: Counter[date] = field(default_factory=Counter)

    def candidate(self, now: datetime) -> Candidate:
        """The agent as a router sees it; `idle_since` is when it came or was given something, as in the product."""
        held = Counter(item.channel for item in self.items)
        return Candidate(
            agent_id=self.person.id,
            abilities=self.person.abilities,
            presence=Presence.ONLINE if self.here else Presence.OFFLINE,
            seat=self.person.seat,
            held=held,
            idle_since=self.idle_since or self.person.shifts[0].begins,
            given=self._given[now.date()],
            present=self._present(now),
            on_shift=self.here,
            expected=any(now < shift.begins <= now + SOON for shift in self.person.shifts),
        )

    def _present(self, now: datetime) -> float:
        today = (shift for shift in self.person.shifts if shift.begins.date() == now.date() and shift.begins < now)
        return sum((min(now, shift.ends) - shift.begins for shift in today), NONE).total_seconds() / 60

    def take(self, item: Item, effort: Effort, now: datetime) -> None:
        """Have one more in hand."""
        self.items.append(item)
        self.idle_since = now
        self._given[now.date()] += effort.work_minutes

    def turn_to_work(self, now: datetime) -> datetime | None:
        """Work on what is most urgent; when that will be done, if it is something new."""
        following = min(self._workable(), key=lambda item: item.urgency, default=None)
        if following is self.current and following is not None:
            return None
        self._put_down(now)
        self.current, self._since, self.changed = following, now, self.changed + 1
        if following is None:
            return None
        self.rested_since = None
        following.course.begun = following.course.begun or now
        return now + following.left

    def resting_since(self) -> datetime | None:
        """Since when there has been nothing to work on; None while there is."""
        return None if self._workable() else self.rested_since

    def _workable(self) -> list[Item]:
        return [item for item in self.items if item.left > NONE and (self.here or item.channel in LIVE)]

    def _put_down(self, now: datetime) -> None:
        if self.current is not None and self._since is not None:
            spent = now - self._since
            self.current.left -= spent
            day = self._since.date()
            self.worked[day] = self.worked.get(day, NONE) + spent
        self.current = None
        self.rested_since = self.rested_since or now

    def finish(self, now: datetime) -> Item:
        """The work on what is in work is done. Raises ValueError when nothing is."""
        item = self.current
        if item is None:
            raise ValueError("Nothing is in work.")
        self._put_down(now)
        item.left, item.course.worked = NONE, now
        return item

    def release(self, item: Item, now: datetime) -> None:
        """Out of the hands, for good."""
        self.items.remove(item)
        item.course.released = now
