"""Where the pages for intake rules are, and what each takes."""

from starlette.routing import Route

from admin.intake.deeds import Deeds
from admin.intake.pages import Rules
from admin.intake.writing import Writing
from admin.site import Site

PAGES = (Rules, Writing, Deeds)


def routes(site: Site) -> list[Route]:
    """The pages of this package."""
    return [route for pages in PAGES for route in pages(site).routes()]
