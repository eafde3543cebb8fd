"""Several connections at work at once, and what that takes of everybody's time."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import asyncpg
import orjson
import uvloop

from infra.bench.cpu import cpu_seconds
from infra.bench.talking import Seen


@dataclass(frozen=True, kw_only=True)
class Plan:
    """On how many connections to work for how long, and whose CPU to look at meanwhile."""

    module: ClassVar[str]
    """What does it, as a program: it reads a plan from standard input and writes what it saw, both as JSON."""
    connections: int
    seconds: float
    server_pid: int | None = None
    postgres_pid: int | None = None


Lane = Callable[[int, Seen, float], Awaitable[None]]
"""What one connection does, by its place, until the clock says so."""


async def timed(lane: Lane, plan: Plan) -> Seen:
    """Work for the plan's seconds, then wait for the last answers."""
    seen, begun, used = Seen(), time.perf_counter(), _used(plan)
    await asyncio.gather(*(lane(place, seen, begun + plan.seconds) for place in range(plan.connections)))
    seen.seconds = time.perf_counter() - begun
    spent = [now - then for now, then in zip(_used(plan), used, strict=True)]
    seen.client_cpu_seconds, seen.server_cpu_seconds, seen.database_cpu_seconds = spent
    return seen


def _used(plan: Plan) -> list[float]:
    others = (0.0 if pid is None else cpu_seconds(pid) for pid in (plan.server_pid, plan.postgres_pid))
    return [time.process_time(), *others]


@asynccontextmanager
async def connected(url: str, number: int) -> AsyncIterator[list[Any]]:
    """So many connections to a database while the block lasts."""
    async with AsyncExitStack() as until_the_end:
        connections: list[Any] = []
        for _ in range(number):
            connections.append(await asyncpg.connect(url))
            until_the_end.push_async_callback(connections[-1].close)
        yield connections


def serve(drive: Callable[[Any], Any]) -> None:
    """Be the program that does plans: `drive` takes what was told, and gives what was seen."""
    seen: Seen = uvloop.run(drive(orjson.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(orjson.dumps(asdict(seen)))
