"""The search field above every page: everything that the words find, or straight to the only thing that they do."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from admin.lists.agents import Agents
from admin.lists.customers import Customers
from admin.lists.orders import Orders
from admin.lists.reader import Reader, reader_of
from admin.lists.tickets import Tickets
from admin.lists.view import Cells, View
from admin.pages import go, page, root_of
from admin.site import Site
from admin.visitors import Visitor
from domain.kit.database import TenantSession
from domain.tickets.search import LONGEST, REFUSALS, Kind

MOST = 10
VIEWS: dict[Kind, type[View]] = {
    Kind.ORDER: Orders,
    Kind.CUSTOMER: Customers,
    Kind.TICKET: Tickets,
    Kind.MEMBER: Agents,
}


@dataclass(frozen=True)
class Found:
    """What was found of one kind: the newest few rows of its list."""

    view: View
    rows: list[Any]
    cells: Cells

    @property
    def full(self) -> bool:
        return len(self.rows) >= MOST


class Search:
    """The page of what was found."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._views = {kind: view() for kind, view in VIEWS.items()}

    async def page(self, request: Request, visitor: Visitor) -> Response:
        language = self._site.language(request, visitor)
        reader = Reader(visitor, language, self._site.clock.now(), root_of(request))
        words = request.query_params.get("q", "").strip()[:LONGEST]
        request.state.reader = reader
        kinds = [kind for kind, view in VIEWS.items() if reader.may(view.needs)]
        found, problem = [], None
        async with self._site.database.reading(visitor.tenant.id) as session:
            try:
                ids = await self._site.searches.search(session, kinds=kinds, words=words, most=MOST)
            except REFUSALS as error:
                problem = error.message(language)
            else:
                found = [await self._found(session, kind, ids[kind], request) for kind in kinds if ids[kind]]
        hits = [(each.view.path, row.id) for each in found for row in each.rows]
        if len(hits) == 1:
            path, row_id = hits[0]
            return go(request, f"/{path}/{row_id}")
        return page(
            request,
            "lists/search.html",
            language=language,
            visitor=visitor,
            searched=words,
            found=[each for each in found if each.rows],
            problem=problem,
        )

    async def _found(self, session: TenantSession, kind: Kind, ids: list[UUID], request: Request) -> Found:
        view = self._views[kind]
        statement = view.rows(reader_of(request)).where(view.model.tenant_id == session.tenant_id, view.found(ids))
        rows = list((await session.execute(view.order.by(statement))).all())
        return Found(view, rows, await view.cells(rows, request))
