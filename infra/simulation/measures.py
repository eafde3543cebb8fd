"""How well a rule did: waits, promises, fairness and occupancy, from what became of the tickets."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from math import ceil
from uuid import UUID

from domain.tickets.fairness import evenness
from domain.tickets.routing import LIVE
from infra.simulation.running import Outcome
from infra.simulation.world import Course, Scenario, Ticket


@dataclass(frozen=True)
class Waits:
    """Minutes: the mean, and what so many of a hundred did not wait longer than."""

    mean: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Figures:
    """A rule's, in a scenario. Shares are of 1; what has not happened by the end is in no wait, but kept no promise."""

    tickets: int
    unassigned: int
    unfinished: int
    assigned: Waits
    begun: Waits
    live: Waits
    """Until work on a call or chat began."""
    within_due: float
    fair_as_told: float
    """By the usual minutes of what was given, which is what an agent's share is to the router; by day."""
    fair_by_day: float
    """By what it took in the end."""
    fair_in_all: float
    occupancy: float
    least_occupied: float
    most_occupied: float
    overtakings: int
    to_previous: float
    """Of tickets whose customer knew an agent, the share given to that one."""


def waits(minutes: Iterable[float]) -> Waits:
    """All 0 of none. A percentile is the smallest that so many are not above (nearest rank)."""
    found = sorted(minutes)
    if not found:
        return Waits(0, 0, 0, 0)
    ranks = (found[ceil(len(found) * share / 100) - 1] for share in (50, 95, 99))
    return Waits(sum(found) / len(found), *ranks)


def measure(scenario: Scenario, outcome: Outcome) -> Figures:
    """All of it."""
    courses = outcome.courses
    busy = occupancies(scenario, outcome)
    known = [course for course in courses if course.previous_id is not None]
    live = [course for course in courses if course.ticket.need.channel in LIVE]
    return Figures(
        tickets=len(courses),
        unassigned=sum(course.assigned is None for course in courses),
        unfinished=sum(course.released is None for course in courses),
        assigned=waits(_minutes(courses, lambda course: course.assigned)),
        begun=waits(_minutes(courses, lambda course: course.begun)),
        live=waits(_minutes(live, lambda course: course.begun)),
        within_due=_share(course.begun is not None and course.begun <= course.ticket.due for course in courses),
        fair_as_told=fairness(scenario, courses, by_day=True, usual=True),
        fair_by_day=fairness(scenario, courses, by_day=True),
        fair_in_all=fairness(scenario, courses, by_day=False),
        occupancy=_mean_of(busy, [person.minutes(scenario.day) for person in scenario.people]),
        least_occupied=min(busy),
        most_occupied=max(busy),
        overtakings=overtakings(courses),
        to_previous=_share(course.previous_id == course.agent_id for course in known),
    )


def _minutes(courses: Iterable[Course], when: Callable[[Course], datetime | None]) -> list[float]:
    moments = ((course, when(course)) for course in courses)
    return [_in_minutes(moment - course.ticket.arrived) for course, moment in moments if moment is not None]


def _in_minutes(length: timedelta) -> float:
    return length.total_seconds() / 60


def _share(held: Iterable[bool]) -> float:
    all_of_them = list(held)
    return sum(all_of_them) / len(all_of_them) if all_of_them else 1.0


def occupancies(scenario: Scenario, outcome: Outcome) -> list[float]:
    """Of each person: the share of the time of being there that went into work."""
    return [
        sum(_in_minutes(spent) for day, spent in outcome.worked[person.id].items() if scenario.day in (None, day))
        / (person.minutes(scenario.day) or 1)
        for person in scenario.people
    ]


def _mean_of(shares: Sequence[float], weights: Sequence[float]) -> float:
    return sum(share * weight for share, weight in zip(shares, weights, strict=True)) / sum(weights)


def fairness(scenario: Scenario, courses: Iterable[Course], *, by_day: bool, usual: bool = False) -> float:
    """Jain's index of the minutes of work given per hour of being there, among the people of each team.

    Of several teams, or days when it is `by_day`, the mean by how much work each had. Whoever was there counts, also
    with nothing. The minutes are what the tickets took in the end, or what such tickets usually take.
    """
    given: dict[tuple[UUID, date | None], dict[UUID, float]] = defaultdict(lambda: defaultdict(float))
    for course in courses:
        if course.assigned is None or course.agent_id is None or scenario.day not in (None, course.assigned.date()):
            continue
        need, day = course.ticket.need, course.assigned.date() if by_day else None
        minutes = scenario.efforts[need.channel].work_minutes if usual else _in_minutes(course.ticket.work)
        given[need.team_id, day][course.agent_id] += minutes
    indices = [evenness(per_hour(scenario, team_id, day, minutes)) for (team_id, day), minutes in given.items()]
    return _mean_of(indices, [sum(minutes.values()) for minutes in given.values()]) if given else 1.0


def per_hour(scenario: Scenario, team_id: UUID, day: date | None, minutes: Mapping[UUID, float]) -> list[float]:
    """Of everybody in the team who is there: minutes per hour of that."""
    people = ((person, person.minutes(day or scenario.day)) for person in scenario.people if team_id in person.teams)
    return [minutes.get(person.id, 0.0) / there * 60 for person, there in people if there]


def work_by_person(scenario: Scenario, courses: Iterable[Course]) -> list[float]:
    """Of each person: real minutes of what was given, per hour of being there."""
    minutes: dict[UUID | None, float] = defaultdict(float)
    for course in courses:
        if course.assigned is not None and scenario.day in (None, course.assigned.date()):
            minutes[course.agent_id] += _in_minutes(course.ticket.work)
    return [minutes[person.id] / (person.minutes(scenario.day) or 1) * 60 for person in scenario.people]


def wait_by_hour(scenario: Scenario, courses: Iterable[Course]) -> dict[int, float]:
    """By the hour of arrival, the mean minutes until work began; what came before the only day has negative hours."""
    found: dict[int, list[float]] = defaultdict(list)
    for course in courses:
        if course.begun is not None:
            found[hour_of(scenario, course.ticket)].append(_in_minutes(course.begun - course.ticket.arrived))
    return {hour: sum(minutes) / len(minutes) for hour, minutes in found.items()}


def hour_of(scenario: Scenario, ticket: Ticket) -> int:
    """When it arrived."""
    days = 0 if scenario.day is None else (ticket.arrived.date() - scenario.day).days
    return days * 24 + ticket.arrived.hour


def overtakings(courses: Iterable[Course]) -> int:
    """Pairs of tickets alike in need and priority of which the later in the queue's order was given first, while the
    other was waiting."""
    alike = sorted(courses, key=lambda course: (repr(course.ticket.need), course.ticket.order))
    return sum(
        _overtaken(list(of_kind))
        for _, of_kind in groupby(alike, key=lambda course: (course.ticket.need, course.ticket.priority))
    )


def _overtaken(queue: Sequence[Course]) -> int:
    found = 0
    waiting: list[Course] = []
    for course in queue:
        if (given := course.assigned) is not None:
            found += sum(
                each.ticket.arrived <= given and (each.assigned is None or each.assigned > given) for each in waiting
            )
        waiting.append(course)
    return found
