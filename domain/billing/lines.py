"""What an invoice says of a licence: made of use and of the prepaid ledger, and in no other way."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.billing import proration
from domain.billing.models import InvoiceLine, LineBasis, PrepaidEntry, PriceUnit, UsageInterval
from domain.billing.prepaying import Entry
from domain.billing.proration import Portion, PriceList
from domain.seats.models import LicenceTerms, Period, SeatKind
from domain.seats.periods import start_of


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


def of_use(use: UsageInterval, *, prices: PriceList, zone: ZoneInfo) -> Iterator[Line]:
    """The lines of recorded use. Time that is paid ahead has none: the ledger charges it. Raises PriceMissing."""
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


def _of_portion(portion: Portion, use: UsageInterval, basis: LineBasis) -> Line:
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


_KINDS, _BASES = list(SeatKind), list(LineBasis)


def place(line: Line | InvoiceLine) -> tuple[object, ...]:
    """Where a line stands on its invoice: by kind, then what it charges, then time, then licence."""
    return _KINDS.index(line.kind), _BASES.index(line.basis), start_of(line.period), line.licence_id
