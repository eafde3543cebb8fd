"""Due rows of `outbox` become messages, in turns between tenants and never more at once than workers soon take.

The window keeps the broker's queues short. So a tenant with ten thousand jobs delays another's one job by a moment,
and a message that is not answered within LOST_AFTER does not wait in a long queue: it is lost, and is sent again.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog

from domain.kit.clock import Clock
from workers import metrics
from workers.bell import Call
from workers.broker import MAIL, MAIL_ACTORS, PRIORITIES, WORK, Delivery, Publisher
from workers.connections import Pool
from workers.periodic import Periodic

log = structlog.get_logger(__name__)

WINDOW = 512
"""Jobs of one queue that may be dispatched and not done at a time."""

SHARE = 100
"""How many of them may be one tenant's."""

LOST_AFTER = timedelta(seconds=10)
MOST_PATIENCE = timedelta(minutes=5)
"""A message is sent again after LOST_AFTER, then half as late again each time as its job is late, but at last every
MOST_PATIENCE: with no worker at all the window's copies grow slowly. It follows from `due_at` and `dispatched_at`."""

LOOK_EVERY = 1.0
"""Seconds between two looks for tenants that did not ring."""

REST_WHEN_FULL = 0.05
"""Seconds between two looks into a full window."""

SHORTEST_REST = 0.02
"""Seconds between two looks for jobs whose time comes one by one."""

LATE = 10.0
"""Seconds after which a job that waits is worth a line in the log, and between two such lines."""

_WAITING = """
    SELECT tenant_id, count(*) AS jobs, min(due_at) AS oldest FROM outbox
    WHERE dispatched_at IS NULL AND dead_at IS NULL AND due_at <= $1 GROUP BY tenant_id
"""
_NEXT = "SELECT min(due_at) FROM outbox WHERE dispatched_at IS NULL AND dead_at IS NULL AND due_at > $1"
_IN_FLIGHT = """
    SELECT tenant_id, actor = ANY($1::text[]) AS mail, count(*) AS jobs FROM outbox
    WHERE dispatched_at IS NOT NULL AND dead_at IS NULL GROUP BY 1, 2
"""
_LOST = """dead_at IS NULL AND dispatched_at <= $1::timestamptz - $2::interval
    AND dispatched_at + least(greatest((dispatched_at - due_at) / 2, $2), $3::interval) <= $1"""
_LOSERS = f"SELECT DISTINCT tenant_id FROM outbox WHERE {_LOST}"  # noqa: S608
_CLAIM_LOST = f"""
    SELECT id, actor, payload, trace_id FROM outbox
    WHERE {_LOST} AND tenant_id = $4 AND (actor = ANY($5::text[])) = $6
    ORDER BY due_at LIMIT $7 FOR UPDATE SKIP LOCKED
"""  # noqa: S608
_CLAIM_DUE = """
    SELECT id, actor, payload, trace_id FROM outbox
    WHERE dispatched_at IS NULL AND dead_at IS NULL AND due_at <= $1
        AND tenant_id = $2 AND (actor = ANY($3::text[])) = $4
    ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED
"""
_SENT = "UPDATE outbox SET dispatched_at = $3 WHERE tenant_id = $1 AND id = ANY($2::uuid[])"


