"""The world that operations are asked of, and who asks: built once for a module, and only read."""

import asyncio
from dataclasses import dataclass

import pytest

from domain.kit.database import Database
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
