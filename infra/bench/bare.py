"""The pages by one statement each behind a bare HTTP handler: what the API's server could do if it did nothing else.

Who asks is looked up as the API does it, at every request: the session by its cookie, its member and their live seat.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.agents.browser import cookie_name
from domain.agents.roles import Role, permitted
from domain.kit import garbage, secrets
from domain.kit.secrets import Credential, Prefix
from infra.bench.pages import PAGES
from infra.bench.pages.page import Page
from infra.bench.transactions import to_read

POOL = 10
"""As many connections as the API keeps."""

CALLER = """
SELECT s.secret_hash, m.role, a.id IS NOT NULL AS seated
FROM sign_in_session s
JOIN member m ON m.tenant_id = s.tenant_id AND m.id = s.member_id AND m.state = 'ACTIVE'
LEFT JOIN agent g ON g.tenant_id = m.tenant_id AND g.member_id = m.id
LEFT JOIN seat_assignment a ON a.tenant_id = g.tenant_id AND a.agent_id = g.id
    AND a.period @> $3::timestamptz AND a.ended_at IS NULL AND a.cancelled_at IS NULL
WHERE s.tenant_id = $1 AND s.id = $2 AND s.ended_at IS NULL AND s.expires_at > $3
"""

COOKIE = cookie_name(https=False)


def handler(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Answers with the page, in one short transaction; its variables are the address's query."""

    async def handle(request: Request) -> Response:
        credential = secrets.parse(request.cookies.get(COOKIE, ""))
        if credential is None or credential.prefix is not Prefix.SESSION:
            return Response(status_code=401)
        now = datetime.now(UTC)
        arguments = page.arguments(now, request.query_params)
        async with request.app.state.pool.acquire() as connection:
            await connection.execute(to_read(credential.tenant_id))
            try:
                caller = await connection.fetchrow(CALLER, credential.tenant_id, credential.id, now)
                if not _may_read(credential, caller):
                    return Response(status_code=401)
                written: str = await connection.fetchval(page.sql, credential.tenant_id, *arguments)
            finally:
                await connection.execute("ROLLBACK")
        return Response(written, media_type="application/json")

    return handle


def _may_read(credential: Credential, caller: Any) -> bool:
    return (
        caller is not None
        and credential.matches(caller["secret_hash"])
        and bool(permitted(Role(caller["role"]), seated=caller["seated"]))
    )


@asynccontextmanager
async def _lifespan(running: Starlette) -> AsyncIterator[None]:
    address = os.environ["SEZON_DATABASE_URL"]
    async with asyncpg.create_pool(address, min_size=POOL, max_size=POOL, reset=_nothing_to_reset) as pool:
        running.state.pool = pool
        yield


async def _nothing_to_reset(_connection: Any) -> None:
    """What was set was set for the transaction."""


app = Starlette(routes=[Route(f"/{page.name}", handler(page)) for page in PAGES.values()], lifespan=_lifespan)

garbage.settle()