class Dispatcher:
    """The duty of ringing the broker for what is due or was lost. Any number may run."""

    def __init__(self, pool: Pool, publisher: Publisher, clock: Clock) -> None:
        self._pool = pool
        self._publisher = publisher
        self._clock = clock
        self._look = Periodic(LOOK_EVERY)
        self._complaint = Periodic(LATE)
        # Per queue, the tenants that may have due jobs, in the order of their turns.
        self._turns: dict[str, dict[UUID, None]] = {queue: {} for queue in PRIORITIES}

    async def turn(self, call: Call) -> float:
        """Fill each queue's window; returns how many seconds to rest."""
        now = self._clock.now()
        self._want(call.tenants)
        if call.everybody or self._look.due():
            await self._resend(now)
            self._want(await self._with_work(now))
            self._look.done()
        in_flight = await self._in_flight()
        for queue in PRIORITIES:
            await self._fill(queue, in_flight[queue], now)
        return REST_WHEN_FULL if any(self._turns.values()) else await self._until_next()

    def _want(self, tenants: Iterable[UUID]) -> None:
        for turns in self._turns.values():
            turns.update(dict.fromkeys(tenants))

    async def _in_flight(self) -> dict[str, Counter[UUID]]:
        """Per queue and tenant, the jobs dispatched and not done."""
        counted: dict[str, Counter[UUID]] = {queue: Counter() for queue in PRIORITIES}
        async with self._pool.acquire() as connection:
            for row in await connection.fetch(_IN_FLIGHT, list(MAIL_ACTORS)):
                counted[MAIL if row["mail"] else WORK][row["tenant_id"]] = row["jobs"]
        for queue, of_tenants in counted.items():
            metrics.IN_FLIGHT.labels(queue).set(of_tenants.total())
        return counted

    async def _with_work(self, now: datetime) -> list[UUID]:
        async with self._pool.acquire() as connection:
            waiting = await connection.fetch(_WAITING, now)
        jobs = sum(row["jobs"] for row in waiting)
        late = max(((now - row["oldest"]).total_seconds() for row in waiting), default=0.0)
        metrics.BACKLOG.set(jobs)
        metrics.OLDEST.set(late)
        if late > LATE and self._complaint.due():
            log.warning("jobs_are_late", jobs=jobs, seconds=round(late), tenants=len(waiting))
            self._complaint.done()
        return [row["tenant_id"] for row in waiting]

    async def _fill(self, queue: str, in_flight: Counter[UUID], now: datetime) -> None:
        """Give every tenant its turn, as far as the window has room; who has more waits at the end for the next."""
        turns, room = self._turns[queue], WINDOW - in_flight.total()
        for tenant_id in list(turns):
            if room <= 0:
                return
            del turns[tenant_id]
            most = min(room, SHARE - in_flight[tenant_id])
            sent = await self._send(_CLAIM_DUE, now, tenant_id, queue, most=most, known=(now,)) if most > 0 else 0
            room -= sent
            if sent >= most:
                turns[tenant_id] = None

    async def _resend(self, now: datetime) -> None:
        lost = (now, LOST_AFTER, MOST_PATIENCE)
        async with self._pool.acquire() as connection:
            losers = [row["tenant_id"] for row in await connection.fetch(_LOSERS, *lost)]
        for tenant_id in losers:
            for queue in PRIORITIES:
                metrics.RESENT.inc(await self._send(_CLAIM_LOST, now, tenant_id, queue, most=SHARE, known=lost))

    async def _send(
        self, claim: str, now: datetime, tenant_id: UUID, queue: str, *, most: int, known: tuple[object, ...]
    ) -> int:
        """Publish before the commit: what the broker may not have got stays undispatched; what it got twice is one."""
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(claim, *known, tenant_id, list(MAIL_ACTORS), queue == MAIL, most)
            if not rows:
                return 0
            await self._publisher.publish(
                [
                    Delivery(row["actor"], tenant_id, row["id"], row["trace_id"], orjson.loads(row["payload"]))
                    for row in rows
                ]
            )
            await connection.execute(_SENT, tenant_id, [row["id"] for row in rows], now)
        metrics.DISPATCHED.labels(queue).inc(len(rows))
        return len(rows)

    async def _until_next(self) -> float:
        now = self._clock.now()
        async with self._pool.acquire() as connection:
            following: datetime | None = await connection.fetchval(_NEXT, now)
        if following is not None:
            self._look.within(max(SHORTEST_REST, (following - now).total_seconds()))
        return self._look.rest()
