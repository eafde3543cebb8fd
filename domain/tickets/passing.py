"""One pass over the queues: who gets which ticket, in the tickets' order. Pure, and the same each time it is made.

Whoever can have tickets of a kind stands in a heap by work, idle time and id; the ticket's own team in the first, each
line that helps it out in one of its own, which is looked at when nobody before it has a free hand. In a pass hands only
fill, so the heaps need no search: an entry that has moved since is put where it belongs when it comes up, and who is
full falls out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any, NamedTuple
from uuid import UUID

from domain.agents.channels import Channel, Effort
from domain.tickets.routing import (
    Abilities,
    Candidate,
    Exclusion,
    Hands,
    Need,
    RoutingReason,
    coming,
    turn_of,
    unable,
    weights_of,
)


@dataclass(frozen=True)
class Keep:
    """How many people of a line at work are lent to nobody, beside those who are also in one of the teams it helps."""

    count: int
    helps: frozenset[UUID] = frozenset()


Kept = Mapping[UUID, Keep]
"""By the line's team."""


class Waiting(NamedTuple):
    """A ticket in a queue. `previous_id` is the agent whom its customer knows."""

    ticket_id: UUID
    need: Need
    previous_id: UUID | None = None


class Rival(NamedTuple):
    """Who came next, and with how much work."""

    agent_id: UUID
    work: float


class Decision(NamedTuple):
    """The agent chosen (None: the ticket stays where it is) and what decided.

    `work` is the chosen one's before this ticket, in minutes per hour; `line` the team that lends the agent, if it is
    another than the ticket's; `excluded` counts, of a ticket that stays, who could not have it and why.
    """

    ticket_id: UUID
    agent_id: UUID | None
    reason: RoutingReason
    work: float = 0.0
    rival: Rival | None = None
    excluded: Mapping[Exclusion, int] | None = None
    line: UUID | None = None


class Pass:
    """A pass at an instant, with what the candidates hold by now."""

    def __init__(
        self,
        candidates: Iterable[Candidate],
        efforts: Mapping[Channel, Effort],
        *,
        at: datetime,
        kept: Kept | None = None,
    ) -> None:
        self._hands = {each.candidate.agent_id: each for each in hands_of(candidates, efforts)}
        self._alike: dict[Any, list[Hands]] = {}
        for hands in self._hands.values():
            self._alike.setdefault(hands.candidate.likeness, []).append(hands)
        self._kinds: dict[Need, _Kind] = {}
        self._lending = _Lending(self._hands.values(), kept or {})
        self._at = at

    def room(self, need: Need, *, most: int) -> int:
        """How many tickets of the kind all hands could take, if nothing else waited; counted until there are `most`."""
        return self._of(need).room(most)

    def decide(self, waiting: Sequence[Waiting]) -> list[Decision]:
        """A decision for each ticket, in their order, on top of those that were made before."""
        self.expect(Counter(each.need for each in waiting))
        return [self.decide_next(each) for each in waiting]

    def expect(self, counts: Mapping[Need, int]) -> None:
        """Say how many tickets of each kind there are, of which nobody is given more than a fair part."""
        for need, count in counts.items():
            self._of(need).expect(count)

    def decide_next(self, waiting: Waiting) -> Decision:
        """The decision for the next ticket."""
        return self._of(waiting.need).decide(waiting, self._at)

    def whereabouts(self, need: Need) -> dict[UUID, Exclusion | None]:
        """Of everybody, why they could not have a ticket of the kind now; None for those who could."""
        return self._of(need).whereabouts()

    def work_of(self, agent_id: UUID) -> float:
        """The agent's minutes of work per hour by now."""
        return self._hands[agent_id].work

    def _of(self, need: Need) -> "_Kind":
        found = self._kinds.get(need)
        if found is None:
            found = self._kinds[need] = _Kind(need, self._alike.values(), self._lending)
        return found


class _Lending:
    """How many of each team can still be lent. They only become fewer in a pass."""

    def __init__(self, everybody: Iterable[Hands], kept: Kept) -> None:
        free = (hands.candidate for hands in everybody if kept and not hands.lent)
        here = [candidate.abilities.teams for candidate in free if candidate.at_work]
        self._spare = {
            team_id: sum(team_id in teams and not keep.helps & teams for teams in here) - keep.count
            for team_id, keep in kept.items()
        }

    def refuses(self, hands: Hands) -> bool:
        """Whether one of the agent's teams cannot spare the agent. Whoever is lent already can take more."""
        return not hands.lent and any(self._spare.get(team_id, 1) <= 0 for team_id in hands.candidate.abilities.teams)

    def lend(self, hands: Hands) -> None:
        if not hands.lent:
            hands.lent = True
            for team_id in self._spare.keys() & hands.candidate.abilities.teams:
                self._spare[team_id] -= 1


class _Tier:
    """Those of a team who can have tickets of a kind; in a line's, `line` is its team."""

    def __init__(self, line: UUID | None, able: Mapping[UUID, Hands]) -> None:
        self.line = line
        self.able = able
        self.heap = [hands.turn for hands in able.values()]
        heapify(self.heap)


