"""How an actor runs: one delivery is one transaction, and its effect happens once however often it is delivered."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

import dramatiq
import structlog

from domain.kit.clock import Clock
from domain.kit.database import Database, TenantSession
from domain.kit.outbox import MAX_ATTEMPTS, Job, begin_once, put_back
from workers import metrics
from workers.broker import PRIORITIES, Delivery
from workers.failures import Hopeless, UnknownJob, Unreadable

log = structlog.get_logger(__name__)

J = TypeVar("J", bound=Job)
Handler = Callable[[TenantSession, J, datetime], Awaitable[None]]
WhenDead = Callable[[TenantSession, J, Exception, datetime], Awaitable[None]]

DEADLINE = 60.0
"""Seconds after which a run is given up and counts as failed."""

A_DAY_OF_ATTEMPTS = 300
"""For jobs that wait for somebody else's server: with the pauses of `outbox.backoff` they last for 25 hours."""


class Outcome(StrEnum):
    """What came of one delivery."""

    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"
    PUT_BACK = "put_back"
    DEAD = "dead"
    UNNOTED = "unnoted"
    """It failed, and so did writing that down; the relay will ring for the job again."""


@dataclass(frozen=True)
class Task(Generic[J]):
    """A job's handler; after `attempts` failures the job is a dead letter, and `when_dead` says so to whom it matters.

    `when_dead` runs in the transaction that makes it one.
    """

    job: type[J]
    handler: Handler[J]
    attempts: int = MAX_ATTEMPTS
    when_dead: WhenDead[J] | None = None

    @property
    def name(self) -> str:
        return self.job.actor


TASKS: dict[str, Task[Any]] = {}
"""Every task by its actor's name, filled by the modules in `workers.actors`."""


def actor(
    job: type[J], *, attempts: int = MAX_ATTEMPTS, when_dead: WhenDead[J] | None = None
) -> Callable[[Handler[J]], Task[J]]:
    """Make a function the handler of a job.

        @actor(DeliverReply)
        async def deliver_reply(session: TenantSession, job: DeliverReply, now: datetime) -> None:
            await outbound.deliver(session, entry_id=job.entry_id, now=now)

    It runs inside the job's transaction and may run again after a failure: it re-checks the state it acts on.
    """

    def register(handler: Handler[J]) -> Task[J]:
        if job.actor in TASKS:
            raise ValueError(f"The job {job.actor} has two handlers.")
        task = TASKS[job.actor] = Task(job, handler, attempts, when_dead)
        return task

    return register


async def perform(
    delivery: Delivery, *, database: Database, clock: Clock, tasks: Mapping[str, Task[Any]] = TASKS
) -> Outcome:
    """Run one delivery: its effect, its inbox row and the end of its outbox row are one transaction.

    Never raises for a failure of the job: that is noted on the row, which is due again later or a dead letter.
    """
    started = time.perf_counter()
    task = tasks.get(delivery.actor)
    with structlog.contextvars.bound_contextvars(
        tenant=str(delivery.tenant_id), job=delivery.actor, job_id=str(delivery.id), trace_id=delivery.trace_id
    ):
        try:
            outcome = await _attempt(task, delivery, database=database, now=clock.now())
        except Exception as error:
            outcome = await _note_failure(error, task, delivery, database=database, now=clock.now())
        seconds = time.perf_counter() - started
        log.info("job", outcome=outcome.value, ms=round(seconds * 1000, 1))
    name = task.name if task else "unknown"
    metrics.JOBS.labels(name, outcome.value).inc()
    metrics.JOB_SECONDS.labels(name).observe(seconds)
    return outcome


async def _attempt(task: Task[Any] | None, delivery: Delivery, *, database: Database, now: datetime) -> Outcome:
    if task is None:
        raise UnknownJob(f"No worker here knows the job {delivery.actor!r}.")
    job = _read(task, delivery)
    async with asyncio.timeout(DEADLINE):
        async with database.writing(delivery.tenant_id, trace_id=delivery.trace_id) as session:
            if not await begin_once(session, message_id=delivery.id, actor=task.name, now=now):
                return Outcome.NOTHING_TO_DO
            await task.handler(session, job, now)
    return Outcome.DONE


def _read(task: Task[J], delivery: Delivery) -> J:
    try:
        return task.job.parse(delivery.payload)
    except Exception as error:
        raise Unreadable(f"The payload of {task.name} cannot be read: {error!r}") from error


async def _note_failure(
    error: Exception, task: Task[Any] | None, delivery: Delivery, *, database: Database, now: datetime
) -> Outcome:
    try:
        async with asyncio.timeout(DEADLINE):
            dead = await _put_back(error, task, delivery, database=database, now=now)
    except Exception:
        log.exception("job_failure_not_noted", error=repr(error))
        return Outcome.UNNOTED
    if dead:
        log.error("job_dead", exc_info=error)
        return Outcome.DEAD
    log.warning("job_failed", exc_info=error)
    return Outcome.PUT_BACK


async def _put_back(
    error: Exception, task: Task[Any] | None, delivery: Delivery, *, database: Database, now: datetime
) -> bool:
    attempts = 0 if isinstance(error, Hopeless) else task.attempts if task else MAX_ATTEMPTS
    said = f"{type(error).__name__}: {error}"
    async with database.writing(delivery.tenant_id, trace_id=delivery.trace_id) as session:
        dead = await put_back(session, message_id=delivery.id, error=said, now=now, attempts_allowed=attempts)
        if dead and task and task.when_dead and not isinstance(error, Unreadable):
            await task.when_dead(session, _read(task, delivery), error, now)
    return dead


def declare(broker: dramatiq.Broker, *, database: Database, clock: Clock) -> None:
    """Give each queue of the broker its actor. A message is always acknowledged: the row decides what follows."""

    async def receive(actor: str, tenant_id: str, message_id: str, trace_id: str, payload: dict[str, Any]) -> None:
        delivery = Delivery(actor, UUID(tenant_id), UUID(message_id), trace_id, payload)
        await perform(delivery, database=database, clock=clock)

    for queue, priority in PRIORITIES.items():
        dramatiq.actor(actor_name=queue, queue_name=queue, priority=priority, broker=broker)(receive)
