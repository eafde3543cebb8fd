"""Who can have a ticket, and why somebody cannot: pure.

Formula: an agent's work is the usual minutes of what was given to the agent today, per hour of being there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from domain.agents.channels import BUDGET, Channel, Effort
from domain.agents.models import Presence
from domain.seats.models import SeatKind

FINE = 100
"""Weights are counted in so fine parts of the budget, for who may hold more of a channel has lighter items of it."""

SHORTEST_DAY = 15.0
"""Minutes that everybody counts as having been there, so that a first item weighs about the same for all."""

HAND_OVERS = 2
"""How often a ticket changes hands at most before a senior gets it; an index on tickets is made for this number."""

LIVE = frozenset({Channel.CHAT, Channel.PHONE})
"""The channels on which somebody waits at this moment. Everything else can be laid aside for a call."""


class Exclusion(StrEnum):
    """Why a candidate cannot have the ticket; the first that applies, in this order.

    Decisions keep these names for ever: one can come, none can go or be called otherwise.
    """

    OTHER_TEAM = "OTHER_TEAM"
    GAVE_IT_BACK = "GAVE_IT_BACK"
    NOT_ONLINE = "NOT_ONLINE"
    OFF_SHIFT = "OFF_SHIFT"
    NO_SEAT = "NO_SEAT"
    LIGHT_SEAT = "LIGHT_SEAT"
    LACKS_SKILL = "LACKS_SKILL"
    LACKS_LANGUAGE = "LACKS_LANGUAGE"
    NOT_SENIOR = "NOT_SENIOR"
    ON_A_CALL = "ON_A_CALL"
    FULL_HANDS = "FULL_HANDS"
    COLLEAGUES_COMING = "COLLEAGUES_COMING"
    KEPT_FOR_OWN_WORK = "KEPT_FOR_OWN_WORK"


class RoutingReason(StrEnum):
    """What decided, or why nobody was chosen. TAKEN: the agent asked for the next one."""

    ONLY_CANDIDATE = "ONLY_CANDIDATE"
    PREVIOUS_AGENT = "PREVIOUS_AGENT"
    LEAST_WORK = "LEAST_WORK"
    LONGEST_IDLE = "LONGEST_IDLE"
    NOBODY_ELIGIBLE = "NOBODY_ELIGIBLE"
    TAKEN = "TAKEN"


@dataclass(frozen=True)
class Need:
    """What a ticket asks of the agent who gets it: `skills` by their least level, sorted by id.

    `lines` are the teams that help its team out at this time, in their order; `without` those who gave it back.
    """

    channel: Channel
    team_id: UUID
    contact: bool
    skills: tuple[tuple[UUID, int], ...] = ()
    language: str | None = None
    senior: bool = False
    lines: tuple[UUID, ...] = ()
    without: frozenset[UUID] = frozenset()

    @cached_property
    def _hash(self) -> int:
        return hash((self.channel, self.team_id, self.contact, self.skills, self.language, self.lines, self.without))

    def __hash__(self) -> int:
        return self._hash  # of one need for all tickets of a kind, and asked for at each of them


@dataclass(frozen=True)
class Abilities:
    """What an agent can do, and how many tickets of a channel at once: one object for all who can the same."""

    teams: frozenset[UUID]
    skills: Mapping[UUID, int]
    languages: frozenset[str]
    capacity: Mapping[Channel, int]

    @cached_property
    def _hash(self) -> int:
        return hash((self.teams, frozenset(self.skills.items()), self.languages, frozenset(self.capacity.items())))

    def __hash__(self) -> int:
        return self._hash


class Candidate(NamedTuple):
    """An agent as the router sees one: `held` counts the open tickets per channel.

    `given` is the usual minutes of what the agent was given today, `present` the minutes of being there. `expected`
    says that a shift begins soon or has just begun without the agent. `lent` says that the agent holds something of
    another team's. `version` is the agent's at that sight.
    """

    agent_id: UUID
    abilities: Abilities
    presence: Presence
    seat: SeatKind | None
    held: Mapping[Channel, int]
    idle_since: datetime
    given: int = 0
    present: float = 0.0
    on_shift: bool = True
    expected: bool = False
    senior: bool = False
    lent: bool = False
    version: int = 0

    @property
    def at_work(self) -> bool:
        return self.presence is Presence.ONLINE and self.on_shift and self.seat is not None

    @property
    def likeness(self) -> tuple[Any, ...]:
        """Alike for all who could have the same tickets, whatever is in their hands, and unless they gave one back."""
        return self.abilities, self.presence, self.seat, self.on_shift, self.expected, self.senior


def turn_of(need: Need, candidate: Candidate) -> int | None:
    """When it is the candidate's turn to be looked at: 0 with the ticket's own team, n with the n-th line, or never."""
    if need.team_id in candidate.abilities.teams:
        return 0
    return next((turn for turn, line in enumerate(need.lines, 1) if line in candidate.abilities.teams), None)


def unable(need: Need, candidate: Candidate) -> Exclusion | None:
    """What keeps the candidate from all such tickets at this time, whatever is in the hands; or None."""
    if turn_of(need, candidate) is None:
        return Exclusion.OTHER_TEAM
    if candidate.agent_id in need.without:
        return Exclusion.GAVE_IT_BACK
    if candidate.presence is not Presence.ONLINE:
        return Exclusion.NOT_ONLINE
    if not candidate.on_shift:
        return Exclusion.OFF_SHIFT
    return unfit(need, candidate)


def coming(need: Need, candidate: Candidate) -> bool:
    """Whether the candidate is not here yet, is expected, and could have such tickets then."""
    return (
        candidate.expected
        and candidate.presence is not Presence.ONLINE
        and need.team_id in candidate.abilities.teams
        and unfit(need, candidate) is None
    )


def waited_for(need: Need, candidate: Candidate) -> bool:
    """Whether such tickets, once handed over too often, wait for the candidate: a senior of their team who could have
    them, at work or not, also after giving one back. Else the senior's no would bring it back to whoever passed it on.
    """
    return (
        candidate.senior
        and need.team_id in candidate.abilities.teams
        and candidate.abilities.capacity.get(need.channel, 0) > 0
        and unfit(need, candidate) is None
    )


def unfit(need: Need, candidate: Candidate) -> Exclusion | None:
    """What keeps the candidate from such tickets at work or not, in whatever team."""
    if candidate.seat is None:
        return Exclusion.NO_SEAT
    if need.contact and candidate.seat is not SeatKind.FULL:
        return Exclusion.LIGHT_SEAT
    can = candidate.abilities
    if any(can.skills.get(skill_id, 0) < level for skill_id, level in need.skills):
        return Exclusion.LACKS_SKILL
    if need.language is not None and need.language not in can.languages:
        return Exclusion.LACKS_LANGUAGE
    return Exclusion.NOT_SENIOR if need.senior and not candidate.senior else None


def weights_of(abilities: Abilities, efforts: Mapping[Channel, Effort]) -> dict[Channel, int]:
    """What an item of each channel takes of the budget: less for who may hold more of it than that allows."""
    return {channel: _weight(abilities.capacity.get(channel, 0), effort) for channel, effort in efforts.items()}


def _weight(most: int, effort: Effort) -> int:
    return min(effort.weight * FINE, BUDGET * FINE // most if most else BUDGET * FINE)


class Hands:
    """What a candidate holds while a pass goes on. `weights` are those of the abilities, for who knows them.

    `work` is the minutes of work per hour of being there; `turn` is who comes first: by work, idle time and id.
    """

    __slots__ = (
        "_capacity",
        "_hours",
        "alone",
        "candidate",
        "efforts",
        "given",
        "held",
        "lent",
        "turn",
        "weight",
        "weights",
        "work",
    )

    def __init__(
        self,
        candidate: Candidate,
        efforts: Mapping[Channel, Effort],
        *,
        weights: Mapping[Channel, int] | None = None,
    ) -> None:
        self.candidate, self.efforts = candidate, efforts
        self.weights = weights_of(candidate.abilities, efforts) if weights is None else weights
        self.held = dict(candidate.held)
        self.weight = 0
        self.given, self.lent = candidate.given, candidate.lent
        self.alone = False
        """Whether there is something in them beside which nothing is taken."""
        for channel, count in candidate.held.items():
            self.weight += count * self.weights[channel]
            self.alone = self.alone or (count > 0 and efforts[channel].exclusive)
        self._capacity = candidate.abilities.capacity
        self._hours = max(candidate.present, SHORTEST_DAY) / 60
        self._wait_since(candidate.idle_since)

    def _wait_since(self, idle_since: datetime) -> None:
        self.work = self.given / self._hours
        self.turn = self.work, idle_since, self.candidate.agent_id

    def hindrance(self, channel: Channel) -> Exclusion | None:
        """Why the hands can take no more of the channel; once there is a reason, it stays until something is put down.

        A call is taken beside mail, but never beside a chat or another call, and nothing is taken beside a call.
        """
        held, effort = self.held, self.efforts[channel]
        if self.alone:
            return Exclusion.ON_A_CALL
        if held.get(channel, 0) >= self._capacity.get(channel, 0):
            return Exclusion.FULL_HANDS
        if effort.exclusive:
            return Exclusion.FULL_HANDS if any(held.get(live, 0) for live in LIVE) else None
        return Exclusion.FULL_HANDS if self.weight + self.weights[channel] > BUDGET * FINE else None

    def room(self, channel: Channel) -> int:
        """How many more of the channel the hands could take, nothing else being given."""
        if self.hindrance(channel) is not None:
            return 0
        free = self._capacity.get(channel, 0) - self.held.get(channel, 0)
        return (
            1 if self.efforts[channel].exclusive else min(free, (BUDGET * FINE - self.weight) // self.weights[channel])
        )

    def take(self, channel: Channel, at: datetime) -> None:
        """One more ticket of the channel."""
        self.held[channel] = self.held.get(channel, 0) + 1
        self.weight += self.weights[channel]
        self.given += self.efforts[channel].work_minutes
        self.alone = self.efforts[channel].exclusive
        self._wait_since(at)
