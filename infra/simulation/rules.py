"""Rules of who gets what.

All obey the same abilities, seats, shifts and room, for they look at the product's own `unable` and `Hands`; they
differ in whom they prefer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from domain.agents.channels import Channel, Effort
from domain.tickets.passing import Pass, Waiting
from domain.tickets.routing import Candidate, Hands, Need, unable
from domain.tickets.sweeping import BEYOND, MOST
from infra.simulation.world import Ticket

Efforts = Mapping[Channel, Effort]
Given = tuple[Ticket, UUID]


@dataclass(frozen=True)
class Sight:
    """What a rule sees beside the tickets that wait: all people, present or not."""

    people: Sequence[Candidate]
    known: Mapping[str, UUID]
    """The agent whom a customer had last."""
    rested: Mapping[UUID, datetime]
    """Of those who work on nothing at this moment, since when."""
    efforts: Efforts
    now: datetime


class RuleName(StrEnum):
    SEZON = "sezon"
    STRANGERS = "sezon-strangers"
    ROUND_ROBIN = "round-robin"
    LEAST_ACTIVE = "least-active"
    FIRST_COME = "first-come"


class Rule(Protocol):
    """Asked whenever anything has changed. It may remember what it has given."""

    def give(self, waiting: Sequence[Ticket], sight: Sight) -> list[Given]:
        """Who gets which of the tickets that wait."""


def rule(name: RuleName) -> Rule:
    """A rule that has given nothing yet."""
    return _RULES[name]()


@dataclass
class Sezon:
    """The product's own pass, with as many tickets of each kind before it as a sweep reads.

    Unless it is `acquainted`, no customer knows anybody.
    """

    acquainted: bool = True

    def give(self, waiting: Sequence[Ticket], sight: Sight) -> list[Given]:
        one_pass = Pass(sight.people, sight.efforts, at=sight.now)
        heads = _heads(one_pass, waiting)
        known = sight.known if self.acquainted else {}
        decisions = one_pass.decide([Waiting(each.id, each.need, known.get(each.customer)) for each in heads])
        return [
            (ticket, decision.agent_id)
            for ticket, decision in zip(heads, decisions, strict=True)
            if decision.agent_id is not None
        ]


def _heads(one_pass: Pass, waiting: Iterable[Ticket]) -> list[Ticket]:
    kinds: dict[Need, list[Ticket]] = defaultdict(list)
    for ticket in sorted(waiting, key=lambda each: each.order):
        kinds[ticket.need].append(ticket)
    heads = [ticket for need, alike in kinds.items() for ticket in alike[: one_pass.room(need, most=MOST) + BEYOND]]
    return sorted(heads, key=lambda each: each.order)


@dataclass
class Greedy:
    """Looks at the tickets one by one, and gives each to the first, in its own order, of those who can take it."""

    prefers: Callable[[Mapping[UUID, int], Sight, Hands], tuple[Any, ...]]
    queues: Callable[[Ticket], tuple[Any, ...]] = lambda ticket: ticket.order
    turns: dict[UUID, int] = field(default_factory=dict)
    """When each agent had a turn last, counted from 1."""

    def give(self, waiting: Sequence[Ticket], sight: Sight) -> list[Given]:
        hands = [Hands(each, sight.efforts) for each in sight.people]
        able: dict[Need, list[Hands]] = {}
        given = []
        for ticket in sorted(waiting, key=self.queues):
            if ticket.need not in able:
                able[ticket.need] = [each for each in hands if unable(ticket.need, each.candidate) is None]
            free = [each for each in able[ticket.need] if each.hindrance(ticket.need.channel) is None]
            if free:
                chosen = min(free, key=lambda each: self.prefers(self.turns, sight, each))
                chosen.take(ticket.need.channel, sight.now)
                self.turns[chosen.candidate.agent_id] = max(self.turns.values(), default=0) + 1
                given.append((ticket, chosen.candidate.agent_id))
        return given


def _longest_without_turn(turns: Mapping[UUID, int], _sight: Sight, hands: Hands) -> tuple[Any, ...]:
    """In turns; who cannot take one keeps the place, and who had none yet comes first."""
    return turns.get(hands.candidate.agent_id, 0), hands.candidate.agent_id


def _fewest_in_hand(_turns: Mapping[UUID, int], _sight: Sight, hands: Hands) -> tuple[Any, ...]:
    return sum(hands.held.values()), hands.candidate.agent_id


def _longest_idle(turns: Mapping[UUID, int], sight: Sight, hands: Hands) -> tuple[Any, ...]:
    """Those who work on nothing, by how long; then those who do, in turns. Who is given one works."""
    id = hands.candidate.agent_id
    rested = None if hands.given > hands.candidate.given else sight.rested.get(id)
    return rested is None, rested or sight.now, turns.get(id, 0), id


def _arrival(ticket: Ticket) -> tuple[Any, ...]:
    return ticket.arrived, ticket.id


_RULES: Mapping[RuleName, Callable[[], Rule]] = {
    RuleName.SEZON: Sezon,
    RuleName.STRANGERS: lambda: Sezon(acquainted=False),
    RuleName.ROUND_ROBIN: lambda: Greedy(_longest_without_turn),
    RuleName.LEAST_ACTIVE: lambda: Greedy(_fewest_in_hand),
    RuleName.FIRST_COME: lambda: Greedy(_longest_idle, _arrival),
}
