"""What callers say, checked: sums and lists that can be counted, instants that can be kept, and where a fault lies."""

from collections.abc import Iterator, Sized
from contextlib import contextmanager
from datetime import date, datetime

from domain.kit.errors import InvalidInput

YEARS = range(1970, 2200)
"""The years that a shop can mean. Others are slips, and at the ends of the calendar no zone can be applied to them."""


@contextmanager
def inside(*place: str | int) -> Iterator[None]:
    """Name faults by where the input holds them: `amount` becomes `receipts.0.amount` inside("receipts", 0)."""
    try:
        yield
    except InvalidInput as fault:
        fault.field = ".".join([*(str(step) for step in place), fault.field])
        raise


def instant(moment: datetime, *, field: str) -> datetime:
    """The instant. Raises InvalidInput without a zone, or in a year that nobody means."""
    _refuse_year(moment, field=field)
    if moment.utcoffset() is None:
        raise InvalidInput(field, "needs a time zone", "musi mieć strefę czasową")
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
