"""Where the pages for seasons are, and what each takes."""

from starlette.routing import Route

from admin.seasons.deeds import Deeds
from admin.seasons.pages import Seasons
from admin.seasons.planning import Planning
from admin.site import Site

PAGES = (Seasons, Planning, Deeds)


def routes(site: Site) -> list[Route]:
    """The pages of this package."""
    return [route for pages in PAGES for route in pages(site).routes()]
