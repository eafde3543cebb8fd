"""Simulated days whose course can be worked out by hand, and what holds of all of them."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agents.channels import BUDGET, DEFAULT_CAPACITY, Channel
from domain.tickets.routing import FINE, Hands
from infra.simulation.agents import Agent
from infra.simulation.measures import overtakings
from infra.simulation.rules import RuleName, rule
from infra.simulation.running import Outcome, WrongHands, play
from infra.simulation.world import Person, Scenario
from tests.infra.simulation.desk import at, desk, need, person, played, story, ticket

ONE = {Channel.EMAIL: 1}


def test_two_agents_share_three_tickets() -> None:
    """Each has room for one: the third waits until the first is done."""
    scenario = desk(
        [ticket("a", 0, work=10), ticket("b", 1, work=20), ticket("c", 2, work=5)],
        [person("Ada", capacity=ONE), person("Ewa", capacity=ONE)],
    )
    first, second = ("Ada", "Ewa") if scenario.people[0].id < scenario.people[1].id else ("Ewa", "Ada")
    assert story(scenario) == [(first, 0, 0, 10), (second, 1, 1, 21), (first, 10, 10, 15)]
    worked = played(scenario).worked
    assert {each.name: sum(worked[each.id].values(), timedelta()) for each in scenario.people} == {
        first: timedelta(minutes=15),
        second: timedelta(minutes=20),
    }


def test_an_agent_works_on_one_at_a_time_in_the_order_in_which_they_were_given() -> None:
    scenario = desk([ticket("a", 0), ticket("b", 1), ticket("c", 2)], [person("Ada")])
    assert story(scenario) == [("Ada", 0, 0, 10), ("Ada", 1, 10, 20), ("Ada", 2, 20, 30)]


def test_a_call_is_taken_at_once_and_the_mail_goes_on_after_it_from_where_it_was() -> None:
    scenario = desk([ticket("mail", 0), ticket("call", 4, work=6, channel=Channel.PHONE)], [person("Ada")])
    assert story(scenario) == [("Ada", 0, 0, 16), ("Ada", 4, 4, 10)]


def test_what_rests_fills_hands_and_takes_no_work() -> None:
    scenario = desk(
        [ticket("a", 0, work=10, rests=timedelta(minutes=30)), ticket("b", 1)], [person("Ada", capacity=ONE)]
    )
    assert story(scenario) == [("Ada", 0, 0, 40), ("Ada", 40, 40, 50)]


def test_mail_lies_over_night_and_a_call_is_brought_to_its_end() -> None:
    mail = desk([ticket("a", 55)], [person("Ada", (0, 60), (1000, 1060))])
    assert story(mail) == [("Ada", 55, 55, 1005)]
    call = desk([ticket("a", 55, channel=Channel.PHONE)], [person("Ada", (0, 60), (1000, 1060))])
    assert story(call) == [("Ada", 55, 55, 65)]


def test_work_that_is_done_as_the_shift_ends_is_done() -> None:
    scenario = desk([ticket("a", 50), ticket("b", 51)], [person("Ada", (0, 60), (1000, 1060))])
    assert story(scenario) == [("Ada", 50, 50, 60), ("Ada", 51, 1000, 1010)]


def test_the_night_waits_for_those_who_are_about_to_come() -> None:
    """The product's rule: of four tickets the first to come takes half, while a colleague comes in twenty minutes."""
    scenario = desk(
        [ticket(name, -60, work=30) for name in "abcd"], [person("Ada", (0, 480)), person("Ewa", (20, 480))]
    )
    given = [(who, assigned) for who, assigned, _, _ in story(scenario)]
    assert sorted(given) == [("Ada", 0), ("Ada", 0), ("Ewa", 20), ("Ewa", 20)]
    assert sorted(row[0] for row in story(scenario, RuleName.LEAST_ACTIVE)) == ["Ada"] * 4


def test_what_nobody_can_have_is_left() -> None:
    scenario = desk([ticket("a", 0, need=need(language="de"))], [person("Ada")])
    assert story(scenario) == [(None, None, None, None)]


