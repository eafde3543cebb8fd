"""Where a call is, and what becomes of it and its ticket when it ends. Pure.

A call is where its ticket is: one truth, so that it follows whatever is done with the ticket by anybody.
"""

from enum import StrEnum

from domain.tickets.calls.models import CallOutcome
from domain.tickets.lifecycle import IN_HANDS
from domain.tickets.models import TicketState


class CallState(StrEnum):
    """WAITING is on the line for an agent; TALKING is in an agent's hands, who talks or is calling back; CALL_BACK
    has left the line and keeps its place in the queue until somebody calls back; ENDED is over."""

    WAITING = "WAITING"
    TALKING = "TALKING"
    CALL_BACK = "CALL_BACK"
    ENDED = "ENDED"


QUEUED = frozenset({CallState.WAITING, CallState.CALL_BACK})


def state(ticket: TicketState, *, ended: bool, call_back: bool) -> CallState:
    """Where a call is whose ticket is there. A resolved ticket has no call that goes on."""
    if ended:
        return CallState.ENDED
    if ticket in IN_HANDS:
        return CallState.TALKING
    if ticket is TicketState.QUEUED:
        return CallState.CALL_BACK if call_back else CallState.WAITING
    return CallState.ENDED


class Ending(StrEnum):
    """What becomes of a call and its ticket.

    STAYS: nothing. OVER: what is left to do is written work, where the ticket is. MISSED: to be called back, at its
    place in the queue. GIVEN_UP: nobody can be called back, so the ticket is closed.
    """

    STAYS = "STAYS"
    OVER = "OVER"
    MISSED = "MISSED"
    GIVEN_UP = "GIVEN_UP"


def end(state: CallState, outcome: CallOutcome, *, call_back: bool, reachable: bool, spoken: bool) -> Ending:
    """What the exchange's word that a call ended means.

    Who hung up while waiting has spoken to nobody, whatever the exchange calls it, unless it said that an agent picked
    up (`spoken`): what is COMPLETED then was a talk, although the ticket has left that agent's hands meanwhile. Who
    asked to be called back has left the line: that the line is down is no news, neither before anybody calls back nor,
    as ABANDONED, while somebody does.
    """
    if state in QUEUED and spoken and outcome is CallOutcome.COMPLETED:
        return Ending.OVER
    if state is CallState.WAITING:
        return Ending.MISSED if reachable else Ending.GIVEN_UP
    if state is CallState.TALKING:
        return Ending.STAYS if call_back and outcome is CallOutcome.ABANDONED else Ending.OVER
    return Ending.STAYS
