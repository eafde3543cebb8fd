"""Is the process alive, and is it ready."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import NamedTuple

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import AmqpDsn, RedisDsn
from sqlalchemy import text

from domain.kit.database import Database

PATIENCE = 2.0
_DEFAULT_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}
_REVISION = text("SELECT version_num FROM alembic_version")


class Ready(NamedTuple):
    """What readiness needs; `revision` is the newest migration this code knows."""

    database: Database
    broker_url: RedisDsn | AmqpDsn
    revision: str


def routes(ready: Ready) -> APIRouter:
    """`/livez` and `/readyz`."""
    router = APIRouter()

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        """Database and migrations are there; 503 names what is not. Takes two seconds at most.

        A broker that is down is told and fails nothing: requests need none, and jobs wait in their rows.
        """
        parts = await _examine(ready)
        able = all(said == "ok" for part, said in parts.items() if part != "broker")
        well = all(said == "ok" for said in parts.values())
        return JSONResponse(
            {"status": "ok" if well else "degraded" if able else "unavailable", "parts": parts},
            status_code=200 if able else 503,
            headers={"Cache-Control": "no-store"},
        )

    return router


async def _examine(ready: Ready) -> Mapping[str, str]:
    migrations, broker = await asyncio.gather(
        _within(PATIENCE, _revision(ready.database)), _within(PATIENCE, _reach(ready.broker_url))
    )
    return {
        "database": "unreachable" if migrations is None else "ok",
        "migrations": "unknown" if migrations is None else "ok" if migrations == ready.revision else "behind",
        "broker": "ok" if broker else "unreachable",
    }


async def _within(seconds: float, finding: Awaitable[str]) -> str | None:
    """What was found, or None when finding it failed or took too long: here a failure is an answer."""
    try:
        async with asyncio.timeout(seconds):
            return await finding
    except Exception:
        return None


async def _revision(database: Database) -> str:
    async with database.engine.connect() as connection:
        return str(await connection.scalar(_REVISION))


async def _reach(broker_url: RedisDsn | AmqpDsn) -> str:
    host, port = broker_url.host or "127.0.0.1", broker_url.port or _DEFAULT_PORTS[broker_url.scheme]
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
    await writer.wait_closed()
    return "reached"
