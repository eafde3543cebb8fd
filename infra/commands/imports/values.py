"""What the texts in a file's cells mean: amounts exactly, local times as instants. Each raises Unreadable: pure."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from domain.kit.money import digits_of
from infra.commands.imports.rows import Unreadable

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_POLISH_DATES = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")


def minor_units(text: str, *, currency: str) -> int:
    """An amount in minor units, exactly: `1 234,50` PLN is 123450."""
    digits = digits_of(currency)
    scaled = decimal(text).scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise Unreadable(f"must have at most {digits} decimals in {currency}")
    return int(scaled)


def whole(text: str) -> int:
    """A number of pieces."""
    number = decimal(text)
    if number != number.to_integral_value():
        raise Unreadable("must be a whole number")
    return int(number)


def decimal(text: str) -> Decimal:
    """A number with a decimal point or comma, whatever separates its thousands.

    `1.234,5`, `1,234.5` and `1 234,5` are one number; `1,234` can mean two and is refused.
    """
    bare = _SPACES.sub("", text)
    if len(bare) > 30 or _NUMBER.fullmatch(bare) is None:
        raise Unreadable("must be a number")
    marks = [character for character in bare if character in ".,"]
    if not marks:
        return _decimal(bare)
    mark = marks[-1]
    groups, _, fraction = bare.rpartition(mark)
    if len(marks) > 1 and mark in marks[:-1]:
        if len(set(marks)) > 1:
            raise Unreadable("must be a number")
        groups, fraction = bare, ""  # 1.234.567
    elif len(marks) == 1 and len(fraction) == 3 and re.fullmatch(r"[+-]?[1-9]\d{0,2}", groups):
        raise Unreadable("can be thousands or decimals: write it without a separator of thousands")
    if len(marks) > 1:
        thousands = "," if "," in groups else "."
        if re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", groups) is None:
            raise Unreadable("must be a number")
        groups = groups.replace(thousands, "")
    return _decimal(f"{groups}.{fraction}" if fraction else groups)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unreadable("must be a number") from None


def instant(text: str, *, zone: ZoneInfo, formats: Sequence[str] = ()) -> datetime:
    """An instant: ISO 8601 or one of the formats, on the zone's clocks unless it names its own offset.

    Of an hour that the clocks show twice, the first.
    """
    moment = _moment(text, formats)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def day(text: str, *, formats: Sequence[str] = ()) -> date:
    """A day, as the file writes it; a time of that day is left out."""
    return _moment(text, formats).date()


def _moment(text: str, formats: Sequence[str]) -> datetime:
    trimmed = text.strip()
    try:
        return datetime.fromisoformat(trimmed)
    except ValueError:
        pass
    for form in (*formats, *_POLISH_DATES):
        try:
            return datetime.strptime(trimmed, form)  # noqa: DTZ007 (its zone is the caller's)
        except ValueError:
            continue
    raise Unreadable("must be a date such as 2026-11-21 10:00 or 21.11.2026 10:00")
