"""The invoice of a month before it is issued: what was used so far, and what it will say when nothing changes.

Once it is issued, it is what was foreseen.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import Range

from domain.billing import invoicing, lines, metering, prepaying, queries
from domain.billing.lines import Line, Use
from domain.billing.models import Invoice, InvoiceLine, LineBasis, PrepaidEntry, PriceUnit
from domain.billing.months import Month
from domain.billing.proration import PriceList
from domain.kit.database import TenantSession
from domain.seats.models import LicenceTerms, Period, SeatKind, SeatLicence
from domain.seats.periods import start_of


@dataclass(frozen=True)
class ForecastLine:
    """So many lines that are all alike, each with the amounts given; `so_far` is what was used by now."""

    kind: SeatKind
    basis: LineBasis
    unit: PriceUnit | None
    period: Period
    quantity: int
    whole: int
    unit_amount: int
    each: int
    each_so_far: int
    count: int = 1

    @property
    def amount(self) -> int:
        return self.count * self.each

    @property
    def so_far(self) -> int:
        return self.count * self.each_so_far


@dataclass(frozen=True)
class Forecast:
    """What the invoice of a month will say; `over` says that the month is, so that only its issue is awaited."""

    month: Month
    timezone: str
    currency: str | None
    over: bool
    lines: tuple[ForecastLine, ...]

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def so_far(self) -> int:
        return sum(line.so_far for line in self.lines)


async def invoice_preview(session: TenantSession, *, month: Month | None, now: datetime) -> Forecast:
    """The invoice of a month, the running one by default, as it will be when no licence and no price changes.

    Licences that run on count to the month's end; nobody knows who will spend a day pass. What comes late is on the
    first invoice that is not issued. Of a month that has its invoice it is that. Raises PriceMissing.
    """
    zone = await queries.zone_of_shop(session)
    prices = await queries.price_list(session)
    asked = month or Month.at(now, zone)
    last = await invoicing.last_invoice(session)
    if last is not None and asked <= Month.of(last.month):
        issued = tuple(_alike(await _issued(session, asked), now=now, zone=zone))
        return Forecast(asked, zone.key, prices.currency, over=True, lines=issued)
    span = asked.period(zone)
    uses = [line for use in await _uses(session, span) for line in lines.of_use(use, prices=prices, zone=zone)]
    reach = span
    if last is not None and asked == Month.of(last.month).following:
        uses += await _late(session, last, span, prices=prices, zone=zone)
        reach = Range(None, span.upper, bounds="()")
    entries = [line async for line in _entries(session, span, reach=reach, prices=prices, zone=zone)]
    over = span.upper is not None and span.upper <= now
    return Forecast(asked, zone.key, prices.currency, over, tuple(_alike([*uses, *entries], now=now, zone=zone)))


async def _uses(session: TenantSession, span: Period) -> list[Use]:
    """The parts of licences that lie in the span; of day passes those that begin in it."""
    found = await session.execute(
        select(SeatLicence.id, SeatLicence.kind, SeatLicence.terms, SeatLicence.period)
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.cancelled_at.is_(None),
            SeatLicence.period.op("&&")(span),
        )
        .order_by(func.lower(SeatLicence.period), SeatLicence.id)
    )
    return [
        Use(None, row.id, row.kind, row.terms, row.period if row.terms is LicenceTerms.ONE_DAY else row.period * span)
        for row in found
        if row.terms is not LicenceTerms.ONE_DAY or span.contains(start_of(row.period))
    ]


async def _issued(session: TenantSession, month: Month) -> Sequence[InvoiceLine]:
    found = await session.scalars(
        select(InvoiceLine)
        .join(Invoice, and_(Invoice.tenant_id == InvoiceLine.tenant_id, Invoice.id == InvoiceLine.invoice_id))
        .where(InvoiceLine.tenant_id == session.tenant_id, Invoice.month == month.first_day)
    )
    return found.all()


async def _late(
    session: TenantSession, last: Invoice, span: Period, *, prices: PriceList, zone: ZoneInfo
) -> Sequence[Line]:
    """The lines of what was before the span, is written or will be by the next pass, and is on no invoice."""
    uses, entries = await invoicing.not_invoiced(session, last, zone=zone, closed=start_of(span))
    since = await metering.not_recorded_since(session)
    found: list[Line] = []
    for written in (uses, entries):
        found += [line for row in written for line in invoicing.lines_of(row, prices=prices, zone=zone)]
    if since is not None and since < start_of(span):
        for row in await metering.unrecorded(session, zone=zone, since=since, up_to=start_of(span)):
            found += lines.of_use(Use(**row), prices=prices, zone=zone)
    return found


async def _entries(
    session: TenantSession, span: Period, *, reach: Period, prices: PriceList, zone: ZoneInfo
) -> AsyncIterator[Line]:
    """The lines of what was paid ahead in the span, and of what the next pass over the books will find was in reach."""
    written = await session.scalars(
        select(PrepaidEntry)
        .where(
            PrepaidEntry.tenant_id == session.tenant_id,
            PrepaidEntry.at >= span.lower,
            PrepaidEntry.at < span.upper,
        )
        .order_by(PrepaidEntry.at, PrepaidEntry.id)
    )
    for entry in written:
        yield lines.of_entry(entry)
    since = await metering.not_recorded_since(session)
    unsettled = await prepaying.unsettled(session, zone=zone, prices=prices, since=since)
    for missing in unsettled.missing:
        if reach.contains(missing.at):
            raise missing
    for owed in unsettled.entries:
        if reach.contains(owed.at):
            yield lines.of_entry(owed)


def _alike(found: Iterable[Line | InvoiceLine], *, now: datetime, zone: ZoneInfo) -> Iterator[ForecastLine]:
    counted = Counter(
        ForecastLine(
            kind=line.kind,
            basis=line.basis,
            unit=line.unit,
            period=line.period,
            quantity=line.quantity,
            whole=line.whole,
            unit_amount=line.unit_amount,
            each=line.amount,
            each_so_far=lines.so_far(line, now=now, zone=zone),
        )
        for line in sorted(found, key=lines.place)
    )
    return (replace(line, count=count) for line, count in counted.items())
