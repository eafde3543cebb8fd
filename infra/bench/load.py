"""Keeps a number of connections busy for a while, from a process of its own: `python -m infra.bench.load`.

It reads a plan from standard input and writes what it saw to standard output, both as JSON. Every connection asks again
as soon as it is answered. Its own cost is part of what it reports: on a small machine it takes time from the servers.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvloop

from infra.bench.pages import PAGES
from infra.bench.pages.page import PageName
from infra.bench.transactions import to_read


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to ask for how long: HTTP requests of a server, or a page's statement of a database.

    `asked` are then pairs of tenant and variables.
    """

    connections: int
    seconds: float
    port: int = 0
    requests: Sequence[str] = ()
    database_url: str = ""
    page: PageName = PageName.INBOX
    asked: Sequence[tuple[str, dict[str, str]]] = ()


@dataclass
class Seen:
    """What came of it: how long each answer took in milliseconds, how long each was, and what failed."""

    took: list[float] = field(default_factory=list)
    received: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def answered(self, begun: float, length: int) -> None:
        self.took.append((time.perf_counter() - begun) * 1000)
        self.received += length


class Asking(asyncio.Protocol):
    """One keep-alive connection over HTTP/1.1."""

    def __init__(self, requests: "cycle[bytes]", seen: Seen, *, until: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests, self._seen, self._until = requests, seen, until
        self._buffer = bytearray()
        self._begun = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = head + 4 + _content_length(self._buffer[:head])
        if len(self._buffer) < length:
            return
        if not self._buffer.startswith(b"HTTP/1.1 200 ") or b'"errors":' in self._buffer:
            self._seen.failures.append(self._buffer[:300].decode(errors="replace"))
        self._seen.answered(self._begun, length - head - 4)
        del self._buffer[:length]
        if time.perf_counter() < self._until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if time.perf_counter() < self._until:
            self._seen.failures.append("the server closed the connection")
        self.done.set_result(None)

    def _ask(self) -> None:
        self._begun = time.perf_counter()
        self._transport.write(next(self._requests))


def _content_length(head: bytearray) -> int:
    _, _, rest = bytes(head).lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])


async def _over_http(plan: Plan, seen: Seen, *, until: float) -> None:
    loop, requests = asyncio.get_running_loop(), [text.encode() for text in plan.requests]

    async def ask(place: int) -> None:
        asking = Asking(_from(requests, place), seen, until=until)
        await loop.create_connection(lambda: asking, "127.0.0.1", plan.port)
        await asking.done

    await asyncio.gather(*(ask(place) for place in range(plan.connections)))


async def _over_sql(plan: Plan, seen: Seen, *, until: float) -> None:
    page = PAGES[PageName(plan.page)]
    asked = [(UUID(tenant), variables) for tenant, variables in plan.asked]

    async def ask(place: int) -> None:
        connection: Any = await asyncpg.connect(plan.database_url)
        for tenant, variables in _from(asked, place):
            begun = time.perf_counter()
            arguments = page.arguments(datetime.now(UTC), variables)
            await connection.execute(to_read(tenant))
            written: str = await connection.fetchval(page.sql, tenant, *arguments)
            await connection.execute("ROLLBACK")
            seen.answered(begun, len(written.encode()))
            if time.perf_counter() >= until:
                break
        await connection.close()

    await asyncio.gather(*(ask(place) for place in range(plan.connections)))


def _from(each: Sequence[Any], place: int) -> "cycle[Any]":
    """All of them in turn for ever, each connection from another start."""
    start = place % len(each)
    return cycle([*islice(each, start, None), *each[:start]])


async def drive(plan: Plan) -> Seen:
    """Ask for the plan's seconds, then wait for the last answers."""
    seen, begun, used = Seen(), time.perf_counter(), time.process_time()
    ask = _over_http if plan.requests else _over_sql
    await ask(plan, seen, until=begun + plan.seconds)
    seen.seconds = time.perf_counter() - begun
    seen.cpu_seconds = time.process_time() - used
    return seen


if __name__ == "__main__":
    told = Plan(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(drive(told)))))
