"""The start page: who you are, and how many seats are in use."""

from starlette.requests import Request
from starlette.responses import Response

from admin.pages import page
from admin.seats import seats_in_use
from admin.site import Site
from admin.visitors import Visitor
from domain.tenants.permissions import Permission


class Home:
    """The start page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: Request, visitor: Visitor) -> Response:
        seats = None
        if Permission.SEATS_READ in visitor.standing.permissions:
            async with self._site.database.reading(visitor.tenant.id) as session:
                seats = await seats_in_use(session, now=self._site.clock.now())
        language = self._site.language(request, visitor)
        return page(request, "home.html", language=language, visitor=visitor, seats=seats)
