"""What callers say, checked: sums and lists that can be counted, instants that can be kept, and where a fault lies."""

from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from domain.kit.errors import InvalidInput

V = TypeVar("V")
T = TypeVar("T")
P = ParamSpec("P")

YEARS = range(1970, 2200)
"""The years that a shop can mean. Others are slips, and at the ends of the calendar no zone can be applied to them."""

CLOCKS_DIFFER = timedelta(days=1)
"""How far ahead of ours a caller's instant may be: clocks and zones differ, banks date by the next day."""

MOST_FAULTS = 10
"""Faults that are told of one thing: whoever has more than that sends something else than such things."""


@contextmanager
def inside(*place: str | int) -> Iterator[None]:
    """Name faults by where the input holds them: `amount` becomes `receipts.0.amount` inside("receipts", 0)."""
    try:
        yield
    except InvalidInput as fault:
        fault.field = ".".join([*(str(step) for step in place), fault.field])
        raise


class Faults:
    """Collects what is wrong, so that all of it can be told and not the first thing alone; MOST_FAULTS at most.

    ```python
    faults = Faults()
    number = faults.take(texts.label, told.number, field="number")
    with faults.inside("lines", 0):
        sku = faults.take(texts.label, line.sku, field="sku")
    faults.raise_first()
    ```
    """

    def __init__(self) -> None:
        self.found: list[InvalidInput] = []
        self.place: tuple[str | int, ...] = ()

    def take(self, check: Callable[Concatenate[V, P], T], value: V, *args: P.args, **kwargs: P.kwargs) -> T | V:
        """What the check makes of the value; the value as it is, and a fault, where it raises InvalidInput."""
        try:
            return check(value, *args, **kwargs)
        except InvalidInput as fault:
            self.note(fault)
            return value

    def note(self, fault: InvalidInput) -> None:
        """Keep a fault, named by where the input holds it, unless it is one too many."""
        if not self.full:
            fault.field = ".".join([*map(str, self.place), fault.field])
            self.found.append(fault)

    @property
    def full(self) -> bool:
        """Whether more need not be looked for."""
        return len(self.found) >= MOST_FAULTS

    def inside(self, *place: str | int) -> "_Inside":
        """Faults within the block are of what the input holds there."""
        return _Inside(self, place)

    def raise_first(self) -> None:
        """Raises the first fault, if there is any."""
        if self.found:
            raise self.found[0]


class _Inside:
    """A block within a place; a class, for an import enters two thousand of them."""

    __slots__ = ("_faults", "_outside", "_place")

    def __init__(self, faults: Faults, place: tuple[str | int, ...]) -> None:
        self._faults, self._place, self._outside = faults, place, faults.place

    def __enter__(self) -> None:
        self._faults.place = (*self._outside, *self._place)

    def __exit__(self, *_: object) -> None:
        self._faults.place = self._outside


def instant(moment: datetime, *, field: str) -> datetime:
    """The instant. Raises InvalidInput without a zone, or in a year that nobody means."""
    _refuse_year(moment, field=field)
    if moment.utcoffset() is None:
        raise InvalidInput(field, "needs a time zone", "musi mieć strefę czasową")
    return moment


def happened(moment: datetime, *, field: str, now: datetime) -> datetime:
    """The instant of something that has happened. Raises InvalidInput as `instant` does, and for the future."""
    instant(moment, field=field)
    if moment > now + CLOCKS_DIFFER:
        raise InvalidInput(field, "must not be in the future", "nie może być w przyszłości")
    return moment


def day(when: date, *, field: str) -> date:
    """The day. Raises InvalidInput in a year that nobody means."""
    _refuse_year(when, field=field)
    return when


def at_most(most: int, items: Sized, *, field: str) -> None:
    """Raises InvalidInput for a longer list."""
    if len(items) > most:
        raise InvalidInput(field, f"must be at most {most}", f"może ich być najwyżej {most}")


def whole(number: int, *, field: str, least: int, most: int) -> int:
    """The number. Raises InvalidInput outside `least` to `most`, both included."""
    if not least <= number <= most:
        raise InvalidInput(field, f"must be {least:,} to {most:,}", f"musi być od {_spaced(least)} do {_spaced(most)}")
    return number


def _refuse_year(when: date, *, field: str) -> None:
    if when.year not in YEARS:
        first, last = YEARS[0], YEARS[-1]
        raise InvalidInput(field, f"must be in {first} to {last}", f"musi być w latach od {first} do {last}")


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")
