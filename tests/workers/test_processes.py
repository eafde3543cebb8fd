"""The real parts together: rows in PostgreSQL, a relay, Valkey, and a dramatiq worker, also when they are killed."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import redis
from sqlalchemy import func, select

from domain.kit.database import Database
from domain.kit.outbox import InboxRow, OutboxRow
from domain.seats.models import SeatKind
from domain.tickets.jobs import Prune
from domain.tickets.models import Ticket, TicketState
from tests.conftest import Shop
from tests.domain.world import World
from tests.servers import Servers
from tests.workers.probe import enqueue_for
from tests.workers.processes import RELAY, WORKER, ClockFile, Program, environment, until

pytestmark = pytest.mark.timeout(300)
"""Beside other tests, hundreds of jobs take their time."""


class Stack:
    """A relay and a worker that a test can end and start again."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.clock = ClockFile(folder / "clock")
        self._environment = environment(servers, clock_file=self.clock.path)
        self._folder = folder
        self.relay = self.start(RELAY)
        self.worker = self.start(WORKER)

    def start(self, arguments: tuple[str, ...]) -> Program:
        return Program(arguments, environment=self._environment, log=self._folder / "log")

    def log(self) -> str:
        return self.relay.log()


@pytest.fixture(scope="module")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(servers, tmp_path_factory.mktemp("stack"))
    yield stack
    assert stack.relay.stop() == 0
    assert stack.worker.stop() == 0


async def jobs(database: Database, tenant_id: UUID) -> tuple[int, int]:
    """How many are left, and how many are done, at one instant."""
    left = select(func.count()).select_from(OutboxRow).scalar_subquery()
    done = select(func.count()).select_from(InboxRow).scalar_subquery()
    async with database.reading(tenant_id) as session:
        row = (await session.execute(select(left.label("left"), done.label("done")))).one()
    return row.left, row.done


async def finished(stack: Stack, database: Database, shop: Shop, *, count: int) -> None:
    """Return when so many jobs of the shop are done and none is left; fail when for long none gets done."""
    seen = (0, 0)

    async def something_new() -> bool:
        return await jobs(database, shop.tenant_id) != seen

    def told() -> str:
        return f"{seen[0]} are left, {seen[1]} done\n{stack.log()}"

    while (now := await jobs(database, shop.tenant_id)) != (0, count):
        assert sum(now) <= count
        seen = now
        await until(something_new, log=told)


async def test_a_new_ticket_is_in_an_agents_hands_soon(stack: Stack, database: Database, shop: Shop) -> None:
    world = await World.found(database, shop)
    agent = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()

    async def assigned() -> bool:
        async with database.reading(shop.tenant_id) as session:
            ticket = await session.get_one(Ticket, (shop.tenant_id, ticket_id))
            return (ticket.state, ticket.assignee_id) == (TicketState.ASSIGNED, agent.agent_id)

    await until(assigned, log=stack.log)


async def test_a_worker_that_is_killed_loses_no_job_and_does_none_twice(
    stack: Stack, database: Database, shop: Shop
) -> None:
    await enqueue_for(database, shop.tenant_id, *[Prune()] * 600, now=stack.clock.now())

    async def some_done() -> bool:
        return (await jobs(database, shop.tenant_id))[1] > 20

    await until(some_done, log=stack.log)
    stack.worker.crash()
    left, done = await jobs(database, shop.tenant_id)
    assert left + done == 600
    assert left > 0
    stack.worker = stack.start(WORKER)
    stack.clock.move(seconds=15)  # what the dead worker held counts as lost now
    await finished(stack, database, shop, count=600)


async def test_a_broker_that_forgets_everything_loses_no_job(
    stack: Stack, servers: Servers, database: Database, shop: Shop
) -> None:
    assert stack.worker.stop() == 0
    await enqueue_for(database, shop.tenant_id, *[Prune()] * 50, now=stack.clock.now())
    with redis.Redis.from_url(servers.broker_url) as broker:

        async def published() -> bool:
            return bool(broker.llen("sezon:sezon.work") == 50)

        await until(published, log=stack.log)
        broker.flushall()
    stack.worker = stack.start(WORKER)
    stack.clock.move(seconds=15)
    await finished(stack, database, shop, count=50)


async def test_a_relay_that_is_killed_and_connections_that_break_lose_no_job(
    stack: Stack, servers: Servers, database: Database, shop: Shop
) -> None:
    await enqueue_for(database, shop.tenant_id, *[Prune()] * 200, now=stack.clock.now())
    stack.relay.crash()
    superuser = await asyncpg.connect(servers.superuser_url)
    try:
        broken = await superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'sezon-worker'"
        )
    finally:
        await superuser.close()
    assert broken > 0
    stack.relay = stack.start(RELAY)
    stack.clock.move(seconds=15)
    await finished(stack, database, shop, count=200)
