"""The relay: rings the broker for due jobs, stamps events, enqueues what is scheduled. `sezon relay` runs it.

It connects as `platform`, which sees that there is work and never what it says. Several may run at once. A broker or
database that is down makes it wait and go on; it ends only when told to.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from prometheus_client import start_http_server

from domain.kit import logging
from domain.kit.clock import Clock, clock_from
from domain.kit.outbox import CHANNEL
from domain.kit.settings import settings
from workers import metrics
from workers.bell import Bell, Call
from workers.broker import BrokerPublisher, Publisher, broker_for
from workers.connections import connect, open_pool
from workers.dispatching import Dispatcher
from workers.scheduling import Scheduler
from workers.stamping import Stamper

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between two attempts at something that is down."""

LAST_TURN = 8.0
"""Seconds that a turn may still take when the relay is told to end."""

Turn = Callable[[Call], Awaitable[float]]


class Relay:
    """One relay on one event loop."""

    def __init__(self, *, platform_url: str, publisher: Publisher, clock: Clock) -> None:
        self._url = platform_url
        self._publisher = publisher
        self._clock = clock
        self._stopping = asyncio.Event()
        self._bells: list[Bell] = []

    def stop(self) -> None:
        """End after the turns under way."""
        self._stopping.set()
        for bell in self._bells:
            bell.ring()

    async def run(self) -> None:
        """Do all duties, each in its own time, until told to stop."""
        async with open_pool(self._url) as pool:
            duties: dict[str, Turn] = {
                "dispatching": Dispatcher(pool, self._publisher, self._clock).turn,
                "stamping": Stamper(pool).turn,
                "scheduling": Scheduler(pool, self._clock).turn,
            }
            tasks = [asyncio.create_task(self._keep_doing(name, turn), name=name) for name, turn in duties.items()]
            listening = asyncio.create_task(self._keep_listening(), name="listening")
            try:
                await self._stopping.wait()
                await asyncio.wait(tasks, timeout=LAST_TURN)
            finally:
                for task in (*tasks, listening):
                    task.cancel()
                await asyncio.gather(*tasks, listening, return_exceptions=True)

    async def _keep_doing(self, duty: str, turn: Turn) -> None:
        bell, pause = Bell(), FIRST_PAUSE
        self._bells.append(bell)
        while not self._stopping.is_set():
            try:
                rest = await turn(bell.take())
            except Exception as error:
                metrics.RELAY_FAILURES.labels(duty).inc()
                log.warning("relay_duty_failed", duty=duty, error=repr(error), exc_info=pause == FIRST_PAUSE)
                await self._pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                bell.ring()  # whoever rang before the failure is looked after as well
            else:
                pause = FIRST_PAUSE
                await bell.wait(rest)

    async def _keep_listening(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                await self._listen()
                pause = FIRST_PAUSE
            except Exception as error:
                log.warning("relay_not_listening", error=repr(error))
                await self._pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self) -> None:
        connection = await connect(self._url)
        ended = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: ended.set())
            await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, payload: self._ring(payload))
            for bell in self._bells:
                bell.ring()  # for what was committed while nobody listened
            await ended.wait()
        finally:
            connection.terminate()

    def _ring(self, payload: str) -> None:
        for bell in self._bells:
            bell.notify(payload)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def main() -> None:
    """Run a relay until SIGTERM or SIGINT, then exit with 0; with 2 when it is not told where the database is."""
    told = settings()
    if told.platform_url is None:
        print("The relay needs SEZON_PLATFORM_URL, the database's address as the role platform.", file=sys.stderr)
        raise SystemExit(2)
    logging.configure()
    if told.metrics_port is not None:
        start_http_server(told.metrics_port, addr="127.0.0.1")
    asyncio.run(_run(str(told.platform_url), str(told.broker_url), clock_from(told.clock_file)))


async def _run(platform_url: str, broker_url: str, clock: Clock) -> None:
    publisher = BrokerPublisher(broker_for(broker_url))
    relay = Relay(platform_url=platform_url, publisher=publisher, clock=clock)
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, relay.stop)
    log.info("relay_started")
    try:
        await relay.run()
    finally:
        publisher.close()
    log.info("relay_stopped")


if __name__ == "__main__":
    main()
