"""Many rows of one table in one statement: an array for each column, so that its text and its plan are always the same.

Rows are mappings by column; the tenant's id is the session's and each row brings its own id.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Insert,
    Table,
    TableValuedAlias,
    Update,
    any_,
    bindparam,
    column,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import InstrumentedAttribute

from domain.kit.base import Base
from domain.kit.database import TenantSession

TENANT = "tenant_id"
Row = Mapping[str, Any]
NOTHING: Row = {}


async def add(session: TenantSession, model: type[Base], rows: Sequence[Row], *, same: Row = NOTHING) -> None:
    """Insert rows that all have the same columns; in the columns of `same` all have the same value."""
    if rows:
        values = _arrays(session, rows) | {_array(name): value for name, value in same.items()}
        await session.execute(_insertion(_table(model), _columns(rows), tuple(same)), values)


async def add_missing(session: TenantSession, model: type[Base], rows: Sequence[Row], *, same: Row = NOTHING) -> None:
    """As `add`, of those that are not there yet by their primary key. Give the rows in its order, as for `add_new`."""
    if rows:
        values = _arrays(session, rows) | {_array(name): value for name, value in same.items()}
        await session.execute(_missing_insertion(_table(model), _columns(rows), tuple(same)), values)


async def add_new(session: TenantSession, model: type[Base], rows: Sequence[Row], *, key: str) -> frozenset[UUID]:
    """Insert those whose `key` no row of the tenant has yet, in their order; returns the ids of those inserted.

    Where another transaction is about to insert the same key this waits for it: give the rows in the key's order.
    """
    if not rows:
        return frozenset()
    table = _table(model)
    found = await session.scalars(_new_insertion(table, _columns(rows), key), _arrays(session, rows))
    return frozenset(found)


@asynccontextmanager
async def meanwhile(statement: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have PostgreSQL work on a statement while the block, which does not touch the session, prepares the next one.

    The statement is over when this is, whatever happens; its error comes before the block's.
    """
    running = asyncio.create_task(statement)
    try:
        await asyncio.sleep(0)  # it is on its way
        yield
    except asyncio.CancelledError:
        running.cancel()
        raise
    finally:
        await running


async def remove(session: TenantSession, column: InstrumentedAttribute[UUID], values: Collection[UUID]) -> None:
    """Delete the rows that have one of the values in a column."""
    if values:
        model = column.class_
        await session.execute(delete(model).where(model.tenant_id == session.tenant_id, among(column, values)))


def among(column: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column is one of the values, however many they are in a statement of one text."""
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


def among_those(column: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """Whether the column is one of a list that is told by this name when the statement, made once, is executed."""
    return column == any_(bindparam(name, type_=ARRAY(column.type)))


async def change(session: TenantSession, model: type[Base], rows: Sequence[Row], *, same: Row = NOTHING) -> None:
    """Set the columns of the rows of these ids, which the caller has locked; those of `same` alike in all."""
    if rows:
        values = _arrays(session, rows) | {_array(name): value for name, value in same.items()}
        await session.execute(_alteration(_table(model), _columns(rows), tuple(same)), values)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is no table.")
    return table


def _columns(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(name for name in rows[0] if name != TENANT)


def _arrays(session: TenantSession, rows: Sequence[Row]) -> dict[str, Any]:
    """The values by column, and the tenant."""
    arrays = {_array(name): [row[name] for row in rows] for name in _columns(rows)}
    return {**arrays, _array(TENANT): session.tenant_id}


def _array(name: str) -> str:
    """A parameter's name, which must not be a column's."""
    return f"given_{name}"


def _given(table: Table, names: tuple[str, ...]) -> TableValuedAlias:
    arrays = (bindparam(_array(name), type_=ARRAY(table.c[name].type)) for name in names)
    columns = (column(name, table.c[name].type) for name in names)
    return func.unnest(*arrays).table_valued(*columns).render_derived(name="given")


def _one(table: Table, name: str) -> ColumnElement[Any]:
    return bindparam(_array(name), type_=table.c[name].type)


@lru_cache(maxsize=256)
def _insertion(table: Table, names: tuple[str, ...], same: tuple[str, ...] = ()) -> Any:
    given, same = _given(table, names), (TENANT, *same)
    rows = select(*(_one(table, name) for name in same), *(given.c[name] for name in names))
    return insert(table).from_select([*same, *names], rows, include_defaults=False)


@lru_cache(maxsize=64)
def _missing_insertion(table: Table, names: tuple[str, ...], same: tuple[str, ...]) -> Insert:
    insertion: Insert = _insertion(table, names, same).on_conflict_do_nothing(index_elements=table.primary_key.columns)
    return insertion


@lru_cache(maxsize=64)
def _new_insertion(table: Table, names: tuple[str, ...], key: str) -> Insert:
    inserted: Insert = (
        _insertion(table, names).on_conflict_do_nothing(index_elements=[TENANT, key]).returning(table.c.id)
    )
    return inserted


@lru_cache(maxsize=64)
def _alteration(table: Table, names: tuple[str, ...], same: tuple[str, ...]) -> Update:
    given = _given(table, names)
    alike = {name: _one(table, name) for name in same}
    return (
        update(table)
        .where(table.c[TENANT] == _one(table, TENANT), table.c.id == given.c.id)
        .values(alike | {name: given.c[name] for name in names if name != "id"})
    )
