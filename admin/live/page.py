"""The live page, and the stream that tells it what is new."""

from collections.abc import Awaitable, Callable, Collection
from functools import wraps
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.catalogue import say
from admin.live.drawing import clock, draw
from admin.live.streaming import Stream
from admin.live.watching import EVERY, NEEDS, Ending, Sight, StreamsBusy, Watcher, Watching
from admin.pages import SAFE, page, root_of
from admin.site import Site
from admin.visitors import Visitor
from domain.kit.errors import DomainError
from domain.kit.secrets import Credential
from domain.seats.callers import called_in_sessions
from domain.tickets.live import live


class LivePage:
    """The page and its stream; all streams of this process share what is looked at."""

    def __init__(self, site: Site, *, every: float = EVERY) -> None:
        self._site = site
        self.watching = Watching(self._look, draw, every=every)

    def routes(self) -> list[Route]:
        seen = self._site.seen
        return [
            Route("/live", seen(self.page, needs=NEEDS), methods=["GET"]),
            Route("/live/stream", _nowhere_else(seen(self.stream, needs=NEEDS)), methods=["GET"]),
        ]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        language = self._site.language(request, visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            found = await live(session, now=self._site.clock.now())
        parts = draw(found, language, root_of(request))
        at = clock(ZoneInfo(found.timezone), found.at)
        return page(request, "live/page.html", language=language, visitor=visitor, parts=parts, live=found, at=at)

    async def stream(self, request: Request, visitor: Visitor) -> Response:
        standing = visitor.standing
        watcher = Watcher(visitor.credential, standing.caller_id, standing.language, root_of(request))

        def refusal(error: DomainError) -> Response:
            status = 503 if isinstance(error, StreamsBusy) else 429
            return self._site.refusal(request, visitor, error, status=status)

        return Stream(self.watching, watcher, farewell=_farewell, refusal=refusal, headers=SAFE)

    async def _look(self, tenant_id: UUID, credentials: Collection[Credential]) -> Sight:
        """One transaction for all who watch; it is over before anybody is told."""
        async with self._site.database.reading(tenant_id) as session:
            found = await live(session, now=self._site.clock.now())
            now = self._site.clock.now()
            callers = await called_in_sessions(session, credentials=credentials, now=now)
        return Sight(found, {credential: caller.standing for credential, caller in callers.items()})


def _farewell(watcher: Watcher, why: Ending) -> str:
    """Why no more comes; nothing where the browser is to ask again by itself."""
    if why is Ending.SIGNED_OUT:
        return say(watcher.language, "live_signed_out")
    return say(watcher.language, "live_not_permitted") if why is Ending.NOT_PERMITTED else ""


def _nowhere_else(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Who is signed out gets no page in place of a stream: a browser would complain of what it is led to."""

    @wraps(handler)
    async def answered(request: Request) -> Response:
        response = await handler(request)
        if response.status_code == 303:
            return Response(status_code=401, headers=SAFE)
        return response

    return answered
