"""Real PostgreSQL as `app`, through the real migrations; every test founds tenants of its own, so none can meet."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from pydantic import PostgresDsn
from sqlalchemy import event

from domain.kit import garbage
from domain.kit.database import Database, engine_for
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.kit.straight import Prepared, Record, Straight
from domain.tenants.models import Tenant
from migrations import run as migrations
from tests.servers import Servers, servers_of_the_run

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""A Monday morning in the season; tests that need an instant start from it."""


def pytest_collection_finish() -> None:
    """What is loaded by now stays: a tenth of a run was looking through it for garbage."""
    garbage.settle()


@dataclass(frozen=True)
class Shop:
    """A tenant made for one test."""

    tenant_id: UUID
    slug: str


FoundShop = Callable[[], Awaitable[Shop]]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with servers_of_the_run() as started:
        migrations.upgrade(started.owner_url)
        yield started


@pytest.fixture(scope="session")
async def database(servers: Servers) -> AsyncIterator[Database]:
    """The tenants' data as the application sees it."""
    opened = Database(engine_for(PostgresDsn(servers.app_url), pool_size=20, pool_wait=60))
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def found_shop(database: Database) -> FoundShop:
    """Found another bare tenant."""
    return partial(bare_shop, database)


async def bare_shop(database: Database) -> Shop:
    """A new tenant with nothing in it."""
    tenant_id = new_id()
    slug = f"shop-{tenant_id.hex[-12:]}"
    async with database.writing(tenant_id) as session:
        session.add(
            Tenant(
                id=tenant_id,
                slug=slug,
                name="Bombka",
                timezone="Europe/Warsaw",
                currency="PLN",
                language=Language.PL,
                mail_from="pomoc@bombka.example",
                created_at=NOW,
            )
        )
    return Shop(tenant_id, slug)


@pytest.fixture
async def shop(found_shop: FoundShop) -> Shop:
    """A bare tenant of the test's own."""
    return await found_shop()


CountStatements = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def statements(database: Database, monkeypatch: pytest.MonkeyPatch) -> CountStatements:
    """Collect the SQL statements that the application sends within a block, transaction control left out."""
    straight = Straight.rows

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        async def noting(self: Straight, prepared: Prepared, values: Mapping[str, Any]) -> list[Record]:
            seen.append(prepared.text)
            return await straight(self, prepared, values)

        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        with monkeypatch.context() as patching:
            patching.setattr(Straight, "rows", noting)
            try:
                yield seen
            finally:
                event.remove(database.engine.sync_engine, "before_cursor_execute", note)

    return counting
