import pytest

from domain.kit.database import Database
from tests.conftest import Shop
from tests.domain.world import World


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    """A shop of the test's own, with teams, topics and a customer."""
    return await World.found(database, shop)
