"""Ways are compared only where they give the very same page, and one that has something on it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx2
import orjson

from domain.agents.browser import cookie_name
from infra.bench.asking import Asked
from infra.bench.transactions import to_read
from infra.bench.ways import Server, Way
from infra.embedded.ports import LOOPBACK


class PagesDiffer(Exception):
    """Two ways do not give the same page, or it is not full: there is nothing to compare."""


async def compare(asked: Sequence[Asked], servers: Mapping[Way, Server], *, database_url: str) -> None:
    """Raises PagesDiffer unless everybody's page is full, and the same by every way."""
    app: Any = await asyncpg.connect(database_url)
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
            for one in asked:
                by_hand = await _by_sql(app, one)
                must_be_full(one, by_hand)
                for way, server in servers.items():
                    answer = await _by_http(client, way, server, one)
                    if answer.status_code != 200 or answer.json() != by_hand:
                        raise PagesDiffer(
                            f"{one.page.name} of shop {one.tenant_id}:\n"
                            f"{way} {answer.status_code} {answer.text[:2000]}\nSQL {str(by_hand)[:2000]}"
                        )
    finally:
        await app.close()


def must_be_full(one: Asked, answer: dict[str, Any]) -> None:
    """Raises PagesDiffer."""
    sizes = one.page.sizes(answer["data"])
    missing = {name: sizes.get(name, 0) for name, least in one.page.full.items() if sizes.get(name, 0) < least}
    if missing:
        raise PagesDiffer(
            f"{one.page.name} of shop {one.tenant_id} is not full: {missing} of at least {dict(one.page.full)}. "
            "It takes more orders and tickets."
        )


async def _by_sql(app: Any, one: Asked) -> dict[str, Any]:
    arguments = one.page.arguments(datetime.now(UTC), one.variables)
    await app.execute(to_read(one.tenant_id))
    try:
        answer: dict[str, Any] = orjson.loads(await app.fetchval(one.page.sql, one.tenant_id, *arguments))
    finally:
        await app.execute("ROLLBACK")
    return answer


async def _by_http(client: httpx2.AsyncClient, way: Way, server: Server, one: Asked) -> httpx2.Response:
    base, cookie = f"http://{LOOPBACK}:{server.port}", f"{cookie_name(https=False)}={one.cookie}"
    if way is Way.BARE:
        return await client.get(f"{base}/{one.page.name}", params=one.variables, headers={"Cookie": cookie})
    return await client.post(
        f"{base}/graphql",
        json={"query": one.page.graphql, "variables": one.variables},
        headers={"Cookie": cookie, "Origin": base, "X-Sezon-Request": "1"},
    )
