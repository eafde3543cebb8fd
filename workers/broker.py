"""The doorbell of the workers: how a message reaches them over Redis, Valkey or RabbitMQ.

A message only says that a row of `outbox` is due. Retries, delays and dead letters are states of that row, so the
broker keeps none of them and may lose everything: the relay rings again.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

import redis
from dramatiq import Broker, Message, Middleware, Worker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, TimeLimit

NAMESPACE = "sezon"
WORK = "sezon.work"
MAIL = "sezon.mail"
MAIL_ACTORS = frozenset(
    {"deliver_reply", "send_invitation", "tell_of_seat_end", "tell_of_seat_ends", "tell_somebody_of_alarms"}
)
"""Jobs that wait for a mail server; in a queue of their own, for a slow server must not keep tickets waiting."""

PRIORITIES = {WORK: 0, MAIL: 0}
"""The queues; of a process's messages those with the lower number run first. Equal: neither starves the other."""

IDLE_MS = 50
"""How long a worker sleeps before it looks at a quiet queue again. dramatiq's 1000 adds 270 ms to a job."""

MAINTENANCE_CHANCE = 20_000
"""Commands in a million that look for dead workers: about one a second from an idle process, not one in minutes."""

HEARTBEAT_MS = 15_000
"""A worker silent for so long is dead, and its messages go back. Wrong about a slow one, nothing is done twice."""

LAST_RESORT_MS = 120_000
"""An actor gives up by itself well before this; see `runtime.DEADLINE`."""

BROKER_PATIENCE = 5
"""Seconds until a broker that does not answer counts as down."""

RABBITMQ_HEARTBEAT = 10
"""Seconds of silence on a RabbitMQ connection that count as its end. A confirmation is awaited without any other limit:
with the server's own 60 a RabbitMQ that hangs would hold the relay for more than two minutes."""


def queue_of(actor: str) -> str:
    """The queue that a job waits in."""
    return MAIL if actor in MAIL_ACTORS else WORK


@dataclass(frozen=True)
class Delivery:
    """All that a message says: which row of which tenant is due, and what the row asks for.

    Each queue has one dramatiq actor, which takes every job: so one that no worker knows fails as a row does, and is
    not lost to a dead-letter queue inside the broker.
    """

    actor: str
    tenant_id: UUID
    id: UUID
    trace_id: str
    payload: dict[str, Any]

    def message(self) -> Message[Any]:
        queue = queue_of(self.actor)
        args = (self.actor, str(self.tenant_id), str(self.id), self.trace_id, self.payload)
        return Message(queue_name=queue, actor_name=queue, args=args, kwargs={}, options={})


class QuickToNotice(Middleware):
    """Shortens the sleep of a worker's threads, however the worker was started."""

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        worker.worker_timeout = min(worker.worker_timeout, IDLE_MS)


def broker_for(url: str) -> Broker:
    """The broker at a `redis://`, `rediss://`, `amqp://` or `amqps://` address; nothing is connected yet.

    RabbitMQ confirms every message that the relay publishes, and a queue that it has lost is declared again.
    """
    middleware: list[Middleware] = [AsyncIO(), TimeLimit(time_limit=LAST_RESORT_MS), QuickToNotice()]
    if url.startswith("amqp"):
        # With the server down it writes ten errors a second and connection, of which dramatiq says what matters.
        logging.getLogger("pika").setLevel(logging.CRITICAL)
        return RabbitmqBroker(url=_with_patience(url), confirm_delivery=True, middleware=middleware)
    client = redis.Redis.from_url(
        url, socket_timeout=BROKER_PATIENCE, socket_connect_timeout=BROKER_PATIENCE, health_check_interval=30
    )
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=client,
        middleware=middleware,
        namespace=NAMESPACE,
        maintenance_chance=MAINTENANCE_CHANCE,
        heartbeat_timeout=HEARTBEAT_MS,
    )


def _with_patience(url: str) -> str:
    """The address of a RabbitMQ with our limits on its silence, where it sets none itself."""
    parts = urlsplit(url)
    limits = dict.fromkeys(("socket_timeout", "stack_timeout", "blocked_connection_timeout"), BROKER_PATIENCE)
    options = {**limits, "heartbeat": RABBITMQ_HEARTBEAT, **dict(parse_qsl(parts.query))}
    return urlunsplit(parts._replace(query=urlencode(options)))


class Publisher(Protocol):
    """Where the relay hands its messages to."""

    async def publish(self, deliveries: Sequence[Delivery]) -> None:
        """Return when the broker has all of them. Raises what its client raises; it may have got some then."""
        ...


class BrokerPublisher:
    """Rings the broker for an event loop, from one thread: a RabbitMQ connection belongs to its thread."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publisher")

    async def publish(self, deliveries: Sequence[Delivery]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._enqueue, deliveries)

    def close(self) -> None:
        """Close the connections after what is being published, in the thread that they belong to; does not wait."""
        self._thread.submit(self._broker.close)
        self._thread.shutdown(wait=False)

    def _enqueue(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._broker.enqueue(delivery.message())
