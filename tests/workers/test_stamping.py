import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from domain.kit.database import Database, TenantSession
from domain.kit.events import ActorKind, EventRow
from domain.kit.ids import new_id
from tests.conftest import NOW, FoundShop, Shop
from workers import stamping
from workers.bell import Call
from workers.connections import Pool
from workers.stamping import Stamper, Unstamped, in_order

seconds = st.integers(0, 3)


@st.composite
def histories(draw: st.DrawFn) -> list[Unstamped]:
    """Events of a few aggregates: versions without a gap from somewhere, instants as clocks that differ tell them."""
    events = []
    for aggregate in range(draw(st.integers(0, 4))):
        first = draw(st.integers(1, 5))
        for version, at in enumerate(draw(st.lists(seconds, max_size=6)), start=first):
            events.append(Unstamped(draw(st.uuids()), UUID(int=aggregate), version, NOW + timedelta(seconds=at)))
    return draw(st.permutations(events))


@given(histories())
def test_every_event_gets_one_place(events: list[Unstamped]) -> None:
    assert sorted(in_order(events)) == sorted(event.id for event in events)


@given(histories())
def test_one_aggregates_events_are_in_version_order(events: list[Unstamped]) -> None:
    by_id = {event.id: event for event in events}
    ordered = [by_id[event_id] for event_id in in_order(events)]
    for aggregate in {event.aggregate_id for event in events}:
        versions = [event.version for event in ordered if event.aggregate_id == aggregate]
        assert versions == sorted(versions)


@given(st.lists(seconds, min_size=1, max_size=8), st.data())
def test_events_of_clocks_that_agree_are_in_the_order_of_their_instants(steps: list[int], data: st.DataObject) -> None:
    events = []
    for number, at in enumerate(sorted(steps)):
        aggregate = data.draw(st.integers(0, 2))
        events.append(Unstamped(UUID(int=number), UUID(int=aggregate), number, NOW + timedelta(seconds=at)))
    assert in_order(data.draw(st.permutations(events))) == [event.id for event in events]


@given(histories())
def test_the_order_does_not_depend_on_how_the_events_came(events: list[Unstamped]) -> None:
    assert in_order(events) == in_order(sorted(events, key=lambda event: event.id))


@given(histories())
def test_places_between_aggregates_follow_the_instants(events: list[Unstamped]) -> None:
    by_id = {event.id: event for event in events}
    told = [by_id[event_id].aggregate_id for event_id in in_order(events)]
    assert told == [event.aggregate_id for event in sorted(events, key=lambda event: (event.at, event.id))]


async def add_events(
    session: TenantSession, aggregate_id: UUID, *, versions: range, at: datetime = NOW, back: bool = False
) -> None:
    """Events a second apart; `back` for a clock that runs backwards."""
    for version in versions:
        step = timedelta(seconds=-version if back else version)
        await session.execute(
            insert(EventRow).values(
                tenant_id=session.tenant_id,
                id=new_id(),
                name="ThingHappened",
                aggregate="thing",
                aggregate_id=aggregate_id,
                aggregate_version=version,
                actor_kind=ActorKind.SYSTEM,
                at=at + step,
                data={},
                trace_id="",
            )
        )


async def stream(database: Database, tenant_id: UUID) -> list[tuple[int | None, UUID, int]]:
    async with database.reading(tenant_id) as session:
        rows = await session.scalars(select(EventRow).order_by(EventRow.sequence.nulls_last(), EventRow.id))
        return [(row.sequence, row.aggregate_id, row.aggregate_version) for row in rows]


async def test_committed_events_are_numbered_from_one_without_a_gap(
    database: Database, shop: Shop, platform: Pool
) -> None:
    one, two = new_id(), new_id()
    async with database.writing(shop.tenant_id) as session:
        await add_events(session, one, versions=range(1, 4))
        await add_events(session, two, versions=range(1, 3), at=NOW + timedelta(milliseconds=500))
    await Stamper(platform).turn(Call())
    assert await stream(database, shop.tenant_id) == [(1, one, 1), (2, two, 1), (3, one, 2), (4, two, 2), (5, one, 3)]


