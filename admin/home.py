"""The start page: who you are, how many seats are in use, and which seasons run or are next."""

from starlette.requests import Request
from starlette.responses import Response

from admin.pages import page
from admin.seasons.reading import next_seasons
from admin.seats import seats_in_use
from admin.site import Site
from admin.visitors import Visitor
from domain.tenants.permissions import Permission

MOST_SEASONS = 3


class Home:
    """The start page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: Request, visitor: Visitor) -> Response:
        permissions, now = visitor.standing.permissions, self._site.clock.now()
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
            plans=Permission.SEATS_MANAGE in permissions,
        )
