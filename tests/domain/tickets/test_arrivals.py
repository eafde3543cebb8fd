"""Coming to work and leaving it."""

import pytest
from sqlalchemy import select

from domain.agents.models import Agent, Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.seats.models import SeatKind
from domain.seats.rights import SeatRequired
from domain.tickets.arrivals import set_presence
from tests.conftest import NOW
from tests.domain.world import World
from tests.state import everything, jobs_of


async def test_who_comes_online_is_given_work_and_who_leaves_is_not(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.LIGHT, presence=Presence.OFFLINE)
    sweeps = []
    for presence in (Presence.AWAY, Presence.ONLINE, Presence.OFFLINE):
        async with database.writing(world.tenant_id) as session:
            await set_presence(session, agent_id=anna.agent_id, presence=presence, by=anna.actor, now=NOW)
        async with database.reading(world.tenant_id) as session:
            assert await session.scalar(select(Agent.presence).where(Agent.id == anna.agent_id)) is presence
        sweeps.append([actor for actor, _ in await jobs_of(database, world.tenant_id)].count("route_sweep"))
    assert sweeps == [0, 1, 1]


async def test_without_a_seat_one_can_leave_but_not_come(world: World, database: Database) -> None:
    seatless = await world.seatless(presence=Presence.AWAY)
    before = await everything(database, world.tenant_id)
    with pytest.raises(SeatRequired):
        async with database.writing(world.tenant_id) as session:
            await set_presence(session, agent_id=seatless.id, presence=Presence.ONLINE, by=SYSTEM, now=NOW)
    assert await everything(database, world.tenant_id) == before
    async with database.writing(world.tenant_id) as session:
        left = await set_presence(session, agent_id=seatless.id, presence=Presence.OFFLINE, by=SYSTEM, now=NOW)
    assert left.presence is Presence.OFFLINE
