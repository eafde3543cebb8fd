"""The page by the one statement behind a bare HTTP handler: what the API's server could do if it did nothing else.

It signs nobody in: whose page it is stands in a header. It is for a benchmark's database alone.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import UUID

import asyncpg

from infra.bench.page import SQL, set_tenant

POOL = 10
"""As many connections as the API keeps."""

Message = MutableMapping[str, Any]


class Bare:
    """The ASGI application."""

    def __init__(self) -> None:
        self._pool: Any = None

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        tenant = UUID(dict(scope["headers"])[b"x-tenant"].decode())
        async with self._pool.acquire() as connection:
            await connection.execute(f"BEGIN; {set_tenant(tenant)}")
            page: str = await connection.fetchval(SQL, tenant)
            await connection.execute("ROLLBACK")
        body = page.encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(
        self, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(
            os.environ["SEZON_DATABASE_URL"], min_size=POOL, max_size=POOL, reset=_nothing_to_reset
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _nothing_to_reset(_connection: Any) -> None:
    """What was set was set for the transaction."""


app = Bare()
