"""Places in a list: opaque, versioned, and refused when they belong to another order or to nothing."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from api.graphql.errors import Refusal
from api.graphql.reading.keysets import Keyset
from domain.kit.events import plain

VERSION = 1
LONGEST = 1000


class BadCursor(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "This cursor is no place in this list: use one that the same field returned, with the same order.",
            code="BAD_CURSOR",
        )


def encode(order: Keyset, position: Sequence[Any]) -> str:
    """The cursor of a row by its values in the order's columns."""
    return urlsafe_b64encode(orjson.dumps([VERSION, order.mark(), *map(plain, position)])).decode().rstrip("=")


def decode(order: Keyset, cursor: str) -> tuple[Any, ...]:
    """The values in the order's columns that the cursor stands for.

    Raises BadCursor.
    """
    try:
        if len(cursor) > LONGEST:
            raise BadCursor
        content = orjson.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if not isinstance(content, list) or content[:2] != [VERSION, order.mark()]:
            raise BadCursor
        return tuple(
            _value(column.expression.type.python_type, value)
            for column, value in zip(order.columns, content[2:], strict=True)
        )
    except (binascii.Error, ValueError, OverflowError) as error:
        raise BadCursor from error


def _value(kind: type, value: Any) -> Any:
    if kind is int and type(value) is int and -(2**63) <= value < 2**63:
        return value
    if not isinstance(value, str) or "\0" in value:
        raise BadCursor
    if kind is UUID:
        return UUID(value)
    if kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    if kind is str:
        return value
    if issubclass(kind, Enum):
        return kind(value)
    raise BadCursor
