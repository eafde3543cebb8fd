"""Places in a list that goes on by key: opaque in the address, refused when they are none of this list's."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from domain.kit import inputs, texts
from domain.kit.errors import InvalidInput
from domain.kit.events import plain

LONGEST = 1000

Rows = Select[*tuple[Any, ...]]
"""A statement that reads a list's rows."""


class NoSuchPlace(Exception):
    """The address names a place that is none of the list's."""


@dataclass(frozen=True)
class Order:
    """In which order a list is read: columns that are never null, all in one direction, the last of them unique."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descending: bool = True

    def by(self, statement: Rows, *, backward: bool = False) -> Rows:
        """The statement in this order, or from its end."""
        falling = self.descending is not backward
        return statement.order_by(*(column.desc() if falling else column.asc() for column in self.columns))

    def beyond(self, position: Sequence[Any], *, backward: bool) -> ColumnElement[bool]:
        """The rows past a position, or before it; whole rows are compared, which one range of an index answers."""
        row, there = tuple_(*self.columns), tuple_(*position)
        return row < there if self.descending is not backward else row > there

    def place_of(self, row: Any) -> str:
        """The place of a row that has the columns under their own names."""
        position = [plain(getattr(row, column.key)) for column in self.columns]
        return urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")

    def position(self, place: str) -> tuple[Any, ...]:
        """The values that a place stands for. Raises NoSuchPlace."""
        try:
            if len(place) > LONGEST:
                raise NoSuchPlace
            values = orjson.loads(urlsafe_b64decode(place.encode("ascii") + b"=" * (-len(place) % 4)))
            if not isinstance(values, list):
                raise NoSuchPlace
            return tuple(
                _value(column.type.python_type, value) for column, value in zip(self.columns, values, strict=True)
            )
        except (binascii.Error, ValueError, OverflowError, InvalidInput) as error:
            raise NoSuchPlace from error


def _value(kind: type, value: Any) -> Any:
    if not isinstance(value, str) or not texts.storable(value):
        raise NoSuchPlace
    if kind is UUID:
        return UUID(value)
    if kind is datetime:
        return inputs.instant(datetime.fromisoformat(value), field="place")
    return value
