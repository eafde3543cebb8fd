"""What becomes of a plan: it is scheduled, moved in its last day, ended or called off."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM, Actor
from domain.seasons import course, enlisting, leaving, queries
from domain.seasons.course import SeasonState
from domain.seasons.errors import SeasonHasBegun, SeasonHasNotBegun
from domain.seasons.events import (
    SeasonCancelled,
    SeasonEnded,
    SeasonExtended,
    SeasonScheduled,
    SeasonShortened,
    SeasonStarted,
    day,
)
from domain.seasons.models import Season
from domain.seats import extending, holding
from domain.seats.days import last_day_of
from domain.seats.jobs import ProvisionSeats
from domain.seats.models import SeatKind, SeatLicence
from domain.seats.operations import add_licences
from domain.seats.periods import start_of, until
from domain.seats.queries import take_turn
from domain.tickets import departures


async def schedule_season(session: TenantSession, *, season_id: UUID, own_id: UUID, by: Actor, now: datetime) -> Season:
    """Let a plan stand: its licences are added, its people get seats on them and are invited when it is time.

    A season that begins today begins now. `own_id` is the member who does it. Raises SeasonNotFound, SeasonNotDraft,
    InvalidInput for one whose first day is past, and what `enlisting.enlist` does.
    """
    await take_turn(session)
    season = await queries.lock_season(session, season_id=season_id)
    course.must_be_draft(queries.state(season, now))
    if season.first_day < now.astimezone(ZoneInfo(season.timezone)).date():
        raise InvalidInput("firstDay", "must not be in the past", "nie może być w przeszłości")
    end = queries.end_of(season)
    season.period = Range(max(now, start_of(season.period)), end, bounds="[)")
    season.scheduled_at, season.scheduled_by_id = now, own_id
    for kind, count in ((SeatKind.FULL, season.full_count), (SeatKind.LIGHT, season.light_count)):
        if count:
            await add_licences(
                session,
                kind=kind,
                count=count,
                start=season.period.lower,
                end=end,
                label=season.name,
                season_id=season.id,
                by=by,
                now=now,
            )
    scheduled = SeasonScheduled(start_of(season.period), end, season.full_count + season.light_count)
    events.record(session, season, scheduled, by=by, at=now)
    named = await queries.people(session, season_id=season.id)
    await enlisting.enlist(session, season=season, persons=named, own_id=own_id, by=by, now=now)
    for moment in (season.period.lower, end):
        await outbox.enqueue_once(session, ProvisionSeats(), now=now, due_at=moment)
    await session.flush()
    return season


async def extend_season(session: TenantSession, *, season_id: UUID, last_day: date, by: Actor, now: datetime) -> Season:
    """Give a season a later last day; its licences, and those who sit on them to the end, stay as long.

    Raises SeasonNotFound, SeasonNotScheduled, SeasonOver, AgentAlreadySeated, InvalidInput.
    """
    season, end = await _moving(session, season_id=season_id, last_day=last_day, now=now)
    before = queries.end_of(season)
    if end <= before:
        raise InvalidInput("lastDay", "must be later than the last day is", "musi być później niż obecny ostatni dzień")
    to_the_end = await _licences_until(session, season)
    await extending.extend_licences(session, licence_ids=to_the_end, end=end, by=by, now=now)
    await holding.want_until(session, season_id=season.id, end=end, by=by, now=now)  # before the line is served
    await enlisting.stay_on(session, season=season, before=before, end=end, by=by, now=now)
    _set_end(season, last_day, end)
    events.record(session, season, SeasonExtended(day(last_day), end), by=by, at=now)
    await outbox.enqueue_once(session, ProvisionSeats(), now=now, due_at=end)
    await session.flush()
    return season


async def shorten_season(
    session: TenantSession, *, season_id: UUID, last_day: date, by: Actor, now: datetime
) -> Season:
    """Give a season an earlier last day, today at the earliest; its seats end with it.

    Raises SeasonNotFound, SeasonNotScheduled, SeasonOver, InvalidInput.
    """
    season, end = await _moving(session, season_id=season_id, last_day=last_day, now=now)
    if end >= queries.end_of(season):
        raise InvalidInput(
            "lastDay", "must be earlier than the last day is", "musi być wcześniej niż obecny ostatni dzień"
        )
    licences = await queries.licence_ids(session, season_id=season.id)
    await departures.expire_licences(session, licence_ids=licences, at=end, by=by, now=now)
    elsewhere = await leaving.seats_of(
        session, season=season, agent_ids=await leaving.agents_of(session, season=season), later_than=end
    )
    await departures.release_seats(session, assignment_ids=elsewhere, at=end, by=by, now=now)
    await holding.want_until(session, season_id=season.id, end=end, by=by, now=now)
    _set_end(season, last_day, end)
    events.record(session, season, SeasonShortened(day(last_day), end), by=by, at=now)
    await outbox.enqueue_once(session, ProvisionSeats(), now=now, due_at=end)
    await session.flush()
    return season


async def end_season(session: TenantSession, *, season_id: UUID, by: Actor, now: datetime) -> Season:
    """End a season that runs now: its seats are over, open tickets are handed over, links that wait are worthless.

    Raises SeasonNotFound, SeasonNotScheduled for a draft, SeasonHasNotBegun, SeasonOver.
    """
    await take_turn(session)
    season = await queries.lock_season(session, season_id=season_id)
    state = queries.state(season, now)
    course.must_go_on(state)
    if state is SeasonState.SCHEDULED:
        raise SeasonHasNotBegun
    await _close(session, season, by=by, now=now)
    season.period = until(season.period, now)
    season.last_day = last_day_of(queries.end_of(season), ZoneInfo(season.timezone))
    _record_end(session, season, by=by, now=now)
    await session.flush()
    return season


async def cancel_season(session: TenantSession, *, season_id: UUID, by: Actor, now: datetime) -> Season:
    """Call off a season that has not begun: it costs nothing. Again changes nothing.

    Raises SeasonNotFound, SeasonHasBegun, SeasonOver for one that has ended.
    """
    await take_turn(session)
    season = await queries.lock_season(session, season_id=season_id)
    state = queries.state(season, now)
    if state is SeasonState.CANCELLED:
        return season
    course.must_not_be_over(state)
    if state is SeasonState.ACTIVE:
        raise SeasonHasBegun
    await _close(session, season, by=by, now=now)
    season.cancelled_at = now
    events.record(session, season, SeasonCancelled(), by=by, at=now)
    await session.flush()
    return season


async def record_course(session: TenantSession, *, now: datetime) -> int:
    """Record the seasons that have begun or ended since; returns how many of either. Twice is as once.

    Links that one which ended had mailed, and that lead to no seat any more, are worthless from then on.
    """
    found = await session.scalars(
        select(Season)
        .where(
            Season.tenant_id == session.tenant_id,
            Season.scheduled_at.is_not(None),
            Season.cancelled_at.is_(None),
            Season.ended_at.is_(None),
            func.lower(Season.period) <= now,
            Season.started_at.is_(None) | (func.upper(Season.period) <= now),
        )
        .order_by(Season.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    recorded = 0
    for season in found.all():
        recorded += 1
        if queries.state(season, now) is SeasonState.ENDED:
            _record_end(session, season, by=SYSTEM, now=now)
            agent_ids = await leaving.agents_of(session, season=season)
            await leaving.revoke_links(session, season=season, agent_ids=agent_ids, by=SYSTEM, now=now)
        else:
            _record_start(session, season, now=now)
    await session.flush()
    return recorded


async def _moving(session: TenantSession, *, season_id: UUID, last_day: date, now: datetime) -> tuple[Season, datetime]:
    """The locked season whose last day is to be another, and the first instant after that day."""
    await take_turn(session)
    season = await queries.lock_season(session, season_id=season_id)
    course.must_go_on(queries.state(season, now))
    zone = ZoneInfo(season.timezone)
    if last_day < now.astimezone(zone).date():
        raise InvalidInput("lastDay", "must not be in the past", "nie może być w przeszłości")
    return season, course.span(first=season.first_day, last=last_day, zone=zone).end


async def _licences_until(session: TenantSession, season: Season) -> Sequence[UUID]:
    """The season's licences that run to its end, or were extended beyond it; what was ended earlier stays so."""
    found = await session.scalars(
        select(SeatLicence.id).where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.season_id == season.id,
            SeatLicence.cancelled_at.is_(None),
            func.upper(SeatLicence.period) >= queries.end_of(season),
        )
    )
    return found.all()


async def _close(session: TenantSession, season: Season, *, by: Actor, now: datetime) -> None:
    """End all that the season gives, now: its licences and who sits on them, then what its people have elsewhere."""
    licences = await queries.licence_ids(session, season_id=season.id)
    await departures.expire_licences(session, licence_ids=licences, at=None, by=by, now=now)
    agent_ids = await leaving.agents_of(session, season=season)
    await leaving.leave(session, season=season, agent_ids=agent_ids, by=by, now=now)


def _set_end(season: Season, last_day: date, end: datetime) -> None:
    season.last_day, season.period = last_day, Range(season.period.lower, end, bounds="[)")


def _record_start(session: TenantSession, season: Season, *, now: datetime) -> None:
    if season.started_at is None:
        season.started_at = now
        events.record(session, season, SeasonStarted(), by=SYSTEM, at=now)


def _record_end(session: TenantSession, season: Season, *, by: Actor, now: datetime) -> None:
    _record_start(session, season, now=now)
    season.ended_at = now
    events.record(session, season, SeasonEnded(queries.end_of(season)), by=by, at=now)
