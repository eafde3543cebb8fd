from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from domain.kit.database import Database
from domain.kit.settings import settings
from tests.conftest import Shop
from tests.servers import Servers
from tests.workers.probe import Bench, RecordingPublisher, SettableClock
from tests.workers.processes import environment
from tests.workers.sink import Sink, listening
from workers.actors import load_all
from workers.connections import Pool, open_pool
from workers.dispatching import Dispatcher
from workers.runtime import TASKS


@pytest.fixture(autouse=True)
async def quiet(servers: Servers) -> None:
    """No job and no schedule of an earlier test is left; the relay serves all tenants."""
    owner = await asyncpg.connect(servers.owner_url)
    try:
        await owner.execute("TRUNCATE outbox, inbox, schedule")
    finally:
        await owner.close()


@pytest.fixture(scope="session")
async def platform(servers: Servers) -> AsyncIterator[Pool]:
    """Connections as the relay has them."""
    async with open_pool(servers.platform_url) as pool:
        yield pool


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def publisher() -> RecordingPublisher:
    return RecordingPublisher()


@pytest.fixture
def bench(
    database: Database,
    shop: Shop,
    platform: Pool,
    publisher: RecordingPublisher,
    clock: SettableClock,
) -> Bench:
    """A shop with a relay and a worker that run when the test says so."""
    return Bench(database, shop.tenant_id, clock, publisher, Dispatcher(platform, publisher, clock))


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with listening() as sink:
        yield sink


@pytest.fixture
def bench_with_mail(
    bench: Bench, servers: Servers, sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """A worker with the real actors, whose mail server is the sink."""
    for name, value in environment(servers, clock_file=tmp_path / "clock", smtp_port=sink.port).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    load_all()
    bench.tasks = TASKS
    yield bench
    settings.cache_clear()
