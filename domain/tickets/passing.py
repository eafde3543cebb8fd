"""One pass over the queues: who gets which ticket, in the tickets' order. Pure, and the same each time it is made.

Whoever can have tickets of a kind stands in a heap by work, idle time and id. In a pass hands only fill, so the heaps
need no search: an entry that has moved since is put where it belongs when it comes up, and who is full falls out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush, heapreplace
from uuid import UUID

from domain.agents.channels import Channel, Effort
from domain.tickets.routing import Candidate, Exclusion, Hands, Need, RoutingReason, coming, unable


@dataclass(frozen=True)
class Waiting:
    """A ticket in a queue. `previous_id` is the agent whom its customer knows."""

    ticket_id: UUID
    need: Need
    previous_id: UUID | None = None


@dataclass(frozen=True)
class Rival:
    """Who came next, and with how much work."""

    agent_id: UUID
    work: float


@dataclass(frozen=True)
class Decision:
    """The agent chosen (None: the ticket stays where it is) and what decided.

    `work` is the chosen one's before this ticket, in minutes per hour; `excluded` counts, of a ticket that stays, who
    could not have it and why.
    """

    ticket_id: UUID
    agent_id: UUID | None
    reason: RoutingReason
    work: float = 0.0
    rival: Rival | None = None
    excluded: Mapping[Exclusion, int] | None = None


class Pass:
    """A pass at an instant, with what the candidates hold by now."""

    def __init__(self, candidates: Iterable[Candidate], efforts: Mapping[Channel, Effort], *, at: datetime) -> None:
        self._hands = {each.agent_id: Hands(each, efforts) for each in candidates}
        self._kinds: dict[Need, _Kind] = {}
        self._at = at

    def room(self, need: Need) -> int:
        """How many tickets of the kind all hands could take at most, if nothing else waited."""
        return sum(hands.room(need.channel) for hands in self._of(need).able.values())

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
            found = self._kinds[need] = _Kind(need, self._hands.values())
        return found


_Entry = tuple[float, datetime, UUID]


class _Kind:
    """The tickets that ask for the same, and who can have them."""

    def __init__(self, need: Need, everybody: Iterable[Hands]) -> None:
        self._need = need
        self.able: dict[UUID, Hands] = {}
        self._unable: dict[UUID, Exclusion] = {}
        self._expected = 0
        for hands in everybody:
            why = unable(need, hands.candidate)
            if why is None:
                self.able[hands.candidate.agent_id] = hands
            else:
                self._unable[hands.candidate.agent_id] = why
                self._expected += coming(need, hands.candidate)
        self._part: int | None = None
        self._heap = [_entry(hands) for hands in self.able.values()]
        heapify(self._heap)
        self._excluded: Counter[Exclusion] | None = None

    def expect(self, count: int) -> None:
        """While colleagues are expected nobody holds more than an equal part of what there is; at least one."""
        if self._expected:
            held = sum(hands.held.get(self._need.channel, 0) for hands in self.able.values())
            self._part = -(-(count + held) // (len(self.able) + self._expected)) or 1

    def _hindrance(self, hands: Hands) -> Exclusion | None:
        why = hands.hindrance(self._need.channel)
        if why is None and self._part is not None and hands.held.get(self._need.channel, 0) >= self._part:
            return Exclusion.COLLEAGUES_COMING
        return why

    def decide(self, waiting: Waiting, at: datetime) -> Decision:
        known = self.able.get(waiting.previous_id) if waiting.previous_id is not None else None
        if known is not None and self._hindrance(known) is None:
            return self._give(waiting, known, RoutingReason.PREVIOUS_AGENT, None, at)
        first = self._top()
        if first is None:
            return Decision(waiting.ticket_id, None, RoutingReason.NOBODY_ELIGIBLE, excluded=self._exclusions())
        heappop(self._heap)
        second = self._top()
        decision = self._give(waiting, first, _deciding(first, second), second, at)
        heappush(self._heap, _entry(first))
        return decision

    def _top(self) -> Hands | None:
        """The first in the heap who can take one; who cannot any more falls out of it."""
        while self._heap:
            hands = self.able[self._heap[0][2]]
            now = _entry(hands)
            if now != self._heap[0]:
                heapreplace(self._heap, now)
            elif self._hindrance(hands) is not None:
                heappop(self._heap)
            else:
                return hands
        return None

    def _give(
        self, waiting: Waiting, hands: Hands, reason: RoutingReason, second: Hands | None, at: datetime
    ) -> Decision:
        rival = None if second is None else Rival(second.candidate.agent_id, second.work)
        decision = Decision(waiting.ticket_id, hands.candidate.agent_id, reason, hands.work, rival)
        hands.take(self._need.channel, at)
        return decision

    def _exclusions(self) -> Counter[Exclusion]:
        """Counted once: from the first ticket that stays on, all of the kind stay."""
        if self._excluded is None:
            self._excluded = Counter(why for why in self.whereabouts().values() if why is not None)
        return self._excluded

    def whereabouts(self) -> dict[UUID, Exclusion | None]:
        return {**self._unable, **{agent_id: self._hindrance(hands) for agent_id, hands in self.able.items()}}


def _entry(hands: Hands) -> _Entry:
    return hands.work, hands.idle_since, hands.candidate.agent_id


def _deciding(first: Hands, second: Hands | None) -> RoutingReason:
    if second is None:
        return RoutingReason.ONLY_CANDIDATE
    return RoutingReason.LEAST_WORK if first.work < second.work else RoutingReason.LONGEST_IDLE
