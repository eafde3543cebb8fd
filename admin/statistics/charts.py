"""Charts as plain numbers: whose bars there are, how long each is, and what is written beside it.

Nothing is left for a script to decide; widths are per cent, so that a chart is as wide as its page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 12
"""Of how many groups a chart has bars; the table has all of them."""

LINE, GAP = 20, 12
"""Pixels for a row's words, and between a row and the next."""


@dataclass(frozen=True)
class Bar:
    """A bar from the left edge: its tone, its width in per cent, where it is and how thick."""

    tone: str
    width: float
    y: int
    height: int


@dataclass(frozen=True)
class Row:
    """A name, what its bars say in words, and the bars under both."""

    name: str
    said: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Chart:
    """Rows, the largest first; `left_out` is how many more there would be."""

    key: str
    tones: tuple[str, ...]
    rows: tuple[Row, ...]
    height: int
    left_out: int


@dataclass(frozen=True)
class Measure(Generic[T]):
    """What a chart shows of a group's figures: one number for each tone, and how they are said.

    Bars lie one under another, or are `nested`: each begins at the left edge of the same line, the longest behind.
    """

    key: str
    tones: tuple[str, ...]
    of: Callable[[T], tuple[float, ...]]
    said: Callable[[T], str]
    nested: bool = False

    @property
    def thickness(self) -> int:
        return 7 if len(self.tones) > 1 and not self.nested else 12


def chart(measure: Measure[T], groups: Sequence[tuple[str, T]]) -> Chart:
    """The groups that have anything of it, the largest first, on one scale that ends with the largest number."""
    some = sorted((group for group in groups if any(measure.of(group[1]))), key=lambda group: measure.of(group[1]))
    shown = some[::-1][:MOST]
    longest = max((number for _, figures in shown for number in measure.of(figures)), default=0)
    step = LINE + GAP + measure.thickness * (1 if measure.nested else len(measure.tones))
    rows = tuple(
        Row(name, measure.said(figures), place * step, _bars(measure, figures, longest, top=place * step + LINE))
        for place, (name, figures) in enumerate(shown)
    )
    return Chart(measure.key, measure.tones, rows, len(rows) * step, len(some) - len(shown))


def _bars(measure: Measure[T], figures: T, longest: float, *, top: int) -> tuple[Bar, ...]:
    bars = []
    for place, (tone, number) in enumerate(zip(measure.tones, measure.of(figures), strict=True)):
        y = top if measure.nested else top + place * measure.thickness
        bars.append(Bar(tone, round(100 * number / longest, 2), y, measure.thickness))
    return tuple(sorted(bars, key=lambda bar: -bar.width) if measure.nested else bars)
