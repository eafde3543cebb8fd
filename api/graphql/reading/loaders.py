"""Batches: what the resolvers of one level ask for in one relation becomes one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select
from strawberry.dataloader import DataLoader

from api.context import RequestContext
from api.graphql.reading import statements
from api.graphql.reading.sources import NewestOf, Reading, ToOne, hidden
from api.graphql.reading.statements import PageShape
from api.graphql.reading.together import Rows, Together


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
        self._together = Together(context)
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def forget(self) -> None:
        """Read everything afresh from here on; called when a mutation has committed."""
        self._loaders.clear()

    def far(self, source: ToOne | NewestOf, target: Reading, row: Any) -> "asyncio.Future[Any] | None":
        """The one row, or None, that a row leads to; None at once where it leads nowhere."""
        if isinstance(source, NewestOf):
            return self.newest(source, target, row._id)
        id = getattr(row, source.key if isinstance(source.key, str) else hidden(source.key))
        return None if id is None else self.one(target, id)

    def one(self, reading: Reading, id: UUID) -> "asyncio.Future[Any]":
        """The row of that id, or None."""
        return self.one_by(reading, reading.id, id)

    def one_by(self, reading: Reading, key: ColumnElement[Any], value: Any) -> "asyncio.Future[Any]":
        """The row with that value in a unique column, or None."""

        async def load(keys: list[Any]) -> list[Any]:
            rows = await self._read(statements.by_key(reading, key), keys=keys)
            found = {row[0]: reading.read(row[1:]) for row in rows}
            return [found.get(k) for k in keys]

        return self._load((reading, key), load, value)

    def newest(self, source: NewestOf, reading: Reading, parent: UUID) -> "asyncio.Future[Any]":
        """The last row of that parent, or None."""

        async def load(parents: list[UUID]) -> list[Any]:
            rows = await self._read(statements.newest(source, reading), parents=parents)
            found = {row[0]: reading.read(row[1:]) for row in rows}
            return [found.get(p) for p in parents]

        return self._load((source, reading), load, parent)

    def page(self, query: PageQuery, parent: UUID | None) -> "asyncio.Future[PageRows]":
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

        return self._load(query, load, parent)

    def count(self, query: PageQuery, parent: UUID | None) -> "asyncio.Future[int]":
        """The length of the whole list that the page is of."""
        shape = query.shape

        async def load(parents: list[UUID | None]) -> list[int]:
            if parents == [None]:
                return [(await self._read(statements.count(shape), **dict(query.parameters)))[0][0]]
            rows = await self._read(statements.counts(shape), parents=parents, **dict(query.parameters))
            found = dict(tuple(row) for row in rows)
            return [found[p] for p in parents]

        return self._load(("count", query), load, parent)

    def _load(
        self, batch: Hashable, load: Callable[[list[Any]], Awaitable[list[Any]]], key: Any
    ) -> "asyncio.Future[Any]":
        loader = self._loaders.get(batch)
        if loader is None:
            loader = self._loaders[batch] = DataLoader(load_fn=load)
        return cast("asyncio.Future[Any]", loader.load(key))

    async def _read(self, statement: Select[Any], **parameters: Any) -> Rows:
        tenant, now = self._context.caller.tenant_id, self._context.now
        return await self._together.read(statement, {"tenant": tenant, "now": now, **parameters})


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
