"""What is paid ahead: charged when a licence is bought or extended, given back when it ends early.

Both follow from what the licence is and what was charged for it, so no seat operation knows of billing, and a pass
that did not run loses nothing: the next one finds the same. A licence is paid for from its beginning up to some
instant. When that is before its end the rest is charged; when it is after, what is too much is given back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select
from sqlalchemy.dialects.postgresql import Range

from domain.billing.errors import PriceMissing
from domain.billing.events import PrepaidCharged, PrepaidCredited
from domain.billing.models import PrepaidEntry, PriceUnit
from domain.billing.months import length
from domain.billing.proration import PriceList, at_rate
from domain.billing.settling import Charge, Settlement, given_back, settle
from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, EventRow, History, Recorder
from domain.kit.ids import new_id
from domain.seats.models import LicenceTerms, Period, SeatKind, SeatLicence
from domain.seats.periods import start_of


@dataclass(frozen=True)
class Entry:
    """A row that settles a licence, not yet written; its columns are those of PrepaidEntry."""

    id: UUID
    licence_id: UUID
    kind: SeatKind
    charge_id: UUID | None
    price_id: UUID | None
    unit: PriceUnit | None
    period: Period
    quantity: int
    whole: int
    unit_amount: int
    amount: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class Settled:
    """The entries that settle all licences, and what kept some of them from being charged."""

    entries: tuple[Entry, ...]
    missing: tuple[PriceMissing, ...]


async def settle_prepaid(
    session: TenantSession, *, zone: ZoneInfo, prices: PriceList, since: datetime | None, now: datetime
) -> Settled:
    """Charge the time of prepaid licences that was not charged, and give back what they do not run for; once is enough.

    `since` is what `metering.not_recorded_since` says. What has no price yet is left for later, and told.
    The caller has taken its turn.
    """
    settled = await unsettled(session, zone=zone, prices=prices, since=since)
    await bulk.add(session, PrepaidEntry, [{**vars(entry), "recorded_at": now} for entry in settled.entries])
    recorder = Recorder(session, by=SYSTEM, at=now)
    for entry in settled.entries:
        recorder.record(History(PrepaidEntry.__tablename__, entry.id), _told(entry))
    await recorder.write()
    return settled


async def unsettled(session: TenantSession, *, zone: ZoneInfo, prices: PriceList, since: datetime | None) -> Settled:
    """The entries that would settle every prepaid licence as it is now."""
    licences = (await session.execute(_out_of_balance(session, since))).all()
    if not licences:
        return Settled((), ())
    ids = [licence.id for licence in licences]
    charges = await _charges(session, ids)
    changed = await _changed_at(session, ids)
    entries: list[Entry] = []
    missing: list[PriceMissing] = []
    for licence in licences:
        settlement = settle(_span(licence), charges[licence.id])
        at = changed.get(licence.id, licence.created_at)
        entries.extend(_credits(licence, settlement, currency=prices.currency or "", at=at))
        try:
            entries.extend(_charged(licence, settlement, prices=prices, zone=zone, at=at))
        except PriceMissing as refused:
            missing.append(refused)
    return Settled(tuple(entries), tuple(missing))


def _span(licence: Any) -> Period:
    start = start_of(licence.period)
    return Range(start, start, bounds="[)") if licence.cancelled_at is not None else licence.period


def _credits(licence: Any, settlement: Settlement, *, currency: str, at: datetime) -> Iterator[Entry]:
    for charge, rest in settlement.returned:
        yield Entry(
            id=new_id(),
            licence_id=licence.id,
            kind=licence.kind,
            charge_id=charge.id,
            price_id=None,
            unit=None,
            period=rest,
            quantity=length(rest),
            whole=length(charge.period),
            unit_amount=charge.amount,
            amount=-given_back(charge, rest),
            currency=currency,
            at=at,
        )


def _charged(
    licence: Any, settlement: Settlement, *, prices: PriceList, zone: ZoneInfo, at: datetime
) -> Iterator[Entry]:
    if settlement.owed is None:
        return
    rate = prices.at(licence.kind, at)
    for portion in at_rate(rate, settlement.owed, zone=zone):
        yield Entry(
            id=new_id(),
            licence_id=licence.id,
            kind=licence.kind,
            charge_id=None,
            price_id=rate.price_id,
            unit=rate.unit,
            period=portion.period,
            quantity=portion.quantity,
            whole=portion.whole,
            unit_amount=rate.amount,
            amount=portion.amount,
            currency=rate.currency,
            at=at,
        )


def _told(entry: Entry) -> PrepaidCharged | PrepaidCredited:
    start, end = start_of(entry.period), entry.period.upper
    if end is None:
        raise ValueError("What is paid ahead has an end.")
    if entry.charge_id is None:
        return PrepaidCharged(entry.licence_id, start, end)
    return PrepaidCredited(entry.licence_id, start, end)


def _seconds(span: Any) -> Any:
    return func.extract("epoch", func.upper(span) - func.lower(span))


def _out_of_balance(session: TenantSession, since: datetime | None) -> Any:
    """The prepaid licences that do not run for as long as was paid for: of those that ended before, none is."""
    signed = case((PrepaidEntry.charge_id.is_(None), 1), else_=-1) * _seconds(PrepaidEntry.period)
    entries = select(PrepaidEntry).where(
        PrepaidEntry.tenant_id == session.tenant_id, PrepaidEntry.licence_id == SeatLicence.id
    )
    paid = entries.with_only_columns(func.coalesce(func.sum(signed), 0)).scalar_subquery()
    runs = case((SeatLicence.cancelled_at.is_not(None), 0), else_=_seconds(SeatLicence.period))
    found = select(
        SeatLicence.id, SeatLicence.kind, SeatLicence.period, SeatLicence.cancelled_at, SeatLicence.created_at
    ).where(SeatLicence.tenant_id == session.tenant_id, SeatLicence.terms == LicenceTerms.PREPAID, paid != runs)
    if since is not None:
        found = found.where(or_(func.upper(SeatLicence.period) > since, ~entries.exists()))
    return found.order_by(SeatLicence.id)


async def _charges(session: TenantSession, ids: Collection[UUID]) -> Mapping[UUID, list[Charge]]:
    """The charges of each licence in the order of their time."""
    found = await session.scalars(
        select(PrepaidEntry)
        .where(PrepaidEntry.tenant_id == session.tenant_id, bulk.among(PrepaidEntry.licence_id, ids))
        .order_by(func.lower(PrepaidEntry.period))
    )
    entries = found.all()
    given_back_from: dict[UUID, datetime] = {}
    for entry in reversed(entries):
        if entry.charge_id is not None:
            given_back_from[entry.charge_id] = start_of(entry.period)
    charges = defaultdict(list)
    for entry in entries:
        if entry.charge_id is None and entry.period.upper is not None:
            paid_until = given_back_from.get(entry.id, entry.period.upper)
            charges[entry.licence_id].append(Charge(entry.id, entry.period, entry.amount, paid_until))
    return charges


async def _changed_at(session: TenantSession, ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """When each licence became what it is: the instant of the purchase, the extension or the shortening."""
    found = await session.execute(
        select(EventRow.aggregate_id, func.max(EventRow.at).label("at"))
        .where(EventRow.tenant_id == session.tenant_id, bulk.among(EventRow.aggregate_id, ids))
        .group_by(EventRow.aggregate_id)
    )
    return {row.aggregate_id: row.at for row in found}
