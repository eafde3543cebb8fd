"""A small desk for the simulator: one team, mail of ten minutes unless said otherwise, a day that begins at eight."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.agents.channels import DEFAULT_EFFORT, Channel
from domain.tickets.routing import Need
from infra.simulation.rules import RuleName, rule
from infra.simulation.running import Outcome, play
from infra.simulation.world import Course, Person, Scenario, Shift, Ticket, named

EIGHT = datetime(2025, 11, 28, 8, tzinfo=UTC)
TEAM = named("team")


def at(minutes: float) -> datetime:
    """So many minutes after eight."""
    return EIGHT + timedelta(minutes=minutes)


def minutes(moment: datetime | None) -> float | None:
    """After eight."""
    return None if moment is None else (moment - EIGHT).total_seconds() / 60


def need(channel: Channel = Channel.EMAIL, **more: Any) -> Need:
    return Need(channel, TEAM, contact=False, **more)


def ticket(name: str, arrived: float, *, work: float = 10, channel: Channel = Channel.EMAIL, **more: Any) -> Ticket:
    more.setdefault("need", need(channel))
    more.setdefault("customer", name)
    more.setdefault("due", at(arrived + 60))
    return Ticket(id=named("ticket", name), arrived=at(arrived), work=timedelta(minutes=work), **more)


def person(name: str, *shifts: tuple[float, float], **more: Any) -> Person:
    there = tuple(Shift(at(begins), at(ends)) for begins, ends in shifts or [(0, 480)])
    return Person(named("person", name), name, frozenset({TEAM}), there, **more)


def desk(tickets: Sequence[Ticket], people: Sequence[Person], **more: Any) -> Scenario:
    return Scenario("desk", tickets, people, DEFAULT_EFFORT, more.pop("ends", at(24 * 60)), **more)


def played(scenario: Scenario, name: RuleName = RuleName.SEZON) -> Outcome:
    return play(scenario, rule(name))


def told(scenario: Scenario, course: Course) -> tuple[str | None, float | None, float | None, float | None]:
    """Who had it, and when it was given, begun and put down."""
    names = {each.id: each.name for each in scenario.people}
    who = None if course.agent_id is None else names[course.agent_id]
    return who, minutes(course.assigned), minutes(course.begun), minutes(course.released)


def story(scenario: Scenario, name: RuleName = RuleName.SEZON) -> list[tuple[Any, ...]]:
    """What became of each ticket, by arrival."""
    return [told(scenario, course) for course in played(scenario, name).courses]
