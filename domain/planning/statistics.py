"""What was done with tickets in a stretch of time, by everybody: on a full seat, on a light one, or on none.

How each figure is counted stands beside it in `Figures`; `deeds` says the same in SQL. A figure that can be added up
adds up: the groups make the total, by whatever they are grouped, and full seats, light seats and none make everything.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from domain.agents.models import Agent, Team
from domain.kit import inputs
from domain.kit.bulk import among
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError, InvalidInput
from domain.kit.patience import OutOfPatience, patience
from domain.planning import deeds
from domain.planning.deeds import StatisticsBy
from domain.seasons.models import Season
from domain.seats.models import SeatKind

LONGEST = timedelta(days=400, hours=1)
"""How much time one question may be about: the longest season, and the hour by which clocks may be set back in it."""

PATIENCE_MS = 10_000
"""How long the database may count."""


@dataclass
class StatisticsTooWide(DomainError):
    """Counting it takes longer than one question may take."""

    en = "So much happened in this time that counting it takes too long. Ask for less of it at once."
    pl = "W tym czasie zdarzyło się tak wiele, że zliczanie trwa zbyt długo. Wybierz krótszy okres."


@dataclass(frozen=True)
class Durations:
    """How many durations were measured, and how long half and nine tenths of them took at most, in seconds.

    Percentiles lie between two samples as PostgreSQL's `percentile_cont` has it: of n samples in order, counted from 0,
    p50 is at place 0.5 × (n - 1) and p90 at 0.9 × (n - 1), on the straight line between its neighbours. None of none.
    """

    samples: int
    p50: float | None
    p90: float | None


@dataclass(frozen=True)
class Figures:
    """What was counted in `[start, end)`.

    An instant counts if it lies in the range. Whoever sat on a seat at that instant, by the assignment's period, counts
    with the kind of that seat and the season of its licence; else with none.
    """

    owned: int
    """Times a ticket came into hands, credited to whose hands they are and to the ticket's team. From hand to hand is
    one more; waiting for the customer and being answered in the same hands is not."""

    resolved: int
    """Times a ticket was resolved, credited to who resolved it and to the team it was in. Twice resolved is two."""

    reopened: int
    """Resolutions that were undone: the reopening lies in the range, by whomever; all else, who and in which team and
    on which seat, is that of the resolution, which may be older."""

    work: timedelta
    """For how long tickets were assigned (in hands, not waiting for the customer), summed up over tickets, so that two
    at once count twice. Cut at the range's ends and at the present, and where seats begin and end; to the microsecond.
    In hands after a seat has ended and before the hand-over, it is on no seat."""

    first_reply: Durations
    """From a ticket's arrival to the first words that were sent to its customer, if they were sent in the range;
    credited to who sent them, whoever wrote them, and to the team the ticket was in. Words that were returned to the
    team, because no mail server took them or the sender's seat was gone, were not sent."""

    resolution: Durations
    """From a ticket's arrival to each resolution that `resolved` counts."""


@dataclass(frozen=True)
class Group:
    """The figures of one agent, team, kind of seat or season; without a key, of what belongs to none of them.

    `key` is an id or a kind of seat; `name` what people call it, where people named it.
    """

    key: UUID | SeatKind | None
    name: str | None
    figures: Figures


@dataclass(frozen=True)
class Statistics:
    """The figures of everybody together, and of those groups that did anything: by name, what belongs to none last."""

    start: datetime
    end: datetime
    group_by: StatisticsBy
    total: Figures
    groups: tuple[Group, ...]


async def statistics(
    session: TenantSession, *, start: datetime, end: datetime, group_by: StatisticsBy, now: datetime
) -> Statistics:
    """Count everybody's work in `[start, end)`, in two statements whatever there is.

    Raises InvalidInput (`from`, `to`) for instants without a zone, an empty range, and one longer than LONGEST;
    StatisticsTooWide.
    """
    _check(start, end)
    given = {"tenant": session.tenant_id, "start": start, "end": end, "present": min(now, end)}
    try:
        async with patience(session, milliseconds=PATIENCE_MS):
            rows = (await session.execute(deeds.counted(group_by), given)).all()
    except OutOfPatience:
        raise StatisticsTooWide from None
    (total,) = (row for row in rows if row.everybody)
    keyed = {_key(group_by, row.key): _figures(row) for row in rows if not row.everybody}
    named = await _named(session, group_by, keyed)
    return Statistics(start, end, group_by, _figures(total), tuple(Group(key, named[key], keyed[key]) for key in named))


def _check(start: datetime, end: datetime) -> None:
    inputs.instant(start, field="from")
    inputs.instant(end, field="to")
    if end <= start:
        raise InvalidInput("to", "must be later than “from”", "musi być późniejsze niż „from”")
    if end - start > LONGEST:
        most = LONGEST.days
        raise InvalidInput("to", f"must be within {most} days of “from”", f"musi być w ciągu {most} dni od „from”")


def _figures(row: Row[Any]) -> Figures:
    return Figures(
        owned=row.owned,
        resolved=row.resolved,
        reopened=row.reopened,
        work=row.work or timedelta(),
        first_reply=Durations(row.replied, *(row.first_reply or (None, None))),
        resolution=Durations(row.resolved, *(row.resolution or (None, None))),
    )


def _key(group_by: StatisticsBy, key: Any) -> UUID | SeatKind | None:
    return SeatKind(key) if group_by is StatisticsBy.SEAT_KIND and key is not None else key


async def _named(
    session: TenantSession, group_by: StatisticsBy, keys: Collection[UUID | SeatKind | None]
) -> dict[UUID | SeatKind | None, str | None]:
    """The keys in the order in which people look for them, each with its name."""
    found: dict[UUID | SeatKind | None, str | None] = {}
    if group_by is StatisticsBy.SEAT_KIND:
        found |= {kind: None for kind in SeatKind if kind in keys}
    else:
        model = _NAMED[group_by]
        known = select(model.id, model.name).where(
            model.tenant_id == session.tenant_id, among(model.id, [key for key in keys if key is not None])
        )
        found |= {row.id: row.name for row in await session.execute(known.order_by(model.name, model.id))}
    return found | ({None: None} if None in keys else {})


_NAMED: dict[StatisticsBy, type[Agent] | type[Team] | type[Season]] = {
    StatisticsBy.AGENT: Agent,
    StatisticsBy.TEAM: Team,
    StatisticsBy.SEASON: Season,
}
