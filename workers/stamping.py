"""The place of each event in its tenant's stream: consecutive numbers, given once, to committed events alone."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from workers import metrics
from workers.bell import Call
from workers.connections import Pool
from workers.fairness import in_any_order
from workers.periodic import Periodic

BATCH = 500
LOOK_EVERY = 1.0
"""Seconds between two looks for tenants that did not ring; an event recorded without a job does not ring."""

_TENANTS = "SELECT DISTINCT tenant_id FROM event WHERE sequence IS NULL"
_LAST = "SELECT coalesce(max(sequence), 0) FROM event WHERE tenant_id = $1"
# With the oldest come all unstamped events of their aggregates, whose earlier versions may carry later instants.
_UNSTAMPED = """
    WITH oldest AS (
        SELECT aggregate_id FROM event WHERE tenant_id = $1 AND sequence IS NULL ORDER BY at, id LIMIT $2
    )
    SELECT id, aggregate_id, aggregate_version, at FROM event
    WHERE tenant_id = $1 AND sequence IS NULL AND aggregate_id IN (SELECT aggregate_id FROM oldest)
"""
_STAMP = """
    UPDATE event SET sequence = place.sequence
    FROM unnest($2::uuid[], $3::bigint[]) AS place (id, sequence)
    WHERE event.tenant_id = $1 AND event.id = place.id AND event.sequence IS NULL
"""


@dataclass(frozen=True)
class Unstamped:
    """An event without a place: what its order depends on."""

    id: UUID
    aggregate_id: UUID
    version: int
    at: datetime


def in_order(events: Collection[Unstamped]) -> list[UUID]:
    """The events' ids as the stream tells them: by instant, then id, but one aggregate's strictly by version.

    Each aggregate keeps the places that its events take by instant, and its versions fill them from the lowest: a
    clock behind another's reorders nothing that happened to one thing.
    """
    versions: dict[UUID, list[Unstamped]] = defaultdict(list)
    for event in events:
        versions[event.aggregate_id].append(event)
    following: dict[UUID, Iterator[Unstamped]] = {
        aggregate: iter(sorted(mine, key=lambda event: event.version)) for aggregate, mine in versions.items()
    }
    places = sorted(events, key=lambda event: (event.at, event.id))
    return [next(following[place.aggregate_id]).id for place in places]


class Stamper:
    """The duty of stamping. Any number may run: a tenant's lock lets one at a time count on from the last number."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._look = Periodic(LOOK_EVERY)

    async def turn(self, call: Call) -> float:
        """Stamp a batch of each tenant that has unstamped events; returns how many seconds to rest."""
        tenants = set(call.tenants)
        if self._look.due() or call.everybody:
            async with self._pool.acquire() as connection:
                tenants |= {row["tenant_id"] for row in await connection.fetch(_TENANTS)}
            self._look.done()
        more = False
        for tenant_id in in_any_order(tenants):
            more |= await self.stamp(tenant_id) == BATCH
        if more:
            self._look.within(0.0)
        return self._look.rest()

    async def stamp(self, tenant_id: UUID) -> int:
        """Give the tenant's oldest unstamped events, at most BATCH, the next numbers; returns how many."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", stamping_lock(tenant_id))
            found = await connection.fetch(_UNSTAMPED, tenant_id, BATCH)
            if not found:
                return 0
            ids = in_order([Unstamped(*row) for row in found])[:BATCH]
            last: int = await connection.fetchval(_LAST, tenant_id)
            done = await connection.execute(_STAMP, tenant_id, ids, list(range(last + 1, last + 1 + len(ids))))
            if done != f"UPDATE {len(ids)}":
                raise RuntimeError(f"Stamping {len(ids)} events answered {done!r}: nothing is stamped.")
        metrics.STAMPED.inc(len(ids))
        return len(ids)


def stamping_lock(tenant_id: UUID) -> int:
    """The key of the advisory lock under which a tenant's events are stamped."""
    digest = hashlib.sha256(b"stamp:" + tenant_id.bytes).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
