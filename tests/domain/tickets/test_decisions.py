"""What the router decided is read as one, wherever it is written, and goes along when the schema goes up and down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError

from domain.kit.database import Database, engine_for
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import assignment, taking
from domain.tickets.decisions import RoutingDecision, RoutingPass, RoutingStay
from domain.tickets.models import Ticket, Transition
from domain.tickets.routing import RoutingReason
from domain.tickets.sweeping import route_sweep
from infra.embedded.addresses import DatabaseElsewhere
from migrations import run
from tests.conftest import NOW, FoundShop, bare_shop
from tests.domain.world import World
from tests.servers import Servers, database_of_its_own

LATER = NOW + timedelta(minutes=1)
AGAIN = LATER + timedelta(minutes=1)


async def of_each_kind(world: World) -> None:
    """One ticket goes to the only candidate, one is taken, one stays."""
    person = await world.person(SeatKind.FULL, emails=1)
    await world.ticket()
    async with world.database.writing(world.tenant_id) as session:
        assert await route_sweep(session, now=NOW) == 1
    other = await world.person(SeatKind.FULL, emails=1, now=LATER)
    for _ in range(2):
        await world.ticket(now=LATER)
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=other.agent_id, now=LATER)
        assert await taking.take_next(session, seat=seat, by=other.actor, now=LATER) is not None
    async with world.database.writing(world.tenant_id) as session:
        assert await route_sweep(session, now=LATER) == 0
    assert person.agent_id != other.agent_id


async def twice_at_one_instant(world: World) -> None:
    """The ticket that came first goes back to its queue and into the same hands again, twice at one instant."""
    async with world.database.reading(world.tenant_id) as session:
        first = (await session.scalars(select(Ticket.id).order_by(Ticket.arrived_at).limit(1))).one()
    for _ in range(2):
        async with world.database.writing(world.tenant_id) as session:
            await assignment.send_to_team(
                session, ticket_id=first, team_id=world.teams["first-line"], by=SYSTEM, now=AGAIN
            )
        async with world.database.writing(world.tenant_id) as session:
            assert await route_sweep(session, now=AGAIN) == 1
    async with world.database.reading(world.tenant_id) as session:
        again = select(RoutingDecision.ticket_id, RoutingDecision.agent_id).where(RoutingDecision.at == AGAIN)
        assert len({tuple(row) for row in await session.execute(again)}) == 1


async def test_a_decision_on_a_move_is_the_move_and_one_on_a_stay_has_no_agent(
    world: World, database: Database
) -> None:
    await of_each_kind(world)
    async with database.reading(world.tenant_id) as session:
        decisions = (
            await session.scalars(select(RoutingDecision).order_by(RoutingDecision.at, RoutingDecision.id))
        ).all()
        moves = {each.id: each for each in await session.scalars(select(Transition))}
        stays = {each.id: each for each in await session.scalars(select(RoutingStay))}
    assert [each.reason for each in decisions] == [
        RoutingReason.ONLY_CANDIDATE,
        RoutingReason.TAKEN,
        RoutingReason.NOBODY_ELIGIBLE,
    ]
    for each in decisions[:2]:
        move = moves[each.id]
        assert (each.ticket_id, each.agent_id, each.at) == (move.ticket_id, move.assignee_id, move.at)
        assert (each.pass_id, each.place, each.detail) == (move.pass_id, move.place, move.routing_detail)
    stay = stays[decisions[2].id]
    assert (decisions[2].agent_id, decisions[2].pass_id, decisions[2].detail) == (None, stay.pass_id, stay.detail)
    assert stay.detail["excluded"] == {"FULL_HANDS": 2}


async def test_decisions_of_another_shop_are_not_seen_and_none_is_written_past_its_move(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    await of_each_kind(world)
    stranger = await found_shop()
    async with database.reading(stranger.tenant_id) as session:
        assert (await session.scalars(select(RoutingDecision))).all() == []
    with pytest.raises(DBAPIError, match="cannot insert into view"):
        async with database.writing(world.tenant_id) as session:
            await session.execute(
                insert(RoutingDecision).values(tenant_id=world.tenant_id, id=new_id(), ticket_id=new_id(), at=NOW)
            )


@asynccontextmanager
async def two_shops(servers: Servers) -> AsyncIterator[tuple[DatabaseElsewhere, list[World]]]:
    """A database of the test's own, with two shops that have decisions of each kind."""
    with database_of_its_own(servers) as scratch:
        await asyncio.to_thread(run.upgrade, scratch.owner_url)
        database = Database(engine_for(scratch.app_url, pool_size=2))
        try:
            worlds = [await World.found(database, await bare_shop(database)) for _ in range(2)]
            for world in worlds:
                await of_each_kind(world)
            yield scratch, worlds
        finally:
            await database.close()


async def test_decisions_go_along_when_the_schema_goes_down_and_up(servers: Servers) -> None:
    async with two_shops(servers) as (scratch, worlds):
        for world in worlds:
            await twice_at_one_instant(world)
        await worlds[0].database.close()
        before = await _decisions(scratch.superuser_url)
        assert len(before) == 10
        await asyncio.to_thread(run.downgrade, scratch.owner_url, revision="0021")
        assert await _decisions(scratch.superuser_url) == before
        await asyncio.to_thread(run.upgrade, scratch.owner_url)
        after = await _decisions(scratch.superuser_url)
    assert after == before


async def test_a_decision_whose_pass_is_kept_no_more_goes_down_without_it(servers: Servers) -> None:
    async with two_shops(servers) as (scratch, worlds):
        async with worlds[0].database.writing(worlds[0].tenant_id) as session:
            await session.execute(delete(RoutingPass).where(RoutingPass.tenant_id == session.tenant_id))
        await worlds[0].database.close()
        before = await _decisions(scratch.superuser_url)
        await asyncio.to_thread(run.downgrade, scratch.owner_url, revision="0023")
        after = await _decisions(scratch.superuser_url)
        await asyncio.to_thread(run.upgrade, scratch.owner_url)
        assert await _decisions(scratch.superuser_url) == after
    without = (None, None)
    assert after == [
        (tenant_id, *which, *(without if tenant_id == worlds[0].tenant_id else (pass_id, place)), *rest)
        for tenant_id, *which, pass_id, place, reason, detail, at in before
        for rest in [(reason, detail, at)]
    ]
    assert [row[5:7] == without for row in before].count(False) == 4


async def _decisions(url: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT tenant_id, id, ticket_id, agent_id, team_id, pass_id, place, reason, detail, at"
            " FROM routing_decision ORDER BY tenant_id, at, id"
        )
    finally:
        await connection.close()
    return [tuple(row) for row in rows]
