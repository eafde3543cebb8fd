"""Who gets a ticket: a pure choice between candidates, with its reason."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.seats.models import SeatKind

NEAREST = 3
"""How many of those who all but qualified are named in a decision."""


class Exclusion(StrEnum):
    """Why a candidate cannot have the ticket; the first that applies, in this order."""

    OTHER_TEAM = "OTHER_TEAM"
    NOT_ONLINE = "NOT_ONLINE"
    NO_SEAT = "NO_SEAT"
    LIGHT_SEAT = "LIGHT_SEAT"
    LACKS_SKILL = "LACKS_SKILL"
    FULL_HANDS = "FULL_HANDS"


class RoutingReason(StrEnum):
    """What decided, or why nobody was chosen. TAKEN: the agent asked for the next one."""

    ONLY_CANDIDATE = "ONLY_CANDIDATE"
    LEAST_LOADED = "LEAST_LOADED"
    LONGEST_IDLE = "LONGEST_IDLE"
    NOBODY_ELIGIBLE = "NOBODY_ELIGIBLE"
    TAKEN = "TAKEN"


@dataclass(frozen=True)
class Need:
    """What a ticket asks of the agent who gets it: `skills` with the least level of each."""

    channel: Channel
    team_id: UUID
    skills: Mapping[UUID, int]
    contact: bool


@dataclass(frozen=True)
class Candidate:
    """An agent as the router sees one: `held` counts the open tickets per channel, `capacity` how many may be.

    `version` is the agent's at that sight: presence, teams, skills and capacity have changed when it differs.
    """

    agent_id: UUID
    teams: frozenset[UUID]
    skills: Mapping[UUID, int]
    presence: Presence
    seat: SeatKind | None
    capacity: Mapping[Channel, int]
    held: Mapping[Channel, int]
    idle_since: datetime
    version: int = 0

    def load(self, channel: Channel) -> Fraction:
        """Held tickets of the channel as a share of its capacity."""
        return Fraction(self.held.get(channel, 0), max(self.capacity.get(channel, 0), 1))

    def taking(self, channel: Channel, at: datetime) -> "Candidate":
        """The same agent with one more ticket of the channel."""
        held = {**self.held, channel: self.held.get(channel, 0) + 1}
        return replace(self, held=held, idle_since=at)


@dataclass(frozen=True)
class Choice:
    """The agent chosen (None: the ticket stays in its queue), what decided, and who was excluded why."""

    agent_id: UUID | None
    reason: RoutingReason
    eligible: int
    excluded: tuple[tuple[UUID, Exclusion], ...]

    def detail(self) -> dict[str, Any]:
        """What was weighed, of bounded size: how many were eligible, how many were not by reason, the nearest misses.

        The further down the list of exclusions somebody got, the nearer; who is of another team is never near.
        """
        order = list(Exclusion)
        misses = sorted(
            ((agent_id, why) for agent_id, why in self.excluded if why is not Exclusion.OTHER_TEAM),
            key=lambda miss: (-order.index(miss[1]), miss[0]),
        )
        counts = Counter(why for _, why in self.excluded)
        return {
            "eligible": self.eligible,
            "excluded": {why.value: counts[why] for why in order if counts[why]},
            "nearest": {str(agent_id): why.value for agent_id, why in misses[:NEAREST]},
        }


def choose(need: Need, candidates: Iterable[Candidate]) -> Choice:
    """The eligible candidate with the least load, among equals the one idle longest, among those the lowest id."""
    eligible: list[Candidate] = []
    excluded: list[tuple[UUID, Exclusion]] = []
    for candidate in candidates:
        why = exclusion(need, candidate)
        if why is None:
            eligible.append(candidate)
        else:
            excluded.append((candidate.agent_id, why))
    if not eligible:
        return Choice(None, RoutingReason.NOBODY_ELIGIBLE, 0, tuple(excluded))
    best = min(eligible, key=lambda c: (c.load(need.channel), c.idle_since, c.agent_id))
    return Choice(best.agent_id, _deciding(need, best, eligible), len(eligible), tuple(excluded))


def exclusion(need: Need, candidate: Candidate) -> Exclusion | None:
    """Why the candidate cannot have the ticket, or None."""
    if need.team_id not in candidate.teams:
        return Exclusion.OTHER_TEAM
    if candidate.presence is not Presence.ONLINE:
        return Exclusion.NOT_ONLINE
    if candidate.seat is None:
        return Exclusion.NO_SEAT
    if need.contact and candidate.seat is not SeatKind.FULL:
        return Exclusion.LIGHT_SEAT
    if any(candidate.skills.get(skill_id, 0) < level for skill_id, level in need.skills.items()):
        return Exclusion.LACKS_SKILL
    if candidate.held.get(need.channel, 0) >= candidate.capacity.get(need.channel, 0):
        return Exclusion.FULL_HANDS
    return None


def _deciding(need: Need, best: Candidate, eligible: list[Candidate]) -> RoutingReason:
    if len(eligible) == 1:
        return RoutingReason.ONLY_CANDIDATE
    as_light = [c for c in eligible if c.load(need.channel) == best.load(need.channel)]
    return RoutingReason.LEAST_LOADED if len(as_light) == 1 else RoutingReason.LONGEST_IDLE
