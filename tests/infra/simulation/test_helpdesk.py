"""What follows from a log of who did what when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.agents.channels import Channel
from infra.simulation import helpdesk
from infra.simulation.helpdesk import Done
from infra.simulation.measures import measure
from infra.simulation.world import named
from tests.infra.simulation.data import written

ONE, TWO = named("agent", "Value 1"), named("agent", "Value 2")


@pytest.fixture
def rows(tmp_path: Path) -> list[Done]:
    return helpdesk.read(written(tmp_path) / helpdesk.FILE)


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 3, day, hour, minute, tzinfo=UTC)


def test_a_case_that_comes_back_is_another_ticket(rows: list[Done]) -> None:
    found = {(each.customer, each.arrived): each for each in helpdesk.scenario(rows).tickets}
    assert list(found) == [("Acme", march(3, 9)), ("Acme", march(5, 8)), ("Bolt", march(3, 9, 35))]
    assert {each.due - each.arrived for each in found.values()} == {timedelta(hours=24)}


def test_work_is_the_time_since_the_agent_or_the_case_was_busied_last_and_the_rest_is_rest(rows: list[Done]) -> None:
    """Resolving the next day, and what an agent has not begun that day, count the least; nothing more than 4 hours."""
    first, again, over_night = helpdesk.scenario(rows).tickets
    assert (first.work, first.rests) == (timedelta(minutes=50), timedelta())
    assert (again.work, again.rests) == (timedelta(hours=4), timedelta(hours=2))
    assert (over_night.work, over_night.rests) == (timedelta(minutes=1), timedelta(hours=30, minutes=29))


def test_people_are_there_on_days_on_which_they_did_anything_and_can_do_what_they_did(rows: list[Done]) -> None:
    first, second = helpdesk.scenario(rows).people
    assert (first.name, second.name) == ("1", "2")
    assert [(shift.begins, shift.ends) for shift in first.shifts] == [
        (march(3, 7), march(3, 16)),
        (march(4, 7), march(4, 17, 31)),
    ]
    assert [shift.begins for shift in second.shifts] == [march(3, 7), march(5, 7)]
    assert (first.skills, second.skills) == ({named("product", "P2"): 1}, {named("product", "P1"): 1})


def test_an_item_takes_the_minutes_that_it_usually_took(rows: list[Done]) -> None:
    efforts = helpdesk.scenario(rows).efforts
    assert {channel: each.work_minutes for channel, each in efforts.items()} == {Channel.EMAIL: 97}


def test_as_it_was_is_measured_by_the_same_measures(rows: list[Done]) -> None:
    scenario = helpdesk.scenario(rows)
    told = measure(scenario, helpdesk.as_it_was(scenario, rows))
    assert (told.assigned.p50, told.assigned.p99) == (10, 85)
    assert (told.to_previous, told.overtakings, told.unassigned) == (1, 0, 0)
    # 50 minutes and 6 hours, of which 4 count, in two days of 9 hours; none in 9 and ten and a half.
    assert (told.least_occupied, told.most_occupied) == (0, 290 / 1080)
