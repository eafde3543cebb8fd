"""Numbers and lengths of time as people say them."""

from datetime import timedelta

from admin.catalogue import say
from admin.looks import NOTHING
from domain.kit.errors import Language

LONG = timedelta(hours=48)
"""From here on a wait is said in days."""

MUCH = 100
"""From so many hours on, minutes of work are left out."""


def number(count: int) -> str:
    """The number with its thousands apart."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def waited(language: Language, seconds: float | None) -> str:
    """How long something took, to the minute, or to the hour from two days on; a dash for nothing."""
    if seconds is None:
        return str(NOTHING)
    duration = timedelta(seconds=seconds)
    if duration < LONG:
        return worked(language, duration)
    hours = duration // timedelta(hours=1)
    return _unbroken(say(language, "stat_days", days=number(hours // 24), hours=hours % 24))


def worked(language: Language, duration: timedelta) -> str:
    """So much work: in hours however many, for it is summed up over people."""
    minutes = duration // timedelta(minutes=1)
    if minutes == 0:
        return _unbroken(say(language, "stat_below_a_minute" if duration else "stat_minutes", minutes=0))
    if minutes < 60:
        return _unbroken(say(language, "stat_minutes", minutes=minutes))
    hours, rest = divmod(minutes, 60)
    if rest == 0 or hours >= MUCH:
        return _unbroken(say(language, "stat_whole_hours", hours=number(hours)))
    return _unbroken(say(language, "stat_hours", hours=number(hours), minutes=rest))


def _unbroken(said: str) -> str:
    return said.replace(" ", "\N{NO-BREAK SPACE}")
