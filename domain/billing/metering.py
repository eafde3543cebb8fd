"""Recording use: a licence's life, from activation to end, one interval for each calendar month of it.

An interval is recorded when it is over. From then on it is as unchangeable as the row: licences begin now or later, and
end now or later.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, and_, bindparam, column, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE

from domain.billing.models import UsageInterval
from domain.billing.months import Month
from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.kit.ids import new_id
from domain.seats.models import SeatLicence

SLACK = timedelta(days=1)
"""How far before the last recorded use is looked again, so that who was late to commit is not passed over."""

_INSTANT = DateTime(timezone=True)


async def record_use(
    session: TenantSession, *, zone: ZoneInfo, since: datetime | None, up_to: datetime, now: datetime
) -> int:
    """Record the intervals that were over by `up_to` and are not recorded; returns how many: once done, none.

    `since` is what `not_recorded_since` says. Two statements, however many licences ran since then.
    The caller has taken its turn.
    """
    if since is None or since >= up_to:
        return 0
    rows = await unrecorded(session, zone=zone, since=since, up_to=up_to)
    await bulk.add(session, UsageInterval, [{**row, "recorded_at": now} for row in rows])
    return len(rows)


async def unrecorded(
    session: TenantSession, *, zone: ZoneInfo, since: datetime, up_to: datetime
) -> Sequence[dict[str, Any]]:
    """The intervals that were over by `up_to` and are not recorded, by column."""
    found = await session.execute(_unrecorded(session, zone=zone, since=since, up_to=up_to))
    return [
        {"id": new_id(), "licence_id": row.id, "kind": row.kind, "terms": row.terms, "period": row.part}
        for row in found
    ]


async def not_recorded_since(session: TenantSession) -> datetime | None:
    """The instant before which no use is left to be recorded; None when there is no licence at all."""
    last: datetime | None = await session.scalar(
        select(func.max(func.upper(UsageInterval.period))).where(UsageInterval.tenant_id == session.tenant_id)
    )
    if last is not None:
        return last - SLACK
    first: datetime | None = await session.scalar(
        select(func.min(func.lower(SeatLicence.period))).where(
            SeatLicence.tenant_id == session.tenant_id, SeatLicence.cancelled_at.is_(None)
        )
    )
    return first


def _unrecorded(session: TenantSession, *, zone: ZoneInfo, since: datetime, up_to: datetime) -> Any:
    months = _months(Month.at(since, zone), Month.at(up_to, zone))
    starts, ends = zip(*((month.period(zone).lower, month.period(zone).upper) for month in months), strict=True)
    month = (
        func.unnest(
            bindparam(None, list(starts), type_=ARRAY(_INSTANT)), bindparam(None, list(ends), type_=ARRAY(_INSTANT))
        )
        .table_valued(column("start", _INSTANT), column("end", _INSTANT))
        .render_derived(name="month")
    )
    inside = func.tstzrange(month.c.start, month.c.end)
    part = SeatLicence.period.op("*", return_type=TSTZRANGE())(inside)
    recorded = (
        select(UsageInterval.id)
        .where(
            UsageInterval.tenant_id == session.tenant_id,
            UsageInterval.licence_id == SeatLicence.id,
            UsageInterval.period.op("&&")(part),
        )
        .exists()
    )
    end = func.upper(SeatLicence.period)
    return (
        select(SeatLicence.id, SeatLicence.kind, SeatLicence.terms, part.label("part"))
        .join(month, SeatLicence.period.op("&&")(inside))
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.cancelled_at.is_(None),
            or_(end > since, end.is_(None)),
            and_(func.upper(part) <= up_to, ~recorded),
        )
        .order_by(SeatLicence.id, func.lower(part))
    )


def _months(first: Month, last: Month) -> list[Month]:
    months = [first]
    while months[-1] < last:
        months.append(months[-1].following)
    return months
