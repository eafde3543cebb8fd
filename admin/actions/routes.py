"""Where the forms and buttons are, and what each takes."""

from starlette.routing import Route

from admin.actions import buttons
from admin.actions.abilities import Abilities
from admin.actions.changing import Changing
from admin.actions.channels import Channels
from admin.actions.clients import Clients
from admin.actions.dead_letters import DeadLetters
from admin.actions.extending import Extending
from admin.actions.extensions import Extensions
from admin.actions.members import Members
from admin.actions.passes import DayPasses
from admin.actions.people import Invite
from admin.actions.queues import Queues
from admin.actions.seating import Seating
from admin.actions.seats import AddSeats
from admin.actions.shifts import Shifts
from admin.site import Site

PAGES = (
    AddSeats,
    Seating,
    Extending,
    Changing,
    DayPasses,
    Invite,
    Abilities,
    Shifts,
    Channels,
    Queues,
    Extensions,
    Members,
    Clients,
    DeadLetters,
)

buttons.offer()


def routes(site: Site) -> list[Route]:
    """The pages of this package."""
    return [route for pages in PAGES for route in pages(site).routes()]