class _Kind:
    """The tickets that ask for the same, and who can have them."""

    def __init__(self, need: Need, alike: Iterable[Sequence[Hands]], lending: _Lending) -> None:
        """`alike` is everybody, those together who can the same."""
        self._need = need
        self._lending = lending
        self._unable: list[tuple[Exclusion, Sequence[Hands]]] = []
        self._expected = 0
        able: list[dict[UUID, Hands]] = [{} for _ in range(1 + len(need.lines))]
        for those in _apart(alike, need.without):
            one = those[0].candidate
            why, turn = unable(need, one), turn_of(need, one)
            if why is None and turn is not None:
                able[turn].update((hands.candidate.agent_id, hands) for hands in those)
            elif why is not None:
                self._unable.append((why, those))
                self._expected += len(those) * coming(need, one)
        self._tiers = [_Tier(line, theirs) for line, theirs in zip((None, *need.lines), able, strict=True)]
        self._part: int | None = None
        self._excluded: Counter[Exclusion] | None = None

    def able(self) -> list[Hands]:
        return [hands for tier in self._tiers for hands in tier.able.values()]

    def room(self, most: int) -> int:
        found = 0
        for tier in self._tiers:
            for hands in tier.able.values():
                if tier.line is None or not self._lending.refuses(hands):
                    found += hands.room(self._need.channel)
                if found >= most:
                    return most
        return found

    def expect(self, count: int) -> None:
        """While colleagues are expected nobody holds more than an equal part of what there is; at least one."""
        if self._expected:
            able = self.able()
            held = sum(hands.held.get(self._need.channel, 0) for hands in able)
            self._part = -(-(count + held) // (len(able) + self._expected)) or 1

    def _hindrance(self, tier: _Tier, hands: Hands) -> Exclusion | None:
        why = hands.hindrance(self._need.channel)
        if why is None and self._part is not None and hands.held.get(self._need.channel, 0) >= self._part:
            return Exclusion.COLLEAGUES_COMING
        if why is None and tier.line is not None and self._lending.refuses(hands):
            return Exclusion.KEPT_FOR_OWN_WORK
        return why

    def decide(self, waiting: Waiting, at: datetime) -> Decision:
        for tier in self._tiers:
            known = tier.able.get(waiting.previous_id) if waiting.previous_id is not None else None
            if known is not None and self._hindrance(tier, known) is None:
                return self._give(waiting, tier, known, RoutingReason.PREVIOUS_AGENT, None, at)
            first = self._top(tier)
            if first is not None:
                heappop(tier.heap)
                second = self._top(tier)
                decision = self._give(waiting, tier, first, _deciding(first, second), second, at)
                heappush(tier.heap, first.turn)
                return decision
        return Decision(waiting.ticket_id, None, RoutingReason.NOBODY_ELIGIBLE, excluded=self._exclusions())

    def _top(self, tier: _Tier) -> Hands | None:
        """The first in the heap who can take one; who cannot any more falls out of it."""
        while tier.heap:
            hands = tier.able[tier.heap[0][2]]
            if hands.turn is not tier.heap[0]:
                heapreplace(tier.heap, hands.turn)
            elif self._hindrance(tier, hands) is not None:
                heappop(tier.heap)
            else:
                return hands
        return None

    def _give(
        self, waiting: Waiting, tier: _Tier, hands: Hands, reason: RoutingReason, second: Hands | None, at: datetime
    ) -> Decision:
        rival = None if second is None else Rival(second.candidate.agent_id, second.work)
        chosen = hands.candidate.agent_id
        decision = Decision(waiting.ticket_id, chosen, reason, hands.work, rival, line=tier.line)
        hands.take(self._need.channel, at)
        if tier.line is not None:
            self._lending.lend(hands)
        return decision

    def _exclusions(self) -> Counter[Exclusion]:
        """Counted once: from the first ticket that stays on, all of the kind stay."""
        if self._excluded is None:
            self._excluded = Counter(why for why in self.whereabouts().values() if why is not None)
        return self._excluded

    def whereabouts(self) -> dict[UUID, Exclusion | None]:
        able = {agent_id: self._hindrance(tier, hands) for tier in self._tiers for agent_id, hands in tier.able.items()}
        return {hands.candidate.agent_id: why for why, those in self._unable for hands in those} | able


def hands_of(candidates: Iterable[Candidate], efforts: Mapping[Channel, Effort]) -> list[Hands]:
    """What each holds, in their order; what an item weighs is looked up once for all who can the same."""
    known: dict[Abilities, Mapping[Channel, int]] = {}
    found = []
    for candidate in candidates:
        weights = known.get(candidate.abilities)
        if weights is None:
            weights = known[candidate.abilities] = weights_of(candidate.abilities, efforts)
        found.append(Hands(candidate, efforts, weights=weights))
    return found


def _apart(alike: Iterable[Sequence[Hands]], without: frozenset[UUID]) -> Iterator[Sequence[Hands]]:
    """The same people, those who gave it back in groups of their own."""
    if not without:
        yield from alike
        return
    for those in alike:
        for gave_back in (False, True):
            some = [hands for hands in those if (hands.candidate.agent_id in without) is gave_back]
            if some:
                yield some


def _deciding(first: Hands, second: Hands | None) -> RoutingReason:
    if second is None:
        return RoutingReason.ONLY_CANDIDATE
    return RoutingReason.LEAST_WORK if first.work < second.work else RoutingReason.LONGEST_IDLE
