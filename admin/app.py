"""The panel as one ASGI application, to be mounted at /admin."""

from collections.abc import Awaitable, Callable

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as DatabaseBusy
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from admin.actions.routes import routes as actions
from admin.billing.pages import Billing
from admin.catalogue import say
from admin.desk.desk import Desk
from admin.entrance import Entrance
from admin.home import Home
from admin.intake.routes import routes as intake
from admin.ivr import Menus
from admin.language import LanguageChoice
from admin.lists.routes import routes as lists
from admin.live.page import LivePage
from admin.pages import HERE, language_of, page
from admin.seasons.routes import routes as seasons
from admin.site import Site
from admin.statistics.page import StatisticsPage
from admin.visitors import visitor_of
from domain.agents.passwords import Passwords
from domain.kit.clock import Clock
from domain.kit.database import Database, was_not_there
from domain.kit.settings import Settings


def create_panel(settings: Settings, database: Database, clock: Clock, *, passwords: Passwords) -> Starlette:
    """The panel. Every POST must come from a page of its own.

    Its `state.stop` ends the streams to open pages, for which nobody would wait who ends the process.
    """
    site = Site(settings, database, clock, passwords)
    doors, home = Entrance(database=database, clock=clock, passwords=passwords), Home(site)
    live = LivePage(site)
    panel = Starlette(
        routes=[
            Route("/", site.seen(home.page), methods=["GET"]),
            Route("/sign-in", doors.sign_in_page, methods=["GET"]),
            Route("/sign-in", site.posted(doors.sign_in), methods=["POST"]),
            Route("/sign-out", site.posted(doors.sign_out), methods=["POST"]),
            Route("/invitation/{token}", doors.invitation_page, methods=["GET"]),
            Route("/invitation/{token}", site.posted(doors.accept_invitation), methods=["POST"]),
            *actions(site),
            *seasons(site),
            *intake(site),
            *Menus(site).routes(),
            *Desk(site).routes(),
            Route("/language", site.pressed(LanguageChoice(site).choose), methods=["POST"]),
            *Billing(site).routes(),
            *StatisticsPage(site).routes(),
            *live.routes(),
            *lists(site),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        exception_handlers={
            HTTPException: _failing(site),
            DatabaseBusy: _away,
            ConnectionError: _away,
            DBAPIError: _away,
            Exception: _broken,
        },
    )
    panel.state.stop = live.watching.stop
    return panel


def _failing(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def failed(request: Request, error: Exception) -> Response:
        """In the frame of who is signed in, as far as the database can tell."""
        try:
            visitor = await visitor_of(request, database=site.database, now=site.clock.now())
        except (DatabaseBusy, ConnectionError, DBAPIError):
            visitor = None
        language = language_of(request) if visitor is None else site.language(request, visitor)
        status = error.status_code if isinstance(error, HTTPException) else 500
        key = {404: "not_found", 405: "not_found", 403: "refused"}.get(status, "unreadable")
        return page(request, "message.html", language=language, status=status, visitor=visitor, message=None, key=key)

    return failed


async def _away(request: Request, error: Exception) -> Response:
    """What the API answers at such a time as well: the same may work in a moment."""
    if not isinstance(error, DatabaseBusy) and not was_not_there(error):
        raise error
    language = language_of(request)
    again = {"Retry-After": "1"}
    return page(request, "message.html", language=language, status=503, headers=again, message=None, key="away")


async def _broken(request: Request, _error: Exception) -> Response:
    language = language_of(request)
    said = say(language, "broken", reference=getattr(request.state, "trace_id", ""))
    return page(request, "message.html", language=language, status=500, message=said)
