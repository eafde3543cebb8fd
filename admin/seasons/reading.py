"""What the pages of seasons read: seasons with their seats counted, the people of one, and who waits in line."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, and_, case, cast, func, or_, select

from admin.lists.places import Order
from admin.seasons.timeline import Run, Span, Timeline, timeline
from domain.agents.models import Agent
from domain.kit.database import TenantSession
from domain.seasons import queries
from domain.seasons.course import SeasonState
from domain.seasons.models import Season, SeasonPerson
from domain.seats.models import PlannedInvitation, SeatKind, SeatLicence
from domain.seats.periods import SMALLEST
from domain.seats.queries import HELD, taken

PAGE = 20
MOST_IN_LINE = 100
MOST_IN_A_YEAR = 200

NEWEST_FIRST = Order((Season.created_at, Season.id))


@dataclass(frozen=True)
class Seats:
    """The seats of a season by kind: how many there are, somebody sits on or is to, and people wait for."""

    there: dict[SeatKind, int] = field(default_factory=dict)
    taken: dict[SeatKind, int] = field(default_factory=dict)
    waiting: dict[SeatKind, int] = field(default_factory=dict)

    @property
    def open(self) -> dict[SeatKind, int]:
        return {kind: self.there.get(kind, 0) - self.taken.get(kind, 0) for kind in SeatKind}


@dataclass(frozen=True)
class Listed:
    """A season as a list shows it."""

    season: Season
    state: SeasonState
    named: int
    seats: Seats

    @property
    def days(self) -> int:
        return (self.season.last_day - self.season.first_day).days + 1

    @property
    def stands(self) -> bool:
        """Whether it has seats that people can still be on."""
        return self.state in (SeasonState.SCHEDULED, SeasonState.ACTIVE)


@dataclass(frozen=True)
class SeasonsPage:
    """Some of the seasons, and the places where the pages before and after begin."""

    seasons: Sequence[Listed]
    newer: str | None
    older: str | None


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits for a seat, and at which place of the line for that kind."""

    planned: PlannedInvitation
    name: str
    season: str | None
    place: int


@dataclass(frozen=True)
class Line:
    """The first of those who wait, and how many more do."""

    waiting: Sequence[Waiting]
    more: int


async def seasons_page(session: TenantSession, *, after: str | None, before: str | None, now: datetime) -> SeasonsPage:
    """A page of the seasons, newest first. Raises NoSuchPlace."""
    place, backward = (before, True) if before else (after, False)
    wanted = select(Season).where(Season.tenant_id == session.tenant_id)
    if place:
        wanted = wanted.where(NEWEST_FIRST.beyond(NEWEST_FIRST.position(place), backward=backward))
    read = (await session.scalars(NEWEST_FIRST.by(wanted, backward=backward).limit(PAGE + 1))).all()
    more, seasons = len(read) > PAGE, list(read[:PAGE])
    if backward:
        seasons.reverse()
    return SeasonsPage(
        await listed(session, seasons, now=now),
        newer=NEWEST_FIRST.place_of(seasons[0]) if seasons and (more if backward else place) else None,
        older=NEWEST_FIRST.place_of(seasons[-1]) if seasons and (more or backward) else None,
    )


async def listed(session: TenantSession, seasons: Collection[Season], *, now: datetime) -> list[Listed]:
    """The seasons with their people and seats counted, in a few statements for all of them."""
    ids = [season.id for season in seasons]
    named = await session.execute(
        select(SeasonPerson.season_id, func.count())
        .where(
            SeasonPerson.tenant_id == session.tenant_id,
            SeasonPerson.season_id.in_(ids),
            SeasonPerson.removed_at.is_(None),
        )
        .group_by(SeasonPerson.season_id)
    )
    counts, seats = dict(named.all()), await seats_of(session, ids, now=now)
    return [
        Listed(season, queries.state(season, now), counts.get(season.id, 0), seats.get(season.id, Seats()))
        for season in seasons
    ]


