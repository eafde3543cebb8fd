"""Telephone numbers as Sezon keeps them: digits, after a plus where the country is said. Pure."""

import re

from domain.kit.errors import InvalidInput

_BETWEEN = re.compile(r"[\s().\-/]")
_NUMBER = re.compile(r"[+]?[0-9]{3,15}")

TAIL = 9
"""How many digits at the end of a number tell customers apart; `phone_tail` of a customer has as many."""


def number(text: str, *, field: str) -> str:
    """The number, as `+48600100200`. Raises InvalidInput for what nobody can be called at."""
    bare = _BETWEEN.sub("", text)
    bare = f"+{bare[2:]}" if bare.startswith("00") else bare
    if _NUMBER.fullmatch(bare, 0) is None or not bare.isascii():
        raise InvalidInput(
            field,
            "must be a telephone number, such as +48600100200; leave it out if it is withheld",
            "musi być numerem telefonu, na przykład +48600100200; pomiń go, jeśli jest zastrzeżony",
        )
    return bare


def tail(number: str) -> str | None:
    """What a customer's number must end with to be this one; None for one too short to tell customers apart."""
    digits = number.removeprefix("+")
    return digits[-TAIL:] if len(digits) >= TAIL else None


def may_be_the_same(one: str, other: str) -> bool:
    """Whether two numbers that end alike can be one: where both say a country, all of their digits are the same."""
    bare = [_BETWEEN.sub("", each) for each in (one, other)]
    said = [f"+{each[2:]}" if each.startswith("00") else each for each in bare]
    return said[0] == said[1] if all(each.startswith("+") for each in said) else True
