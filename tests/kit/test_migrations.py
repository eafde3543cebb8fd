"""The schema goes up, down to nothing and up again, and is what the models say."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.billing.jobs import KeepBooks
from domain.billing.models import PriceUnit
from domain.billing.pricing import USUAL
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from infra.commands.administration import SCHEDULE
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


async def test_shops_that_were_there_get_the_usual_prices_of_their_day_and_have_their_books_kept(
    scratch_url: str,
) -> None:
    await asyncio.to_thread(run.upgrade, scratch_url, revision="0009")
    connection = await asyncpg.connect(scratch_url)
    try:
        for slug, currency, zone in (("pl", "PLN", "Europe/Warsaw"), ("de", "EUR", "Europe/Berlin")):
            tenant_id = new_id()
            await connection.execute("SELECT set_config('app.tenant_id', $1, false)", str(tenant_id))
            await connection.execute(
                "INSERT INTO tenant (id, version, slug, name, timezone, currency, language, mail_from, created_at)"
                " VALUES ($1, 0, $2, $2, $3, $4, 'PL', 'a@b.example', '2026-05-04 23:30+00')",
                *(tenant_id, slug, zone, currency),
            )
    finally:
        await connection.close()
    await asyncio.to_thread(run.upgrade, scratch_url, revision="0010")
    connection = await asyncpg.connect(scratch_url)
    try:
        await connection.execute("ALTER TABLE price NO FORCE ROW LEVEL SECURITY")
        await connection.execute("ALTER TABLE schedule NO FORCE ROW LEVEL SECURITY")
        await connection.execute("ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY")
        prices = await connection.fetch(
            "SELECT slug, kind, series, unit, amount, price.currency, valid_from, revision"
            " FROM price JOIN tenant ON tenant.id = tenant_id ORDER BY amount DESC"
        )
        scheduled = await connection.fetch(
            "SELECT slug, every_seconds FROM schedule JOIN tenant ON tenant.id = tenant_id"
            " WHERE actor = 'keep_books' ORDER BY slug"
        )
    finally:
        await connection.close()
    begin = datetime(2026, 5, 4, 22, tzinfo=UTC)  # the 5th had begun in Warsaw
    assert [tuple(row) for row in prices] == [
        ("pl", "FULL", "TIME", "MONTH", 14900, "PLN", begin, 1),
        ("pl", "LIGHT", "TIME", "MONTH", 2900, "PLN", begin, 1),
        ("pl", "FULL", "PASS", "PASS", 1490, "PLN", begin, 1),
        ("pl", "LIGHT", "PASS", "PASS", 290, "PLN", begin, 1),
    ]
    assert [tuple(row) for row in scheduled] == [("de", 3600), ("pl", 3600)]
    assert {(SeatKind(row["kind"]), PriceUnit(row["unit"])): row["amount"] for row in prices} == USUAL["PLN"]
    assert (KeepBooks, timedelta(hours=1)) in SCHEDULE
