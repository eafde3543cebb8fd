"""The start page: who you are, how many seats are in use, and why somebody on day passes has none."""

from starlette.requests import Request
from starlette.responses import Response

from admin.pages import page
from admin.seats import seats_in_use
from admin.site import Site
from admin.visitors import Visitor
from domain.seats.passes import PassUse, use_at
from domain.tenants.permissions import Permission


class Home:
    """The start page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: Request, visitor: Visitor) -> Response:
        day_pass = await self._day_pass(visitor)
        seats = None
        if Permission.SEATS_READ in visitor.standing.permissions:
            async with self._site.database.reading(visitor.tenant.id) as session:
                seats = await seats_in_use(session, now=self._site.clock.now())
        language = self._site.language(request, visitor)
        return page(request, "home.html", language=language, visitor=visitor, seats=seats, day_pass=day_pass)

    async def _day_pass(self, visitor: Visitor) -> PassUse | None:
        """What signing in again would do for somebody who comes in on day passes and has no seat."""
        standing = visitor.standing
        if standing.seat is not None or standing.agent_id is None:
            return None
        async with self._site.database.reading(visitor.tenant.id) as session:
            return await use_at(session, agent_id=standing.agent_id, now=self._site.clock.now())
