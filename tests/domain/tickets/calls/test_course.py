from itertools import product

import pytest

from domain.tickets.calls.course import CallState, Ending, end, state
from domain.tickets.calls.models import CallOutcome
from domain.tickets.models import TicketState

WAITING, TALKING, CALL_BACK, ENDED = CallState
COMPLETED, ABANDONED, NOT_REACHED, _ = CallOutcome
STAYS, OVER, MISSED, GIVEN_UP = Ending


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


@pytest.mark.parametrize(
    ("where", "spoken", "completed", "abandoned", "not_reached"),
    [
        (WAITING, False, MISSED, MISSED, MISSED),
        (WAITING, True, OVER, MISSED, MISSED),
        (TALKING, False, OVER, OVER, OVER),
        (TALKING, True, OVER, OVER, OVER),
        (ENDED, False, STAYS, STAYS, STAYS),
        (ENDED, True, STAYS, STAYS, STAYS),
    ],
)
def test_what_the_end_of_a_call_means(
    where: CallState, spoken: bool, completed: Ending, abandoned: Ending, not_reached: Ending
) -> None:
    for outcome, ending in ((COMPLETED, completed), (ABANDONED, abandoned), (NOT_REACHED, not_reached)):
        assert end(where, outcome, call_back=False, reachable=True, spoken=spoken) is ending
        without_number = GIVEN_UP if ending is MISSED else ending
        assert end(where, outcome, call_back=False, reachable=False, spoken=spoken) is without_number


@pytest.mark.parametrize(
    ("where", "spoken", "completed", "abandoned", "not_reached"),
    [
        (CALL_BACK, False, STAYS, STAYS, STAYS),
        (CALL_BACK, True, OVER, STAYS, STAYS),
        (TALKING, False, OVER, STAYS, OVER),
        (TALKING, True, OVER, STAYS, OVER),
        (ENDED, False, STAYS, STAYS, STAYS),
        (ENDED, True, STAYS, STAYS, STAYS),
    ],
)
def test_what_the_end_of_a_line_means_to_whoever_is_to_be_called_back(
    where: CallState, spoken: bool, completed: Ending, abandoned: Ending, not_reached: Ending
) -> None:
    for outcome, ending in ((COMPLETED, completed), (ABANDONED, abandoned), (NOT_REACHED, not_reached)):
        assert end(where, outcome, call_back=True, reachable=True, spoken=spoken) is ending


def test_nobody_whose_talk_is_completed_is_called_back() -> None:
    for where, call_back, reachable in product(CallState, (False, True), (False, True)):
        ending = end(where, COMPLETED, call_back=call_back, reachable=reachable, spoken=True)
        assert ending is (STAYS if where is ENDED else OVER)
