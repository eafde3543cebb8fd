"""Lines are called and sent back as a sweep begins, by what waits then and who is there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.kit.database import TenantSession
from domain.tickets import queues
from domain.tickets.overflow import episodes, helping
from domain.tickets.overflow.helping import KindWaits, Pair
from domain.tickets.overflow.lines import USUAL, Queueing
from domain.tickets.overflow.models import OverflowEpisode
from domain.tickets.passing import Keep, Kept
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
        found: dict[UUID, Keep] = {}
        for team_id, queueing in self.queueings.items():
            for line in queueing.lines:
                known = found.get(line.team_id, Keep(0))
                found[line.team_id] = Keep(max(known.count, line.kept), known.helps | {team_id})
        return found

    def asked(self, need: Need, *, relaxed: bool) -> Need:
        """What tickets of the kind ask for, relaxed ones or the others."""
        return helping.asked(need, self.lines.get(need.team_id, ()), relaxed=relaxed)

    def relaxes(self, head: Head) -> bool:
        """Whether the ticket asks for its skills no more."""
        relax = self.queueings.get(head.kind[0], USUAL).relax
        return relax is not None and head.asked_at + relax <= self.now

    def count(self, lent: Iterable[Pair]) -> None:
        """Count what was given to people of a line for another's queue."""
        episodes.count(self.going_on, lent)


async def steer(
    session: TenantSession, kinds: Mapping[Kind, Need], crew: Sequence[Candidate], *, day: Day, now: datetime
) -> Served:
    """Begin and end episodes, and say how the queues are served from now on; nothing is read where nothing is said."""
    said = day.queueings
    known = await episodes.latest(session, now=now) if any(each.lines for each in said.values()) else {}
    parts = [part for kind in kinds if kind[0] in said for part in queues.parts_of(kind, said[kind[0]], now=now)]
    waiting: dict[UUID, dict[Need, KindWaits]] = defaultdict(dict)
    instants: list[datetime] = []
    for part, (waits, following) in zip(parts, await queues.waits(session, parts) if parts else (), strict=True):
        team_id, queueing = part.kind[0], said[part.kind[0]]
        if waits is not None:  # a rest is no wait
            need = helping.asked(kinds[part.kind], (), relaxed=part.relaxed)
            waiting[team_id][need] = replace(waits, since=waits.since + queueing.delay)
        if following is not None and part.until is not None:
            instants.append(following + (now - part.until))
    standings = episodes.standings(known)
    turned = helping.turns(said, standings, waiting, crew, day.efforts, now=now)
    going_on = episodes.make(session, turned, known, now=now)
    standings = helping.after(standings, turned, now=now)
    lines = {team_id: helping.helped_by(team_id, queueing, standings) for team_id, queueing in said.items()}
    turn = helping.next_turn(said, standings, waiting, now=now)
    return Served(said, lines, going_on, min([*instants, turn] if turn is not None else instants, default=None), now)
