"""What seats will cost: the lines that later invoices will have when nothing changes, by the same functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.billing import proration, queries
from domain.billing.months import Month
from domain.billing.proration import Portion, PriceList
from domain.kit.database import TenantSession
from domain.seats.models import LicenceTerms, Period, SeatKind


@dataclass(frozen=True)
class PlannedUse:
    """So many licences of a kind that are to run for a period, which has an end."""

    kind: SeatKind
    terms: LicenceTerms
    count: int
    period: Period


@dataclass(frozen=True)
class PlannedLine:
    """What the invoice of a month will say of `count` licences that are all alike: each costs the portion's amount."""

    month: Month
    kind: SeatKind
    terms: LicenceTerms
    count: int
    portion: Portion

    @property
    def amount(self) -> int:
        """What all of them cost: each is a line of its own, rounded on its own."""
        return self.count * self.portion.amount


@dataclass(frozen=True)
class Preview:
    """The lines to come, by the month on whose invoice they will be, and what they add up to."""

    currency: str | None
    lines: tuple[PlannedLine, ...]

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def totals(self) -> dict[Month, int]:
        """The total of each month's invoice, in order."""
        totals: dict[Month, int] = {}
        for line in self.lines:
            totals[line.month] = totals.get(line.month, 0) + line.amount
        return totals


async def preview_of(session: TenantSession, *, use: Sequence[PlannedUse], zone: ZoneInfo, now: datetime) -> Preview:
    """What planned licences will cost, exactly as later invoices will say when nothing changes.

    Time in arrears is on the invoice of the month in which it is used, at the price in force then; what is paid ahead,
    and was bought now, is on that of this month. Raises PriceMissing, ValueError for a period without an end.
    """
    return preview(use, prices=await queries.price_list(session), zone=zone, now=now)


def preview(use: Sequence[PlannedUse], *, prices: PriceList, zone: ZoneInfo, now: datetime) -> Preview:
    """As `preview_of`, of a price list."""
    lines = [
        PlannedLine(_invoiced_in(planned, portion, zone, now), planned.kind, planned.terms, planned.count, portion)
        for planned in use
        for portion in _portions(planned, prices=prices, zone=zone, now=now)
    ]
    return Preview(prices.currency, tuple(sorted(lines, key=lambda line: (line.month, line.portion.month))))


def _portions(planned: PlannedUse, *, prices: PriceList, zone: ZoneInfo, now: datetime) -> Iterator[Portion]:
    match planned.terms:
        case LicenceTerms.ARREARS:
            yield from proration.of_time(planned.kind, planned.period, prices=prices, zone=zone)
        case LicenceTerms.PREPAID:
            yield from proration.at_rate(prices.at(planned.kind, now), planned.period, zone=zone)
        case LicenceTerms.ONE_DAY:
            yield proration.of_pass(planned.kind, planned.period, prices=prices, zone=zone)


def _invoiced_in(planned: PlannedUse, portion: Portion, zone: ZoneInfo, now: datetime) -> Month:
    return Month.at(now, zone) if planned.terms is LicenceTerms.PREPAID else portion.month
