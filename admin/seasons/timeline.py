"""The picture of a year: how many licences run on each day, the seasons under it, and where today is.

Pure: runs of licences and days in; places in the picture out, across in per cent of the year, so that it is as wide as
the window while its words keep their size.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from domain.seats.models import SeatKind

PLOT = 170
"""The height of what is counted, in pixels."""

HEADROOM = 20
"""Above it, for the word at the line of today."""

MONTHS = 24
"""Below it, for the names of the months."""

LANE = 36
"""The height of a season's lane: its words, and a bar."""

MOST_LANES = 10
MOST_LETTERS = 20
"""Of a season's name in the picture; the whole of it is in the list."""

STEPS_AT_MOST = 6
LEAST = 5
"""Licences that the picture has room for, however few there are."""


@dataclass(frozen=True)
class Run:
    """So many licences of a kind that run from a first day to a last one; without a last day, for good."""

    kind: SeatKind
    first: date
    last: date | None
    count: int


@dataclass(frozen=True)
class Span:
    """A season's days."""

    id: UUID
    name: str
    first: date
    last: date
    draft: bool


@dataclass(frozen=True)
class Stretch:
    """Days in a row, from the first to the last, on each of which as many licences of each kind run."""

    first: date
    last: date
    counts: Mapping[SeatKind, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Block:
    """A stretch's licences of one kind as a rectangle: `x` and `width` in per cent, `y` and `height` in pixels."""

    kind: SeatKind
    stretch: Stretch
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True)
class Lane:
    """A season's bar, in a row of its own; its words stand where they have most room."""

    season: Span
    x: float
    width: float
    y: int
    words_at: float
    anchor: str

    @property
    def end(self) -> float:
        return self.x + self.width

    @property
    def name(self) -> str:
        """As much of it as there is room for."""
        whole = self.season.name
        return whole if len(whole) <= MOST_LETTERS else f"{whole[: MOST_LETTERS - 1].rstrip()}…"


@dataclass(frozen=True)
class Month:
    """A column of the picture, and the most licences of each kind that run on one of its days."""

    number: int
    x: float
    middle: float
    most: Mapping[SeatKind, int]
    total: int


@dataclass(frozen=True)
class Tick:
    """A line across with a round number of licences."""

    count: int
    y: float


@dataclass(frozen=True)
class Timeline:
    """What the picture of a year shows."""

    year: int
    stretches: Sequence[Stretch]
    blocks: Sequence[Block]
    months: Sequence[Month]
    ticks: Sequence[Tick]
    lanes: Sequence[Lane]
    unseen: int
    """Seasons for which there was no lane."""
    today: date
    today_at: float | None
    """In per cent of the year; None in another year."""

    @property
    def height(self) -> int:
        return HEADROOM + PLOT + MONTHS + LANE * len(self.lanes)

    @property
    def floor(self) -> int:
        """Where no licence is."""
        return HEADROOM + PLOT

    @property
    def fullest(self) -> Stretch:
        """The first days on which most licences run."""
        return max(self.stretches, key=lambda stretch: stretch.total)

    @property
    def now(self) -> Stretch | None:
        """What runs today, in this year."""
        return next((each for each in self.stretches if each.first <= self.today <= each.last), None)


def timeline(*, year: int, runs: Sequence[Run], seasons: Sequence[Span], today: date) -> Timeline:
    """The picture of a year. Seasons outside it are left out, and those beyond MOST_LANES as well."""
    stretches = list(_stretches(year, runs))
    ticks = _ticks(max(stretch.total for stretch in stretches))
    shown = sorted(
        (season for season in seasons if season.first.year <= year <= season.last.year),
        key=lambda season: (season.first, season.last, season.id),
    )
    return Timeline(
        year=year,
        stretches=stretches,
        blocks=list(_blocks(stretches, top=ticks[-1].count)),
        months=[_month(year, number, stretches) for number in range(1, 13)],
        ticks=ticks,
        lanes=[_lane(year, place, season) for place, season in enumerate(shown[:MOST_LANES])],
        unseen=max(0, len(shown) - MOST_LANES),
        today=today,
        today_at=_across(today) + 50 / _days(year) if today.year == year else None,
    )


def _stretches(year: int, runs: Sequence[Run]) -> Iterator[Stretch]:
    days = _days(year)
    changes = {kind: [0] * (days + 1) for kind in SeatKind}
    for run in runs:
        first, last = _place(year, run.first), days if run.last is None else _place(year, run.last) + 1
        if run.first.year <= year and (run.last is None or run.last.year >= year):
            changes[run.kind][max(0, first)] += run.count
            changes[run.kind][min(days, last)] -= run.count
    counted, running = [], dict.fromkeys(SeatKind, 0)
    for day in range(days):
        running = {kind: running[kind] + changes[kind][day] for kind in SeatKind}
        counted.append((day, running))
    for counts, alike in groupby(counted, key=lambda one: one[1]):
        places = [day for day, _ in alike]
        yield Stretch(_day(year, places[0]), _day(year, places[-1]), counts)


def _blocks(stretches: Sequence[Stretch], *, top: int) -> Iterator[Block]:
    """Full licences at the bottom, which mostly stay; light ones upon them."""
    for stretch in stretches:
        below = 0
        x = _across(stretch.first)
        width = 100 * ((stretch.last - stretch.first).days + 1) / _days(stretch.first.year)
        for kind in SeatKind:
            count = stretch.counts[kind]
            if count:
                height = PLOT * count / top
                yield Block(kind, stretch, x, width, HEADROOM + PLOT * (top - below - count) / top, height)
                below += count


def _month(year: int, number: int, stretches: Sequence[Stretch]) -> Month:
    first = date(year, number, 1)
    last = date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
    inside = [each for each in stretches if each.first <= last and first <= each.last]
    return Month(
        number=number,
        x=_across(first),
        middle=_across(first) + 50 * ((last - first).days + 1) / _days(year),
        most={kind: max(each.counts[kind] for each in inside) for kind in SeatKind},
        total=max(each.total for each in inside),
    )


def _ticks(most: int) -> list[Tick]:
    """Lines at round numbers, from nothing to no less than the most."""
    step = next(step for step in _round_numbers() if step * STEPS_AT_MOST >= most)
    top = max(LEAST, -(-most // step) * step)
    return [Tick(count, HEADROOM + PLOT * (top - count) / top) for count in range(0, top + 1, step)]


def _round_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 and so on."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _lane(year: int, place: int, season: Span) -> Lane:
    first, last = max(season.first, date(year, 1, 1)), min(season.last, date(year, 12, 31))
    x, width = _across(first), 100 * ((last - first).days + 1) / _days(year)
    y = HEADROOM + PLOT + MONTHS + LANE * place
    middle = x + width / 2
    if middle < 100 / 3:
        return Lane(season, x, width, y, x, "start")
    if middle > 200 / 3:
        return Lane(season, x, width, y, x + width, "end")
    return Lane(season, x, width, y, middle, "middle")


def _across(day: date) -> float:
    """Where a day begins, in per cent of its year."""
    return 100 * _place(day.year, day) / _days(day.year)


def _place(year: int, day: date) -> int:
    """How many days of the year are before the day."""
    return (day - date(year, 1, 1)).days


def _day(year: int, place: int) -> date:
    return date(year, 1, 1) + timedelta(days=place)


def _days(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days
