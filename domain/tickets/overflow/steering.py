"""Lines are called and sent back as a sweep begins, by what waits then and who is there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kit.database import TenantSession
from domain.tickets import queues
from domain.tickets.overflow import episodes, helping
from domain.tickets.overflow.helping import KindWaits, Pair
from domain.tickets.overflow.lines import USUAL, Queueing
from domain.tickets.overflow.models import OverflowEpisode
from domain.tickets.passing import Kept
from domain.tickets.queues import Head, Kind
from domain.tickets.routing import Candidate, Need
from domain.tickets.workload import Day


@dataclass(frozen=True)
class Served:
    """How the queues of a shop are served at an instant: `lines` help each of them out, which `going_on` says."""

    queueings: Mapping[UUID, Queueing]
    lines: Mapping[UUID, tuple[UUID, ...]]
    going_on: Mapping[Pair, OverflowEpisode]
    next_turn: datetime | None
    now: datetime

    @property
    def kept(self) -> Kept:
        """Of each line, how many of its people stay with its own work: the most that any of its queues says."""
        found: dict[UUID, int] = {}
        for line in (line for queueing in self.queueings.values() for line in queueing.lines):
            found[line.team_id] = max(found.get(line.team_id, 0), line.kept)
        return found

    def widest(self, need: Need) -> Need:
        """The least that any ticket of the kind asks for."""
        return self._asked(need, relaxed=self._queueing(need).relax is not None)

    def asked(self, need: Need, head: Head) -> Need:
        """What a ticket of the kind asks for."""
        relax = self._queueing(need).relax
        return self._asked(need, relaxed=relax is not None and head.asked_at + relax <= self.now)

    def _asked(self, need: Need, *, relaxed: bool) -> Need:
        return helping.asked(need, self.lines.get(need.team_id, ()), relaxed=relaxed)

    def _queueing(self, need: Need) -> Queueing:
        return self.queueings.get(need.team_id, USUAL)

    def count(self, lent: Iterable[Pair]) -> None:
        """Count what was given to people of a line for another's queue."""
        episodes.count(self.going_on, lent)


async def steer(
    session: TenantSession,
    kinds: Mapping[Kind, Need],
    crew: Sequence[Candidate],
    *,
    day: Day,
    now: datetime,
) -> Served:
    """Begin and end episodes, and say how the queues are served from now on; nothing is read where nothing is said."""
    queueings = day.queueings
    known = await episodes.latest(session) if any(each.lines for each in queueings.values()) else {}
    watched = [kind for kind in kinds if kind[0] in queueings]
    found, rested = await queues.waits(session, watched, served=queueings, now=now) if watched else ({}, None)
    waiting: dict[UUID, dict[Need, KindWaits]] = defaultdict(dict)
    for kind, waits in found.items():
        waiting[kind[0]][kinds[kind]] = waits
    standings = episodes.standings(known)
    turned = helping.turns(queueings, standings, waiting, crew, day.efforts, now=now)
    going_on = episodes.make(session, turned, known, now=now)
    standings = helping.after(standings, turned, now=now)
    lines = {team_id: helping.helped_by(team_id, queueing, standings) for team_id, queueing in queueings.items()}
    instants = (rested, helping.next_turn(queueings, standings, waiting, now=now))
    return Served(queueings, lines, going_on, min((each for each in instants if each is not None), default=None), now)
