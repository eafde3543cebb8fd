"""Batches: what the resolvers of one level ask for becomes one statement, read in a short transaction of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select
from strawberry.dataloader import DataLoader

from api.context import RequestContext
from api.graphql.reading import statements
from api.graphql.reading.sources import NewestOf, Reading
from api.graphql.reading.statements import PageShape

AT_ONCE = 4
"""Database connections that one request may hold at a time."""


@dataclass(frozen=True)
class PageQuery:
    """A page that is wanted: its statement, and the values of its parameters, which are hashable."""

    shape: PageShape
    limit: int
    parameters: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class PageRow:
    """A row of a page: the object, and its values in the order's columns."""

    node: Any
    position: tuple[Any, ...]


@dataclass(frozen=True)
class PageRows:
    """A page in the list's order, and if the list goes on past its far end."""

    rows: Sequence[PageRow]
    more: bool


NO_ROWS = PageRows((), more=False)


class Loaders:
    """The batch loaders of one request. What they have read once, they give again, until `forget`."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._connections = asyncio.Semaphore(AT_ONCE)
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def forget(self) -> None:
        """Read everything afresh from here on; called when a mutation has committed."""
        self._loaders.clear()

    def one(self, reading: Reading, id: UUID) -> Awaitable[Any]:
        """The row of that id, or None."""
        return self.one_by(reading, reading.id, id)

    def one_by(self, reading: Reading, key: ColumnElement[Any], value: Any) -> Awaitable[Any]:
        """The row with that value in a unique column, or None."""

        async def load(keys: list[Any]) -> list[Any]:
            rows = await self._read(statements.by_key(reading, key), keys=keys)
            found = {row[0]: reading.read(row[1:]) for row in rows}
            return [found.get(k) for k in keys]

        return self._loader((reading, key), load).load(value)

    def newest(self, source: NewestOf, reading: Reading, parent: UUID) -> Awaitable[Any]:
        """The last row of that parent, or None."""

        async def load(parents: list[UUID]) -> list[Any]:
            rows = await self._read(statements.newest(source, reading), parents=parents)
            found = {row[0]: reading.read(row[1:]) for row in rows}
            return [found.get(p) for p in parents]

        return self._loader((source, reading), load).load(parent)

    def page(self, query: PageQuery, parent: UUID | None) -> Awaitable[PageRows]:
        """A page of that parent's list, or of a list at the root, which has no parent."""
        shape = query.shape
        parameters = {**dict(query.parameters), "limit": query.limit + 1}

        async def load(parents: list[UUID | None]) -> list[PageRows]:
            if parents == [None]:
                return [_page(query, await self._read(statements.page(shape), **parameters))]
            rows = await self._read(statements.pages(shape), parents=parents, **parameters)
            found: dict[UUID, list[Any]] = {}
            for row in rows:
                found.setdefault(row[0], []).append(row[1:])
            return [_page(query, found[p]) if p in found else NO_ROWS for p in parents]

        return self._loader(query, load).load(parent)

    def count(self, query: PageQuery, parent: UUID | None) -> Awaitable[int]:
        """The length of the whole list that the page is of."""
        shape = query.shape

        async def load(parents: list[UUID | None]) -> list[int]:
            if parents == [None]:
                return [(await self._read(statements.count(shape), **dict(query.parameters)))[0][0]]
            rows = await self._read(statements.counts(shape), parents=parents, **dict(query.parameters))
            found = dict(tuple(row) for row in rows)
            return [found[p] for p in parents]

        return self._loader(("count", query), load).load(parent)

    def _loader(self, key: Hashable, load: Callable[[list[Any]], Awaitable[list[Any]]]) -> DataLoader[Any, Any]:
        loader = self._loaders.get(key)
        if loader is None:
            loader = self._loaders[key] = DataLoader(load_fn=load)
        return loader

    async def _read(self, statement: Select[Any], **parameters: Any) -> Sequence[Row[Any]]:
        """Run one statement in a transaction that nothing else shares and that awaits nothing else."""
        tenant = self._context.caller.tenant_id
        async with self._connections, self._context.reading() as session:
            result = await session.execute(statement, {"tenant": tenant, "now": self._context.now, **parameters})
            rows: Sequence[Row[Any]] = result.all()
            return rows


def _page(query: PageQuery, rows: Sequence[Any]) -> PageRows:
    width = len(query.shape.reading.columns)
    read = query.shape.reading.read
    found = [PageRow(read(row), tuple(row[width:])) for row in rows[: query.limit]]
    return PageRows(found[::-1] if query.shape.backward else found, more=len(rows) > query.limit)


def loaders_of(context: RequestContext) -> Loaders:
    """The loaders of this request, made at their first use."""
    found = context.kept.get(Loaders)
    if found is None:
        found = context.kept[Loaders] = Loaders(context)
    return found
