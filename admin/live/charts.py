"""The pictures of the live page as plain numbers: three lanes of quarters, and the waits of each queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from admin.catalogue import say
from admin.statistics.charts import Bar, Chart, Measure, chart
from admin.statistics.words import waited
from domain.kit.errors import Language
from domain.tickets.flow import Quarter
from domain.tickets.live import Live, Queue

LANES: Sequence[tuple[str, Callable[[Quarter], int]]] = (
    ("live_arrived", lambda quarter: quarter.arrived),
    ("live_taken", lambda quarter: quarter.taken),
    ("live_resolved", lambda quarter: quarter.resolved),
)
"""What is counted in each quarter, as the page calls it."""

WORDS, TALL, GAP, FOOT = 22, 44, 10, 20
"""Pixels for a lane's words, for its highest bar, between it and the next, and for the hours below all of them."""

HOURS = 3
"""From one hour that is written below to the next."""


@dataclass(frozen=True)
class Column(Bar):
    """A bar that stands on the ground of its lane, `x` per cent from the left."""

    x: float = 0.0


@dataclass(frozen=True)
class Lane:
    """What it counts, how many there were in all, where its words and its ground are, and a bar for each quarter."""

    tone: str
    total: int
    y: int
    ground: int
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Tick:
    """An hour of the shop's clock, `x` per cent from the left."""

    said: str
    x: float


@dataclass(frozen=True)
class Flow:
    """Lanes on one scale that ends with `most`, with the hours below them."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    most: int
    height: int


def flow_of(quarters: Sequence[Quarter], *, zone: ZoneInfo) -> Flow:
    """The lanes of these quarters, the oldest at the left."""
    most = max((count(quarter) for quarter in quarters for _, count in LANES), default=0)
    step, width = WORDS + TALL + GAP, 100 / max(1, len(quarters))
    lanes = []
    for place, (tone, count) in enumerate(LANES):
        ground = place * step + WORDS + TALL
        heights = ((at, count(quarter) * TALL / max(1, most)) for at, quarter in enumerate(quarters))
        columns = tuple(
            Column(tone, round(width * 0.8, 3), round(ground - tall), round(tall), round(at * width, 3))
            for at, tall in heights
            if tall
        )
        lanes.append(Lane(tone, sum(map(count, quarters)), place * step, ground, columns))
    local = (quarter.start.astimezone(zone) for quarter in quarters)
    ticks = tuple(
        Tick(f"{start:%H:%M}", round(at * width, 3))
        for at, start in enumerate(local)
        if start.minute == 0 and start.hour % HOURS == 0 and at * width < 90
    )
    return Flow(tuple(lanes), ticks, most, len(LANES) * step + FOOT)


def since(at: datetime, then: datetime | None) -> float | None:
    """Seconds from then until the minute that is shown; None for never."""
    return None if then is None else max(timedelta(0), at - then).total_seconds()


def waits_of(live: Live, language: Language) -> Chart:
    """How long the first of each queue has waited and how long the last will; the longest waits come first."""

    def lengths(queue: Queue) -> tuple[float, float]:
        expected = queue.expected.total_seconds() if queue.expected is not None and queue.waiting else 0
        return since(live.at, queue.oldest) or 0, expected

    def said(queue: Queue) -> str:
        return f"{waited(language, since(live.at, queue.oldest))} · {expected_said(language, queue)}"

    measure = Measure("live_waits", ("live_oldest", "live_expected"), lengths, said)
    return chart(measure, [(queue.name, queue) for queue in live.queues])


def expected_said(language: Language, queue: Queue) -> str:
    """How long the last will wait, in words; that nobody is there who can take any."""
    return say(language, "live_nobody") if queue.expected is None else _waited(language, queue.expected)


def _waited(language: Language, duration: timedelta) -> str:
    return waited(language, duration.total_seconds())
