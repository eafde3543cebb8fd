"""The start page: who you are, which seats are in use, which seasons run or are next, and what day passes are left."""

from starlette.requests import Request
from starlette.responses import Response

from admin.pages import page
from admin.seasons.reading import next_seasons
from admin.seats import seats_in_use
from admin.site import Site
from admin.visitors import Visitor
from domain.seats.passes import PassUse, use_at
from domain.tenants.permissions import Permission

MOST_SEASONS = 3


class Home:
    """The start page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: Request, visitor: Visitor) -> Response:
        permissions, now = visitor.standing.permissions, self._site.clock.now()
        day_pass = await self._day_pass(visitor)
        seats, seasons = None, None
        if Permission.SEATS_READ in permissions:
            async with self._site.database.reading(visitor.tenant.id) as session:
                seats = await seats_in_use(session, now=now)
                seasons = await next_seasons(session, now=now, most=MOST_SEASONS)
        return page(
            request,
            "home.html",
            language=self._site.language(request, visitor),
            visitor=visitor,
            seats=seats,
            seasons=seasons,
            day_pass=day_pass,
            plans=Permission.SEATS_MANAGE in permissions,
        )

    async def _day_pass(self, visitor: Visitor) -> PassUse | None:
        """What signing in again would do for somebody who comes in on day passes and has no seat."""
        standing = visitor.standing
        if standing.seat is not None or standing.agent_id is None:
            return None
        async with self._site.database.reading(visitor.tenant.id) as session:
            return await use_at(session, agent_id=standing.agent_id, now=self._site.clock.now())
