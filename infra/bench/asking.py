"""People of the shops, signed in, and what each asks for."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import select

from domain.agents.browser import cookie_name
from domain.agents.models import Member
from domain.agents.sessions import Claim, SignedIn, sign_in
from domain.kit.database import Database, engine_for
from infra.bench.data import Share
from infra.bench.pages.page import Page, Variables
from infra.bench.transactions import set_tenant
from infra.embedded.errors import CannotRun
from infra.embedded.ports import LOOPBACK

PEOPLE = 4
"""Of each shop: its owner, a supervisor and two agents."""

Cookies = Mapping[UUID, Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """One signed-in person's request for a page."""

    page: Page
    tenant_id: UUID
    cookie: str
    variables: Variables

    def of_the_api(self, port: int) -> str:
        """The request as a browser's page of ours sends it."""
        body = orjson.dumps({"query": self.page.graphql, "variables": self.variables}).decode()
        lines = {
            "Origin": f"http://{LOOPBACK}:{port}",
            "X-Sezon-Request": "1",
            "Content-Type": "application/json",
            "Content-Length": str(len(body.encode())),
        }
        return f"POST /graphql HTTP/1.1\r\n{self._head(port, lines)}\r\n{body}"

    def of_the_bare(self, port: int) -> str:
        """The request of a handler that knows the page by its address."""
        query = f"?{urlencode(self.variables)}" if self.variables else ""
        return f"GET /{self.page.name}{query} HTTP/1.1\r\n{self._head(port, {})}\r\n"

    def _head(self, port: int, lines: Mapping[str, str]) -> str:
        all_lines = {"Host": f"{LOOPBACK}:{port}", "Cookie": f"{cookie_name(https=False)}={self.cookie}", **lines}
        return "".join(f"{name}: {value}\r\n" for name, value in all_lines.items())


async def signed_in(database_url: str, shares: Sequence[Share]) -> Cookies:
    """Sessions of the first people of every shop. Raises CannotRun."""
    async with _database(database_url) as database:
        return {share.tenant_id: await _sign_in(database, share.tenant_id) for share in shares}


async def _sign_in(database: Database, tenant_id: UUID) -> list[str]:
    """Sessions of the shop's first people, whose passwords nobody has: their check is taken as passed."""
    now, cookies = datetime.now(UTC), []
    async with database.writing(tenant_id) as session:
        people = select(Member.id, Member.password_hash).where(Member.tenant_id == tenant_id)
        for id, password_hash in (await session.execute(people.order_by(Member.id).limit(PEOPLE))).all():
            begun = await sign_in(session, claimed=Claim(id, password_hash, proven=True), now=now)
            if not isinstance(begun, SignedIn):
                raise CannotRun(f"Member {id} could not be signed in.")
            cookies.append(str(begun.credential))
    return cookies


@asynccontextmanager
async def _database(url: str) -> AsyncIterator[Database]:
    database = Database(engine_for(url, pool_size=1, name="sezon-bench"))
    try:
        yield database
    finally:
        await database.close()


async def asked_for(page: Page, database_url: str, cookies: Cookies) -> list[Asked]:
    """A request of each person, a shop after the other, in the order in which connections will send them.

    Raises CannotRun when a shop has nothing to ask for.
    """
    app: Any = await asyncpg.connect(database_url)
    try:
        by_shop = [await _of_shop(page, app, tenant_id, people) for tenant_id, people in cookies.items()]
    finally:
        await app.close()
    return [asked for turn in zip(*by_shop, strict=True) for asked in turn]


async def _of_shop(page: Page, app: Any, tenant_id: UUID, people: Sequence[str]) -> list[Asked]:
    chosen: list[Variables] = [page.variables]
    if page.choices is not None:
        async with app.transaction():
            await app.execute(set_tenant(tenant_id))
            chosen = [orjson.loads(row[0]) for row in await app.fetch(page.choices, tenant_id, len(people))]
    if not chosen:
        raise CannotRun(f"Shop {tenant_id} has nothing for the page {page.name}: it takes more orders and tickets.")
    return [Asked(page, tenant_id, cookie, chosen[place % len(chosen)]) for place, cookie in enumerate(people)]
