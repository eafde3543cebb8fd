"""The schema goes up, down to nothing and up again, and is what the models say."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from migrations import run
from tests.servers import Servers, database_of_its_own

OBJECTS = """
    SELECT relname::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
    UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
"""


@pytest.fixture
def scratch_url(servers: Servers) -> Iterator[str]:
    """An empty database beside the suite's own."""
    with database_of_its_own(servers) as scratch:
        yield scratch.owner_url


async def test_the_schema_goes_up_and_down_and_up_and_is_what_the_models_say(scratch_url: str) -> None:
    await asyncio.to_thread(run.upgrade, scratch_url)
    await asyncio.to_thread(run.downgrade, scratch_url, revision="base")
    connection = await asyncpg.connect(scratch_url)
    try:
        assert [row["name"] for row in await connection.fetch(OBJECTS)] == ["alembic_version"]
    finally:
        await connection.close()
    await asyncio.to_thread(run.upgrade, scratch_url)
    await asyncio.to_thread(run.check, scratch_url)
