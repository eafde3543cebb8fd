"""A scenario played under a rule, event by event: the same each time, for nothing in it is left to chance."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any
from uuid import UUID

from domain.tickets.routing import Hands, unable
from infra.simulation.agents import Agent, Item
from infra.simulation.rules import Rule, Sight
from infra.simulation.world import NONE, Course, Scenario, Ticket


@dataclass(frozen=True)
class Outcome:
    """What became of every ticket, in the order of their arrival, and how long each agent worked on each day."""

    courses: list[Course]
    worked: Mapping[UUID, Mapping[date, timedelta]]


class WrongHands(AssertionError):
    """A rule has given somebody what that agent cannot have, or has no room for."""


def play(scenario: Scenario, rule: Rule) -> Outcome:
    """From the first event until the scenario's end. Raises WrongHands."""
    run = _Run(scenario, rule)
    run.play()
    return Outcome(
        sorted(run.courses.values(), key=lambda course: (course.ticket.arrived, course.ticket.id)),
        {id: agent.worked for id, agent in run.agents.items()},
    )


@dataclass(order=True)
class _Event:
    at: datetime
    number: int
    what: str = field(compare=False)
    whom: Any = field(compare=False)


class _Run:
    def __init__(self, scenario: Scenario, rule: Rule) -> None:
        self.agents = {person.id: Agent(person) for person in scenario.people}
        self.courses = {ticket.id: Course(ticket) for ticket in scenario.tickets}
        self._scenario, self._rule = scenario, rule
        self._waiting: dict[UUID, Course] = {}
        self._known: dict[str, UUID] = {}
        self._numbers, self._places = count(), count()
        self._events: list[_Event] = []

    def play(self) -> None:
        for course in self.courses.values():
            self._plan(course.ticket.arrived, "arrives", course)
        for agent in self.agents.values():
            for shift in agent.person.shifts:
                self._plan(shift.begins, "comes", agent)
                self._plan(shift.ends, "leaves", agent)
        heapify(self._events)
        while self._events and self._events[0].at < self._scenario.ends:
            now = self._events[0].at
            touched: dict[Agent, None] = {}
            while self._events and self._events[0].at == now:
                touched.update(dict.fromkeys(self._happen(heappop(self._events))))
            touched.update(dict.fromkeys(self._give(now)))
            for agent in touched:
                self._turn_to_work(agent, now)

    def _plan(self, at: datetime, what: str, whom: Any) -> None:
        heappush(self._events, _Event(at, next(self._numbers), what, whom))

    def _happen(self, event: _Event) -> Iterable[Agent]:
        """Returns those who may turn to something else by it."""
        now, whom = event.at, event.whom
        match event.what:
            case "arrives":
                self._waiting[whom.ticket.id] = whom
                return ()
            case "comes":
                whom.here, whom.idle_since, whom.rested_since = True, now, now
                return (whom,)
            case "leaves":
                whom.here = False
                return (whom,)
            case "is done":
                return self._done(*whom, now=now)
            case _:  # has rested
                agent, item = whom
                agent.release(item, now)
                return ()

    def _done(self, agent: Agent, changed: int, *, now: datetime) -> Iterable[Agent]:
        if agent.changed != changed:
            return ()  # it was laid aside meanwhile
        item = agent.finish(now)
        if item.course.ticket.rests > NONE:
            self._plan(now + item.course.ticket.rests, "has rested", (agent, item))
        else:
            agent.release(item, now)
        return (agent,)

    def _turn_to_work(self, agent: Agent, now: datetime) -> None:
        done = agent.turn_to_work(now)
        if done is not None:
            self._plan(done, "is done", (agent, agent.changed))

    def _give(self, now: datetime) -> Iterable[Agent]:
        """Ask the rule; returns who was given something."""
        if not self._waiting or not any(agent.here for agent in self.agents.values()):
            return ()
        resting = {id: agent.resting_since() for id, agent in self.agents.items()}
        sight = Sight(
            people=[agent.candidate(now) for agent in self.agents.values()],
            known=dict(self._known),
            rested={id: since for id, since in resting.items() if since is not None},
            efforts=self._scenario.efforts,
            now=now,
        )
        given = self._rule.give([course.ticket for course in self._waiting.values()], sight)
        for ticket, agent_id in given:
            self._hand_over(ticket, self.agents[agent_id], sight.known.get(ticket.customer), now)
        return [self.agents[agent_id] for _, agent_id in given]

    def _hand_over(self, ticket: Ticket, agent: Agent, previous_id: UUID | None, now: datetime) -> None:
        self._refuse_what_is_wrong(ticket, agent, now)
        course = self._waiting.pop(ticket.id)
        course.agent_id, course.assigned, course.previous_id = agent.person.id, now, previous_id
        agent.take(Item(course, next(self._places), ticket.work), self._scenario.efforts[ticket.need.channel], now)
        self._known[ticket.customer] = agent.person.id

    def _refuse_what_is_wrong(self, ticket: Ticket, agent: Agent, now: datetime) -> None:
        candidate = agent.candidate(now)
        why = unable(ticket.need, candidate) or Hands(candidate, self._scenario.efforts).hindrance(ticket.need.channel)
        if why is not None:
            raise WrongHands(f"{agent.person.name} cannot have a ticket at {now}: {why}.")