def test_a_rule_that_gives_what_cannot_be_given_is_found_out() -> None:
    class Anything:
        def give(self, waiting: Any, sight: Any) -> Any:
            return [(each, sight.people[0].agent_id) for each in waiting]

    scenario = desk([ticket("a", 0), ticket("b", 0)], [person("Ada", capacity=ONE)])
    with pytest.raises(WrongHands, match="FULL_HANDS"):
        play(scenario, Anything())


names = st.sampled_from(list(RuleName))
channels = st.sampled_from([Channel.EMAIL, Channel.CHAT, Channel.PHONE])


@st.composite
def days(draw: st.DrawFn) -> Scenario:
    tickets = [
        ticket(
            f"{place}",
            draw(st.integers(-60, 500)),
            work=draw(st.integers(1, 90)),
            channel=draw(channels),
            customer=draw(st.sampled_from("xyz")),
            rests=timedelta(minutes=draw(st.sampled_from([0, 0, 30]))),
            priority=draw(st.integers(0, 1)),
        )
        for place in range(draw(st.integers(0, 25)))
    ]
    people = []
    for place in range(draw(st.integers(1, 4))):
        begins = draw(st.integers(0, 300))
        people.append(
            person(
                f"{place}",
                (begins, begins + draw(st.integers(1, 200))),
                capacity={**DEFAULT_CAPACITY, Channel.EMAIL: draw(st.integers(1, 12))},
            )
        )
    return desk(tickets, people)


@given(days(), names)
def test_no_ticket_is_lost_or_doubled_and_every_step_follows_the_other(scenario: Scenario, name: RuleName) -> None:
    outcome = played(scenario, name)
    assert sorted(course.ticket.id for course in outcome.courses) == sorted(each.id for each in scenario.tickets)
    for course in outcome.courses:
        steps = [course.ticket.arrived, course.assigned, course.begun, course.worked, course.released]
        made = [step for step in steps if step is not None]
        assert made == sorted(made)
        assert steps == made + [None] * (len(steps) - len(made))
        assert (course.agent_id is None) == (course.assigned is None)
    done = [course for course in outcome.courses if course.worked is not None]
    worked = sum((spent for days in outcome.worked.values() for spent in days.values()), timedelta())
    assert worked >= sum((course.ticket.work for course in done), timedelta())
    assert worked <= sum((each.ticket.work for each in outcome.courses if each.begun is not None), timedelta())


@given(days(), names)
def test_nobody_ever_holds_more_than_fits_or_is_given_anything_when_away(scenario: Scenario, name: RuleName) -> None:
    outcome = played(scenario, name)
    for each in scenario.people:
        moments = [course.assigned for course in outcome.courses if course.agent_id == each.id]
        for moment in moments:
            assert moment is not None
            assert any(shift.begins <= moment < shift.ends for shift in each.shifts)
            held = in_hands(outcome, each, moment)
            assert all(held.count(channel) <= each.capacity[channel] for channel in set(held))
            mail = [channel for channel in held if channel is Channel.EMAIL]
            calls, chats = held.count(Channel.PHONE), held.count(Channel.CHAT)
            assert calls == 0 or chats == 0
            assert calls or weight(scenario, each, mail + [Channel.CHAT] * chats) <= BUDGET * FINE


def in_hands(outcome: Outcome, person: Person, moment: Any) -> list[Channel]:
    """After everything that was given at that moment."""
    return [
        course.ticket.need.channel
        for course in outcome.courses
        if course.agent_id == person.id
        and course.assigned is not None
        and course.assigned <= moment
        and (course.released is None or course.released > moment)
    ]


def weight(scenario: Scenario, person: Person, channels: list[Channel]) -> int:
    hands = Hands(Agent(person).candidate(at(0)), scenario.efforts)
    return sum(hands.weights[channel] for channel in channels)


@given(days(), names)
def test_the_same_day_goes_the_same_way_whatever_the_order_in_which_it_is_told(
    scenario: Scenario, name: RuleName
) -> None:
    once, again = played(scenario, name), played(scenario, name)
    assert once == again
    backwards = desk(list(reversed(scenario.tickets)), scenario.people)
    assert played(backwards, name).courses == once.courses


@given(days())
def test_no_ticket_overtakes_its_like_under_the_products_rule(scenario: Scenario) -> None:
    assert overtakings(play(scenario, rule(RuleName.SEZON)).courses) == 0
