"""In which order a list is read: columns with directions, the last of them unique, so that a page can resume."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, UnaryExpression, and_, bindparam, or_, tuple_
from sqlalchemy.sql import operators

from api.graphql.reading.describe import describe

E = TypeVar("E", bound=type[Enum])


@dataclass(frozen=True, eq=False)
class KeyColumn:
    """One column of an order; it is never null in the rows that are read."""

    expression: ColumnElement[Any]
    descending: bool


@dataclass(frozen=True, eq=False)
class Keyset:
    """An order, as data."""

    columns: tuple[KeyColumn, ...]
    description: str = ""

    def mark(self) -> str:
        """A short text that tells this order from others, carried by its cursors."""
        spelled = [f"{column.expression}{'-' if column.descending else '+'}" for column in self.columns]
        return sha256(",".join(spelled).encode()).hexdigest()[:8]

    def order_by(self, *, backward: bool) -> list[ColumnElement[Any]]:
        """The ORDER BY of a page, turned round for a page that is read from its end."""
        return [c.expression.desc() if c.descending is not backward else c.expression.asc() for c in self.columns]

    def beyond(self, *, backward: bool, prefix: str = "") -> ColumnElement[bool]:
        """The rows past the position in the parameters `position_0`, `position_1`, ... behind the prefix.

        One direction for all columns compares whole rows, which one index range answers.
        """
        positions = [bindparam(f"{prefix}position_{i}", type_=c.expression.type) for i, c in enumerate(self.columns)]
        falling = [c.descending is not backward for c in self.columns]
        if len(set(falling)) == 1:
            row, position = tuple_(*(c.expression for c in self.columns)), tuple_(*positions)
            return row < position if falling[0] else row > position
        steps = []
        for i, column in enumerate(self.columns):
            ties = [self.columns[j].expression == positions[j] for j in range(i)]
            past = column.expression < positions[i] if falling[i] else column.expression > positions[i]
            steps.append(and_(*ties, past))
        return or_(*steps)


def keyset(*columns: Any, description: str = "") -> Keyset:
    """An order: `keyset(models.Ticket.arrived_at.desc(), models.Ticket.id.desc())`."""
    return Keyset(tuple(_key_columns(columns)), description)


def _key_columns(columns: Iterable[Any]) -> Iterable[KeyColumn]:
    for column in columns:
        if isinstance(column, UnaryExpression) and column.modifier is operators.desc_op:
            yield KeyColumn(column.element, descending=True)
        else:
            yield KeyColumn(column, descending=False)


def ordering(cls: E) -> E:
    """Make an enum of keysets a GraphQL enum; its first member is the order when none is asked for."""
    described: E = describe(
        cls,
        (cls.__doc__ or "").strip(),
        **{name: member.value.description for name, member in cls.__members__.items()},
    )
    return described
