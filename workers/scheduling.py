"""Jobs that come back: a due row of `schedule` becomes one row of `outbox` and is due again an interval later."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from domain.kit.clock import Clock
from domain.kit.ids import new_id
from domain.kit.outbox import CHANNEL
from workers import metrics
from workers.bell import Call
from workers.connections import Connection, Pool
from workers.fairness import in_any_order

LONGEST_REST = 1.0

_TENANTS = "SELECT DISTINCT tenant_id FROM schedule WHERE due_at <= $1"
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

    async def turn(self, call: Call) -> float:
        """Enqueue the due jobs of every tenant; returns how many seconds to rest."""
        now = self._clock.now()
        async with self._pool.acquire() as connection:
            tenants = [row["tenant_id"] for row in await connection.fetch(_TENANTS, now)]
            for tenant_id in in_any_order(tenants):
                await self._enqueue_due(connection, tenant_id, now)
            following: datetime | None = await connection.fetchval(_NEXT)
        if following is None:
            return LONGEST_REST
        return min(LONGEST_REST, max(0.0, (following - self._clock.now()).total_seconds()))

    async def _enqueue_due(self, connection: Connection, tenant_id: UUID, now: datetime) -> None:
        async with connection.transaction():
            for row in await connection.fetch(_DUE, tenant_id, now):
                done = await connection.execute(_ENQUEUE, tenant_id, new_id(), row["actor"], uuid4().hex, now)
                # An interval from now, not from when it was due: a clock that jumped must not owe a thousand runs.
                await connection.execute(_AGAIN, tenant_id, row["id"], now + timedelta(seconds=row["every_seconds"]))
                if done == "INSERT 0 1":
                    metrics.SCHEDULED.inc()
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, str(tenant_id))
