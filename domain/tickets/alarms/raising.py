"""Alarms are raised and ended as a sweep ends, and told to those who supervise, at most once an hour."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from domain.agents.models import Member, MemberState, Team
from domain.agents.roles import Role
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.tickets.alarms.deciding import Alarm
from domain.tickets.alarms.events import AlarmEnded, AlarmRaised
from domain.tickets.alarms.models import AlarmCause, RoutingAlarm
from domain.tickets.jobs import TellOfAlarms, TellSomebodyOfAlarms
from domain.tickets.models import Ticket

TOLD = frozenset({Role.OWNER, Role.ADMIN, Role.SUPERVISOR})
"""Who is told."""

PAUSE = timedelta(hours=1)
"""Between two mails about alarms."""

AGAIN = timedelta(days=1)
"""How long after an alarm was over the same one, about the same ticket, is raised without another mail."""


async def settle(session: TenantSession, wanted: Mapping[Alarm, UUID], *, now: datetime) -> None:
    """Raise the alarms that are called for, and end those that are not any more. The caller has taken its turn."""
    open_ones = await session.scalars(
        select(RoutingAlarm).where(RoutingAlarm.tenant_id == session.tenant_id, RoutingAlarm.ended_at.is_(None))
    )
    known = {(alarm.team_id, alarm.need_id, alarm.cause): alarm for alarm in open_ones}
    for alarm in [alarm for key, alarm in known.items() if key not in wanted]:
        alarm.ended_at = max(now, alarm.raised_at)
        ended = AlarmEnded(alarm.team_id, alarm.ticket_id, alarm.cause)
        events.record(session, alarm, ended, by=SYSTEM, at=alarm.ended_at)
    new = {key: ticket_id for key, ticket_id in wanted.items() if key not in known}
    earlier = await _earlier(session, now=now) if new else {}
    for key, ticket_id in new.items():
        team_id, need_id, cause = key
        before = earlier.get(key, [])
        alarm = RoutingAlarm(
            tenant_id=session.tenant_id,
            id=new_id(),
            version=0,
            team_id=team_id,
            need_id=need_id,
            ticket_id=ticket_id,
            cause=cause,
            raised_at=max([now, *(each.ended_at for each in before)]),  # clocks differ, and none is open twice
            told_at=max((each.told_at for each in before if _told_of(each, ticket_id)), default=None),
        )
        session.add(alarm)
        events.record(session, alarm, AlarmRaised(team_id, ticket_id, cause), by=SYSTEM, at=alarm.raised_at)
    await session.flush()
    if new:
        await _have_told(session, now=now)
        await session.flush()


def _told_of(earlier: Any, ticket_id: UUID) -> bool:
    return earlier.told_at is not None and earlier.ticket_id == ticket_id


async def _earlier(session: TenantSession, *, now: datetime) -> dict[Alarm, list[Any]]:
    """Alarms that were over within AGAIN, by what they were about. Of the same ticket nobody is told again so soon."""
    found = await session.execute(
        select(
            RoutingAlarm.team_id,
            RoutingAlarm.need_id,
            RoutingAlarm.cause,
            RoutingAlarm.ticket_id,
            RoutingAlarm.ended_at,
            RoutingAlarm.told_at,
        ).where(RoutingAlarm.tenant_id == session.tenant_id, RoutingAlarm.ended_at > now - AGAIN)
    )
    earlier: dict[Alarm, list[Any]] = defaultdict(list)
    for row in found:
        earlier[row.team_id, row.need_id, row.cause].append(row)
    return earlier


async def _have_told(session: TenantSession, *, now: datetime) -> None:
    last = select(func.max(RoutingAlarm.told_at)).where(RoutingAlarm.tenant_id == session.tenant_id)
    told_at: datetime | None = await session.scalar(last)
    due = now if told_at is None else max(now, told_at + PAUSE)
    await outbox.enqueue_once(session, TellOfAlarms(), now=now, due_at=due)


async def tell(session: TenantSession, *, now: datetime) -> int:
    """Have those told who supervise of the alarms that nobody was told of and that go on; returns of how many."""
    untold = await session.scalars(
        select(RoutingAlarm)
        .where(
            RoutingAlarm.tenant_id == session.tenant_id,
            RoutingAlarm.ended_at.is_(None),
            RoutingAlarm.told_at.is_(None),
        )
        .order_by(RoutingAlarm.id)
        .with_for_update(key_share=True)
    )
    alarms = untold.all()
    if not alarms:
        return 0
    for alarm in alarms:
        alarm.told_at = now
    told = select(Member.id).where(
        Member.tenant_id == session.tenant_id, Member.state == MemberState.ACTIVE, Member.role.in_(TOLD)
    )
    for member_id in await session.scalars(told.order_by(Member.id)):
        outbox.enqueue(session, TellSomebodyOfAlarms(member_id, now), now=now)
    await session.flush()
    return len(alarms)


@dataclass(frozen=True)
class Told:
    """An alarm, as a mail tells it."""

    team: str
    ticket_id: UUID
    number: int
    cause: AlarmCause


@dataclass(frozen=True)
class Notice:
    """Whom to tell of which alarms."""

    email: str
    language: Language
    alarms: Sequence[Told]


async def notice(session: TenantSession, *, member_id: UUID, told_at: datetime) -> Notice | None:
    """What to tell somebody of the alarms of one mail; None when all are over, or the person supervises no more."""
    member = await session.get(Member, (session.tenant_id, member_id))
    if member is None or member.state is not MemberState.ACTIVE or member.role not in TOLD:
        return None
    found = await session.execute(
        select(Team.name, RoutingAlarm.ticket_id, Ticket.number, RoutingAlarm.cause)
        .join(Team, (Team.tenant_id == RoutingAlarm.tenant_id) & (Team.id == RoutingAlarm.team_id))
        .join(Ticket, (Ticket.tenant_id == RoutingAlarm.tenant_id) & (Ticket.id == RoutingAlarm.ticket_id))
        .where(
            RoutingAlarm.tenant_id == session.tenant_id,
            RoutingAlarm.told_at == told_at,
            RoutingAlarm.ended_at.is_(None),
        )
        .order_by(RoutingAlarm.raised_at, RoutingAlarm.id)
    )
    alarms = [Told(row.name, row.ticket_id, row.number, row.cause) for row in found]
    return Notice(member.email, member.language, alarms) if alarms else None
