import pytest

from domain.kit.database import Database
from tests.conftest import Shop
from tests.domain.billing.books import Books


@pytest.fixture
def books(database: Database, shop: Shop) -> Books:
    """The books of a bare shop, without a price."""
    return Books(database, shop.tenant_id)
