"""The SELECTs of a plan: one for a root field, its single relations joined, its lists as arrays of records beside them.

Every table is read in a subquery of its own, under its own name and an alias of ours, which says what is read of it in
short names; so one table can be read in several places, and conditions stand in it as they were declared.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Label,
    Select,
    SQLColumnExpression,
    bindparam,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.sql.selectable import FromClause

from api.graphql.reading.connections import page_query
from api.graphql.reading.keysets import Keyset
from api.graphql.reading.loaders import PageQuery
from api.graphql.reading.sources import NewestOf, Reading, ToMany, ToOne, hidden
from api.graphql.reading.statements import PageShape, key_of, of_list, of_page, of_tenant, rows_of

SIZES = (2, 11, 26, 51, 101, 251)
"""Limits of a page at the root, in the text of its statement: knowing one, PostgreSQL plans a small page once, and not
at every call."""


@dataclass(eq=False)
class Origin:
    """A table's rows: what is read of them by name, each as a column of a subquery."""

    alias: str
    labels: dict[str, Label[Any]] = field(default_factory=dict)

    def read(self, name: str, expression: SQLColumnExpression[Any]) -> ColumnElement[Any]:
        """The column of the subquery that holds the expression, known under that name."""
        label = self.labels.get(name)
        if label is None:
            label = self.labels[name] = expression.label(f"c{len(self.labels)}")
        return literal_column(f"{self.alias}.{label.key}", label.type)

    def selected(self) -> Select[Any]:
        return select(*self.labels.values())


Base = Callable[[Origin], FromClause]


@dataclass(eq=False)
class Level:
    """The rows of one SELECT: those of a page, or one; and what joins them, each at most one row."""

    aliases: Iterator[str]
    base: Callable[[Origin], Select[Any]]
    order: Keyset | None = None
    backward: bool = False
    columns: list[ColumnElement[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.origin = Origin(next(self.aliases))
        self._joined: list[tuple[Origin, Callable[[Origin], Select[Any]]]] = []
        self._places: dict[tuple[str, str], int] = {}

    def value(self, origin: Origin, name: str, expression: SQLColumnExpression[Any]) -> int:
        """The place in a row of what is read of a table under that name."""
        key = origin.alias, name
        if key not in self._places:
            self._places[key] = self.other(origin.read(name, expression))
        return self._places[key]

    def other(self, column: ColumnElement[Any]) -> int:
        """The place in a row of a column that stands for itself, such as an array."""
        self.columns.append(column)
        return len(self.columns) - 1

    def join(self, rows: Callable[[Origin], Select[Any]]) -> Origin:
        """At most one row of another table beside each row."""
        origin = Origin(next(self.aliases))
        self._joined.append((origin, rows))
        return origin

    def positions(self) -> list[int]:
        """The places of a row's values in the order's columns."""
        columns = self.order.columns if self.order is not None else ()
        return [self.value(self.origin, f"position {i}", column.expression) for i, column in enumerate(columns)]

    def statement(self) -> Select[Any]:
        """The SELECT, in the order of the page."""
        columns = self.columns or [literal_column("true")]
        return self.selecting(columns)

    def array(self) -> ColumnElement[Any]:
        """Its rows as an array of records."""
        if self._joined or len(self._places) < len(self.columns):
            rows = self.selecting([func.row(*self.columns)] if self.columns else [func.row(true())])
        else:
            read = [self.origin.labels[name].element for _, name in self._places]
            rows = self.base(self.origin).with_only_columns(func.row(*read) if read else func.row(true()))
        return func.array(rows.scalar_subquery())

    def selecting(self, columns: Sequence[Any]) -> Select[Any]:
        """These columns of its rows, in the order of the page."""
        order = self._ordered()
        source: FromClause = self.base(self.origin).subquery(self.origin.alias)
        for origin, rows in self._joined:
            source = source.outerjoin(rows(origin).lateral(origin.alias), true())
        return select(*columns).select_from(source).order_by(*order)

    def _ordered(self) -> list[ColumnElement[Any]]:
        if self.order is None:
            return []
        read = [self.origin.read(f"position {i}", c.expression) for i, c in enumerate(self.order.columns)]
        falling = [column.descending is not self.backward for column in self.order.columns]
        return [column.desc() if down else column.asc() for column, down in zip(read, falling, strict=True)]


def page(
    shape: PageShape, prefix: str, parent: ColumnElement[Any], limit: ColumnElement[int]
) -> Callable[[Origin], Select[Any]]:
    """A page of the parent's list; `prefix` stands before the names of its parameters."""

    def rows(origin: Origin) -> Select[Any]:
        found = origin.selected().select_from(rows_of(shape)).where(*of_page(shape, prefix), key_of(shape) == parent)
        ordered = found.order_by(*shape.order.order_by(backward=shape.backward))
        return ordered.limit(limit)

    return rows


def first_page(shape: PageShape, prefix: str, size: int) -> Callable[[Origin], Select[Any]]:
    """A page at the root: `size` rows as far as PostgreSQL's planner knows, of which the limit asked for are taken."""

    def rows(origin: Origin) -> Select[Any]:
        found = origin.selected().select_from(rows_of(shape)).where(*of_page(shape, prefix))
        ordered = found.order_by(*shape.order.order_by(backward=shape.backward))
        known = ordered.limit(literal_column(str(size), Integer)).subquery("known")
        return select(*known.c).limit(limit_of(prefix))

    return rows


def limit_of(prefix: str) -> ColumnElement[int]:
    """The parameter that says how many rows a page takes: one more than it gives."""
    return bindparam(f"{prefix}limit", type_=Integer)


def prefix_of(page: int) -> str:
    """What stands before the names of a page's parameters in its statement."""
    return f"p{page}_"


def whole(source: ToMany, target: Reading, most: int) -> PageShape:
    """The shape of a short list that is read as a whole."""
    return page_query(source, target, first=most).shape


def ceiling(query: PageQuery) -> int:
    """The size in the text of a root page's statement."""
    return next(size for size in SIZES if size >= query.limit + 1)


def where(reading: Reading, condition: ColumnElement[bool]) -> Callable[[Origin], Select[Any]]:
    """The rows of a type that meet a condition."""
    return lambda origin: origin.selected().select_from(reading.model).where(*of_tenant(reading), condition)


def single(
    source: ToOne | NewestOf, target: Reading, origin: Origin, reading: Reading
) -> Callable[[Origin], Select[Any]]:
    """The one row, if there is one, that a row of `reading` in `origin` leads to."""
    if isinstance(source, NewestOf):
        return _newest(source, target, origin.read(hidden(reading.id), reading.id))
    key: Any = source.key
    return where(target, target.id == origin.read(hidden(key), key))


def _newest(source: NewestOf, reading: Reading, parent: ColumnElement[Any]) -> Callable[[Origin], Select[Any]]:
    conditions = () if source.where is None else (source.where,)
    return lambda origin: (
        origin.selected()
        .select_from(reading.model)
        .where(*of_tenant(reading), source.key == parent, *conditions)
        .order_by(*source.by.order_by(backward=True))
        .limit(literal_column("1", Integer))
    )


def counted(shape: PageShape, prefix: str, parent: ColumnElement[Any] | None) -> Select[Any]:
    """How many rows the whole list has: the parent's, or the one at the root."""
    found = select(func.count()).select_from(rows_of(shape)).where(*of_list(shape, prefix))
    return found if parent is None else found.where(key_of(shape) == parent)
