"""What is paid ahead: charged when a licence is bought or extended, given back when it ends early.

Both follow from what the licence is and what was charged for it, so no seat operation knows of billing, and a pass
that did not run loses nothing: the next one finds the same. A licence is paid for from its beginning up to some
instant. When that is before its end the rest is charged; when it is after, what is too much is given back.

Each change of a licence is settled by itself, at its own instant: however many of them a pass finds, and whenever it
runs, the entries are those of passes that ran after each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from domain.billing.proration import PriceList, at_rate
from domain.billing.settling import Charge, given_back, settle
from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, EventRow, History, Recorder
from domain.kit.ids import new_id
from domain.seats.events import SeatLicenceAdded, SeatLicenceCancelled, SeatLicenceExtended, SeatLicenceShortened
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
class Change:
    """From this instant on a licence was to run for this time; for none, if it was taken back."""

    at: datetime
    span: Period


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
    """The entries that would settle every prepaid licence as it is now, in the order in which they are written.

    One that has no price, and was taken back since, is no reason to wait: it would be given back whole.
    """
    licences = (await session.execute(_out_of_balance(session, since))).all()
    if not licences:
        return Settled((), ())
    ids = [licence.id for licence in licences]
    charges = await _charges(session, ids, zone)
    changes = await _changes(session, licences)
    entries: list[Entry] = []
    missing: list[PriceMissing] = []
    for licence in licences:
        try:
            entries.extend(_settling(licence, changes[licence.id], charges[licence.id], prices=prices, zone=zone))
        except PriceMissing as refused:
            if licence.cancelled_at is None:
                missing.append(refused)
    return Settled(tuple(entries), tuple(missing))


def _settling(
    licence: Any, changes: Sequence[Change], charges: Sequence[Charge], *, prices: PriceList, zone: ZoneInfo
) -> Iterator[Entry]:
    """The entries of one licence: those of each change that has none, given the charges so far."""
    for change in changes:
        settlement = settle(change.span, charges)
        yield from _credits(licence, settlement.returned, currency=prices.currency or "", at=change.at)
        charges = settlement.left_of(charges)
        if settlement.owed is not None:
            made = list(_charged(licence, settlement.owed, prices=prices, zone=zone, at=change.at))
            yield from made
            charges = [*charges, *(_charge(entry, zone=zone, paid_until=_end_of(entry.period)) for entry in made)]


def _credits(
    licence: Any, returned: Sequence[tuple[Charge, Period]], *, currency: str, at: datetime
) -> Iterator[Entry]:
    for charge, rest in returned:
        quantity, whole = charge.share(rest)
        yield Entry(
            id=new_id(),
            licence_id=licence.id,
            kind=licence.kind,
            charge_id=charge.id,
            price_id=None,
            unit=None if charge.zone is None else PriceUnit.DAY,
            period=rest,
            quantity=quantity,
            whole=whole,
            unit_amount=charge.amount,
            amount=-given_back(charge, rest),
            currency=currency,
            at=at,
        )


def _charged(licence: Any, owed: Period, *, prices: PriceList, zone: ZoneInfo, at: datetime) -> Iterator[Entry]:
    rate = prices.at(licence.kind, at)
    for portion in at_rate(rate, owed, zone=zone):
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


def _charge(entry: Entry | PrepaidEntry, *, zone: ZoneInfo, paid_until: datetime) -> Charge:
    return Charge(entry.id, entry.period, entry.amount, paid_until, zone if entry.unit is PriceUnit.DAY else None)


def _told(entry: Entry) -> PrepaidCharged | PrepaidCredited:
    start, end = start_of(entry.period), _end_of(entry.period)
    if entry.charge_id is None:
        return PrepaidCharged(entry.licence_id, start, end)
    return PrepaidCredited(entry.licence_id, start, end)


def _end_of(span: Period) -> datetime:
    if span.upper is None:
        raise ValueError("What is paid ahead has an end.")
    return span.upper


def _seconds(span: Any) -> Any:
    return func.extract("epoch", func.upper(span) - func.lower(span))


def _out_of_balance(session: TenantSession, since: datetime | None) -> Any:
    """The prepaid licences that changed since they were settled, or do not run for as long as was paid for.

    Of those that ended before `since` none does. `settled` are the instants of the changes that have entries.
    """
    signed = case((PrepaidEntry.charge_id.is_(None), 1), else_=-1) * _seconds(PrepaidEntry.period)
    entries = select(PrepaidEntry).where(
        PrepaidEntry.tenant_id == session.tenant_id, PrepaidEntry.licence_id == SeatLicence.id
    )
    paid = entries.with_only_columns(func.coalesce(func.sum(signed), 0)).scalar_subquery()
    runs = case((SeatLicence.cancelled_at.is_not(None), 0), else_=_seconds(SeatLicence.period))
    settled = entries.with_only_columns(func.array_agg(PrepaidEntry.at)).scalar_subquery()
    changed_at = (
        select(EventRow.at)
        .where(EventRow.tenant_id == session.tenant_id, EventRow.aggregate_id == SeatLicence.id)
        .order_by(EventRow.aggregate_version.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = select(
        SeatLicence.id,
        SeatLicence.kind,
        SeatLicence.period,
        SeatLicence.cancelled_at,
        SeatLicence.created_at,
        settled.label("settled"),
    ).where(
        SeatLicence.tenant_id == session.tenant_id,
        SeatLicence.terms == LicenceTerms.PREPAID,
        or_(paid != runs, changed_at.not_in(entries.with_only_columns(PrepaidEntry.at))),
    )
    if since is not None:
        found = found.where(or_(func.upper(SeatLicence.period) > since, ~entries.exists()))
    return found.order_by(SeatLicence.id)


async def _charges(session: TenantSession, ids: Collection[UUID], zone: ZoneInfo) -> Mapping[UUID, list[Charge]]:
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
        if entry.charge_id is None:
            paid_until = given_back_from.get(entry.id, _end_of(entry.period))
            charges[entry.licence_id].append(_charge(entry, zone=zone, paid_until=paid_until))
    return charges


_CHANGES = tuple(
    event.name() for event in (SeatLicenceAdded, SeatLicenceShortened, SeatLicenceExtended, SeatLicenceCancelled)
)


async def _changes(session: TenantSession, licences: Sequence[Any]) -> Mapping[UUID, Sequence[Change]]:
    """What became of each licence since it was settled, in order; the last of it is what the licence is."""
    found = await session.execute(
        select(EventRow.aggregate_id, EventRow.name, EventRow.at, EventRow.data)
        .where(
            EventRow.tenant_id == session.tenant_id,
            bulk.among(EventRow.aggregate_id, [licence.id for licence in licences]),
            EventRow.name.in_(_CHANGES),
        )
        .order_by(EventRow.aggregate_id, EventRow.aggregate_version)
    )
    told = defaultdict(list)
    for event in found:
        told[event.aggregate_id].append(event)
    return {licence.id: _unsettled(licence, told[licence.id]) for licence in licences}


def _unsettled(licence: Any, told: Sequence[Any]) -> Sequence[Change]:
    """The changes after the last that has entries; which entry was written last says nothing, as clocks differ."""
    start = start_of(licence.period)

    def span(end: datetime) -> Period:
        return Range(start, end, bounds="[)")

    if not told:  # written by hand, before anybody was told
        return [Change(licence.created_at, licence.period if licence.cancelled_at is None else span(start))]
    cancelled = SeatLicenceCancelled.name()
    changes = [
        Change(event.at, span(start if event.name == cancelled else datetime.fromisoformat(event.data["end"])))
        for event in told
    ]
    settled = {*(licence.settled or ())}
    last = max((place for place, change in enumerate(changes) if change.at in settled), default=-1)
    return changes[last + 1 :] or changes[-1:]
