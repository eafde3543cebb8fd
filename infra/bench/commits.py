"""When what was written became visible to others, by the database's own clock: the instants of commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Self
from uuid import UUID

from infra.embedded.stack import Stack

REMEMBER = "ALTER SYSTEM SET track_commit_timestamp = on"
NOW = "SELECT clock_timestamp()"

_GIVEN = """
    SELECT opened.tenant_id, extract(epoch FROM given.seen - opened.seen) * 1000 AS took,
        extract(epoch FROM given.at - opened.seen) * 1000 AS until_begun
    FROM (
        SELECT tenant_id, ticket_id, pg_xact_commit_timestamp(xmin) AS seen
        FROM ticket_transition WHERE reason = $3 AND at >= $1 AND at < $2
    ) opened
    LEFT JOIN LATERAL (
        SELECT pg_xact_commit_timestamp(xmin) AS seen, at FROM ticket_transition
        WHERE tenant_id = opened.tenant_id AND ticket_id = opened.ticket_id AND to_state = 'ASSIGNED'
        ORDER BY position LIMIT 1
    ) given ON true
"""


@dataclass(frozen=True)
class Assigned:
    """Milliseconds from the commit of tickets to the commit that gave them to somebody."""

    tickets: int
    left: int
    """Those that nobody had yet."""
    p50: float
    p99: float
    longest: float
    until_begun_p50: float
    """Of these, until the pass that gave a ticket had begun; the rest is the pass."""
    until_begun_p99: float

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        """Of one or more tickets. Percentiles by nearest rank."""
        given = [row for row in rows if row["took"] is not None]
        took = sorted(float(row["took"]) for row in given)
        begun = sorted(float(row["until_begun"]) for row in given)
        return cls(
            len(rows),
            len(rows) - len(given),
            *(rank(took, share) for share in (50, 99, 100)),
            *(rank(begun, share) for share in (50, 99)),
        )


def rank(found: Sequence[float], share: int) -> float:
    """Of sorted figures, the smallest that so many of a hundred are not above."""
    return found[ceil(len(found) * share / 100) - 1] if found else 0.0


async def remember(stack: Stack, superuser: Any) -> None:
    """Have the database keep the instants of commits. It is started anew for it: connect afterwards."""
    await superuser.execute(REMEMBER)
    await superuser.close()
    stack.restart("postgres")


async def assigned(superuser: Any, *, since: datetime, until: datetime, without: Sequence[UUID] = ()) -> Assigned:
    """Of all tickets that were opened in a stretch of time, but for those of some tenants."""
    rows = await superuser.fetch(_GIVEN, since, until, "opened", timeout=600)
    return Assigned.of([row for row in rows if row["tenant_id"] not in set(without)])
