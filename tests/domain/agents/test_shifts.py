"""When agents are at work by plan."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.agents.errors import AgentNotFound
from domain.agents.shifts import Shift, checked, days_later, on_day, shifts_of
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.tickets import abilities
from tests.conftest import NOW, FoundShop, Shop
from tests.domain.agents.test_operations import agent_in
from tests.people import add_member
from tests.state import events_of, everything, jobs_of

WARSAW = ZoneInfo("Europe/Warsaw")
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Shift(MONDAY, MONDAY + timedelta(days=7))


def shift(day: int, start: int, hours: int) -> Shift:
    """On a day of the week, 0 for Monday, in UTC."""
    begin = MONDAY + timedelta(days=day, hours=start)
    return Shift(begin, begin + timedelta(hours=hours))


EARLY, LATE, NIGHT = shift(0, 6, 8), shift(0, 14, 8), shift(6, 22, 8)


def test_a_shift_that_does_not_end_later_than_it_begins_ends_the_next_day() -> None:
    day = date(2026, 11, 2)
    assert on_day(day, time(8), time(16), zone=WARSAW) == Shift(
        datetime(2026, 11, 2, 7, tzinfo=UTC), datetime(2026, 11, 2, 15, tzinfo=UTC)
    )
    assert on_day(day, time(22), time(6), zone=WARSAW) == Shift(
        datetime(2026, 11, 2, 21, tzinfo=UTC), datetime(2026, 11, 3, 5, tzinfo=UTC)
    )


def test_the_night_in_which_the_clocks_go_back_has_an_hour_more_and_the_copy_keeps_to_the_wall() -> None:
    night = on_day(date(2026, 10, 24), time(22), time(6), zone=WARSAW)
    assert night.end - night.start == timedelta(hours=9)
    [copied] = days_later([night], 7, zone=WARSAW)
    assert copied == on_day(date(2026, 10, 31), time(22), time(6), zone=WARSAW)
    assert copied.end - copied.start == timedelta(hours=8)


def test_shifts_may_touch_and_come_in_any_order() -> None:
    assert checked([NIGHT, LATE, EARLY], window=WEEK) == [EARLY, LATE, NIGHT]


@pytest.mark.parametrize(
    ("shifts", "field"),
    [
        ([EARLY, shift(0, 13, 1)], "shifts.1.from"),
        ([EARLY, EARLY], "shifts.1.from"),
        ([shift(0, 6, 0)], "shifts.0.to"),
        ([shift(0, 6, -1)], "shifts.0.to"),
        ([shift(0, 6, 25)], "shifts.0.to"),
        ([shift(-1, 22, 8)], "shifts.0.from"),
        ([shift(7, 0, 8)], "shifts.0.from"),
        ([Shift(EARLY.start.replace(tzinfo=None), EARLY.end)], "shifts.0.from"),
        ([EARLY] * 501, "shifts"),
    ],
)
def test_what_nobody_can_work_is_refused_where_it_stands(shifts: list[Shift], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(shifts, window=WEEK)
    assert refused.value.field == field


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_stretch_of_time_is_a_year_at_most(days: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked([], window=Shift(MONDAY, MONDAY + timedelta(days=days)))
    assert refused.value.field == "to"


@given(hours=st.lists(st.tuples(st.integers(0, 167), st.integers(1, 24)), max_size=6))
def test_shifts_are_taken_exactly_when_no_two_share_an_instant(hours: list[tuple[int, int]]) -> None:
    shifts = [shift(0, start, length) for start, length in hours]
    apart = all(
        not ({*range(a, a + b)} & {*range(c, c + d)})
        for place, (a, b) in enumerate(hours)
        for c, d in hours[place + 1 :]
    )
    if apart:
        assert checked(shifts, window=WEEK) == sorted(shifts)
    else:
        with pytest.raises(InvalidInput):
            checked(shifts, window=WEEK)


async def put(database: Database, shop: Shop, agent_id: UUID, shifts: list[Shift], window: Shift = WEEK) -> None:
    async with database.writing(shop.tenant_id) as session:
        await abilities.set_shifts(
            session, agent_id=agent_id, start=window.start, end=window.end, shifts=shifts, by=SYSTEM, now=NOW
        )


async def all_of(database: Database, shop: Shop, agent_id: UUID) -> list[Shift]:
    async with database.reading(shop.tenant_id) as session:
        return await shifts_of(
            session, agent_id=agent_id, start=MONDAY - timedelta(days=30), end=MONDAY + timedelta(days=30)
        )


async def test_a_week_is_replaced_whole_and_its_neighbours_stay(database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    before = Shift(WEEK.start - timedelta(days=7), WEEK.start)
    sunday_night = shift(-1, 22, 8)
    await put(database, shop, agent.id, [sunday_night], before)
    await put(database, shop, agent.id, [LATE, NIGHT])
    await put(database, shop, agent.id, [NIGHT, LATE])
    assert await all_of(database, shop, agent.id) == [sunday_night, LATE, NIGHT]
    await put(database, shop, agent.id, [LATE])
    assert await all_of(database, shop, agent.id) == [sunday_night, LATE]
    await put(database, shop, agent.id, [])
    assert await all_of(database, shop, agent.id) == [sunday_night]
    told = await events_of(database, shop.tenant_id, aggregate="agent")
    assert [(name, len(data["begins"])) for name, _, data in told] == [("AgentShiftsSet", n) for n in (1, 2, 1, 0)]
    assert told[0][2] == {
        "start": before.start.isoformat(),
        "end": before.end.isoformat(),
        "begins": [sunday_night.start.isoformat()],
        "ends": [sunday_night.end.isoformat()],
    }
    assert [actor for actor, _ in await jobs_of(database, shop.tenant_id)].count("route_sweep") == 1


async def test_a_shift_over_the_edge_of_a_week_is_in_nobodys_way_but_its_own(database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    following = Shift(WEEK.end, WEEK.end + timedelta(days=7))
    await put(database, shop, agent.id, [NIGHT])
    state = await everything(database, shop.tenant_id)
    with pytest.raises(InvalidInput) as refused:
        await put(database, shop, agent.id, [shift(8, 8, 8), shift(7, 5, 8)], following)
    assert refused.value.field == "shifts.1.from"
    assert await everything(database, shop.tenant_id) == state
    await put(database, shop, agent.id, [shift(7, 6, 8)], following)
    with pytest.raises(InvalidInput) as refused:
        await put(database, shop, agent.id, [shift(6, 23, 8)])
    assert refused.value.field == "shifts.0.from"
    assert await all_of(database, shop, agent.id) == [NIGHT, shift(7, 6, 8)]


async def test_the_database_keeps_an_agent_from_two_shifts_at_once(database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    await put(database, shop, agent.id, [EARLY])
    with pytest.raises(IntegrityError, match="ex_agent_shift_agent"):
        async with database.writing(shop.tenant_id) as session:
            await session.execute(
                text(
                    "INSERT INTO agent_shift (tenant_id, id, agent_id, period)"
                    " SELECT tenant_id, gen_random_uuid(), agent_id, period FROM agent_shift"
                )
            )


async def test_another_shops_agent_has_no_shifts_here(database: Database, shop: Shop, found_shop: FoundShop) -> None:
    other = await found_shop()
    await add_member(database, other)
    stranger = await agent_in(database, other)
    await put(database, other, stranger.id, [EARLY])
    for agent_id in (stranger.id, new_id()):
        with pytest.raises(AgentNotFound):
            await put(database, shop, agent_id, [LATE])
        assert await all_of(database, shop, agent_id) == []
    assert await all_of(database, other, stranger.id) == [EARLY]
