"""Relay connections: pages of a list, forward or backward from a cursor."""

from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry

from api.context import RequestContext
from api.graphql.errors import Refusal
from api.graphql.reading import cursors, filters
from api.graphql.reading.ahead import read_ahead
from api.graphql.reading.keysets import Keyset
from api.graphql.reading.loaders import PageQuery, PageRows, loaders_of
from api.graphql.reading.sources import AllOf, Reading, ToMany
from api.graphql.reading.statements import PageShape

Info = strawberry.Info[RequestContext, None]
T = TypeVar("T")

DEFAULT_PAGE = 50
LARGEST_PAGE = 250


def page_query(
    source: ToMany | AllOf,
    reading: Reading,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    order: Keyset | None = None,
    filter: Any = None,
) -> PageQuery:
    """The page that the arguments of a connection ask for.

    Raises Refusal: BAD_PAGE, BAD_CURSOR, BAD_FILTER.
    """
    backward = last is not None or (first is None and before is not None)
    if (first is not None or after is not None) and (last is not None or before is not None):
        raise Refusal("Ask for `first` (and `after`) or for `last` (and `before`), not for both.", code="BAD_PAGE")
    size = next((given for given in (first, last) if given is not None), DEFAULT_PAGE)
    if not 0 <= size <= LARGEST_PAGE:
        raise Refusal(f"A page has from 0 to {LARGEST_PAGE} items.", code="BAD_PAGE", asked=size, allowed=LARGEST_PAGE)
    cursor = before if backward else after
    order = order or source.order
    position = () if cursor is None else cursors.decode(order, cursor)
    narrowed = filters.parameters(filter)
    shape = PageShape(
        source=source,
        reading=reading,
        order=order,
        backward=backward,
        resumed=cursor is not None,
        filtered=tuple(narrowed),
    )
    parameters = {
        **{f"position_{i}": value for i, value in enumerate(position)},
        **{f"filter_{name}": value for name, value in narrowed.items()},
    }
    return PageQuery(shape, size, tuple(parameters.items()))


@strawberry.type(description="How a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether more follow. Exact for a page read forward; read backward, whether `before` was given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether some precede. Exact for a page read backward; read forward, whether `after` was given."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the page's first item.")
    end_cursor: str | None = strawberry.field(description="The cursor of the page's last item.")


@strawberry.type(description="An item of a page, and its place in the list.")
class Edge(Generic[T]):
    position: strawberry.Private[tuple[Any, ...]]
    order: strawberry.Private[Keyset]

    def _cursor(self) -> str:
        return cursors.encode(self.order, self.position)

    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(
        resolver=_cursor, description="The item's place in the list, for `after` and `before`."
    )


@strawberry.type(description="A page of a list. Only what is selected of it is read.")
class Connection(Generic[T]):
    query: strawberry.Private[PageQuery]
    parent: strawberry.Private[UUID | None]

    async def _edges(self, info: Info) -> list[Edge[T]]:
        shape, rows = self.query.shape, (await self._rows(info)).rows
        await read_ahead(
            loaders_of(info.context),
            info._raw_info,
            [row.node for row in rows],
            reading=shape.reading,
            permitted=info.context.caller.standing.permissions,
        )
        return [Edge(node=row.node, position=row.position, order=shape.order) for row in rows]

    async def _page_info(self, info: Info) -> PageInfo:
        found, shape = await self._rows(info), self.query.shape
        ends = [cursors.encode(shape.order, row.position) for row in (*found.rows[:1], *found.rows[-1:])]
        resumed = shape.resumed
        return PageInfo(
            has_next_page=resumed if shape.backward else found.more,
            has_previous_page=found.more if shape.backward else resumed,
            start_cursor=ends[0] if ends else None,
            end_cursor=ends[1] if ends else None,
        )

    async def _total_count(self, info: Info) -> int:
        return await loaders_of(info.context).count(self.query, self.parent)

    async def _rows(self, info: Info) -> PageRows:
        return await loaders_of(info.context).page(self.query, self.parent)

    edges: list[Edge[T]] = strawberry.field(resolver=_edges, description="The items of the page.")
    page_info: PageInfo = strawberry.field(resolver=_page_info, description="How the page lies in its list.")
    total_count: int = strawberry.field(
        resolver=_total_count, description="The length of the whole list, counted only when asked for."
    )
