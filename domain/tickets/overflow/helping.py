"""Which lines help which queues out at this time, from what waits and who is there: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.agents.channels import Channel, Effort
from domain.tickets.overflow.lines import Cause, Line, Queueing, Standing, Waits, begins, ends, turns_at
from domain.tickets.routing import Candidate, Need, unable, unfit
from domain.tickets.waits import expected_wait

Pair = tuple[UUID, UUID]
"""A queue's team and a line's."""


@dataclass(frozen=True)
class KindWaits:
    """How many tickets of a kind wait, and since when the oldest does."""

    count: int
    since: datetime


@dataclass(frozen=True)
class Turn:
    """A line that begins to help a queue out, for a cause, or that stops; with the waits that it was decided on."""

    pair: Pair
    cause: Cause | None
    waits: Waits


def waits_for(
    line: Line,
    waiting: Mapping[Need, KindWaits],
    crew: Sequence[Candidate],
    efforts: Mapping[Channel, Effort],
    *,
    now: datetime,
) -> Waits:
    """What of a queue's tickets somebody of the line could take, at work or not. Others are no reason to call it."""
    theirs = [candidate for candidate in crew if line.team_id in candidate.abilities.teams]
    kinds = {
        need: waits for need, waits in waiting.items() if any(unfit(need, candidate) is None for candidate in theirs)
    }
    if not kinds:
        return Waits()
    own = sum(any(unable(need, candidate) is None for need in kinds) for candidate in crew)
    minutes = sum(waits.count * efforts[need.channel].work_minutes for need, waits in kinds.items())
    oldest = now - min(waits.since for waits in kinds.values())
    return Waits(max(oldest, timedelta(0)), expected_wait(minutes, own))


def can_help(team_id: UUID, line: Line, waiting: Iterable[Need], crew: Sequence[Candidate]) -> bool:
    """Whether somebody of the line at work could take something that waits, and is lent already or can be spared."""
    here = _there(team_id, line, crew)
    spare = sum(not candidate.lent for candidate in here) > line.kept
    free = [candidate for candidate in here if spare or candidate.lent]
    return any(unfit(need, candidate) is None for need in waiting for candidate in free)


def _there(team_id: UUID, line: Line, crew: Iterable[Candidate]) -> list[Candidate]:
    """The line's people at work who are not in the queue's own team as well."""
    theirs = (who for who in crew if line.team_id in who.abilities.teams)
    return [who for who in theirs if team_id not in who.abilities.teams and who.at_work]


def turns(
    served: Mapping[UUID, Queueing],
    standings: Mapping[Pair, Standing],
    waiting: Mapping[UUID, Mapping[Need, KindWaits]],
    crew: Sequence[Candidate],
    efforts: Mapping[Channel, Effort],
    *,
    now: datetime,
) -> list[Turn]:
    """What changes at this time, queue by queue and line by line. `waiting` is by team."""
    found = []
    for team_id, queueing in served.items():
        kinds = waiting.get(team_id, {})
        for line in queueing.lines:
            standing = standings.get((team_id, line.team_id), Standing())
            there = _there(team_id, line, crew)
            waits = waits_for(line, kinds, crew, efforts, now=now) if there else Waits()  # nobody helps nobody
            cause = begins(line, waits, standing, now=now) if kinds else None
            if ends(line, waits, standing, now=now) or (cause is not None and can_help(team_id, line, kinds, crew)):
                found.append(Turn((team_id, line.team_id), cause, waits))
    return found


def after(standings: Mapping[Pair, Standing], turned: Iterable[Turn], *, now: datetime) -> dict[Pair, Standing]:
    """The standings once the turns are made."""
    return {**standings, **{turn.pair: Standing(turn.cause is not None, now) for turn in turned}}


def helped_by(team_id: UUID, queueing: Queueing, standings: Mapping[Pair, Standing]) -> tuple[UUID, ...]:
    """The lines that help a queue out, in their order."""
    here = (line.team_id for line in queueing.lines)
    return tuple(line for line in here if standings.get((team_id, line), Standing()).helps)


def asked(need: Need, lines: tuple[UUID, ...], *, relaxed: bool) -> Need:
    """What a ticket of a queue asks of an agent at this time; a relaxed one asks for no skills any more."""
    return replace(need, lines=lines, skills=() if relaxed else need.skills) if lines or relaxed else need


def next_turn(
    served: Mapping[UUID, Queueing],
    standings: Mapping[Pair, Standing],
    waiting: Mapping[UUID, Mapping[Need, KindWaits]],
    *,
    now: datetime,
) -> datetime | None:
    """The next instant at which a line may begin or stop, though nothing else happens."""
    found = []
    for team_id, queueing in served.items():
        since = min((waits.since for waits in waiting.get(team_id, {}).values()), default=None)
        for line in queueing.lines:
            found += turns_at(line, since, standings.get((team_id, line.team_id), Standing()))
    return min((instant for instant in found if instant > now), default=None)
