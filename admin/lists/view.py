"""What each list says of itself: its columns and rows, in which order, who may see it, and what its pages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from sqladmin import ModelView
from sqladmin.pagination import Pagination
from sqlalchemy import ColumnElement
from starlette.datastructures import URL
from starlette.requests import Request

from admin.lists.places import Order, Rows
from admin.lists.reader import Reader, reader_of
from admin.lists.shown import Column
from domain.kit.base import TenantRow
from domain.kit.database import TenantSession
from domain.tenants.permissions import Permission
from domain.tickets.search import REFUSALS, Kind, Searches

PAGE = 50
MOST_FOUND = 50


Cells = list[list[str]]


@dataclass
class Page(Pagination):
    """Rows of a list, and the places where its neighbours begin; nothing is counted.

    To sqladmin, which wants numbers, it is the first and only page.
    """

    newer: str | None = None
    older: str | None = None
    cells: Cells = field(default_factory=list)
    words: str = ""
    problem: str | None = None
    """Why nothing was looked for."""

    def add_pagination_urls(self, base_url: URL) -> None:
        """There are no numbers to link to."""

    @property
    def full(self) -> bool:
        """Whether a search may have found more than is shown."""
        return bool(self.words) and len(self.rows) >= MOST_FOUND


class View(ModelView):
    """A list and the pages of its rows; reading alone. Its name in addresses and in the catalogue is `path`."""

    path: ClassVar[str]
    needs: ClassVar[Permission]
    columns: ClassVar[tuple[Column, ...]]
    order: ClassVar[Order]
    search_kind: ClassVar[Kind | None] = None
    model: ClassVar[type[TenantRow]]
    searches: Searches

    can_create = False
    can_edit = False
    can_delete = False
    can_export = False
    can_import = False
    page_size = PAGE
    list_template = "lists/list.html"

    def __init_subclass__(cls) -> None:
        cls.column_list = [column.name for column in cls.columns]
        cls.column_formatters = {column.name: column.show for column in cls.columns}
        cls.details_template = f"lists/{cls.path}.html"

    def rows(self, reader: Reader) -> Rows:
        """The columns' values, each under its column's name, with the order's columns and `id` under their own."""
        raise NotImplementedError

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> Any:
        """What the page of one row shows; None when the tenant has no such row."""
        raise NotImplementedError

    def found(self, ids: Sequence[UUID]) -> ColumnElement[bool]:
        """The rows that a search means by the ids that it found."""
        return self.model.id.in_(ids)

    async def prepare(self, session: TenantSession, rows: Sequence[Any], request: Request) -> None:
        """Read at once what the cells of all rows need besides."""

    async def list(self, request: Request) -> Page:
        """A page of the list, newest rows first where they have an age. Raises NoSuchPlace."""
        reader, asked = reader_of(request), request.query_params
        async with self.session_maker(expire_on_commit=False) as session:
            if self.search_kind is not None and asked.get("q", "").strip():
                page = await self._found(session, reader, self.search_kind, asked["q"])
            else:
                page = await self._page(session, reader, asked)
            await self.prepare(session, page.rows, request)
        page.cells = await self.cells(page.rows, request)
        return page

    async def cells(self, rows: Sequence[Any], request: Request) -> Cells:
        """What the columns show of each row."""
        return [[await self._cell(row, column, request) for column in self.columns] for row in rows]

    async def _found(self, session: TenantSession, reader: Reader, kind: Kind, words: str) -> Page:
        try:
            ids = (await self.searches.search(session, kinds=[kind], words=words, most=MOST_FOUND))[kind]
        except REFUSALS as error:
            return Page([], 1, PAGE, 0, words=words, problem=error.message(reader.language))
        statement = self.rows(reader).where(self.model.tenant_id == session.tenant_id, self.found(ids))
        found = (await session.execute(self.order.by(statement))).all() if ids else []
        return Page(list(found), 1, PAGE, 0, words=words)

    async def _page(self, session: TenantSession, reader: Reader, asked: Mapping[str, str]) -> Page:
        backward = "before" in asked
        place = asked.get("before" if backward else "after")
        statement = self.rows(reader).where(self.model.tenant_id == session.tenant_id)
        if place:
            statement = statement.where(self.order.beyond(self.order.position(place), backward=backward))
        read = (await session.execute(self.order.by(statement, backward=backward).limit(PAGE + 1))).all()
        more, rows = len(read) > PAGE, list(read[:PAGE])
        if backward:
            rows.reverse()
        page = Page(rows, 1, PAGE, 0)
        if rows and (more if backward else place):
            page.newer = self.order.place_of(rows[0])
        if rows and (more or backward):
            page.older = self.order.place_of(rows[-1])
        return page

    async def _cell(self, row: Any, column: Column, request: Request) -> str:
        _, shown = await self.get_list_value(row, column.name, request)
        return shown  # type: ignore[no-any-return] # what the column's formatter returned

    def validate_page_number(self, number: str | None, default: int) -> int:
        """Pages have no numbers; whatever an address says of one is nothing to us."""
        return default

    async def get_object_for_details(self, request: Request) -> Any:
        """What the page shows, read once although sqladmin asks twice; None for what is no id, or another tenant's."""
        if not hasattr(request.state, "looked_at"):
            request.state.looked_at = await self._look(request)
        return request.state.looked_at

    async def _look(self, request: Request) -> Any:
        try:
            row_id = UUID(request.path_params["pk"])
        except ValueError:
            return None
        async with self.session_maker(expire_on_commit=False) as session:
            return await self.load(session, row_id, reader_of(request))

    async def list_context(self, request: Request) -> dict[str, Any]:
        """`kept` is what the next page's address says as well, `narrowed` whether the list has left rows out."""
        return {"kept": {}, "narrowed": False}
