"""Keeps a number of connections busy with a page for a while, from a process of its own: `python -m infra.bench.load`.

Every connection asks again as soon as it is answered. Its own cost is part of what it reports: on a small machine it
takes time from the servers.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any, ClassVar
from uuid import UUID

from infra.bench.pages import PAGES
from infra.bench.pages.page import PageName
from infra.bench.talking import Seen, Talk
from infra.bench.timing import Lane, Plan, connected, serve, timed
from infra.bench.transactions import to_read


@dataclass(frozen=True, kw_only=True)
class Reading(Plan):
    """HTTP requests of a server, or a page's statement of a database, for these tenants with these variables."""

    module: ClassVar[str] = "infra.bench.load"
    port: int = 0
    requests: Sequence[str] = ()
    database_url: str = ""
    page: str = ""
    asked: Sequence[tuple[str, dict[str, str]]] = ()


async def drive(plan: Reading) -> Seen:
    """Do what is planned."""
    if plan.requests:
        return await timed(_asking(plan), plan)
    async with connected(plan.database_url, plan.connections) as connections:
        return await timed(_querying(plan, connections), plan)


def _asking(plan: Reading) -> Lane:
    requests = [text.encode() for text in plan.requests]

    async def ask(place: int, seen: Seen, until: float) -> None:
        await Talk.have(plan.port, _from(requests, place), seen, until=until)

    return ask


def _querying(plan: Reading, connections: Sequence[Any]) -> Lane:
    page = PAGES[PageName(plan.page)]
    asked = [(UUID(tenant), variables) for tenant, variables in plan.asked]

    async def query(place: int, seen: Seen, until: float) -> None:
        connection = connections[place]
        for tenant, variables in _from(asked, place):
            begun = time.perf_counter()
            arguments = page.arguments(datetime.now(UTC), variables)
            await connection.execute(to_read(tenant))
            written: str = await connection.fetchval(page.sql, tenant, *arguments)
            await connection.execute("ROLLBACK")
            seen.answered(begun, length=len(written.encode()))
            if time.perf_counter() >= until:
                break

    return query


def _from(each: Sequence[Any], place: int) -> Iterator[Any]:
    """All of them in turn for ever, each connection from another start."""
    start = place % len(each)
    return cycle([*islice(each, start, None), *each[:start]])


if __name__ == "__main__":
    serve(lambda told: drive(Reading(**told)))
