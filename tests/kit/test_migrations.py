"""The schema goes up, down to nothing and up again, and is what the models say."""

import asyncio

import asyncpg
import pytest

from migrations import run
from tests.servers import Servers

OBJECTS = """
    SELECT relname::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
    UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
"""


@pytest.fixture
async def scratch_url(servers: Servers) -> str:
    """An empty database beside the suite's own, made from what roles.sql leaves behind."""
    if servers.superuser_url is None:
        pytest.skip("making a scratch database takes a superuser's address: SEZON_TEST_SUPERUSER_URL")
    connection = await asyncpg.connect(servers.superuser_url)
    try:
        await connection.execute("DROP DATABASE IF EXISTS scratch")
        await connection.execute("CREATE DATABASE scratch OWNER owner TEMPLATE template0")
    finally:
        await connection.close()
    base, _, _ = servers.superuser_url.rpartition("/")
    connection = await asyncpg.connect(f"{base}/scratch")
    try:
        for extension in ("btree_gist", "pg_trgm", "unaccent"):
            await connection.execute(f"CREATE EXTENSION {extension}")
        await connection.execute("ALTER SCHEMA public OWNER TO owner; GRANT USAGE, CREATE ON SCHEMA public TO search")
    finally:
        await connection.close()
    base, _, _ = servers.owner_url.rpartition("/")
    return f"{base}/scratch"


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
