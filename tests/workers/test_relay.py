import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import redis

from domain.kit.database import Database
from domain.kit.ids import new_id
from tests.conftest import Shop
from tests.servers import Servers
from tests.workers.probe import Bench, Count, RecordingPublisher, SettableClock
from tests.workers.processes import CHECKOUT, environment, until
from tests.workers.test_stamping import add_events, stream
from workers import dispatching, stamping
from workers.broker import MAIL, WORK, BrokerPublisher, Delivery, broker_for
from workers.relay import Relay


@pytest.fixture
async def relay(
    servers: Servers, publisher: RecordingPublisher, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Relay]:
    """A relay that, once it has started, does nothing unless it is rung."""
    monkeypatch.setattr(dispatching, "LOOK_EVERY", 3600.0)
    monkeypatch.setattr(stamping, "LOOK_EVERY", 3600.0)
    relay = Relay(platform_url=servers.platform_url, publisher=publisher, clock=clock)
    running = asyncio.create_task(relay.run())
    yield relay
    relay.stop()
    await asyncio.wait_for(running, 10)


async def published(bench: Bench, count: int) -> None:
    async def so_many() -> bool:
        return len(bench.publisher.published) >= count

    await until(so_many)
    assert len(bench.publisher.take()) == count


async def test_a_commit_rings_the_relay(relay: Relay, bench: Bench) -> None:
    for _ in range(3):
        await bench.enqueue(Count())
        await published(bench, 1)


async def test_it_goes_on_when_the_broker_is_back(relay: Relay, bench: Bench) -> None:
    bench.publisher.down = True
    await bench.enqueue(Count())

    async def refused() -> bool:
        return bench.publisher.refusals > 2

    await until(refused)
    bench.publisher.down = False
    await published(bench, 1)


async def test_it_stamps_events_while_the_broker_is_down(
    relay: Relay, bench: Bench, database: Database, shop: Shop
) -> None:
    bench.publisher.down = True
    thing = new_id()
    async with database.writing(shop.tenant_id) as session:
        await add_events(session, thing, versions=range(1, 3))
    await bench.enqueue(Count())

    async def stamped() -> bool:
        return await stream(database, shop.tenant_id) == [(1, thing, 1), (2, thing, 2)]

    await until(stamped)


async def test_it_goes_on_when_its_connections_break(relay: Relay, bench: Bench, servers: Servers) -> None:
    await bench.enqueue(Count())
    await published(bench, 1)

    async def committed() -> bool:  # before that, a broken connection would have it published again
        return all(row.dispatched_at for row in await bench.waiting())

    await until(committed)
    superuser = await asyncpg.connect(servers.superuser_url)
    try:
        broken = await superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'sezon-relay'"
        )
    finally:
        await superuser.close()
    assert broken > 0
    await bench.enqueue(Count())
    await published(bench, 1)


async def test_without_the_address_of_the_database_it_says_so_and_exits_with_two(
    servers: Servers, tmp_path: Path
) -> None:
    told = environment(servers, clock_file=tmp_path / "clock")
    del told["SEZON_PLATFORM_URL"]
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "workers.relay"],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == "The relay needs SEZON_PLATFORM_URL, the database's address as the role platform.\n"


async def test_messages_wait_in_the_queue_of_their_kind_in_a_namespace_of_their_own(
    servers: Servers, shop: Shop
) -> None:
    publisher = BrokerPublisher(broker_for(servers.broker_url))
    with redis.Redis.from_url(servers.broker_url) as client:
        client.flushall()
        await publisher.publish(
            [Delivery(actor, shop.tenant_id, new_id(), "", {}) for actor in ("route_sweep", "deliver_reply")]
        )
        lengths = {queue: client.llen(f"sezon:{queue}") for queue in (WORK, MAIL)}
        client.flushall()
    publisher.close()
    assert lengths == {WORK: 1, MAIL: 1}
