"""Shops with a history, the same at every run: people on seats, customers, paid orders, tickets with what was said.

The rows are made inside PostgreSQL, as `app` and tenant by tenant, so every policy and check looked at them.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

import asyncpg

from domain.kit.database import Database, engine_for
from domain.kit.errors import Language
from domain.tenants.operations import found_tenant
from domain.tickets.founding import furnish

WORDS = Path(__file__).with_name("words.sql")
ROWS = Path(__file__).with_name("data.sql")
OPENED = datetime(2024, 1, 1, 7, tzinfo=UTC)
LANES = 2
"""Tenants filled at a time; the first is as large as all the others together."""

LONGEST = 3600.0
"""Seconds that one step may take."""

HURRY = {"max_wal_size": "16GB", "checkpoint_timeout": "1h", "autovacuum": "off"}


@dataclass(frozen=True)
class Share:
    """One shop of the data, by its place from 1, and how much of each kind it gets."""

    place: int
    orders: int
    tickets: int

    @property
    def tenant_id(self) -> UUID:
        return uuid5(NAMESPACE_DNS, f"shop-{self.place}.bench.example")

    @property
    def slug(self) -> str:
        return f"bench-{self.place}"

    @property
    def customers(self) -> int:
        return max(1, self.orders * 3 // 5)

    @property
    def agents(self) -> int:
        return max(5, self.tickets // 2500)

    @property
    def helpers(self) -> int:
        """People who come for seasons, in three equal parts."""
        return max(60, self.agents // 3 * 3)

    def numbers(self) -> dict[str, int]:
        """What the recipe asks for by name."""
        return {
            "seed": self.place,
            "agents": self.agents,
            "helpers": self.helpers,
            "customers": self.customers,
            "orders": self.orders,
            "tickets": self.tickets,
        }


@dataclass(frozen=True)
class Size:
    """How much data: the first tenant has half of it, the others equal parts of the rest."""

    tenants: int = 20
    orders: int = 50_000
    tickets: int = 200_000

    def shares(self) -> list[Share]:
        if self.tenants == 1:
            return [Share(1, self.orders, self.tickets)]
        others = self.tenants - 1
        orders, tickets = self.orders // 2 // others, self.tickets // 2 // others
        first = Share(1, self.orders - orders * others, self.tickets - tickets * others)
        return [first, *(Share(place, orders, tickets) for place in range(2, self.tenants + 1))]

    def mark(self) -> str:
        """A short text that tells this data from any other."""
        recipe = f"{self}{WORDS.read_text(encoding='utf-8')}{ROWS.read_text(encoding='utf-8')}"
        return sha256(recipe.encode()).hexdigest()[:16]


async def fill(size: Size, *, owner_url: str, app_url: str, superuser_url: str | None = None) -> None:
    """Fill a migrated database that has none of these shops. The planner knows its tables afterwards.

    With the superuser, a server of its own is filled in a third of the time: the rows refer to each other by
    construction, which the tests prove of small shops, so foreign keys are not looked up row by row. Policies, checks,
    keys and indexes look at every row either way.
    """
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute(WORDS.read_text(encoding="utf-8"))
        await _found(size.shares(), app_url=app_url)
        async with _in_a_hurry(superuser_url):
            waiting = asyncio.Queue[Share]()
            for share in size.shares():
                waiting.put_nowait(share)
            await asyncio.gather(*(_fill(waiting, app_url, superuser_url) for _ in range(LANES)))
            await owner.execute("DROP SCHEMA bench CASCADE")
            await owner.execute("SET maintenance_work_mem = '256MB'")
            await owner.execute("VACUUM (ANALYZE)", timeout=LONGEST)
    finally:
        await owner.close()


@asynccontextmanager
async def _in_a_hurry(superuser_url: str | None) -> AsyncIterator[None]:
    """The server writes no checkpoint and tidies nothing up while the block lasts; without the superuser, it does."""
    if superuser_url is None:
        yield
        return
    superuser: Any = await asyncpg.connect(superuser_url)
    try:
        for setting, value in HURRY.items():
            await superuser.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        await superuser.execute("SELECT pg_reload_conf()")
        yield
        for setting in HURRY:
            await superuser.execute(f"ALTER SYSTEM RESET {setting}")
        await superuser.execute("SELECT pg_reload_conf()")
        await superuser.execute("CHECKPOINT", timeout=LONGEST)
    finally:
        await superuser.close()


async def _found(shares: Sequence[Share], *, app_url: str) -> None:
    database = Database(engine_for(app_url, pool_size=1, name="sezon-bench"))
    try:
        for share in shares:
            async with database.writing(share.tenant_id) as session:
                await found_tenant(
                    session,
                    slug=share.slug,
                    name=f"Bombka {share.place}",
                    timezone="Europe/Warsaw",
                    currency="PLN",
                    language=Language.PL,
                    mail_from="help@shop.example",
                    schedule=(),
                    now=OPENED,
                )
                await furnish(session, language=Language.PL, now=OPENED)
    finally:
        await database.close()


async def _fill(waiting: "asyncio.Queue[Share]", app_url: str, superuser_url: str | None) -> None:
    rows = ROWS.read_text(encoding="utf-8")
    connection: Any = await asyncpg.connect(superuser_url or app_url)
    try:
        while not waiting.empty():
            share = waiting.get_nowait()
            async with connection.transaction():
                if superuser_url is not None:
                    await connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL ROLE app")
                await connection.execute(f"SET LOCAL app.tenant_id = '{share.tenant_id}'")
                # The planner knows nothing of rows that this transaction writes: it would take thousands for one.
                await connection.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '256MB'")
                for name, number in share.numbers().items():
                    await connection.execute("SELECT set_config($1, $2, true)", f"bench.{name}", str(number))
                await connection.execute(rows, timeout=LONGEST)
    finally:
        await connection.close()
