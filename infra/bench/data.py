"""Shops with a history, the same at every run: people on seats, customers, paid orders, tickets with what was said.

The rows are made inside PostgreSQL, as `app` and tenant by tenant, so every policy, key and check looked at them.
"""

import asyncio
from collections.abc import Sequence
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


async def fill(size: Size, *, owner_url: str, app_url: str) -> None:
    """Fill a migrated database that has none of these shops. The planner knows its tables afterwards."""
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute(WORDS.read_text(encoding="utf-8"))
        await _found(size.shares(), app_url=app_url)
        waiting = asyncio.Queue[Share]()
        for share in size.shares():
            waiting.put_nowait(share)
        await asyncio.gather(*(_fill(waiting, app_url=app_url) for _ in range(LANES)))
        await owner.execute("DROP SCHEMA bench CASCADE")
        await owner.execute("VACUUM (ANALYZE)", timeout=600)
    finally:
        await owner.close()


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


async def _fill(waiting: "asyncio.Queue[Share]", *, app_url: str) -> None:
    rows = ROWS.read_text(encoding="utf-8")
    app: Any = await asyncpg.connect(app_url)
    try:
        while not waiting.empty():
            share = waiting.get_nowait()
            numbers = {
                "seed": share.place,
                "agents": share.agents,
                "customers": share.customers,
                "orders": share.orders,
                "tickets": share.tickets,
            }
            async with app.transaction():
                await app.execute(f"SET LOCAL app.tenant_id = '{share.tenant_id}'")
                # The planner knows nothing of rows that this transaction writes: it would take thousands for one.
                await app.execute("SET LOCAL enable_nestloop = off")
                for name, number in numbers.items():
                    await app.execute("SELECT set_config($1, $2, true)", f"bench.{name}", str(number))
                await app.execute(rows, timeout=600)
    finally:
        await app.close()
