"""A shop at this minute: its queues, its agents, its overflow episodes, and what came and went in the last hours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import aliased

from domain.agents.channels import Channel, Effort
from domain.agents.models import Agent, Presence, Team
from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.seats.models import SeatKind
from domain.tickets import candidates, flow, queues
from domain.tickets.alarms.models import AlarmCause, RoutingAlarm
from domain.tickets.flow import Quarter
from domain.tickets.models import Ticket
from domain.tickets.overflow.lines import Cause
from domain.tickets.overflow.models import OverflowEpisode
from domain.tickets.passing import hands_of
from domain.tickets.routing import Candidate, Hands, Need, unable
from domain.tickets.waits import expected_wait
from domain.tickets.workload import Day, day_of_shop

MINUTE = timedelta(minutes=1)

MOST_ALARMS = 50


@dataclass(frozen=True)
class Queue:
    """What waits for a team, and who is there for it.

    `minutes` is what all that waits usually takes. `at_work` are those of the team who are online, on shift and on a
    seat; `able` those of them, and of lines that help out, who can do any of what waits, `with_room` those of
    these who could be given it now.
    """

    team_id: UUID
    name: str
    waiting: int
    oldest: datetime | None
    next_due: datetime | None
    overdue: int
    minutes: int
    at_work: int
    able: int
    with_room: int

    @property
    def expected(self) -> timedelta | None:
        """How long the last of them will wait; None when nobody is at work who can do any of it."""
        return expected_wait(self.minutes, self.able)


@dataclass(frozen=True)
class Holding:
    """How many items of a channel somebody has in hand, and how many that may be."""

    channel: Channel
    held: int
    capacity: int


@dataclass(frozen=True)
class Colleague:
    """An agent who is online or sits on a seat; `work` is the minutes of work given today per hour of being there."""

    agent_id: UUID
    name: str
    seat: SeatKind | None
    presence: Presence
    since: datetime
    on_shift: bool
    holds: Sequence[Holding]
    work: int


@dataclass(frozen=True)
class Episode:
    """A line that helps a team for a while: since when, why, and how many tickets it was given so far."""

    team: str
    line: str
    since: datetime
    cause: Cause
    moved: int


@dataclass(frozen=True)
class Alarm:
    """Something of a queue that nobody takes: since when, why, and the first ticket that it is about."""

    team: str
    ticket_id: UUID
    number: int
    since: datetime
    cause: AlarmCause


@dataclass(frozen=True)
class Live:
    """All of it, as of the minute `at`, with the shop's zone: two that are equal look alike."""

    at: datetime
    timezone: str
    queues: Sequence[Queue]
    agents: Sequence[Colleague]
    episodes: Sequence[Episode]
    alarms: Sequence[Alarm]
    quarters: Sequence[Quarter]


async def live(session: TenantSession, *, now: datetime) -> Live:
    """The shop as it is, in eight statements at most, however much waits and however many work there."""
    day = await day_of_shop(session, now=now)
    crew = await candidates.snapshot(session, day=day, now=now)
    hands = hands_of(crew, day.efforts)
    going_on = await _going_on(session)
    return Live(
        at=now.replace(second=0, microsecond=0),
        timezone=str(day.begun.tzinfo),
        queues=await _queues(session, hands, day, going_on, now=now),
        agents=await _agents(session, hands),
        episodes=[Episode(row.team, row.line, row.began_at, row.cause, row.moved) for row in going_on],
        alarms=await _alarms(session),
        quarters=await flow.flow(session, now=now),
    )


async def _going_on(session: TenantSession) -> Sequence[Any]:
    """The episodes that go on, the oldest first."""
    helped, line = aliased(Team), aliased(Team)
    found = await session.execute(
        select(
            OverflowEpisode.team_id,
            OverflowEpisode.line_id,
            helped.name.label("team"),
            line.name.label("line"),
            OverflowEpisode.began_at,
            OverflowEpisode.cause,
            OverflowEpisode.moved,
        )
        .join(helped, (helped.tenant_id == OverflowEpisode.tenant_id) & (helped.id == OverflowEpisode.team_id))
        .join(line, (line.tenant_id == OverflowEpisode.tenant_id) & (line.id == OverflowEpisode.line_id))
        .where(OverflowEpisode.tenant_id == session.tenant_id, OverflowEpisode.ended_at.is_(None))
        .order_by(OverflowEpisode.began_at, OverflowEpisode.id)
    )
    return found.all()


