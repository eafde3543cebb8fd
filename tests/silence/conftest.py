"""The stage of the plays: the whole web side, the workers' real tasks, a mail server, and somebody who watches."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from admin.app import create_panel
from api.app import create_app
from domain.kit.database import Database
from domain.kit.settings import settings
from migrations.run import head
from tests.api.http.conftest import URL, HandClock, settings_for
from tests.cloning import Cloner, cloner_of
from tests.conftest import NOW, bare_shop
from tests.people import cheap_passwords
from tests.servers import Servers
from tests.silence.stage import Script, Stage, written
from tests.silence.watching import watched
from tests.workers.processes import environment
from tests.workers.sink import Sink, listening
from workers.actors import load_all


@dataclass
class House:
    """What all plays share."""

    http: httpx2.AsyncClient
    clock: HandClock
    sink: Sink
    ports: set[int]


@contextmanager
def configured(house: House, servers: Servers) -> Iterator[None]:
    """The settings of a worker whose mail server is the sink."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment(servers, clock_file=Path(), smtp_port=house.sink.port).items():
            patched.setenv(name, value)
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="session")
async def house(servers: Servers, database: Database) -> AsyncIterator[House]:
    load_all()
    told, clock, passwords = settings_for(servers), HandClock(), cheap_passwords()
    app = create_app(told, database, clock, revision=head(), passwords=passwords)
    app.mount("/admin", create_panel(told, database, clock, passwords=passwords))
    ports = {port for url in (servers.app_url, servers.broker_url) if (port := urlsplit(url).port)}
    async with (
        listening() as sink,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as http,
    ):
        yield House(http, clock, sink, ports | {sink.port})


@pytest.fixture(scope="session")
async def script(house: House, servers: Servers, database: Database) -> Script:
    with configured(house, servers):
        return await written(database, house.http, await bare_shop(database))


@pytest.fixture(scope="session")
async def cloner(script: Script, servers: Servers) -> AsyncIterator[Cloner]:
    async with cloner_of(servers, script.tenant_id) as cloner:
        yield cloner


@pytest.fixture
async def stage(
    house: House, script: Script, cloner: Cloner, servers: Servers, database: Database
) -> AsyncIterator[Stage]:
    """The scripted shop of the play's own; nobody is reached until somebody is."""
    house.clock.at = NOW
    house.sink.forget()
    with configured(house, servers), watched(allowed=house.ports) as watch:
        yield Stage(script, await cloner.clone(), database, house.http, house.clock, house.sink, watch)
