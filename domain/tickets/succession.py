"""Who gets an open ticket when the seat of whoever holds it is over, as a pure decision."""

from dataclasses import dataclass
from uuid import UUID

from domain.seats.models import SeatKind
from domain.tickets import lifecycle
from domain.tickets.lifecycle import Move, Place
from domain.tickets.models import TicketState


@dataclass(frozen=True)
class Heir:
    """The successor somebody named, who can come in and sits on a seat: how much they hold, and whether they are there,
    does not matter, for a person has decided."""

    agent_id: UUID
    seat: SeatKind


@dataclass(frozen=True)
class Leaving:
    """Somebody whose seat is over, and their heir, if there is one; `stays` says that a light seat is left to them."""

    stays: bool
    heir: Heir | None


def pass_on(place: Place, *, needs_contact: bool, leaving: Leaving) -> Move:
    """Where a ticket goes that is in the hands of somebody who is leaving.

    A conversation with a customer, one that waits for the customer included, goes to an heir on a full seat, any other
    ticket to the heir; what nobody inherits goes to its queue. Whoever stays keeps all but the conversations.
    """
    conversation = needs_contact or place.state is TicketState.WAITING
    if leaving.stays and not conversation:
        return Move(place, place, "full seat ended")
    heir = leaving.heir
    if heir is not None and (heir.seat is SeatKind.FULL or not conversation):
        return lifecycle.assign(place, agent_id=heir.agent_id, reason="successor")
    return lifecycle.queue(place, reason="full seat ended" if leaving.stays else "seat ended")
