"""Short texts that people type: trimmed, present, bounded, on one line."""

import re

from domain.kit.errors import InvalidInput

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_KEY = re.compile(r"[a-z0-9](?:[-_]?[a-z0-9])*")
_CURRENCY = re.compile(r"[A-Z]{3}")


def label(text: str, *, field: str, most: int = 200) -> str:
    """The text on one line, trimmed. Raises InvalidInput when it is empty, too long or holds control characters."""
    trimmed = text.strip()
    if not trimmed:
        raise InvalidInput(field, "must not be empty", "nie może być puste")
    if len(trimmed) > most:
        raise InvalidInput(field, f"must have at most {most} characters", f"może mieć najwyżej {most} znaków")
    if _CONTROL.search(trimmed):
        raise InvalidInput(field, "must be one line of text", "musi być jednym wierszem tekstu")
    return trimmed


def optional_label(text: str | None, *, field: str, most: int = 200) -> str | None:
    """The text as `label` takes it; a blank one is none."""
    return label(text, field=field, most=most) if text and text.strip() else None


def key(text: str, *, field: str, most: int = 63) -> str:
    """A name for programs, such as `first-line`. Raises InvalidInput for anything else."""
    if len(text) > most or _KEY.fullmatch(text) is None:
        raise InvalidInput(
            field,
            f"must be lower-case letters and digits joined by - or _, at most {most} characters",
            f"musi składać się z małych liter i cyfr łączonych znakiem - lub _, najwyżej {most} znaków",
        )
    return text


def currency(text: str, *, field: str) -> str:
    """An ISO 4217 code. Raises InvalidInput for anything else than three capital letters."""
    if _CURRENCY.fullmatch(text) is None:
        raise InvalidInput(
            field,
            "must be a code of three capital letters, such as PLN",
            "musi być kodem z trzech wielkich liter, na przykład PLN",
        )
    return text


def storable(text: str) -> bool:
    """Whether PostgreSQL can hold, and so be asked for, the text: not with NUL or half a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def shown(text: str) -> str:
    """The text as it can be said again and kept: what PostgreSQL cannot hold becomes the mark for it."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
