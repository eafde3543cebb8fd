"""The times when a line helped a queue out, each a row: when, why, with which waits, and how much it took over."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor
from domain.kit.ids import new_id
from domain.tickets.decisions import RoutingPass
from domain.tickets.overflow.events import OverflowBegan, OverflowEnded
from domain.tickets.overflow.helping import Pair, Turn
from domain.tickets.overflow.lines import Standing
from domain.tickets.overflow.models import WEEK, OverflowEpisode

Latest = Mapping[Pair, OverflowEpisode]


async def take_turn(session: TenantSession) -> None:
    """One at a time in a shop routes, or changes how its queues are served; so no two count the same free hands."""
    await session.execute(_TURN, {"turn": f"routing:{session.tenant_id}"})


_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:turn, 0))")


async def latest(session: TenantSession, *, now: datetime) -> Latest:
    """The latest episode of each queue and line, of those that go on or may still dwell. The caller has its turn."""
    found = await session.scalars(
        select(OverflowEpisode)
        .ext(distinct_on(OverflowEpisode.team_id, OverflowEpisode.line_id))
        .where(
            OverflowEpisode.tenant_id == session.tenant_id,
            or_(OverflowEpisode.ended_at.is_(None), OverflowEpisode.ended_at > now - timedelta(seconds=WEEK)),
        )
        .order_by(OverflowEpisode.team_id, OverflowEpisode.line_id, OverflowEpisode.began_at.desc())
    )
    return {(episode.team_id, episode.line_id): episode for episode in found}


async def helping(session: TenantSession) -> dict[UUID, tuple[UUID, ...]]:
    """By queue, the lines that help it out at this time, the first to begin first."""
    found = await session.execute(
        select(OverflowEpisode.team_id, OverflowEpisode.line_id)
        .where(OverflowEpisode.tenant_id == session.tenant_id, OverflowEpisode.ended_at.is_(None))
        .order_by(OverflowEpisode.began_at, OverflowEpisode.id)
    )
    lines: dict[UUID, tuple[UUID, ...]] = {}
    for row in found:
        lines[row.team_id] = (*lines.get(row.team_id, ()), row.line_id)
    return lines


def standings(episodes: Latest) -> dict[Pair, Standing]:
    """Whether each line helps, and since when."""
    return {
        pair: Standing(episode.ended_at is None, episode.ended_at or episode.began_at)
        for pair, episode in episodes.items()
    }


def make(
    session: TenantSession, turned: Sequence[Turn], known: Latest, *, now: datetime
) -> dict[Pair, OverflowEpisode]:
    """Write down what has begun and what is over; returns the episodes that go on, by queue and line."""
    going_on = {pair: episode for pair, episode in known.items() if episode.ended_at is None}
    for turn in turned:
        if turn.cause is None:
            _end(session, going_on.pop(turn.pair), by=SYSTEM, now=now)
        else:
            going_on[turn.pair] = _begin(session, turn, now=now)
    return going_on


def _begin(session: TenantSession, turn: Turn, *, now: datetime) -> OverflowEpisode:
    if turn.cause is None:
        raise ValueError("It stops.")
    team_id, line_id = turn.pair
    oldest, expected = int(turn.waits.oldest.total_seconds()), _seconds(turn.waits.expected)
    episode = OverflowEpisode(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        team_id=team_id,
        line_id=line_id,
        cause=turn.cause,
        oldest=oldest,
        expected=expected,
        moved=0,
        began_at=now,
    )
    session.add(episode)
    events.record(session, episode, OverflowBegan(team_id, line_id, turn.cause, oldest, expected), by=SYSTEM, at=now)
    return episode


def _seconds(time: timedelta | None) -> int | None:
    """No more than an integer column holds, which is 68 years."""
    return None if time is None else min(int(time.total_seconds()), 2**31 - 1)


def _end(session: TenantSession, episode: OverflowEpisode, *, by: Actor, now: datetime) -> None:
    episode.ended_at = max(now, episode.began_at)
    told = OverflowEnded(episode.team_id, episode.line_id, episode.moved)
    events.record(session, episode, told, by=by, at=episode.ended_at)


def count(going_on: Mapping[Pair, OverflowEpisode], lent: Iterable[Pair]) -> None:
    """Count what was given to people of a line for another's queue."""
    for pair, moved in Counter(lent).items():
        going_on[pair].moved += moved


async def end_others(
    session: TenantSession, *, team_id: UUID, lines: Collection[UUID], by: Actor, now: datetime
) -> None:
    """End the episodes of a queue with lines that are none of these, no earlier than the router decided last.

    The caller has taken its turn.
    """
    routed = await session.scalar(select(func.max(RoutingPass.at)).where(RoutingPass.tenant_id == session.tenant_id))
    open_ones = await session.scalars(
        select(OverflowEpisode).where(
            OverflowEpisode.tenant_id == session.tenant_id,
            OverflowEpisode.team_id == team_id,
            OverflowEpisode.line_id.not_in(lines),
            OverflowEpisode.ended_at.is_(None),
        )
    )
    for episode in open_ones:
        _end(session, episode, by=by, now=max(now, routed or now))


async def told(session: TenantSession, *, most: int) -> Sequence[OverflowEpisode]:
    """The latest episodes of the shop, the newest first."""
    found = await session.scalars(
        select(OverflowEpisode)
        .where(OverflowEpisode.tenant_id == session.tenant_id)
        .order_by(OverflowEpisode.began_at.desc(), OverflowEpisode.id.desc())
        .limit(most)
    )
    return found.all()
