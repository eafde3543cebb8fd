"""Shops in which tickets come and agents resolve them, and how long each ticket waited."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx2

from domain.kit.database import Database, engine_for
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.orders.customers import CustomerDetails, save_customer
from domain.tenants.permissions import Permission
from infra.bench import openings
from infra.bench.backlog import found_shop
from infra.bench.commits import NOW, Assigned, assigned, remember
from infra.bench.cpu import cpu_seconds
from infra.bench.crowds import copies_of
from infra.bench.openings import Customers
from infra.bench.people import program
from infra.commands.administration import SCHEDULE
from infra.commands.client import create
from infra.embedded.stack import Stack

CALLS = 20
"""Calls a second of the API at most: at higher rates each brings several tickets."""

LANES = 8
"""Tickets that are opened by the operation at a time, at most."""

WITHIN = 120.0
"""Seconds after which tickets that nobody has count as left, and what has not come to rest is measured as it is."""

RESOLVED = """
    UPDATE ticket SET state = 'RESOLVED', assignee_id = NULL, version = version + 1, state_since = clock_timestamp()
    WHERE state = 'ASSIGNED' AND state_since < clock_timestamp() - interval '1 second'
"""
"""What agents do, in one statement for all: there is always room, and no sweep is asked for by it."""

QUEUED = "SELECT count(*) FROM ticket WHERE state = 'QUEUED'"
OVERDUE = "SELECT count(*) FROM schedule WHERE due_at < clock_timestamp() - interval '2 seconds'"
ALL_DUE = "UPDATE schedule SET due_at = clock_timestamp()"
FORGET_JOBS = "DELETE FROM outbox WHERE tenant_id = ANY($1::uuid[])"


@dataclass(frozen=True)
class Seen:
    """A stretch of load: how many tickets a second were opened, how long they waited, and how many cores were busy."""

    rate: float
    assigned: Assigned
    cores: float


@dataclass(frozen=True)
class Shop:
    """One that was founded: its customers by number, and their ids."""

    tenant_id: UUID
    customers: Customers
    customer_ids: Sequence[UUID]


class Arrivals:
    """A stack at work. An async context manager: it forgets its connections at the end."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    async def __aenter__(self) -> "Arrivals":
        here = self._stack.addresses
        await remember(self._stack, await asyncpg.connect(here.superuser_url))
        self._superuser: Any = await asyncpg.connect(here.superuser_url)
        self._database = Database(engine_for(here.database_url, pool_size=LANES + 1, name="sezon-bench"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()
        await self._superuser.close()

    async def found(self, *, agents: int, customers: int, scheduled: bool) -> Shop:
        """A shop whose agents are there, with room for 50 tickets each; its recurring jobs run if it is `scheduled`."""
        now, who = datetime.now(UTC), Customers(customers)
        async with self._database.writing(new_id()) as session:
            await found_shop(session, agents=agents, room=50, schedule=SCHEDULE if scheduled else (), now=now)
            ids = []
            for number in range(customers):
                details = CustomerDetails(external_id=who.of(number), name="Zofia", email=f"zofia{number}@shop.example")
                ids.append((await save_customer(session, details=details, by=SYSTEM, now=now)).id)
            return Shop(session.tenant_id, who, ids)

    async def copies(self, shop: Shop, count: int) -> list[UUID]:
        """So many shops that are alike, once their recurring jobs come in their turns."""
        copies = await copies_of(shop.tenant_id, count=count, superuser_url=self._stack.addresses.superuser_url)
        await self._superuser.execute(FORGET_JOBS, copies)  # those that the original waited for
        await self._until_none(OVERDUE)
        return copies

    async def everything_is_due(self) -> None:
        """Have the recurring jobs of all shops come at once, as after a time in which no relay ran."""
        await self._superuser.execute(ALL_DUE)

    async def credentials(self, shop: Shop) -> dict[str, str]:
        """Those of the shop's program."""
        scopes, here = [Permission.TICKETS_OPEN, Permission.TICKETS_READ], self._stack.addresses
        client = await create(
            self._database, tenant_id=shop.tenant_id, name="Bench", scopes=scopes, now=datetime.now(UTC)
        )
        return {"token_url": here.token_url, "graphql_url": here.graphql_url, **asdict(client)}

    async def over_the_api(
        self, shop: Shop, credentials: dict[str, str], *, rate: int, seconds: float, seed: int
    ) -> Seen:
        """Tickets that the shop's program sends, so many a second."""
        each = max(1, -(-rate // CALLS))
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
            user = await program(http, credentials)
            send = openings.over_the_api(user, shop.customers, each=each, series=f"{seed}-{rate}")
            return await self._seen(openings.at_rate(send, rate=rate / each, seconds=seconds, seed=seed), seconds)

    async def among(
        self, shops: Sequence[UUID], like: Shop, *, rate: float, seconds: float, seed: int, flood: int = 0
    ) -> Seen:
        """A ticket now and then in each of many shops, while one that is like them may be flooded; that is not told."""
        send = openings.among(self._database, shops, like.customer_ids, seed=seed)
        calm = openings.at_rate(send, rate=rate, seconds=seconds, seed=seed, most=LANES)
        wave = openings.flood(self._database, like.tenant_id, like.customers, tickets=flood)
        return await self._seen(asyncio.gather(calm, wave), seconds, without=[like.tenant_id])

    async def _seen(self, load: Awaitable[Any], seconds: float, *, without: Sequence[UUID] = ()) -> Seen:
        """Everything that comes of a load, until every ticket has found somebody."""
        spent, since = self._cpu(), await self._superuser.fetchval(NOW)
        async with self._agents():
            await load
            until = await self._superuser.fetchval(NOW)
            cores = (self._cpu() - spent) / (until - since).total_seconds()
            await self._until_none(QUEUED)
        told = await assigned(self._superuser, since=since, until=until, without=without)
        return Seen(told.tickets / max(seconds, (until - since).total_seconds()), told, cores)

    def _cpu(self) -> float:
        return sum(cpu_seconds(pid) for pid in self._stack.pids().values())

    async def _until_none(self, query: str) -> None:
        for _ in range(int(WITHIN * 10)):
            if not await self._superuser.fetchval(query):
                return
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def _agents(self) -> AsyncIterator[None]:
        """Agents who resolve what they have while the block lasts."""
        connection: Any = await asyncpg.connect(self._stack.addresses.superuser_url)

        async def resolve() -> None:
            while True:
                await connection.execute(RESOLVED, timeout=60)
                await asyncio.sleep(0.5)

        working = asyncio.create_task(resolve())
        try:
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await connection.close()
