"""What is odd about a plan, and what would be refused if it were scheduled now: said while it can still be changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, func, select
from sqlalchemy.dialects.postgresql import Range

from domain.agents.invitations import may_grant
from domain.agents.models import Agent, Member, MemberState
from domain.agents.roles import Role
from domain.kit.addresses import mailbox
from domain.kit.database import TenantSession
from domain.orders.models import CustomerMailbox
from domain.seasons import queries
from domain.seasons.models import Season, SeasonPerson, SeasonTeam
from domain.seasons.queries import invitation_day
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.periods import start_of
from domain.seats.queries import in_use

MOST_NAMES = 10


@dataclass(frozen=True)
class Concern:
    """A sentence of the catalogue; a grave one is why scheduling would be refused. `names` are those it is about."""

    word: str
    grave: bool = False
    names: Sequence[str] = ()
    more: int = 0


async def concerns_of(session: TenantSession, season: Season, *, own: Role, now: datetime) -> list[Concern]:
    """All that is odd about a draft; `own` is the role of who would schedule it. The grave ones come first."""
    found = [
        *await _of_people(session, season, own=own, now=now),
        *await _of_the_end(session, season),
    ]
    zone = ZoneInfo(season.timezone)
    if season.first_day < now.astimezone(zone).date():
        found.append(Concern("season_day_past", grave=True))
    elif invitation_day(season) <= now:
        found.append(Concern("season_invited_at_once"))
    if not may_grant(own, season.role):
        found.append(Concern("season_role_above", grave=True))
    mine = select(SeasonTeam.team_id).where(
        SeasonTeam.tenant_id == session.tenant_id, SeasonTeam.season_id == season.id
    )
    if await session.scalar(mine.limit(1)) is None:
        found.append(Concern("season_no_team"))
    return sorted(found, key=lambda concern: not concern.grave)


async def _of_people(session: TenantSession, season: Season, *, own: Role, now: datetime) -> list[Concern]:
    """Those who cannot be in it, by why."""
    named = (
        await session.execute(
            select(
                SeasonPerson.email,
                SeasonPerson.name,
                SeasonPerson.kind,
                Member.state,
                Member.role,
                _sits_elsewhere(season, now),
            )
            .outerjoin(Member, and_(Member.tenant_id == SeasonPerson.tenant_id, Member.email == SeasonPerson.email))
            .where(
                SeasonPerson.tenant_id == session.tenant_id,
                SeasonPerson.season_id == season.id,
                SeasonPerson.removed_at.is_(None),
            )
            .order_by(SeasonPerson.added_at, SeasonPerson.id)
        )
    ).all()
    customers = await _customers(session, {row.email for row in named if row.state is not MemberState.ACTIVE})
    reasons = {
        "season_kept_out": [row for row in named if row.state is MemberState.SUSPENDED],
        "season_customers": [row for row in named if row.email in customers],
        "season_seated": [row for row in named if row.elsewhere and row.state is not MemberState.SUSPENDED],
        "season_outranked": [row for row in named if row.state is MemberState.INVITED and not may_grant(own, row.role)],
    }
    found = [_about(word, rows, grave=True) for word, rows in reasons.items() if rows]
    waiting = [
        row
        for kind, seats in ((SeatKind.FULL, season.full_count), (SeatKind.LIGHT, season.light_count))
        for row in [row for row in named if row.kind is kind][seats:]
    ]
    return [*found, _about("season_will_wait", waiting, grave=False)] if waiting else found


def _about(word: str, rows: Sequence[Any], *, grave: bool) -> Concern:
    names = [f"{row.name} <{row.email}>" if grave else row.name for row in rows[:MOST_NAMES]]
    return Concern(word, grave=grave, names=names, more=len(rows) - len(names))


def _sits_elsewhere(season: Season, now: datetime) -> Any:
    """Whether the member has another seat at some instant of the season."""
    end = queries.end_of(season)
    if end <= now:
        return false().label("elsewhere")
    rest = Range(max(now, start_of(season.period)), end, bounds="[)")
    return (
        select(SeatAssignment.id)
        .join(Agent, and_(Agent.tenant_id == SeatAssignment.tenant_id, Agent.id == SeatAssignment.agent_id))
        .where(
            Agent.tenant_id == Member.tenant_id,
            Agent.member_id == Member.id,
            SeatAssignment.ended_at.is_(None),
            in_use(rest),
        )
        .exists()
        .label("elsewhere")
    )


async def _customers(session: TenantSession, emails: Collection[str]) -> set[str]:
    """Which of the addresses reach the mailbox of a customer."""
    found = await session.scalars(
        select(CustomerMailbox.mailbox).where(
            CustomerMailbox.tenant_id == session.tenant_id, CustomerMailbox.mailbox.in_(map(mailbox, emails))
        )
    )
    known = set(found)
    return {email for email in emails if mailbox(email) in known}


async def _of_the_end(session: TenantSession, season: Season) -> list[Concern]:
    """Whether the successor is there to take over when it ends."""
    if season.successor_id is None:
        return []
    end = queries.end_of(season)
    row = (
        await session.execute(
            select(Agent.name, Member.email, Member.state, func.count(SeatAssignment.id).label("seats"))
            .join(Member, and_(Member.tenant_id == Agent.tenant_id, Member.id == Agent.member_id))
            .outerjoin(
                SeatAssignment,
                and_(
                    SeatAssignment.tenant_id == Agent.tenant_id,
                    SeatAssignment.agent_id == Agent.id,
                    SeatAssignment.period.contains(end),
                    SeatAssignment.ended_at.is_(None),
                    SeatAssignment.cancelled_at.is_(None),
                ),
            )
            .where(Agent.tenant_id == session.tenant_id, Agent.id == season.successor_id)
            .group_by(Agent.name, Member.email, Member.state)
        )
    ).one()
    if row.seats and row.state is not MemberState.SUSPENDED:
        return []
    return [Concern("season_successor_seatless", names=[row.name])]
