"""A job whose effect can be counted, and a relay and worker in the test's own hands."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import func, select

from domain.kit.database import Database, TenantSession
from domain.kit.outbox import InboxRow, Job, OutboxRow, enqueue
from domain.tenants import numbers
from domain.tenants.models import Counter
from tests.conftest import NOW
from workers.bell import Call
from workers.broker import Delivery
from workers.dispatching import Dispatcher
from workers.runtime import Outcome, Task, perform


@dataclass(frozen=True)
class Count(Job):
    """Adds one to the tenant's counter `probe`."""

    actor: ClassVar[str] = "count"
    at: datetime = NOW


@dataclass(frozen=True)
class Reply(Job):
    """Stands for mail."""

    actor: ClassVar[str] = "deliver_reply"


async def count(session: TenantSession, job: Count, now: datetime) -> None:
    await numbers.take(session, name="probe")


async def fail(session: TenantSession, job: Count, now: datetime) -> None:
    await numbers.take(session, name="probe")
    raise RuntimeError("the work went wrong")


class SettableClock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> None:
        self._now += timedelta(**by)


class BrokerDown(ConnectionError):
    pass


class RecordingPublisher:
    """Keeps what is published; refuses when it is down."""

    def __init__(self) -> None:
        self.published: list[Delivery] = []
        self.down = False
        self.refusals = 0

    async def publish(self, deliveries: Sequence[Delivery]) -> None:
        if self.down:
            self.refusals += 1
            raise BrokerDown
        self.published += deliveries

    def take(self) -> list[Delivery]:
        """What was published since the last time."""
        taken, self.published = self.published, []
        return taken


async def enqueue_for(
    database: Database, tenant_id: UUID, *jobs: Job, now: datetime, trace_id: str = "", due_in: float = 0.0
) -> None:
    async with database.writing(tenant_id, trace_id=trace_id) as session:
        for job in jobs:
            enqueue(session, job, now=now, due_at=now + timedelta(seconds=due_in))


@dataclass
class Bench:
    """One shop, its jobs, and what becomes of them."""

    database: Database
    tenant_id: UUID
    clock: SettableClock
    publisher: RecordingPublisher
    dispatcher: Dispatcher
    tasks: dict[str, Task[Any]] = field(default_factory=lambda: {Count.actor: Task(Count, count)})

    def handle(self, handler: Callable[[TenantSession, Count, datetime], Awaitable[None]], **more: Any) -> None:
        """Have the job `count` done in another way."""
        self.tasks[Count.actor] = Task(Count, handler, **more)

    async def enqueue(self, *jobs: Job, trace_id: str = "trace-1", due_in: float = 0.0) -> None:
        await enqueue_for(self.database, self.tenant_id, *jobs, now=self.clock.now(), trace_id=trace_id, due_in=due_in)

    async def dispatch(self) -> list[Delivery]:
        """One turn of the relay; returns what it published."""
        await self.dispatcher.turn(Call())
        return self.publisher.take()

    async def perform(self, delivery: Delivery) -> Outcome:
        """One run of a worker."""
        return await perform(delivery, database=self.database, clock=self.clock, tasks=self.tasks)

    async def counted(self) -> int:
        """How often the effect of `count` took place."""
        async with self.database.reading(self.tenant_id) as session:
            following = await session.scalar(select(Counter.next).where(Counter.name == "probe"))
        return (following or 1) - 1

    async def waiting(self) -> list[OutboxRow]:
        """The jobs that are not done."""
        async with self.database.reading(self.tenant_id) as session:
            return list(await session.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    async def done(self) -> int:
        """How many jobs are done."""
        async with self.database.reading(self.tenant_id) as session:
            return await session.scalar(select(func.count()).select_from(InboxRow)) or 0
