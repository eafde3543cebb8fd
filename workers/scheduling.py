"""Jobs that come back: a due row of `schedule` becomes one row of `outbox` and is due again an interval later.

They come only while few jobs wait or run. So when those of many tenants are due at the same moment, as after a time in
which no relay ran, what somebody has just asked for waits behind few of them, and they are due at different moments
from then on.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from domain.kit.clock import Clock
from domain.kit.ids import new_id
from domain.kit.outbox import CHANNEL
from workers import metrics
from workers.bell import Call
from workers.connections import Connection, Pool
from workers.fairness import in_any_order
from workers.periodic import Periodic

LONGEST_REST = 1.0

ROOM = 16
"""Jobs of all kinds that may wait or run while more are enqueued."""

REST_WHEN_DUE = 0.02
"""Seconds between two looks while something is due."""

LEAST = 4
PATIENCE = 0.25
"""However many jobs wait, so many more are enqueued every so many seconds: a rush must not keep seats from ending."""

_UNDONE = """
    SELECT (SELECT count(*) FROM (
            SELECT FROM outbox WHERE dispatched_at IS NULL AND dead_at IS NULL AND due_at <= $1 LIMIT $2) waiting)
        + (SELECT count(*) FROM (
            SELECT FROM outbox WHERE dispatched_at IS NOT NULL AND dead_at IS NULL LIMIT $2) sent)
"""
_TENANTS = """
    SELECT tenant_id FROM (SELECT tenant_id FROM schedule WHERE due_at <= $1 ORDER BY due_at LIMIT $2) due
    GROUP BY tenant_id
"""
_NEXT = "SELECT min(due_at) FROM schedule"
_DUE = """
    SELECT id, actor, every_seconds FROM schedule WHERE tenant_id = $1 AND due_at <= $2 FOR UPDATE SKIP LOCKED
"""
# Not while the last one waits, runs or rests after a failure: with every worker down nothing piles up. Jobs that
# something else put into the future do not count.
_ENQUEUE = """
    INSERT INTO outbox (tenant_id, id, actor, payload, trace_id, created_at, due_at, attempts)
    SELECT $1, $2, $3, '{}', $4, $5, $5, 0
    WHERE NOT EXISTS (
        SELECT FROM outbox
        WHERE tenant_id = $1 AND actor = $3 AND payload = '{}' AND dead_at IS NULL AND (due_at <= $5 OR attempts > 0)
    )
"""
_AGAIN = "UPDATE schedule SET due_at = $3 WHERE tenant_id = $1 AND id = $2"


class Scheduler:
    """The duty of enqueuing what is due. Any number may run."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._patience = Periodic(PATIENCE)

    async def turn(self, call: Call) -> float:
        """Enqueue due jobs, all of a tenant's at once, as far as there is room; returns how many seconds to rest."""
        now = self._clock.now()
        async with self._pool.acquire() as connection:
            room = await self._room(connection, now)
            tenants = [row["tenant_id"] for row in await connection.fetch(_TENANTS, now, room)]
            for tenant_id in in_any_order(tenants):
                if room <= 0:
                    break
                room -= await self._enqueue_due(connection, tenant_id, now)
            following: datetime | None = await connection.fetchval(_NEXT)
        if following is None:
            return LONGEST_REST
        return min(LONGEST_REST, max(REST_WHEN_DUE, (following - self._clock.now()).total_seconds()))

    async def _room(self, connection: Connection, now: datetime) -> int:
        room: int = ROOM - await connection.fetchval(_UNDONE, now, ROOM)
        if room < LEAST and self._patience.due():
            room = LEAST
        if room > 0:
            self._patience.done()
        return max(0, room)

    async def _enqueue_due(self, connection: Connection, tenant_id: UUID, now: datetime) -> int:
        """Returns how many jobs were due."""
        async with connection.transaction():
            due = await connection.fetch(_DUE, tenant_id, now)
            for row in due:
                done = await connection.execute(_ENQUEUE, tenant_id, new_id(), row["actor"], uuid4().hex, now)
                # An interval from now, not from when it was due: a clock that jumped must not owe a thousand runs.
                await connection.execute(_AGAIN, tenant_id, row["id"], now + timedelta(seconds=row["every_seconds"]))
                if done == "INSERT 0 1":
                    metrics.SCHEDULED.inc()
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, str(tenant_id))
        return len(due)
