"""The SQL of a declaration: one statement for a whole batch of parents, its values in named parameters.

Parameters: `tenant`, `now`, `keys` (ids or natural keys), `parents`, `position_N`, `limit`, and those of filters.
Besides the policy, each statement names its tenant, so that indexes which begin with it serve.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, Select, and_, any_, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlalchemy.orm import join
from sqlalchemy.sql.selectable import FromClause

from api.graphql.reading import filters
from api.graphql.reading.keysets import Keyset
from api.graphql.reading.sources import AllOf, NewestOf, Reading, ToMany, tenant_of

TENANT = bindparam("tenant", type_=PgUuid(as_uuid=True))


@dataclass(frozen=True)
class PageShape:
    """What of a page's arguments changes its statement; the rest are parameters."""

    source: ToMany | AllOf
    reading: Reading
    order: Keyset
    backward: bool
    resumed: bool
    filtered: tuple[str, ...]


@lru_cache(maxsize=512)
def by_key(reading: Reading, key: ColumnElement[Any]) -> Select[Any]:
    """Rows by `keys` of a unique column, each preceded by its key."""
    wanted = any_(bindparam("keys", type_=ARRAY(key.type)))
    return select(key.label("key"), *_columns(reading)).where(*of_tenant(reading), key == wanted)


@lru_cache(maxsize=512)
def page(shape: PageShape) -> Select[Any]:
    """A page of all rows; at most `limit`, each with its position in the order."""
    statement = select(*_columns(shape.reading), *_positions(shape.order)).where(*of_page(shape))
    return statement.order_by(*shape.order.order_by(backward=shape.backward)).limit(_limit())


@lru_cache(maxsize=512)
def pages(shape: PageShape) -> Select[Any]:
    """A page for each of `parents`: at most `limit` rows each, preceded by the parent they belong to."""
    parents = _parents()
    inner = (
        select(*_columns(shape.reading), *_positions(shape.order))
        .select_from(rows_of(shape))
        .where(*of_page(shape), key_of(shape) == parents.c.id)
        .order_by(*shape.order.order_by(backward=shape.backward))
        .limit(_limit())
        .correlate(parents)
    )
    return _for_each(parents, inner)


@lru_cache(maxsize=512)
def newest(source: NewestOf, reading: Reading) -> Select[Any]:
    """The last row for each of `parents` that has one, preceded by its parent."""
    parents = _parents()
    where = () if source.where is None else (source.where,)
    inner = (
        select(*_columns(reading))
        .where(*of_tenant(reading), source.key == parents.c.id, *where)
        .order_by(*source.by.order_by(backward=True))
        .limit(1)
        .correlate(parents)
    )
    return _for_each(parents, inner)


@lru_cache(maxsize=512)
def count(shape: PageShape) -> Select[Any]:
    """How many rows the whole list has."""
    return select(func.count()).select_from(shape.reading.model).where(*of_list(shape))


@lru_cache(maxsize=512)
def counts(shape: PageShape) -> Select[Any]:
    """How many rows the whole list of each of `parents` has, preceded by the parent."""
    parents = _parents()
    inner = (
        select(func.count().label("count"))
        .select_from(rows_of(shape))
        .where(*of_list(shape), key_of(shape) == parents.c.id)
        .correlate(parents)
    )
    return _for_each(parents, inner)


def _columns(reading: Reading) -> list[ColumnElement[Any]]:
    return [expression.label(name) for name, expression in reading.columns.items()]


def _positions(order: Keyset) -> list[ColumnElement[Any]]:
    return [column.expression.label(f"position_{i}") for i, column in enumerate(order.columns)]


def _limit() -> ColumnElement[int]:
    return bindparam("limit", type_=Integer)


def _parents() -> FromClause:
    ids = func.unnest(bindparam("parents", type_=ARRAY(PgUuid(as_uuid=True))))
    return ids.table_valued(Column("id", PgUuid(as_uuid=True)), name="parent").render_derived()


def _for_each(parents: FromClause, inner: Select[Any]) -> Select[Any]:
    child = inner.lateral("child")
    return select(parents.c.id.label("parent"), *child.c).select_from(parents.join(child, true()))


def of_tenant(reading: Reading) -> list[ColumnElement[bool]]:
    """The tenant's rows of a type, as far as they exist for the API."""
    own = tenant_of(reading.model) == TENANT
    return [own] if reading.where is None else [own, reading.where]


def of_list(shape: PageShape, prefix: str = "") -> list[ColumnElement[bool]]:
    """The rows of the whole list, whoever's it is; `prefix` stands before the names of the parameters."""
    conditions = of_tenant(shape.reading)
    if isinstance(shape.source, ToMany) and shape.source.where is not None:
        conditions.append(shape.source.where)
    if shape.source.filter is not None:
        conditions += filters.conditions(shape.source.filter, shape.filtered, prefix)
    return conditions


def of_page(shape: PageShape, prefix: str = "") -> list[ColumnElement[bool]]:
    """The rows of the list past the cursor, if one was given."""
    conditions = of_list(shape, prefix)
    return [*conditions, shape.order.beyond(backward=shape.backward, prefix=prefix)] if shape.resumed else conditions


def key_of(shape: PageShape) -> Any:
    """The column that says whose row it is."""
    if isinstance(shape.source, AllOf):
        raise TypeError("A list of all rows has no parents.")
    return shape.source.key


def rows_of(shape: PageShape) -> Any:
    """The type's table, with the table in between if there is one."""
    source, model = shape.source, shape.reading.model
    if isinstance(source, AllOf) or source.through is None:
        return model
    between = source.through.class_
    same = and_(
        source.through == shape.reading.id, tenant_of(between) == tenant_of(model), tenant_of(between) == TENANT
    )
    return join(model, between, same)
