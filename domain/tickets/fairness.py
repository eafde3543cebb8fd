"""How evenly a queue's work of a day fell on those who were there for it.

The index is that of Jain, Chiu and Hawe (1984): of n shares x it is (sum x)² / (n · sum x²), from 1/n, when one has it
all, to 1, when all have the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from domain.kit.database import TenantSession
from domain.tenants.queries import tenant_of
from domain.tickets.routing import SHORTEST_DAY


@dataclass(frozen=True)
class Share:
    """What an agent was given of a queue on a day: tickets, their usual minutes, and the minutes of being there."""

    agent_id: UUID
    tickets: int
    minutes: int
    present: float

    @property
    def work(self) -> float:
        """Minutes of work per hour of being there."""
        return self.minutes / max(self.present, SHORTEST_DAY) * 60


@dataclass(frozen=True)
class QueueDay:
    """A queue on a day, and everybody who was given anything of it, the most work per hour first."""

    team_id: UUID
    shares: Sequence[Share]

    @property
    def index(self) -> float:
        """How even the shares are."""
        return evenness([share.work for share in self.shares])


def evenness(shares: Sequence[float]) -> float:
    """Jain's index of the shares; 1 where there is nothing to share."""
    squares = sum(share * share for share in shares)
    return 1.0 if not squares else sum(shares) ** 2 / (len(shares) * squares)


async def queues_of_day(session: TenantSession, *, day: date, now: datetime) -> list[QueueDay]:
    """The shop's queues of which anything was given on the day, by team; a day that is not over counts until now."""
    zone = ZoneInfo((await tenant_of(session)).timezone)
    begun = datetime.combine(day, time(), tzinfo=zone)
    ended = min(now, datetime.combine(day + timedelta(days=1), time(), tzinfo=zone))
    values = {"tenant": session.tenant_id, "day": day, "begun": begun, "ended": ended}
    by_team: dict[UUID, list[Share]] = {}
    for row in await session.execute(_SHARES, values):
        by_team.setdefault(row.team_id, []).append(_share(row))
    return [
        QueueDay(team_id, sorted(shares, key=lambda share: (-share.work, share.agent_id)))
        for team_id, shares in by_team.items()
    ]


def _share(row: Any) -> Share:
    return Share(row.agent_id, row.tickets, row.minutes, round(float(row.present), 3))


_SHARES = text(
    """
    WITH stretch AS (
        SELECT agent_id, greatest(lower(period), :begun) AS since, least(upper(period), :ended) AS until
        FROM agent_online WHERE tenant_id = :tenant AND upper(period) > :begun AND lower(period) < :ended
        UNION ALL
        SELECT id, greatest(presence_since, :begun), :ended
        FROM agent WHERE tenant_id = :tenant AND presence = 'ONLINE' AND presence_since < :ended
    ), there AS (
        SELECT agent_id, sum(extract(epoch FROM until - since)) / 60 AS minutes FROM stretch GROUP BY agent_id
    )
    SELECT given.team_id, given.agent_id, given.tickets, given.minutes, coalesce(there.minutes, 0) AS present
    FROM agent_day given LEFT JOIN there ON there.agent_id = given.agent_id
    WHERE given.tenant_id = :tenant AND given.day = :day
    ORDER BY given.team_id, given.agent_id
    """
)