async def _alarms(session: TenantSession) -> list[Alarm]:
    """The oldest MOST_ALARMS of those that go on."""
    found = await session.execute(
        select(Team.name, RoutingAlarm.ticket_id, Ticket.number, RoutingAlarm.raised_at, RoutingAlarm.cause)
        .join(Team, (Team.tenant_id == RoutingAlarm.tenant_id) & (Team.id == RoutingAlarm.team_id))
        .join(Ticket, (Ticket.tenant_id == RoutingAlarm.tenant_id) & (Ticket.id == RoutingAlarm.ticket_id))
        .where(RoutingAlarm.tenant_id == session.tenant_id, RoutingAlarm.ended_at.is_(None))
        .order_by(RoutingAlarm.raised_at, RoutingAlarm.id)
        .limit(MOST_ALARMS)
    )
    return [Alarm(row.name, row.ticket_id, row.number, row.raised_at, row.cause) for row in found]


async def _queues(
    session: TenantSession, hands: Sequence[Hands], day: Day, going_on: Sequence[Any], *, now: datetime
) -> list[Queue]:
    rows = list(await session.execute(_WAITING, {"tenant": session.tenant_id, "now": now}))
    asked = await queues.asked(session, [(row.team_id, row.need_id) for row in rows if row.need_id is not None])
    lines = {row.team_id: tuple(one.line_id for one in going_on if one.team_id == row.team_id) for row in going_on}
    asked = {kind: replace(need, lines=lines.get(need.team_id, ())) for kind, need in asked.items()}
    by_team: dict[UUID, list[Any]] = {}
    for row in rows:
        by_team.setdefault(row.team_id, []).append(row)
    return [_queue(kinds, asked, hands, day.efforts) for kinds in by_team.values()]


def _queue(
    rows: Sequence[Any],
    asked: Mapping[queues.Kind, Need],
    hands: Sequence[Hands],
    efforts: Mapping[Channel, Effort],
) -> Queue:
    team_id, waiting = rows[0].team_id, [row for row in rows if row.need_id is not None]
    needs = [asked[team_id, row.need_id] for row in waiting]
    there = [each for each in hands if team_id in each.candidate.abilities.teams and each.candidate.at_work]
    helped = [each for each in hands if each not in there and _channels(needs, each.candidate)] if needs else []
    able = [channels for each in (*there, *helped) if (channels := _channels(needs, each.candidate))]
    with_room = [each for each in (*there, *helped) if _has_room(each, _channels(needs, each.candidate))]
    return Queue(
        team_id=team_id,
        name=rows[0].name,
        waiting=sum(row.waiting for row in waiting),
        oldest=min((row.oldest for row in waiting), default=None),
        next_due=min((row.next_due for row in waiting if row.next_due is not None), default=None),
        overdue=sum(row.overdue for row in waiting),
        minutes=sum(row.waiting * efforts[need.channel].work_minutes for row, need in zip(waiting, needs, strict=True)),
        at_work=len(there),
        able=len(able),
        with_room=len(with_room),
    )


def _channels(needs: Sequence[Need], candidate: Candidate) -> set[Channel]:
    """Those of what the candidate can do of it; where nothing waits, there is nothing that somebody cannot."""
    return {need.channel for need in needs if unable(need, candidate) is None} if needs else set(Channel)


def _has_room(hands: Hands, channels: Iterable[Channel]) -> bool:
    return any(hands.hindrance(channel) is None for channel in channels)


async def _agents(session: TenantSession, hands: Sequence[Hands]) -> list[Colleague]:
    ids = [each.candidate.agent_id for each in hands]
    found = await session.execute(
        select(Agent.id, Agent.name, Agent.presence_since).where(
            Agent.tenant_id == session.tenant_id, bulk.among(Agent.id, ids)
        )
    )
    known = {row.id: row for row in found}
    seen = [_colleague(each, known[each.candidate.agent_id]) for each in hands]
    return sorted(seen, key=lambda one: (list(Presence).index(one.presence), one.name, one.agent_id))


def _colleague(hands: Hands, row: Any) -> Colleague:
    candidate = hands.candidate
    return Colleague(
        agent_id=candidate.agent_id,
        name=row.name,
        seat=candidate.seat,
        presence=candidate.presence,
        since=row.presence_since,
        on_shift=candidate.on_shift,
        holds=tuple(Holding(each, hands.held.get(each, 0), candidate.abilities.capacity[each]) for each in Channel),
        work=round(hands.work),
    )


_WAITING = text(
    """
    SELECT team.id AS team_id, team.name, kind.need_id, kind.waiting, kind.oldest, kind.next_due, kind.overdue
    FROM team
    LEFT JOIN (
        SELECT team_id, need_id, count(*) AS waiting, min(asked_at) AS oldest,
            min(due_at) FILTER (WHERE due_at > :now) AS next_due, count(*) FILTER (WHERE due_at <= :now) AS overdue
        FROM ticket WHERE tenant_id = :tenant AND state = 'QUEUED' GROUP BY team_id, need_id
    ) kind ON kind.team_id = team.id
    WHERE team.tenant_id = :tenant
    ORDER BY team.name, team.id
    """
)
