"""What a season costs: before it is confirmed, while it runs, and once it was changed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.agents.roles import Role
from domain.billing import pricing
from domain.billing.errors import PriceMissing
from domain.billing.months import Month
from domain.billing.seasons import SeasonPreview, preview_season, preview_until
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.seasons import drafting, operations, queries
from domain.seasons.course import SeasonState
from domain.seasons.errors import SeasonNotFound, SeasonOver
from domain.seasons.people import Named
from domain.seats.extending import extend_licences
from domain.seats.models import SeatKind
from tests.conftest import NOW, FoundShop, Shop
from tests.domain.world import Person, World

FULL, LIGHT = SeatKind.FULL, SeatKind.LIGHT
DECEMBER, JANUARY = Month(2026, 12), Month(2027, 1)
START = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    world = await World.found(database, shop)
    async with database.writing(shop.tenant_id) as session:
        await pricing.set_usual_prices(session, currency="PLN", now=NOW)
    return world


@pytest.fixture
async def admin(world: World) -> Person:
    return await world.person(SeatKind.FULL, role=Role.ADMIN, until=None)


async def draft(world: World, admin: Person, *people: Named, first: date = date(2026, 12, 1)) -> UUID:
    plan = drafting.Plan(
        name="Święta",
        first_day=first,
        last_day=date(2027, 1, 15),
        full_count=1,
        light_count=2,
        role=Role.AGENT,
        language=Language.PL,
        people=people,
    )
    async with world.database.writing(world.tenant_id) as session:
        season = await drafting.draft_season(session, plan=plan, own_id=admin.member_id, by=admin.actor, now=NOW)
    return season.id


async def schedule(world: World, admin: Person, season_id: UUID) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await operations.schedule_season(session, season_id=season_id, own_id=admin.member_id, by=admin.actor, now=NOW)


async def preview(world: World, season_id: UUID, now: datetime = NOW) -> SeasonPreview:
    async with world.database.reading(world.tenant_id) as session:
        return await preview_season(session, season_id=season_id, now=now)


async def test_a_draft_costs_its_whole_months_and_the_share_of_the_last_each_seat_rounded_on_its_own(
    world: World, admin: Person
) -> None:
    """January has 31 days: 15/31 of 149.00 are 72.10 (7209.68), of 29.00 are 14.03 (1403.23)."""
    previewed = await preview(world, await draft(world, admin))
    assert previewed.state is SeasonState.DRAFT
    assert previewed.seats == {FULL: 1, LIGHT: 2}
    assert previewed.seat_days == 3 * 46
    assert previewed.cost.currency == "PLN"
    assert [(line.month, line.kind, line.count, line.amount) for line in previewed.cost.lines] == [
        (DECEMBER, FULL, 1, 14900),
        (DECEMBER, LIGHT, 2, 5800),
        (JANUARY, FULL, 1, 7210),
        (JANUARY, LIGHT, 2, 2806),
    ]
    assert previewed.cost.totals == {DECEMBER: 20700, JANUARY: 10016}
    assert previewed.cost.total == 30716


async def test_scheduling_changes_nothing_of_what_was_said(world: World, admin: Person) -> None:
    season_id = await draft(world, admin)
    before = await preview(world, season_id)
    await schedule(world, admin, season_id)
    after = await preview(world, season_id)
    assert (after.state, after.cost, after.seat_days) == (SeasonState.SCHEDULED, before.cost, before.seat_days)
    assert (await preview(world, season_id, START + timedelta(days=60))).cost == before.cost


async def test_a_season_of_today_is_priced_from_now_on(world: World, admin: Person) -> None:
    """From 10:00 of 2 November in Warsaw 28 days and 14 hours of 30 days are left: 27.63 (2763.33) of 29.00."""
    season_id = await draft(world, admin, first=date(2026, 11, 2))
    before = await preview(world, season_id)
    november = next(line.portion.amount for line in before.cost.lines if line.kind is LIGHT)
    assert november == 2763
    await schedule(world, admin, season_id)
    assert (await preview(world, season_id)).cost == before.cost


async def test_what_is_ended_early_costs_what_was_used(world: World, admin: Person) -> None:
    season_id = await draft(world, admin)
    await schedule(world, admin, season_id)
    tenth = START + timedelta(days=10)
    async with world.database.writing(world.tenant_id) as session:
        await operations.end_season(session, season_id=season_id, by=admin.actor, now=tenth)
    ended = await preview(world, season_id, tenth)
    assert [(line.kind, line.count, line.amount) for line in ended.cost.lines] == [(FULL, 1, 4806), (LIGHT, 2, 1870)]
    assert ended.seat_days == 30


async def test_what_another_last_day_is_said_to_cost_is_what_it_costs_then_also_of_a_licence_extended_by_itself(
    world: World, admin: Person
) -> None:
    season_id = await draft(world, admin)
    await schedule(world, admin, season_id)
    ends = {day: datetime(2027, 1, day - 1, 23, 0, tzinfo=UTC) for day in (11, 16, 19, 21, 25)}
    async with world.database.writing(world.tenant_id) as session:
        ids = await queries.licence_ids(session, season_id=season_id)
        for licence_id, day in ((ids[0], 19), (ids[1], 25)):
            await extend_licences(session, licence_ids=[licence_id], end=ends[day], by=admin.actor, now=NOW)
    said = {}
    for day in (11, 16, 21):
        async with world.database.reading(world.tenant_id) as session:
            said[day] = await preview_until(session, season_id=season_id, end=ends[day], now=NOW)
    assert said[16].totals == (await preview(world, season_id)).cost.totals
    for day, change in ((21, operations.extend_season), (11, operations.shorten_season)):
        async with world.database.writing(world.tenant_id) as session:
            await change(session, season_id=season_id, last_day=date(2027, 1, day - 1), by=admin.actor, now=NOW)
        assert said[day].totals == (await preview(world, season_id)).cost.totals


async def test_what_is_called_off_costs_nothing(world: World, admin: Person) -> None:
    season_id = await draft(world, admin)
    await schedule(world, admin, season_id)
    async with world.database.writing(world.tenant_id) as session:
        await operations.cancel_season(session, season_id=season_id, by=admin.actor, now=NOW)
    assert (await preview(world, season_id)).cost.lines == ()


async def test_it_says_how_many_of_the_named_will_wait(world: World, admin: Person) -> None:
    people = [Named(f"p{n}@shop.example", "P", LIGHT) for n in range(5)]
    assert (await preview(world, await draft(world, admin, *people))).held == {FULL: 0, LIGHT: 3}


async def test_no_season_and_one_whose_days_are_past_have_no_preview(world: World, admin: Person) -> None:
    with pytest.raises(SeasonNotFound):
        await preview(world, new_id())
    season_id = await draft(world, admin)
    with pytest.raises(SeasonOver) as refused:
        await preview(world, season_id, START + timedelta(days=60))
    assert refused.value.message(Language.EN) == "This season is a draft, and its days are past. Choose later ones."
    assert refused.value.message(Language.PL) == "Ten sezon jest szkicem, a jego dni już minęły. Wybierz późniejsze."


async def test_without_a_price_it_says_so(database: Database, found_shop: FoundShop) -> None:
    bare = await World.found(database, await found_shop())
    admin = await bare.person(SeatKind.FULL, role=Role.ADMIN, until=None)
    season_id = await draft(bare, admin)
    with pytest.raises(PriceMissing):
        await preview(bare, season_id)
