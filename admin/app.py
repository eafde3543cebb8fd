"""The panel as one ASGI application, to be mounted at /admin."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from admin.entrance import Entrance
from admin.pages import HERE, go, language_of, page
from admin.seats import seats_in_use
from admin.visitors import posted_by_own_page, visitor_of
from domain.agents.passwords import Passwords
from domain.kit.clock import Clock
from domain.kit.database import Database
from domain.kit.settings import Settings
from domain.tenants.permissions import Permission

Handler = Callable[[Request], Awaitable[Response]]


def create_panel(settings: Settings, database: Database, clock: Clock, *, passwords: Passwords) -> Starlette:
    """The panel. Every POST must come from a page of its own."""
    doors = Entrance(database=database, clock=clock, passwords=passwords)

    def own(handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            if not posted_by_own_page(request, public_url=settings.public_url):
                return _message(request, "refused", status=403)
            return await handler(request)

        return guarded

    async def home(request: Request) -> Response:
        now = clock.now()
        visitor = await visitor_of(request, database=database, now=now)
        if visitor is None:
            return go(request, "/sign-in")
        seats = None
        if Permission.SEATS_READ in visitor.standing.permissions:
            async with database.reading(visitor.tenant.id) as session:
                seats = await seats_in_use(session, now=now)
        language = language_of(request, member=visitor.standing.language)
        return page(request, "home.html", language=language, visitor=visitor, seats=seats)

    return Starlette(
        routes=[
            Route("/", home, methods=["GET"]),
            Route("/sign-in", doors.sign_in_page, methods=["GET"]),
            Route("/sign-in", own(doors.sign_in), methods=["POST"]),
            Route("/sign-out", own(doors.sign_out), methods=["POST"]),
            Route("/invitation/{token}", doors.invitation_page, methods=["GET"]),
            Route("/invitation/{token}", own(doors.accept_invitation), methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        exception_handlers={HTTPException: _failed},
    )


async def _failed(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _message(request, "not_found" if status in (404, 405) else "refused", status=status)


def _message(request: Request, key: str, *, status: int) -> Response:
    language = language_of(request)
    return page(request, "message.html", language=language, status=status, message=None, key=key)
