"""What a season will cost, said before anybody confirms it, and at any time later."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from domain.billing.previews import PlannedUse, Preview, preview_of
from domain.billing.proration import days_begun
from domain.kit.database import TenantSession
from domain.seasons import course, queries
from domain.seasons.course import SeasonState
from domain.seasons.errors import SeasonNotFound
from domain.seasons.models import Season
from domain.seats.models import LicenceTerms, Period, SeatKind, SeatLicence
from domain.seats.periods import start_of


@dataclass(frozen=True)
class SeasonPreview:
    """A season's cost by month and kind; `seat_days` are licences times the calendar days that each touches.

    `held` is how many of the people named so far will have to wait for a seat, by kind of seat.
    """

    state: SeasonState
    seats: dict[SeatKind, int]
    seat_days: int
    held: dict[SeatKind, int]
    cost: Preview


async def preview_season(session: TenantSession, *, season_id: UUID, now: datetime) -> SeasonPreview:
    """What a season costs in all: exactly what its invoices say, or will say when nothing changes.

    A draft is priced as if it were scheduled now; one that stands by the licences that it has. One that was called off
    costs nothing. Raises SeasonNotFound, SeasonOver for a draft whose days are past, PriceMissing.
    """
    season = await session.get(Season, (session.tenant_id, season_id))
    if season is None:
        raise SeasonNotFound(season_id)
    state, zone = queries.state(season, now), ZoneInfo(season.timezone)
    use = _planned(season, now) if state is SeasonState.DRAFT else await _standing(session, season)
    seats = {kind: sum(one.count for one in use if one.kind is kind) for kind in SeatKind}
    named = Counter(person.kind for person in await queries.people(session, season_id=season_id))
    return SeasonPreview(
        state=state,
        seats=seats,
        seat_days=sum(one.count * days_begun(one.period, zone) for one in use),
        held={kind: max(0, named[kind] - seats[kind]) for kind in SeatKind},
        cost=await preview_of(session, use=use, zone=zone, now=now),
    )


async def preview_until(session: TenantSession, *, season_id: UUID, end: datetime, now: datetime) -> Preview:
    """What a season that stands costs if it ends at another instant; up to now, what it has cost so far.

    Its licences that run to its end are moved with it, and an earlier end is an end for all of them; one that was
    extended by itself stays as long, or as the season if that is longer. Raises SeasonNotFound, PriceMissing.
    """
    season = await session.get(Season, (session.tenant_id, season_id))
    if season is None:
        raise SeasonNotFound(season_id)
    before = queries.end_of(season)
    moved = []
    for one in await _standing(session, season):
        last = one.period.upper
        longer = last is not None and before <= last and before <= end
        until = end if last is None else max(last, end) if longer else min(last, end)
        if start_of(one.period) < until:
            moved.append(replace(one, period=Range(one.period.lower, until, bounds="[)")))
    return await preview_of(session, use=moved, zone=ZoneInfo(season.timezone), now=now)


def _planned(season: Season, now: datetime) -> list[PlannedUse]:
    span = course.remaining(start_of(season.period), queries.end_of(season), now=now)
    counts = ((SeatKind.FULL, season.full_count), (SeatKind.LIGHT, season.light_count))
    period: Period = Range(*span, bounds="[)")
    return [PlannedUse(kind, LicenceTerms.ARREARS, count, period) for kind, count in counts if count]


async def _standing(session: TenantSession, season: Season) -> list[PlannedUse]:
    found = await session.execute(
        select(SeatLicence.kind, SeatLicence.terms, SeatLicence.period).where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.season_id == season.id,
            SeatLicence.cancelled_at.is_(None),
        )
    )
    alike = Counter((row.kind, row.terms, row.period.lower, row.period.upper) for row in found)
    return [
        PlannedUse(kind, terms, count, Range(start, end, bounds="[)"))
        for (kind, terms, start, end), count in sorted(alike.items(), key=lambda one: (one[0][2], one[0][0]))
    ]
