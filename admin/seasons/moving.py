"""What it comes to when a season ends on another day: its cost, and whom the day is too early or too late for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from admin.actions.sitters import Sitter, sitters_of, unended
from admin.seasons.costs import Costs, costs_of
from domain.agents.models import Agent
from domain.billing.errors import PriceMissing
from domain.billing.seasons import preview_until
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.seasons import course, leaving, queries
from domain.seasons.models import Season
from domain.seats.models import SeatAssignment, SeatLicence


@dataclass(frozen=True)
class Moving:
    """A season whose last day is to be another: what it costs then, and for whom that day is one too early or late."""

    last: date
    end: datetime
    later: bool
    days: int
    cost: Costs | None
    before: Costs | None
    sitters: Sequence[Sitter]
    """Those who lose access earlier, of a season that becomes shorter."""
    seated: Sequence[str]
    """Those who have another seat in the time that would be added."""


async def moving_to(session: TenantSession, season: Season, *, last: date, now: datetime) -> Moving:
    """What another last day comes to. Raises InvalidInput for one that cannot be."""
    zone, before = ZoneInfo(season.timezone), queries.end_of(season)
    if last < now.astimezone(zone).date():
        raise InvalidInput("lastDay", "must not be in the past", "nie może być w przeszłości")
    if last == season.last_day:
        raise InvalidInput("lastDay", "is the last day already", "to już jest ostatni dzień")
    span = course.span(first=season.first_day, last=last, zone=zone)
    on_theirs, later = on_licences_of(session, season.id), span.end > before
    theirs = await leaving.seats_of(
        session, season=season, agent_ids=await leaving.agents_of(session, season=season), later_than=span.end
    )
    shorter = (on_theirs | SeatAssignment.id.in_(theirs)) & (func.upper(SeatAssignment.period) > span.end)
    return Moving(
        last=last,
        end=span.end,
        later=later,
        days=span.days,
        cost=await cost_until(session, season, end=span.end, now=now),
        before=await cost_until(session, season, end=before, now=now),
        sitters=[] if later else await sitters_of(session, shorter & unended(now)),
        seated=await _seated(session, on_theirs, before, span.end, now=now) if later else [],
    )


async def cost_until(session: TenantSession, season: Season, *, end: datetime, now: datetime) -> Costs | None:
    """What a season comes to that ends then; nothing to say where a price is missing."""
    try:
        return costs_of(await preview_until(session, season_id=season.id, end=end, now=now))
    except PriceMissing:
        return None


def on_licences_of(session: TenantSession, season_id: UUID) -> ColumnElement[bool]:
    """Whether an assignment is on a licence of the season."""
    return SeatAssignment.licence_id.in_(
        select(SeatLicence.id).where(SeatLicence.tenant_id == session.tenant_id, SeatLicence.season_id == season_id)
    )


async def _seated(
    session: TenantSession, on_theirs: ColumnElement[bool], before: datetime, end: datetime, *, now: datetime
) -> Sequence[str]:
    """Those who sit on the season's licences to their end and have another seat in the time that would be added."""
    other, last = aliased(SeatAssignment), func.upper(SeatAssignment.period)
    found = await session.scalars(
        select(Agent.name)
        .join(SeatAssignment, (SeatAssignment.tenant_id == Agent.tenant_id) & (SeatAssignment.agent_id == Agent.id))
        .join(other, (other.tenant_id == Agent.tenant_id) & (other.agent_id == Agent.id))
        .where(
            Agent.tenant_id == session.tenant_id,
            on_theirs,
            last >= before,
            last == func.upper(SeatAssignment.licence_period),
            unended(now),
            other.cancelled_at.is_(None),
            other.period.op("&&")(func.tstzrange(func.least(last, end), end)),
        )
        .group_by(Agent.name, Agent.id)
        .order_by(Agent.name, Agent.id)
    )
    return found.all()
