"""Values at the edges of what can be stored, taken in turn."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.dialects.postgresql import Range

from tests.conftest import NOW

T = TypeVar("T")

FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
LAST_INSTANT = datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

TEXTS = (
    "Zofia Żółć",
    "Zofia Żółć",
    "",
    'O\'Brien "Q" \\ / %_ {}',
    "\N{GRINNING FACE}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}",
    "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED} abc",
    "e\N{COMBINING ACUTE ACCENT} é É",
    "line\N{LINE SEPARATOR}paragraph\N{PARAGRAPH SEPARATOR}next\x85",
    "tab\tline\r\nbell\x07 del\x7f",
    "\N{ZERO WIDTH NO-BREAK SPACE}" + "x" * 300,
)

INSTANTS = (
    NOW,
    NOW,
    NOW + timedelta(microseconds=1),
    FIRST_INSTANT,
    LAST_INSTANT,
    NOW - timedelta(days=3, microseconds=500_000),
    NOW,
)

DAYS = (date(2026, 11, 2), None, date(1970, 1, 1), date(2199, 12, 31), date(2026, 11, 1), None)

AMOUNTS = (0, 1, 1999, 2**31, 2**53 + 1, 2**63 - 1)


def nth(values: Sequence[T], index: int) -> T:
    """The values in turn, again and again."""
    return values[index % len(values)]


def days(start: float, end: float | None) -> Range[datetime]:
    """So many days from now on; without an end, for good."""
    return Range(NOW + timedelta(days=start), None if end is None else NOW + timedelta(days=end), bounds="[)")
