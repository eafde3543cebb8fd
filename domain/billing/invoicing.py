"""Issuing invoices: one for each calendar month that is over and has something to charge, in the order of months.

An invoice takes whatever belongs to its month or to one before it and is on no invoice yet: use of time that is over,
charges and credits of what is paid ahead. So nothing is charged twice, which a unique key holds, and nothing is lost.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from domain.billing import lines
from domain.billing.errors import PriceMissing
from domain.billing.events import InvoiceIssued
from domain.billing.lines import Line, Use
from domain.billing.models import Invoice, InvoiceLine, PrepaidEntry, UsageInterval
from domain.billing.months import Month
from domain.billing.proration import PriceList
from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, History, Recorder
from domain.kit.ids import new_id
from domain.seats.days import beginning_of
from domain.seats.models import LicenceTerms
from domain.seats.periods import start_of
from domain.tenants import numbers

NUMBERS = "invoice"


@dataclass(frozen=True)
class Issued:
    """The invoices that were issued, and what kept the next one from being."""

    invoice_ids: tuple[UUID, ...]
    missing: PriceMissing | None


async def issue_invoices(
    session: TenantSession,
    *,
    last: Invoice | None,
    zone: ZoneInfo,
    prices: PriceList,
    unpriced: datetime | None,
    up_to: datetime,
    now: datetime,
) -> Issued:
    """Issue the invoices of the months that were over by `up_to` and have none; once issued, there is nothing to do.

    A month of which some time has no price is held back, and all after it, until the price is set; `unpriced` is when
    the first of what is paid ahead was bought, that could not be settled for want of one.
    The caller has taken its turn, has found the last invoice, and has recorded use and settled what is paid ahead
    up to then.
    """
    running = Month.at(up_to, zone)
    closed = beginning_of(running.first_day, zone)
    uses, entries = await not_invoiced(session, last, zone=zone, closed=closed)
    months = _by_month(uses, entries, last=last, zone=zone)
    end = running if unpriced is None else min(running, _month_of(unpriced, last=last, zone=zone))
    due, missing = _due({month: rows for month, rows in months.items() if month < end}, prices=prices, zone=zone)
    if not due:
        return Issued((), missing)
    ids = [new_id() for _ in due]
    await _write(session, due, ids=ids, zone=zone, currency=prices.currency or "", now=now)
    return Issued(tuple(ids), missing)


def _due(
    months: Mapping[Month, Sequence[UsageInterval | PrepaidEntry]], *, prices: PriceList, zone: ZoneInfo
) -> tuple[dict[Month, list[Line]], PriceMissing | None]:
    """The lines of each month in order, up to the first of which some time has no price."""
    due: dict[Month, list[Line]] = {}
    for month, rows in sorted(months.items()):
        try:
            found = sorted((line for row in rows for line in lines_of(row, prices=prices, zone=zone)), key=lines.place)
        except PriceMissing as missing:
            return due, missing
        if found:
            due[month] = found
    return due, None


def lines_of(row: UsageInterval | PrepaidEntry, *, prices: PriceList, zone: ZoneInfo) -> Iterator[Line]:
    """What an invoice says of a row of the ledgers. Raises PriceMissing."""
    if isinstance(row, UsageInterval):
        use = Use(row.id, row.licence_id, row.kind, row.terms, row.period)
        yield from lines.of_use(use, prices=prices, zone=zone)
    else:
        yield lines.of_entry(row)


def _by_month(
    uses: Sequence[UsageInterval], entries: Sequence[PrepaidEntry], *, last: Invoice | None, zone: ZoneInfo
) -> Mapping[Month, list[UsageInterval | PrepaidEntry]]:
    """What is to be charged, by the month on whose invoice it belongs: what comes late is on the next one."""
    months: dict[Month, list[UsageInterval | PrepaidEntry]] = defaultdict(list)
    told: list[tuple[datetime, UsageInterval | PrepaidEntry]] = [(start_of(use.period), use) for use in uses]
    told += [(entry.at, entry) for entry in entries]
    for moment, row in told:
        months[_month_of(moment, last=last, zone=zone)].append(row)
    return months


def _month_of(moment: datetime, *, last: Invoice | None, zone: ZoneInfo) -> Month:
    month = Month.at(moment, zone)
    return month if last is None else max(month, Month.of(last.month).following)


async def last_invoice(session: TenantSession) -> Invoice | None:
    """The one of the latest month."""
    latest = select(Invoice).where(Invoice.tenant_id == session.tenant_id).order_by(Invoice.month.desc()).limit(1)
    return (await session.scalars(latest)).first()


async def not_invoiced(
    session: TenantSession, last: Invoice | None, *, zone: ZoneInfo, closed: datetime
) -> tuple[Sequence[UsageInterval], Sequence[PrepaidEntry]]:
    """Use that was over, and entries that were made, when the last month closed, and that are on no invoice.

    What was there when the last invoice was issued, and belonged on it, is on it: only what is later is looked at.
    """
    end = func.upper(UsageInterval.period)
    uses = select(UsageInterval).where(
        UsageInterval.tenant_id == session.tenant_id,
        UsageInterval.terms != LicenceTerms.PREPAID,
        end <= closed,
        ~_on_an_invoice(UsageInterval, InvoiceLine.usage_id),
    )
    entries = select(PrepaidEntry).where(
        PrepaidEntry.tenant_id == session.tenant_id,
        PrepaidEntry.at < closed,
        ~_on_an_invoice(PrepaidEntry, InvoiceLine.prepaid_id),
    )
    if last is not None:
        ended = beginning_of(Month.of(last.month).following.first_day, zone)
        uses = uses.where(or_(end > ended, UsageInterval.recorded_at >= last.issued_at))
        entries = entries.where(or_(PrepaidEntry.at >= ended, PrepaidEntry.recorded_at >= last.issued_at))
    return (await session.scalars(uses)).all(), (await session.scalars(entries)).all()


def _on_an_invoice(
    source: type[UsageInterval | PrepaidEntry], key: InstrumentedAttribute[UUID | None]
) -> ColumnElement[bool]:
    of_source = (InvoiceLine.tenant_id == source.tenant_id, key == source.id)
    return select(InvoiceLine.id).where(*of_source).exists()


async def _write(
    session: TenantSession,
    due: Mapping[Month, Sequence[Line]],
    *,
    ids: Sequence[UUID],
    zone: ZoneInfo,
    currency: str,
    now: datetime,
) -> None:
    first = await numbers.take(session, name=NUMBERS, count=len(due))
    invoices: list[dict[str, Any]] = [
        {
            "id": id,
            "number": number,
            "month": month.first_day,
            "timezone": zone.key,
            "currency": currency,
            "total": sum(line.amount for line in found),
            "issued_at": now,
        }
        for number, id, (month, found) in zip(count(first), ids, due.items(), strict=False)
    ]
    await bulk.add(session, Invoice, invoices)
    numbered = [
        {**vars(line), "id": new_id(), "invoice_id": id, "position": position}
        for id, found in zip(ids, due.values(), strict=True)
        for position, line in enumerate(found, start=1)
    ]
    await bulk.add(session, InvoiceLine, numbered)
    recorder = Recorder(session, by=SYSTEM, at=now)
    for invoice, month in zip(invoices, due, strict=True):
        recorder.record(History(Invoice.__tablename__, invoice["id"]), InvoiceIssued(invoice["number"], str(month)))
    await recorder.write()
