"""What came, what was taken into hands and what was resolved, quarter by quarter of an hour."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from domain.kit.database import TenantSession

QUARTER = timedelta(minutes=15)
QUARTERS = 48
"""How many are looked back on: twelve hours, the quarter that runs included."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_COUNTED = text(
    """
    SELECT quarter::bigint AS quarter, count(*) FILTER (WHERE deed = 'ARRIVED') AS arrived,
        count(*) FILTER (WHERE deed = 'TAKEN') AS taken, count(*) FILTER (WHERE deed = 'RESOLVED') AS resolved
    FROM (
        SELECT floor(date_part('epoch', arrived_at) / 900) AS quarter, 'ARRIVED' AS deed
        FROM ticket WHERE tenant_id = :tenant AND arrived_at >= :begun AND arrived_at <= :now
        UNION ALL
        SELECT floor(date_part('epoch', at) / 900),
            CASE to_state WHEN 'RESOLVED' THEN 'RESOLVED' ELSE 'TAKEN' END
        FROM ticket_transition
        WHERE tenant_id = :tenant AND at >= :begun AND at <= :now
            AND (from_state = 'QUEUED' AND assignee_id IS NOT NULL
                OR to_state = 'RESOLVED' AND from_state <> 'RESOLVED')
    ) done
    GROUP BY quarter
    """
)


@dataclass(frozen=True)
class Quarter:
    """What happened in the fifteen minutes from `start` on."""

    start: datetime
    arrived: int = 0
    taken: int = 0
    resolved: int = 0


def quarter_of(at: datetime) -> datetime:
    """When the quarter began in which the instant is."""
    return at - (at - _EPOCH) % QUARTER


async def flow(session: TenantSession, *, now: datetime) -> list[Quarter]:
    """The last quarters, the one that runs last, in one statement; those in which nothing happened as well.

    Taken is what went from a queue into somebody's hands. What is handed on there was taken before.
    """
    begun = quarter_of(now) - (QUARTERS - 1) * QUARTER
    values = {"tenant": session.tenant_id, "begun": begun, "now": now}
    counted = {row.quarter: row for row in await session.execute(_COUNTED, values)}
    first = (begun - _EPOCH) // QUARTER
    return [
        Quarter(begun + place * QUARTER, row.arrived, row.taken, row.resolved)
        if (row := counted.get(first + place))
        else Quarter(begun + place * QUARTER)
        for place in range(QUARTERS)
    ]
