"""Looking up and locking seasons. A season is locked after the seats' turn was taken and before any licence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.agents.channels import Channel
from domain.kit.database import TenantSession
from domain.seasons.course import SeasonState, state_of
from domain.seasons.errors import SeasonNotFound
from domain.seasons.models import Season, SeasonCapacity, SeasonPerson, SeasonSkill, SeasonTeam
from domain.seats.days import beginning_of
from domain.seats.models import SeatLicence
from domain.seats.periods import start_of


def state(season: Season, now: datetime) -> SeasonState:
    """What the season is at the instant."""
    return state_of(season.scheduled_at, season.cancelled_at, start_of(season.period), end_of(season), now)


def end_of(season: Season) -> datetime:
    """The first instant after the season."""
    if season.period.upper is None:
        raise ValueError("A season has an end.")
    return season.period.upper


def invitation_day(season: Season) -> datetime:
    """When the season's invitations go out: as the day begins that is `lead_days` before its first."""
    return beginning_of(season.first_day - timedelta(days=season.lead_days), ZoneInfo(season.timezone))


async def lock_season(session: TenantSession, *, season_id: UUID) -> Season:
    """The season, locked. Raises SeasonNotFound."""
    season = await session.scalar(
        select(Season)
        .where(Season.tenant_id == session.tenant_id, Season.id == season_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if season is None:
        raise SeasonNotFound(season_id)
    return season


async def team_ids(session: TenantSession, *, season_id: UUID) -> list[UUID]:
    """The teams of the season's template, in id order."""
    found = await session.scalars(
        select(SeasonTeam.team_id).where(SeasonTeam.tenant_id == session.tenant_id, SeasonTeam.season_id == season_id)
    )
    return sorted(found)


async def skill_ids(session: TenantSession, *, season_id: UUID) -> list[UUID]:
    """The skills of the season's template, in id order."""
    found = await session.scalars(
        select(SeasonSkill.skill_id).where(
            SeasonSkill.tenant_id == session.tenant_id, SeasonSkill.season_id == season_id
        )
    )
    return sorted(found)


async def capacities(session: TenantSession, *, season_id: UUID) -> dict[Channel, int]:
    """How much the season's people hold at once, where its template says so."""
    found = await session.execute(
        select(SeasonCapacity.channel, SeasonCapacity.items).where(
            SeasonCapacity.tenant_id == session.tenant_id, SeasonCapacity.season_id == season_id
        )
    )
    return {row.channel: row.items for row in found}


async def people(session: TenantSession, *, season_id: UUID) -> Sequence[SeasonPerson]:
    """Those who are named for the season and were not removed, in the order in which they were."""
    found = await session.scalars(
        select(SeasonPerson)
        .where(
            SeasonPerson.tenant_id == session.tenant_id,
            SeasonPerson.season_id == season_id,
            SeasonPerson.removed_at.is_(None),
        )
        .order_by(SeasonPerson.added_at, SeasonPerson.id)
    )
    return found.all()


async def licence_ids(session: TenantSession, *, season_id: UUID) -> list[UUID]:
    """The season's licences that were not cancelled, in id order."""
    found = await session.scalars(
        select(SeatLicence.id)
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.season_id == season_id,
            SeatLicence.cancelled_at.is_(None),
        )
        .order_by(SeatLicence.id)
    )
    return list(found)