async def test_numbers_go_on_after_the_last_and_are_never_given_again(
    database: Database, shop: Shop, platform: Pool
) -> None:
    thing = new_id()
    stamper = Stamper(platform)
    async with database.writing(shop.tenant_id) as session:
        await add_events(session, thing, versions=range(1, 3))
    await stamper.stamp(shop.tenant_id)
    before = await stream(database, shop.tenant_id)
    earlier = new_id()
    async with database.writing(shop.tenant_id) as session:
        await add_events(session, earlier, versions=range(1, 2), at=NOW - timedelta(days=1))
    await stamper.stamp(shop.tenant_id)
    assert await stream(database, shop.tenant_id) == [*before, (3, earlier, 1)]
    assert await stamper.stamp(shop.tenant_id) == 0


async def test_an_event_that_commits_late_gets_a_later_number(database: Database, shop: Shop, platform: Pool) -> None:
    slow, quick = new_id(), new_id()
    stamper = Stamper(platform)
    async with database.writing(shop.tenant_id) as late:
        await add_events(late, slow, versions=range(1, 2))
        async with database.writing(shop.tenant_id) as session:
            await add_events(session, quick, versions=range(1, 2), at=NOW + timedelta(hours=1))
        assert await stamper.stamp(shop.tenant_id) == 1
    assert await stamper.stamp(shop.tenant_id) == 1
    assert await stream(database, shop.tenant_id) == [(1, quick, 1), (2, slow, 1)]


async def test_versions_stay_in_order_when_their_clock_runs_backwards_across_batches(
    database: Database, shop: Shop, platform: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamping, "BATCH", 3)
    thing, other = new_id(), new_id()
    async with database.writing(shop.tenant_id) as session:
        await add_events(session, thing, versions=range(1, 8), back=True)
        await add_events(session, other, versions=range(1, 4), at=NOW - timedelta(seconds=5))
    stamper = Stamper(platform)
    counts = [await stamper.stamp(shop.tenant_id) for _ in range(5)]
    assert counts == [3, 3, 3, 1, 0]
    told = await stream(database, shop.tenant_id)
    assert [sequence for sequence, _, _ in told] == list(range(1, 11))
    for aggregate, versions in ((thing, list(range(1, 8))), (other, [1, 2, 3])):
        assert [version for _, of, version in told if of == aggregate] == versions


async def test_relays_that_stamp_at_once_while_events_are_written_leave_no_gap(
    database: Database, shop: Shop, platform: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamping, "BATCH", 7)
    things = [new_id() for _ in range(20)]

    async def write(thing: UUID) -> None:
        for version in range(1, 6):
            async with database.writing(shop.tenant_id) as session:
                await add_events(session, thing, versions=range(version, version + 1))

    async def stamp(writing: "asyncio.Future[list[None]]") -> None:
        stamper = Stamper(platform)
        while await stamper.stamp(shop.tenant_id) or not writing.done():
            pass

    writing = asyncio.gather(*(write(thing) for thing in things))
    await asyncio.gather(writing, *(stamp(writing) for _ in range(3)))
    told = await stream(database, shop.tenant_id)
    assert [sequence for sequence, _, _ in told] == list(range(1, 101))
    for thing in things:
        assert [version for _, of, version in told if of == thing] == [1, 2, 3, 4, 5]


async def test_each_tenants_stream_counts_for_itself(database: Database, found_shop: FoundShop, platform: Pool) -> None:
    shops = [await found_shop() for _ in range(2)]
    for shop in shops:
        async with database.writing(shop.tenant_id) as session:
            await add_events(session, new_id(), versions=range(1, 3))
    await Stamper(platform).turn(Call())
    for shop in shops:
        assert [sequence for sequence, _, _ in await stream(database, shop.tenant_id)] == [1, 2]
