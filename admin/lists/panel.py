"""sqladmin, held: its handlers answer lists and pages of one row, and nothing else of it can be reached."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqladmin import Admin
from sqladmin.templating import Jinja2Templates
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.buttons import buttons_for
from admin.lists.places import NoSuchPlace
from admin.lists.reader import Reader, Sessions, reader_of
from admin.lists.tellings import Telling
from admin.lists.view import View
from admin.pages import page, root_of
from admin.site import Handler, Site
from admin.visitors import Visitor

Answer = Callable[[Request], Awaitable[Response]]


class Panel(Admin):
    """The lists of the panel.

    Of sqladmin's routes none is mounted: those that write, sign in, look up or export do not exist here. What
    `routes` returns is all there is, each behind the panel's own guard.
    """

    def __init__(self, site: Site, views: list[type[View]]) -> None:
        nowhere = Starlette()
        super().__init__(nowhere, session_maker=Sessions(site.database), templates_dir=str(Path(__file__).parent))
        nowhere.router.routes.clear()
        self.admin.router.routes.clear()
        self._site = site
        for view in views:
            self.add_view(view)
        for added in self.views:  # sqladmin keeps it on the class, where this process's next panel would put its own
            vars(added)["session_maker"] = self.session_maker
            vars(added)["searches"] = site.searches

    def routes(self) -> list[Route]:
        """Every list at its path, and the page of each of its rows under it."""
        return [route for view in self.views if isinstance(view, View) for route in self._routes_of(view)]

    def _routes_of(self, view: View) -> list[Route]:
        return [
            Route(f"/{view.path}", self._behind_guard(view, self.list), methods=["GET"]),
            Route(f"/{view.path}/{{pk}}", self._behind_guard(view, self.details), methods=["GET"]),
        ]

    def _behind_guard(self, view: View, answer: Answer) -> Handler:
        async def shown(request: Request, visitor: Visitor) -> Response:
            language = self._site.language(request, visitor)
            reader = Reader(visitor, language, self._site.clock.now(), root_of(request))
            request.state.reader = reader
            request.path_params["identity"] = view.identity
            try:
                with Sessions.inside(reader):
                    return await answer(request)
            except NoSuchPlace:
                return _told(request, reader, "no_such_place", status=400)
            except HTTPException as error:
                return _told(request, reader, "not_found", status=error.status_code)

        return self._site.seen(shown, needs=view.needs)

    def init_templating_engine(self) -> Jinja2Templates:
        return _Pages()


class _Pages(Jinja2Templates):
    """The panel's own pages, under its own policy, in place of sqladmin's, which run scripts from other hosts."""

    def __init__(self) -> None:
        """Without an environment of its own."""

    async def TemplateResponse(  # type: ignore[override] # it is a page of ours, which nobody asks for its context
        self, request: Request, name: str, context: dict[str, Any] | None = None, status_code: int = 200
    ) -> Response:
        reader, shown = reader_of(request), context or {}
        view = shown["model_view"]
        row = shown.get("model")
        return page(
            request,
            name,
            language=reader.language,
            status=status_code,
            visitor=reader.visitor,
            telling=Telling(reader),
            buttons=buttons_for(view.path, row, reader.visitor),
            **shown,
        )


def _told(request: Request, reader: Reader, key: str, *, status: int) -> Response:
    return page(
        request, "message.html", language=reader.language, status=status, visitor=reader.visitor, message=None, key=key
    )
