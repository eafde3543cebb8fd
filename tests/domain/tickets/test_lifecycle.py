"""A ticket is always in exactly one place, and moves as people expect."""

from collections.abc import Callable

import pytest

from domain.kit.ids import new_id
from domain.tickets import lifecycle
from domain.tickets.errors import TicketClosed, TicketNotOpen, TicketNotResolved, TicketNotYours
from domain.tickets.lifecycle import Move, Place
from domain.tickets.models import TicketState

TICKET, TEAM, ANNA, BEATA = new_id(), new_id(), new_id(), new_id()
QUEUED = Place(TICKET, TicketState.QUEUED, TEAM, None)
ANNAS = Place(TICKET, TicketState.ASSIGNED, TEAM, ANNA)
WAITING = Place(TICKET, TicketState.WAITING, TEAM, ANNA)
RESOLVED = Place(TICKET, TicketState.RESOLVED, TEAM, None)
CLOSED = Place(TICKET, TicketState.CLOSED, TEAM, None)


@pytest.mark.parametrize("state", [TicketState.ASSIGNED, TicketState.WAITING])
def test_a_ticket_in_nobodys_hands_cannot_be_assigned_or_waiting(state: TicketState) -> None:
    with pytest.raises(ValueError, match="in no one place"):
        Place(TICKET, state, TEAM, None)


@pytest.mark.parametrize("state", [TicketState.QUEUED, TicketState.RESOLVED, TicketState.CLOSED])
def test_a_ticket_in_somebodys_hands_cannot_be_anywhere_else(state: TicketState) -> None:
    with pytest.raises(ValueError, match="in no one place"):
        Place(TICKET, state, TEAM, ANNA)


def test_an_assigned_ticket_is_in_the_agents_hands() -> None:
    assert lifecycle.assign(QUEUED, agent_id=ANNA).target == ANNAS


def test_an_agent_takes_from_a_queue_and_hands_over_what_is_theirs_and_nobody_elses() -> None:
    assert lifecycle.assign(QUEUED, agent_id=ANNA, handed_by=ANNA).target == ANNAS
    assert lifecycle.assign(ANNAS, agent_id=BEATA, handed_by=ANNA).target.assignee_id == BEATA
    assert lifecycle.queue(ANNAS, handed_by=ANNA).target == QUEUED
    for place in (ANNAS, WAITING):
        with pytest.raises(TicketNotYours):
            lifecycle.assign(place, agent_id=BEATA, handed_by=BEATA)
        with pytest.raises(TicketNotYours):
            lifecycle.queue(place, handed_by=BEATA)


def test_assigning_to_the_same_agent_changes_nothing() -> None:
    assert not lifecycle.assign(WAITING, agent_id=ANNA).changes


def test_an_answered_ticket_waits_in_the_hands_of_whoever_answered() -> None:
    assert lifecycle.reply(QUEUED, by=ANNA, any_owner=False).target == WAITING
    assert lifecycle.reply(ANNAS, by=ANNA, any_owner=False).target == WAITING


def test_nobody_answers_a_ticket_in_anothers_hands_but_a_supervisor_and_then_it_stays_there() -> None:
    with pytest.raises(TicketNotYours) as refused:
        lifecycle.reply(ANNAS, by=BEATA, any_owner=False)
    assert refused.value.assignee_id == ANNA
    assert lifecycle.reply(ANNAS, by=BEATA, any_owner=True).target == WAITING


def test_the_customers_answer_gives_a_waiting_ticket_back_to_its_agent() -> None:
    assert lifecycle.customer_wrote(WAITING).target == ANNAS


@pytest.mark.parametrize("place", [RESOLVED, CLOSED])
def test_the_customers_answer_reopens_what_was_over(place: Place) -> None:
    move = lifecycle.customer_wrote(place)
    assert move.target == QUEUED
    assert move.reopens


@pytest.mark.parametrize("place", [QUEUED, ANNAS])
def test_another_message_leaves_an_open_ticket_where_it_is(place: Place) -> None:
    assert not lifecycle.customer_wrote(place).changes


def test_only_its_agent_or_a_supervisor_resolves_a_ticket() -> None:
    assert lifecycle.resolve(ANNAS, by=ANNA, any_owner=False).target == RESOLVED
    assert lifecycle.resolve(QUEUED, by=BEATA, any_owner=True).target == RESOLVED
    for place in (ANNAS, QUEUED):
        with pytest.raises(TicketNotYours):
            lifecycle.resolve(place, by=BEATA, any_owner=False)


def test_resolving_twice_changes_nothing() -> None:
    assert not lifecycle.resolve(RESOLVED, by=BEATA, any_owner=False).changes


def test_a_reopened_ticket_is_in_its_queue_and_an_open_one_stays() -> None:
    assert lifecycle.reopen(RESOLVED).target == QUEUED
    assert not lifecycle.reopen(ANNAS).changes


def test_only_a_resolved_ticket_is_closed() -> None:
    assert lifecycle.close(RESOLVED).target == CLOSED
    assert not lifecycle.close(CLOSED).changes
    with pytest.raises(TicketNotResolved):
        lifecycle.close(ANNAS)


def test_a_closed_ticket_refuses_everything_its_staff_could_do() -> None:
    attempts: list[Callable[[], Move]] = [
        lambda: lifecycle.assign(CLOSED, agent_id=ANNA),
        lambda: lifecycle.queue(CLOSED),
        lambda: lifecycle.reply(CLOSED, by=ANNA, any_owner=True),
        lambda: lifecycle.resolve(CLOSED, by=ANNA, any_owner=True),
        lambda: lifecycle.reopen(CLOSED),
    ]
    for attempt in attempts:
        with pytest.raises(TicketClosed):
            attempt()


def test_a_resolved_ticket_must_be_reopened_before_it_is_worked_on() -> None:
    attempts: list[Callable[[], Move]] = [
        lambda: lifecycle.assign(RESOLVED, agent_id=ANNA),
        lambda: lifecycle.queue(RESOLVED),
        lambda: lifecycle.reply(RESOLVED, by=ANNA, any_owner=True),
    ]
    for attempt in attempts:
        with pytest.raises(TicketNotOpen):
            attempt()
