"""The ways to break a running stack, and who picks them."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial

import asyncpg
import redis

from infra.embedded import processes
from infra.embedded.stack import Stack

SPARED = "mail"
"""Stands for the rest of the world, which is not ours to break."""

FAST_SHUTDOWN = signal.SIGINT
"""To PostgreSQL; at SIGTERM it waits for its clients to leave."""

SHORTEST_SLEEP, LONGEST_SLEEP = 0.5, 12.0
"""Seconds that a process is stopped for and then goes on, not knowing."""

CONNECT_PATIENCE = 2.0


class NotNow(Exception):
    """What was to be broken is down at the moment."""


Way = Callable[[], Awaitable[None]]
Pids = Callable[[], dict[str, int]]


class Breaker:
    """Breaks one thing after another in an order that the seed fixes; first each way once, then at random."""

    def __init__(self, ways: Mapping[str, Way], *, per_minute: float, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._ways, self._rest = ways, 60 / per_minute
        self._chance = random.Random(seed)  # noqa: S311 - no secret

    async def run(self, seconds: float) -> None:
        """Break things for so long."""
        clock = asyncio.get_running_loop().time
        following = begun = clock()
        while clock() - begun < seconds:
            name = self._chance.choice([each for each in self._ways if not self.done[each]] or list(self._ways))
            try:
                await self._ways[name]()
            except NotNow:
                await asyncio.sleep(0.1)
                continue
            self.done[name] += 1
            following += self._rest * self._chance.uniform(0.5, 1.5)
            await asyncio.sleep(max(0.0, following - clock()))


class Ways:
    """The ways to break a stack; `beside` are the processes of servers that it uses and somebody else runs."""

    def __init__(self, stack: Stack, *, seed: int, beside: Pids = dict) -> None:
        self._stack, self._beside = stack, beside
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._asleep: set[asyncio.Task[None]] = set()

    def all(self) -> dict[str, Way]:
        """Every way to break what runs now, by what a report calls it."""
        ways: dict[str, Way] = {"database connections cut": self._cut_database_connections}
        for name in self._pids().keys() - {SPARED}:
            ways[f"{name} killed"] = partial(self._kill, name)
            ways[f"{name} told to end"] = partial(self._tell_to_end, name)
            ways[f"{name} stopped for a while"] = partial(self._put_to_sleep, name)
        if "valkey" in self._pids():
            ways["broker flushed"] = self._flush_broker
            ways["broker connections cut"] = self._cut_broker_connections
        return dict(sorted(ways.items()))

    async def wake_all(self) -> None:
        """Let everything go on that is stopped now."""
        for task in self._asleep:
            task.cancel()
        await asyncio.gather(*self._asleep, return_exceptions=True)

    async def _kill(self, name: str) -> None:
        self._signal(name, signal.SIGKILL)

    async def _tell_to_end(self, name: str) -> None:
        self._signal(name, FAST_SHUTDOWN if name == "postgres" else signal.SIGTERM)

    def _signal(self, name: str, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid(name), number)

    async def _put_to_sleep(self, name: str) -> None:
        """Stop all of a part's processes; they go on later, while other things break."""
        family = processes.descendants(self._pid(name))
        task = asyncio.create_task(_sleep(family, self._chance.uniform(SHORTEST_SLEEP, LONGEST_SLEEP)))
        self._asleep.add(task)
        task.add_done_callback(self._asleep.discard)

    async def _flush_broker(self) -> None:
        await asyncio.to_thread(self._tell_broker, lambda broker: broker.flushall())

    async def _cut_broker_connections(self) -> None:
        await asyncio.to_thread(
            self._tell_broker, lambda broker: broker.client_kill_filter(_type="normal", skipme=True)
        )

    def _tell_broker(self, command: Callable[["redis.Redis"], object]) -> None:
        url, patience = self._stack.addresses.broker_url, CONNECT_PATIENCE
        with redis.Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience) as broker:
            try:
                command(broker)
            except redis.RedisError as error:
                raise NotNow from error

    async def _cut_database_connections(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_PATIENCE):
                connection = await asyncpg.connect(self._stack.addresses.superuser_url)
                try:
                    await connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('app', 'platform')"
                    )
                finally:
                    connection.terminate()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise NotNow from error

    def _pids(self) -> dict[str, int]:
        return {**self._stack.pids(), **self._beside()}

    def _pid(self, name: str) -> int:
        pid = self._pids().get(name)
        if pid is None or processes.find(pid) is None:
            raise NotNow
        return pid


async def _sleep(family: list[processes.Process], seconds: float) -> None:
    _tell(family, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        _tell(family, signal.SIGCONT)


def _tell(family: list[processes.Process], number: signal.Signals) -> None:
    for one in family:
        if one.alive():
            with suppress(ProcessLookupError):
                os.kill(one.pid, number)
