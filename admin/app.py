"""The panel as one ASGI application, to be mounted at /admin."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from admin.actions.routes import routes as actions
from admin.catalogue import say
from admin.desk.desk import Desk
from admin.entrance import Entrance
from admin.home import Home
from admin.language import LanguageChoice
from admin.lists.routes import routes as lists
from admin.pages import HERE, language_of, page
from admin.site import Site
from domain.agents.passwords import Passwords
from domain.kit.clock import Clock
from domain.kit.database import Database
from domain.kit.settings import Settings


def create_panel(settings: Settings, database: Database, clock: Clock, *, passwords: Passwords) -> Starlette:
    """The panel. Every POST must come from a page of its own."""
    site = Site(settings, database, clock, passwords)
    doors, home = Entrance(database=database, clock=clock, passwords=passwords), Home(site)
    return Starlette(
        routes=[
            Route("/", site.seen(home.page), methods=["GET"]),
            Route("/sign-in", doors.sign_in_page, methods=["GET"]),
            Route("/sign-in", site.posted(doors.sign_in), methods=["POST"]),
            Route("/sign-out", site.posted(doors.sign_out), methods=["POST"]),
            Route("/invitation/{token}", doors.invitation_page, methods=["GET"]),
            Route("/invitation/{token}", site.posted(doors.accept_invitation), methods=["POST"]),
            *actions(site),
            *Desk(site).routes(),
            Route("/language", site.pressed(LanguageChoice(site).choose), methods=["POST"]),
            *lists(site),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        exception_handlers={HTTPException: _failed, Exception: _broken},
    )


async def _failed(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    key = {404: "not_found", 405: "not_found", 403: "refused"}.get(status, "unreadable")
    return page(request, "message.html", language=language_of(request), status=status, message=None, key=key)


async def _broken(request: Request, _error: Exception) -> Response:
    language = language_of(request)
    said = say(language, "broken", reference=getattr(request.state, "trace_id", ""))
    return page(request, "message.html", language=language, status=500, message=said)
