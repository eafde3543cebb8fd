import pytest

from domain.tickets.calls.course import CallState, Ending, end, state
from domain.tickets.calls.models import CallOutcome
from domain.tickets.models import TicketState

WAITING, TALKING, CALL_BACK, ENDED = CallState
COMPLETED, ABANDONED, NOT_REACHED, _ = CallOutcome


@pytest.mark.parametrize(
    ("ticket", "call_back", "where"),
    [
        (TicketState.QUEUED, False, WAITING),
        (TicketState.QUEUED, True, CALL_BACK),
        (TicketState.ASSIGNED, False, TALKING),
        (TicketState.ASSIGNED, True, TALKING),
        (TicketState.WAITING, False, TALKING),
        (TicketState.RESOLVED, True, ENDED),
        (TicketState.CLOSED, False, ENDED),
    ],
)
def test_a_call_is_where_its_ticket_is(ticket: TicketState, call_back: bool, where: CallState) -> None:
    assert state(ticket, ended=False, call_back=call_back) is where
    assert state(ticket, ended=True, call_back=call_back) is ENDED


@pytest.mark.parametrize("outcome", [COMPLETED, ABANDONED, NOT_REACHED])
def test_who_hangs_up_while_waiting_is_called_back_if_there_is_a_number(outcome: CallOutcome) -> None:
    assert end(WAITING, outcome, call_back=False, reachable=True) is Ending.MISSED
    assert end(WAITING, outcome, call_back=False, reachable=False) is Ending.GIVEN_UP


@pytest.mark.parametrize("outcome", [COMPLETED, ABANDONED, NOT_REACHED])
def test_an_answered_call_is_over_and_one_that_is_over_stays_so(outcome: CallOutcome) -> None:
    assert end(TALKING, outcome, call_back=False, reachable=True) is Ending.OVER
    assert end(ENDED, outcome, call_back=False, reachable=True) is Ending.STAYS
    assert end(CALL_BACK, outcome, call_back=True, reachable=True) is Ending.STAYS


def test_a_call_back_does_not_end_because_the_first_line_went_down() -> None:
    assert end(TALKING, ABANDONED, call_back=True, reachable=True) is Ending.STAYS
    assert end(TALKING, COMPLETED, call_back=True, reachable=True) is Ending.OVER
    assert end(TALKING, NOT_REACHED, call_back=True, reachable=True) is Ending.OVER
