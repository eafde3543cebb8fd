"""Where the lists are."""

from starlette.routing import Route

from admin.lists.agents import Agents
from admin.lists.audit import Audit
from admin.lists.clients import Clients
from admin.lists.customers import Customers
from admin.lists.dead_letters import DeadLetters
from admin.lists.invitations import Invitations
from admin.lists.invoices import Invoices
from admin.lists.orders import Orders
from admin.lists.panel import Panel
from admin.lists.passes import NEEDS, Passes
from admin.lists.search import Search
from admin.lists.seats import Seats
from admin.lists.teams import Teams
from admin.lists.tickets import Tickets
from admin.lists.view import View
from admin.site import Site

VIEWS: list[type[View]] = [
    Orders,
    Customers,
    Tickets,
    Agents,
    Teams,
    Seats,
    Invoices,
    Invitations,
    Clients,
    Audit,
    DeadLetters,
]


def routes(site: Site) -> list[Route]:
    """The pages of this package."""
    found = Route("/search", site.seen(Search(site).page), methods=["GET"])
    passes = Route("/seats/passes", site.seen(Passes(site).page, needs=NEEDS), methods=["GET"])
    return [found, passes, *Panel(site, VIEWS).routes()]
