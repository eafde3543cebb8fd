"""When a further line helps a queue out, and when it stops: pure.

It begins at a wait that is too long and ends at one that is short again, which are two waits and not one; and it stays
as it is for a while once it has changed. So a wait that swings around a threshold does not call people back and forth.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


def seconds(time: timedelta | None) -> int | None:
    """A time as rows, events and the API have it; None for none."""
    return None if time is None else int(time.total_seconds())


class Cause(StrEnum):
    """What was too long: the wait of the oldest that the line could take, or what the next to come would wait."""

    OLDEST = "OLDEST"
    EXPECTED = "EXPECTED"


@dataclass(frozen=True)
class Line:
    """A team that helps another one's queue out, from `enter` waits on until all of them are under their `leave`.

    A wait that is None is not looked at. `kept` of the line's people at work stay with the line's own work.
    """

    team_id: UUID
    enter_oldest: timedelta | None
    leave_oldest: timedelta | None
    enter_expected: timedelta | None
    leave_expected: timedelta | None
    dwell: timedelta
    kept: int


@dataclass(frozen=True)
class Queueing:
    """How a team's queue is served: what its tickets' priority is raised by, how long they rest before anybody is
    given one, after how long skills are asked for no more, and who helps out, the first line first."""

    priority: int = 0
    delay: timedelta = timedelta(0)
    relax: timedelta | None = None
    lines: tuple[Line, ...] = ()


USUAL = Queueing()
"""Of a queue of which nobody has said anything."""


@dataclass(frozen=True)
class Waits:
    """What of a queue a line could take: the wait of the oldest, zero if there is none, and what the next would wait.

    `expected` is None while nobody of the queue's own team is at work to take any of it.
    """

    oldest: timedelta = timedelta(0)
    expected: timedelta | None = timedelta(0)


@dataclass(frozen=True)
class Standing:
    """Whether the line helps out, and since when it does or does not; None if it never has."""

    helps: bool = False
    since: datetime | None = None


def begins(line: Line, waits: Waits, standing: Standing, *, now: datetime) -> Cause | None:
    """Why the line begins to help at this time; None where it does already, may not yet, or need not."""
    if standing.helps or _dwells(line, standing, now=now):
        return None
    if line.enter_oldest is not None and waits.oldest >= line.enter_oldest:
        return Cause.OLDEST
    if line.enter_expected is not None and (waits.expected is None or waits.expected >= line.enter_expected):
        return Cause.EXPECTED
    return None


def ends(line: Line, waits: Waits, standing: Standing, *, now: datetime) -> bool:
    """Whether the line stops helping at this time."""
    return standing.helps and not _dwells(line, standing, now=now) and _short_again(line, waits)


def turns_at(line: Line, oldest_since: datetime | None, standing: Standing) -> list[datetime]:
    """The instants by which something may change without anything happening, past ones among them."""
    found = [] if standing.since is None else [standing.since + line.dwell]
    if not standing.helps and oldest_since is not None and line.enter_oldest is not None:
        found.append(oldest_since + line.enter_oldest)
    return found


def _dwells(line: Line, standing: Standing, *, now: datetime) -> bool:
    return standing.since is not None and now < standing.since + line.dwell


def _short_again(line: Line, waits: Waits) -> bool:
    if line.leave_oldest is not None and waits.oldest >= line.leave_oldest:
        return False
    return line.leave_expected is None or (waits.expected is not None and waits.expected < line.leave_expected)
