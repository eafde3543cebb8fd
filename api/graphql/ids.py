"""Typed ids: `ticket_0190c2e7…`, opaque to programs, readable to people.

A text that spells no id, or the id of another type, is treated as the id of nothing: `NOTHING` is no row's id.
"""

import re
from uuid import UUID

NOTHING = UUID(int=0)

_SHAPE = re.compile(r"([a-z]+(?:_[a-z]+)*)_([0-9a-f]{32})")


def spell(prefix: str, id: UUID) -> str:
    """The typed id: `spell("ticket", id)` is `ticket_` and 32 hexadecimal digits."""
    return f"{prefix}_{id.hex}"


def parse(text: str) -> tuple[str, UUID] | None:
    """The prefix and the id that the text spells, or None when it spells none."""
    match = _SHAPE.fullmatch(text)
    return None if match is None else (match[1], UUID(match[2]))


def parse_as(prefix: str, text: str) -> UUID:
    """The id of that type that the text spells; anything else is `NOTHING`, so that it is simply not found."""
    parsed = parse(text)
    return parsed[1] if parsed is not None and parsed[0] == prefix else NOTHING
