"""The plot of a replay: how long was waited at which hour, and how work was shared, a row for each data set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log10

from infra.simulation.svg import Picture, Point

WIDTH, HEAD, ROW = 1280, 92, 400
LEFT, MIDDLE, PANEL, TALL = 76, 700, 540, 250
"""Where panels begin, how wide they are, and how high."""

COLOURS = ("#0072b2", "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#777777")
"""Of Okabe and Ito, which the colour-blind can tell apart."""

TICKS = (0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)


@dataclass(frozen=True)
class Row:
    """What is drawn of a data set: by series, minutes for each hour (None: nothing came) and work for each person."""

    title: str
    hours: Sequence[int]
    waits: Mapping[str, Sequence[float | None]]
    people: Sequence[str]
    shares: Mapping[str, Sequence[float]]


def draw(rows: Sequence[Row], series: Sequence[str]) -> str:
    """SVG text. `series` are all that any row may have, in the order of the legend."""
    picture = Picture(WIDTH, HEAD + ROW * len(rows), "Waits and shares of work by routing rule")
    colours = dict(zip(series, COLOURS, strict=False))
    picture.text((LEFT, 30), "The same tickets and people under different rules", kind="title")
    _legend(picture, colours)
    for place, row in enumerate(rows):
        top = HEAD + place * ROW + 30
        _Waits(picture, row, (LEFT, top)).draw(colours)
        _Shares(picture, row, (MIDDLE, top)).draw(colours)
    return str(picture)


def _legend(picture: Picture, colours: Mapping[str, str]) -> None:
    x = float(LEFT)
    for name, colour in colours.items():
        picture.dots([(x + 5, 56)], colour, series=f"legend {name}", radius=6)
        picture.text((x + 17, 60.5), name)
        x += 17 + 7.6 * len(name) + 30


class _Panel:
    def __init__(self, picture: Picture, row: Row, corner: Point) -> None:
        self.picture, self.row = picture, row
        self.left, self.top = corner
        self.bottom = self.top + TALL

    def frame(self, title: str, upwards: str, ticks: Sequence[float], height: Callable[[float], float]) -> None:
        self.picture.text((self.left, self.top - 14), title, kind="title")
        for tick in ticks:
            y = height(tick)
            self.picture.line((self.left, y), (self.left + PANEL, y), "grid")
            self.picture.text((self.left - 8, y + 4), f"{tick:,g}", anchor="end", kind="small")
        self.picture.line((self.left, self.bottom), (self.left + PANEL, self.bottom), "axis")
        self.picture.text((self.left - 54, (self.top + self.bottom) / 2), upwards, anchor="middle", turned=-90)


class _Waits(_Panel):
    """A curve for each series over the hours, on a scale that shows a minute as well as a day."""

    def draw(self, colours: Mapping[str, str]) -> None:
        most = max((wait for waits in self.row.waits.values() for wait in waits if wait is not None), default=1)
        top = next((tick for tick in TICKS if tick >= most), most)
        self._scale = TALL / log10(1 + max(top, 1))
        self.frame(
            f"{self.row.title}: wait until work begins",
            "mean wait, minutes (log scale)",
            [tick for tick in TICKS if tick <= top],
            self._height,
        )
        for place, hour in enumerate(self.row.hours):
            if hour % 2 == 0:
                at = self._across(place), self.bottom + 18
                self.picture.text(at, f"{hour % 24}", anchor="middle", kind="small")
        self.picture.text((self.left + PANEL / 2, self.bottom + 40), "hour of arrival", anchor="middle")
        for name, waits in self.row.waits.items():
            points = [(self._across(place), self._height(wait)) for place, wait in enumerate(waits) if wait is not None]
            width = 3.2 if name == next(iter(colours)) else 1.8
            self.picture.curve(points, colours[name], series=f"{self.row.title} waits {name}", width=width)

    def _across(self, place: int) -> float:
        return self.left + PANEL * (place + 0.5) / len(self.row.hours)

    def _height(self, minutes: float) -> float:
        return self.bottom - self._scale * log10(1 + minutes)


class _Shares(_Panel):
    """A dot for each series above each person."""

    def draw(self, colours: Mapping[str, str]) -> None:
        most = max((share for shares in self.row.shares.values() for share in shares), default=1)
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if most / step <= 7)
        self._most = step * max(1, ceil(most / step))
        self.frame(
            f"{self.row.title}: work by person",
            "minutes of work per hour there",
            range(0, self._most + 1, step),
            self._height,
        )
        wide = max(map(len, self.row.people), default=0) > 3
        for place, name in enumerate(self.row.people):
            x = self._across(place)
            self.picture.line((x, self.top), (x, self.bottom), "grid")
            anchor, turned = ("end", -38) if wide else ("middle", 0)
            self.picture.text((x + 4 * wide, self.bottom + 16), name, anchor=anchor, kind="small", turned=turned)
        if not wide:
            self.picture.text((self.left + PANEL / 2, self.bottom + 40), "agent, by number in the log", anchor="middle")
        for number, (name, shares) in enumerate(self.row.shares.items()):
            aside = (number - (len(self.row.shares) - 1) / 2) * 2.6
            points = [(self._across(place) + aside, self._height(share)) for place, share in enumerate(shares)]
            first = name == next(iter(colours))
            self.picture.dots(points, colours[name], series=f"{self.row.title} work {name}", radius=5 if first else 4)

    def _across(self, place: int) -> float:
        return self.left + PANEL * (place + 0.5) / len(self.row.people)

    def _height(self, share: float) -> float:
        return self.bottom - TALL * share / self._most