async def seats_of(session: TenantSession, season_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Seats]:
    """The seats of seasons; those of one that is over as they were in all its time."""
    start, end = func.lower(SeatLicence.period), func.upper(SeatLicence.period)
    rest = func.tstzrange(case((end <= now, start), else_=func.greatest(start, now)), end)
    there = await session.execute(
        select(
            SeatLicence.season_id,
            SeatLicence.kind,
            func.count().label("there"),
            func.count().filter(taken(rest)).label("taken"),
        )
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.season_id.in_(season_ids),
            SeatLicence.cancelled_at.is_(None),
        )
        .group_by(SeatLicence.season_id, SeatLicence.kind)
    )
    held = await session.execute(
        select(PlannedInvitation.season_id, PlannedInvitation.kind, func.count().label("waiting"))
        .where(PlannedInvitation.tenant_id == session.tenant_id, PlannedInvitation.season_id.in_(season_ids), HELD)
        .group_by(PlannedInvitation.season_id, PlannedInvitation.kind)
    )
    found: dict[UUID | None, Seats] = defaultdict(Seats)
    for season_id, kind, licences, sat_on in there:
        found[season_id].there[kind], found[season_id].taken[kind] = licences, sat_on
    for season_id, kind, waiting in held:
        found[season_id].waiting[kind] = waiting
    return {season_id: seats for season_id, seats in found.items() if season_id is not None}


async def next_seasons(session: TenantSession, *, now: datetime, most: int) -> list[Listed]:
    """The seasons that run or are to, the earliest first."""
    found = await session.scalars(
        select(Season)
        .where(
            Season.tenant_id == session.tenant_id,
            Season.scheduled_at.is_not(None),
            Season.cancelled_at.is_(None),
            func.upper(Season.period) > now,
        )
        .order_by(func.lower(Season.period), Season.id)
        .limit(most)
    )
    return await listed(session, found.all(), now=now)


async def line(session: TenantSession) -> Line:
    """Who waits for a seat: the first MOST_IN_LINE of them, each kind and season having a line of its own."""
    served = (PlannedInvitation.created_at, PlannedInvitation.id)
    ownline = (PlannedInvitation.kind, PlannedInvitation.season_id)
    place = func.row_number().over(partition_by=ownline, order_by=served)
    found = await session.execute(
        select(PlannedInvitation, Agent.name, Season.name.label("season"), place.label("place"), func.count().over())
        .join(Agent, and_(Agent.tenant_id == PlannedInvitation.tenant_id, Agent.id == PlannedInvitation.agent_id))
        .outerjoin(
            Season, and_(Season.tenant_id == PlannedInvitation.tenant_id, Season.id == PlannedInvitation.season_id)
        )
        .where(PlannedInvitation.tenant_id == session.tenant_id, HELD)
        .order_by(*served)
        .limit(MOST_IN_LINE)
    )
    rows = found.all()
    waiting = [Waiting(planned, name, season, place) for planned, name, season, place, _ in rows]
    return Line(waiting, more=rows[0][4] - len(rows) if rows else 0)


async def timeline_of(
    session: TenantSession, *, year: int, zone: ZoneInfo, now: datetime, also: Sequence[Run] = ()
) -> Timeline:
    """The picture of a year of the shop's, in its zone. A licence that ends within a day runs on that day.

    `also` are licences that are only planned.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    spans = await session.scalars(
        select(Season)
        .where(
            Season.tenant_id == session.tenant_id,
            Season.cancelled_at.is_(None),
            Season.first_day <= last,
            Season.last_day >= first,
        )
        .order_by(Season.first_day, Season.id)
        .limit(MOST_IN_A_YEAR)
    )
    return timeline(
        year=year,
        runs=[*await _runs(session, first=first, last=last, zone=zone), *also],
        seasons=[
            Span(season.id, season.name, season.first_day, season.last_day, draft=season.scheduled_at is None)
            for season in spans
        ],
        today=now.astimezone(zone).date(),
    )


async def _runs(session: TenantSession, *, first: date, last: date, zone: ZoneInfo) -> list[Run]:
    """The licences that run on a day of the time, counted by kind, first day and last day."""
    begins = _day_of(func.lower(SeatLicence.period), zone)
    ends = _day_of(func.upper(SeatLicence.period) - SMALLEST, zone)
    found = await session.execute(
        select(SeatLicence.kind, begins.label("first"), ends.label("last"), func.count().label("licences"))
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.cancelled_at.is_(None),
            begins <= last,
            or_(ends >= first, func.upper_inf(SeatLicence.period)),
        )
        .group_by(SeatLicence.kind, begins, ends)
    )
    return [Run(row.kind, row.first, row.last, row.licences) for row in found]


def _day_of(moment: ColumnElement[datetime], zone: ZoneInfo) -> ColumnElement[date]:
    return cast(func.timezone(zone.key, moment), Date)
