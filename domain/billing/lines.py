"""What an invoice says of a licence: made of use and of the prepaid ledger, and in no other way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import Range

from domain.billing import proration
from domain.billing.models import InvoiceLine, LineBasis, PrepaidEntry, PriceUnit
from domain.billing.months import length
from domain.billing.prepaying import Entry
from domain.billing.proration import Portion, PriceList
from domain.seats.models import LicenceTerms, Period, SeatKind
from domain.seats.periods import ends_by, start_of


@dataclass(frozen=True)
class Line:
    """A line that is not numbered yet; its fields are columns of InvoiceLine."""

    kind: SeatKind
    basis: LineBasis
    unit: PriceUnit | None
    licence_id: UUID
    period: Period
    quantity: int
    whole: int
    unit_amount: int
    amount: int
    price_id: UUID | None
    usage_id: UUID | None
    prepaid_id: UUID | None


@dataclass(frozen=True)
class Use:
    """Time of a licence: recorded, with an id, or to come."""

    id: UUID | None
    licence_id: UUID
    kind: SeatKind
    terms: LicenceTerms
    period: Period


def of_use(use: Use, *, prices: PriceList, zone: ZoneInfo) -> Iterator[Line]:
    """The lines of use. Time that is paid ahead has none: the ledger charges it. Raises PriceMissing."""
    match use.terms:
        case LicenceTerms.ARREARS:
            basis, portions = LineBasis.USED, proration.of_time(use.kind, use.period, prices=prices, zone=zone)
        case LicenceTerms.ONE_DAY:
            spent = proration.of_pass(use.kind, use.period, prices=prices, zone=zone)
            basis, portions = LineBasis.PASS, iter((spent,))
        case LicenceTerms.PREPAID:
            return
    for portion in portions:
        yield _of_portion(portion, use, basis)


def _of_portion(portion: Portion, use: Use, basis: LineBasis) -> Line:
    return Line(
        kind=use.kind,
        basis=basis,
        unit=portion.rate.unit,
        licence_id=use.licence_id,
        period=portion.period,
        quantity=portion.quantity,
        whole=portion.whole,
        unit_amount=portion.rate.amount,
        amount=portion.amount,
        price_id=portion.rate.price_id,
        usage_id=use.id,
        prepaid_id=None,
    )


def of_entry(entry: PrepaidEntry | Entry) -> Line:
    """The line of a prepaid charge or credit."""
    return Line(
        kind=entry.kind,
        basis=LineBasis.PREPAID if entry.charge_id is None else LineBasis.CREDIT,
        unit=entry.unit,
        licence_id=entry.licence_id,
        period=entry.period,
        quantity=entry.quantity,
        whole=entry.whole,
        unit_amount=entry.unit_amount,
        amount=entry.amount,
        price_id=entry.price_id,
        usage_id=None,
        prepaid_id=entry.id,
    )


def so_far(line: Line | InvoiceLine, *, now: datetime, zone: ZoneInfo) -> int:
    """What a line would charge if its time ended now: all of what is over, nothing of what is to come.

    What is paid ahead, given back or a pass is charged whole, whenever its time is.
    """
    start = start_of(line.period)
    if line.basis is not LineBasis.USED or ends_by(line.period, now):
        return line.amount
    if start >= now:
        return 0
    used = Range(start, now, bounds="[)")
    quantity = length(used) if line.unit is PriceUnit.MONTH else proration.days_begun(used, zone)
    return proration.rounded(line.unit_amount, quantity, line.whole)


_KINDS, _BASES = list(SeatKind), list(LineBasis)


def place(line: Line | InvoiceLine) -> tuple[object, ...]:
    """Where a line stands on its invoice: by kind, then what it charges, then time, then licence."""
    return _KINDS.index(line.kind), _BASES.index(line.basis), start_of(line.period), line.licence_id
