"""Figures that can be worked out by hand."""

from datetime import timedelta
from typing import Any

import pytest

from domain.agents.channels import Channel
from infra.simulation.measures import Waits, hour_of, measure, overtakings, wait_by_hour, waits, work_by_person
from infra.simulation.running import Outcome
from infra.simulation.world import Course, Person
from tests.infra.simulation.desk import EIGHT, at, desk, need, person, ticket

ADA, EWA = person("Ada", (0, 60)), person("Ewa", (0, 120))


def course(
    name: str,
    arrived: float,
    assigned: float | None,
    *,
    agent: Person = ADA,
    previous: Person | None = None,
    **more: Any,
) -> Course:
    """Work on it begins two minutes after it was given."""
    told = ticket(name, arrived, **more)
    if assigned is None:
        return Course(told)
    begun = at(assigned + 2)
    return Course(
        told,
        agent_id=agent.id,
        previous_id=None if previous is None else previous.id,
        assigned=at(assigned),
        begun=begun,
        worked=begun + told.work,
        released=begun + told.work,
    )


def test_a_percentile_is_the_smallest_that_so_many_are_not_above() -> None:
    assert waits(range(1, 101)) == Waits(50.5, 50, 95, 99)
    assert waits([3, 1]) == Waits(2, 1, 3, 3)
    assert waits([]) == Waits(0, 0, 0, 0)


def test_all_figures_of_three_tickets() -> None:
    courses = [
        course("a", 0, 0, work=30),
        course("b", 0, 10, work=30, agent=EWA, previous=ADA),
        course("c", 20, 50, work=20, channel=Channel.CHAT, due=at(51), previous=ADA),
        course("d", 30, None),
    ]
    worked = {ADA.id: {EIGHT.date(): timedelta(minutes=45)}, EWA.id: {EIGHT.date(): timedelta(minutes=30)}}
    told = measure(desk([each.ticket for each in courses], [ADA, EWA]), Outcome(courses, worked))
    assert (told.tickets, told.unassigned, told.unfinished) == (4, 1, 1)
    assert told.assigned == Waits(40 / 3, 10, 30, 30)
    assert told.begun == Waits(46 / 3, 12, 32, 32)
    assert told.live == Waits(32, 32, 32, 32)
    assert told.within_due == 0.5
    # Ada was given 50 minutes in one hour, Ewa 30 in two: 50 and 15.
    assert told.fair_by_day == told.fair_in_all == pytest.approx(65**2 / (2 * (50**2 + 15**2)))
    # Usually a mail takes 6 and a chat 10 minutes: 16 and 3.
    assert told.fair_as_told == pytest.approx(19**2 / (2 * (16**2 + 3**2)))
    assert (told.occupancy, told.least_occupied, told.most_occupied) == (75 / 180, 0.25, 0.75)
    assert told.to_previous == 0.5


def test_a_ticket_overtakes_those_of_its_kind_that_stood_before_it_and_wait() -> None:
    first, second, third = course("a", 0, 9), course("b", 1, 5), course("c", 2, 5)
    assert overtakings([first, second, third]) == 2
    assert overtakings([first, course("b", 1, 9), course("c", 2, 10)]) == 0
    assert overtakings([course("a", 0, None), course("b", 1, 5)]) == 1


def test_none_is_overtaken_by_another_kind_or_priority_or_before_it_came() -> None:
    assert overtakings([course("a", 0, 9), course("b", 1, 5, need=need(language="de"))]) == 0
    assert overtakings([course("a", 0, 9), course("b", 1, 5, priority=1)]) == 0
    assert overtakings([course("a", 6, 9, due=at(10)), course("b", 1, 5, due=at(20))]) == 0


def test_hours_are_those_of_arrival_and_the_night_before_the_day_comes_first() -> None:
    night, noon = course("a", -600, 0), course("b", 240, 250)
    scenario = desk([night.ticket, noon.ticket], [ADA], day=EIGHT.date())
    assert [hour_of(scenario, each.ticket) for each in (night, noon)] == [-2, 12]
    assert wait_by_hour(scenario, [night, noon]) == {-2: 602, 12: 12}


def test_a_persons_work_is_what_was_given_per_hour_of_being_there() -> None:
    courses = [course("a", 0, 0, work=30), course("b", 0, 10, work=30, agent=EWA)]
    assert work_by_person(desk([each.ticket for each in courses], [ADA, EWA]), courses) == [30, 15]
