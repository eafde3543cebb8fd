"""The world that operations are asked of, and who asks: built once for a module, and only read."""

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from domain.kit.database import Database
from domain.tickets.intake import trying
from tests.api.graphql.differential import data
from tests.api.graphql.differential.callers import Asker, askers_of
from tests.api.graphql.differential.data import Shops
from tests.api.graphql.differential.samples import Samples, sampled


@dataclass(frozen=True)
class World:
    """The shops, what can be named in the main one, and the callers by name; all of it on the run's event loop."""

    loop: asyncio.AbstractEventLoop
    database: Database
    shops: Shops
    samples: Samples
    askers: dict[str, Asker]


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run says how long it took, which no two do alike."""
    monkeypatch.setattr(trying, "time", SimpleNamespace(monotonic=lambda: 0.0))


@pytest.fixture(scope="session")
async def world(database: Database) -> World:
    shops = await data.found(database)
    return World(
        loop=asyncio.get_running_loop(),
        database=database,
        shops=shops,
        samples=await sampled(database, shops),
        askers=await askers_of(database, shops),
    )
