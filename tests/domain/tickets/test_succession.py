"""Who gets an open ticket when a seat is over, decided without a database."""

import pytest

from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.tickets.lifecycle import Move, Place
from domain.tickets.models import TicketState
from domain.tickets.succession import Heir, Leaving, pass_on

ANNA, OLA = new_id(), new_id()
FULL, LIGHT = Heir(OLA, SeatKind.FULL), Heir(OLA, SeatKind.LIGHT)
QUEUE, KEPT = "queue", "kept"


@pytest.mark.parametrize("state", [TicketState.ASSIGNED, TicketState.WAITING])
@pytest.mark.parametrize("needs_contact", [True, False])
@pytest.mark.parametrize("stays", [True, False])
@pytest.mark.parametrize("heir", [FULL, LIGHT, None])
def test_every_ticket_of_somebody_who_leaves_goes_to_one_place(
    state: TicketState, needs_contact: bool, stays: bool, heir: Heir | None
) -> None:
    place = Place(new_id(), state, new_id(), ANNA)
    conversation = needs_contact or state is TicketState.WAITING
    move = pass_on(place, needs_contact=needs_contact, leaving=Leaving(stays=stays, heir=heir))
    if stays and not conversation:
        assert not move.changes
    elif heir == FULL or (heir == LIGHT and not conversation):
        target = Place(place.ticket_id, TicketState.ASSIGNED, place.team_id, OLA)
        assert move == Move(place, target, "successor")
    else:
        target = Place(place.ticket_id, TicketState.QUEUED, place.team_id, None)
        assert move == Move(place, target, "full seat ended" if stays else "seat ended")


@pytest.mark.parametrize(
    ("state", "needs_contact", "leaving", "where"),
    [
        (TicketState.ASSIGNED, True, Leaving(stays=False, heir=FULL), OLA),
        (TicketState.ASSIGNED, True, Leaving(stays=False, heir=LIGHT), QUEUE),
        (TicketState.ASSIGNED, False, Leaving(stays=False, heir=LIGHT), OLA),
        (TicketState.WAITING, False, Leaving(stays=False, heir=LIGHT), QUEUE),
        (TicketState.WAITING, False, Leaving(stays=True, heir=FULL), OLA),
        (TicketState.ASSIGNED, False, Leaving(stays=True, heir=FULL), KEPT),
        (TicketState.ASSIGNED, True, Leaving(stays=True, heir=None), QUEUE),
        (TicketState.ASSIGNED, False, Leaving(stays=False, heir=None), QUEUE),
    ],
)
def test_a_conversation_takes_a_full_heir_and_anything_else_any(
    state: TicketState, needs_contact: bool, leaving: Leaving, where: object
) -> None:
    move = pass_on(Place(new_id(), state, new_id(), ANNA), needs_contact=needs_contact, leaving=leaving)
    found = {ANNA: KEPT, OLA: OLA, None: QUEUE}[move.target.assignee_id]
    assert found == where
