"""What seats cost: prices, use, what is paid ahead, invoices, and what the next one will say."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry
from sqlalchemy import DateTime, func

from api.context import RequestContext
from api.graphql.errors import permit, refusal
from api.graphql.reading import Connection, Node, column, keyset, ordering, reads, to_many, to_one
from api.graphql.reading.filters import DateRange, TimeRange, among, equal, filter_input, within
from api.graphql.scalars import Amount, Long
from domain.billing import forecasts, models
from domain.billing.forecasts import Forecast, ForecastLine
from domain.billing.models import LineBasis, PriceUnit
from domain.billing.months import Month
from domain.kit.errors import DomainError
from domain.seats.models import LicenceTerms, SeatKind
from domain.seats.periods import start_of
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.seats import SeatLicence

INSTANT = DateTime(timezone=True)
USED_FROM = func.lower(models.UsageInterval.period, type_=INSTANT)
USED_TO = func.upper(models.UsageInterval.period, type_=INSTANT)
PAID_FROM = func.lower(models.PrepaidEntry.period, type_=INSTANT)
PAID_TO = func.upper(models.PrepaidEntry.period, type_=INSTANT)
LINE_FROM = func.lower(models.InvoiceLine.period, type_=INSTANT)
LINE_TO = func.upper(models.InvoiceLine.period, type_=INSTANT)

QUANTITY = (
    "Microseconds used at a price per MONTH, days begun per DAY, 1 per PASS; of a CREDIT, the days "
    "given back if its unit is DAY, else the microseconds."
)
WHOLE = (
    "What the unit amount is for, in the same measure: the microseconds of the calendar month, 1 day, 1 pass; of a "
    "CREDIT, all that had been charged. The amount is unit amount × quantity ÷ whole, half to even. That of a "
    "CREDIT has a minus, and is rounded from the end of its charge: unit amount × all from its beginning to that end ÷ "
    "whole, less unit amount × all from its own end to that end ÷ whole, each half to even."
)
UNIT = (
    "What the unit amount is for. Of a CREDIT, whose unit amount is what had been charged, DAY if days are counted, "
    "and null if time is."
)


@ordering
class PriceOrdering(Enum):
    """How prices are listed."""

    LATEST_FIRST = keyset(
        models.Price.valid_from.desc(), models.Price.id.desc(), description="Those that begin last first."
    )


@filter_input(description="Only prices that fit all of it.")
class PriceFilter:
    kind: list[SeatKind] | None = among(models.Price.kind, description="Of seats of any of these kinds.")
    unit: list[PriceUnit] | None = among(models.Price.unit, description="For any of these units.")


@reads(
    models.Price,
    requires=Permission.BILLING_READ,
    description=(
        "What a kind of seat costs from an instant on. Until the next one begins, one price of time (MONTH or DAY) and "
        "one of a PASS is in force. One that has begun never changes."
    ),
)
class Price(Node):
    kind: SeatKind = column(models.Price.kind, description="The kind of seat.")
    unit: PriceUnit = column(models.Price.unit, description="What the amount is for.")
    amount: Amount = column(models.Price.amount, description="The price.")
    currency: str = column(
        models.Price.currency, description="The currency (ISO 4217): one for all of a shop's prices."
    )
    valid_from: datetime = column(models.Price.valid_from, description="When it begins.")
    revision: int = column(
        models.Price.revision, description="From 1; of several that begin at the same instant the highest counts."
    )
    set_at: datetime = column(models.Price.set_at, description="When it was set.")


@ordering
class UsageIntervalOrdering(Enum):
    """How use is listed."""

    LATEST_FIRST = keyset(USED_TO.desc(), models.UsageInterval.id.desc(), description="What ended last first.")
    EARLIEST_FIRST = keyset(USED_TO, models.UsageInterval.id, description="What ended first first.")


@filter_input(description="Only use that fits all of it.")
class UsageIntervalFilter:
    kind: list[SeatKind] | None = among(models.UsageInterval.kind, description="Of seats of any of these kinds.")
    terms: list[LicenceTerms] | None = among(models.UsageInterval.terms, description="Paid for in any of these ways.")
    licence_id: UUID | None = equal(
        models.UsageInterval.licence_id, id_of="seat_licence", description="Of this licence."
    )
    ends: TimeRange | None = within(USED_TO, description="That ended within these instants.")


@reads(
    models.UsageInterval,
    requires=Permission.BILLING_READ,
    description=(
        "A licence's life, sat on or not, as far as one calendar month of the shop's zone has it: recorded once it is "
        "over, and never changed. What runs now is in `invoicePreview`."
    ),
)
class UsageInterval(Node):
    licence: "SeatLicence | None" = to_one(models.UsageInterval.licence_id, description="The licence.")
    kind: SeatKind = column(models.UsageInterval.kind, description="The kind of seat.")
    terms: LicenceTerms = column(models.UsageInterval.terms, description="How it is paid for.")
    from_: datetime = column(USED_FROM, name="from", description="When it began.")
    to: datetime = column(USED_TO, description="When it ended, that instant excluded.")
    recorded_at: datetime = column(models.UsageInterval.recorded_at, description="When it was recorded.")


@ordering
class PrepaidEntryOrdering(Enum):
    """How what is paid ahead is listed."""

    LATEST_FIRST = keyset(
        models.PrepaidEntry.at.desc(), models.PrepaidEntry.id.desc(), description="What was bought last first."
    )


@filter_input(description="Only entries that fit all of it.")
class PrepaidEntryFilter:
    licence_id: UUID | None = equal(
        models.PrepaidEntry.licence_id, id_of="seat_licence", description="Of this licence."
    )


@reads(
    models.PrepaidEntry,
    requires=Permission.BILLING_READ,
    description="A line of the ledger of time that is paid ahead: a charge, or a credit of a charge. Never changed.",
)
class PrepaidEntry(Node):
    licence: "SeatLicence | None" = to_one(models.PrepaidEntry.licence_id, description="The licence.")
    kind: SeatKind = column(models.PrepaidEntry.kind, description="The kind of seat.")
    charge: "PrepaidEntry | None" = to_one(
        models.PrepaidEntry.charge_id, description="The charge that is credited; null for a charge."
    )
    price: "Price | None" = to_one(
        models.PrepaidEntry.price_id, description="The price in force when it was bought; null for a credit."
    )
    unit: PriceUnit | None = column(models.PrepaidEntry.unit, description=UNIT)
    from_: datetime = column(PAID_FROM, name="from", description="From when the time is.")
    to: datetime = column(PAID_TO, description="Until when, that instant excluded.")
    quantity: Long = column(models.PrepaidEntry.quantity, description=QUANTITY)
    whole: Long = column(models.PrepaidEntry.whole, description=WHOLE)
    unit_amount: Amount = column(
        models.PrepaidEntry.unit_amount, description="The price; of a credit, what had been charged."
    )
    amount: Amount = column(models.PrepaidEntry.amount, description="What is charged; below 0 for a credit.")
    currency: str = column(models.PrepaidEntry.currency, description="The currency (ISO 4217).")
    at: datetime = column(
        models.PrepaidEntry.at,
        description="When the licence was bought, extended or shortened: whose invoice it is on.",
    )
    recorded_at: datetime = column(models.PrepaidEntry.recorded_at, description="When it was recorded.")


@ordering
class InvoiceOrdering(Enum):
    """How invoices are listed."""

    LATEST_FIRST = keyset(models.Invoice.month.desc(), models.Invoice.id.desc(), description="The latest month first.")
    EARLIEST_FIRST = keyset(models.Invoice.month, models.Invoice.id, description="The earliest month first.")


@filter_input(description="Only invoices that fit all of it.")
class InvoiceFilter:
    month: DateRange | None = within(models.Invoice.month, description="Of months whose first day lies within these.")


@filter_input(description="Only lines that fit all of it.")
class InvoiceLineFilter:
    kind: list[SeatKind] | None = among(models.InvoiceLine.kind, description="Of seats of any of these kinds.")
    basis: list[LineBasis] | None = among(models.InvoiceLine.basis, description="That charge any of these.")


@ordering
class InvoiceLineOrdering(Enum):
    """How the lines of an invoice are listed."""

    AS_PRINTED = keyset(models.InvoiceLine.position, description="As they stand on the invoice.")


@reads(
    models.Invoice,
    requires=Permission.BILLING_READ,
    description="What the seats of a calendar month cost: one for each month that has lines. It never changes.",
)
class Invoice(Node):
    number: Long = column(models.Invoice.number, description="Counted per shop, from 1, in the order of months.")
    month: date = column(models.Invoice.month, description="The month, by its first day.")
    timezone: str = column(models.Invoice.timezone, description="The zone that the month is of.")
    currency: str = column(models.Invoice.currency, description="The currency of all its amounts (ISO 4217).")
    total: Amount = column(models.Invoice.total, description="The sum of its lines; below 0 when more was given back.")
    issued_at: datetime = column(models.Invoice.issued_at, description="When it was issued.")
    lines: "Connection[InvoiceLine]" = to_many(
        models.InvoiceLine.invoice_id,
        order=InvoiceLineOrdering,
        filter=InvoiceLineFilter,
        description="What it charges, licence by licence.",
    )


@reads(
    models.InvoiceLine,
    requires=Permission.BILLING_READ,
    description="One licence's time at one price, or a pass, and the row of a ledger that it is computed from.",
)
class InvoiceLine(Node):
    invoice: "Invoice | None" = to_one(models.InvoiceLine.invoice_id, description="The invoice.")
    position: int = column(models.InvoiceLine.position, description="Its place on the invoice, from 1.")
    kind: SeatKind = column(models.InvoiceLine.kind, description="The kind of seat.")
    basis: LineBasis = column(models.InvoiceLine.basis, description="What it charges.")
    unit: PriceUnit | None = column(models.InvoiceLine.unit, description=UNIT)
    licence: "SeatLicence | None" = to_one(models.InvoiceLine.licence_id, description="The licence.")
    from_: datetime = column(LINE_FROM, name="from", description="From when the time is.")
    to: datetime = column(LINE_TO, description="Until when, that instant excluded.")
    quantity: Long = column(models.InvoiceLine.quantity, description=QUANTITY)
    whole: Long = column(models.InvoiceLine.whole, description=WHOLE)
    unit_amount: Amount = column(
        models.InvoiceLine.unit_amount, description="The price; of a credit, what had been charged."
    )
    amount: Amount = column(models.InvoiceLine.amount, description="What the line comes to; below 0 for a credit.")
    price: "Price | None" = to_one(models.InvoiceLine.price_id, description="The price; null for a credit.")
    usage_interval: "UsageInterval | None" = to_one(
        models.InvoiceLine.usage_id, description="The use that it charges, if it was not paid ahead."
    )
    prepaid_entry: "PrepaidEntry | None" = to_one(
        models.InvoiceLine.prepaid_id, description="The prepaid charge or credit that it is, if it is one."
    )


@strawberry.type(description="So many lines of an invoice to come that are all alike.")
class InvoicePreviewLine:
    kind: SeatKind = strawberry.field(description="The kind of seat.")
    basis: LineBasis = strawberry.field(description="What they charge.")
    unit: PriceUnit | None = strawberry.field(description=UNIT)
    count: int = strawberry.field(description="How many such lines there will be: licences, or passes.")
    from_: datetime = strawberry.field(name="from", description="From when the time is.")
    to: datetime = strawberry.field(description="Until when, that instant excluded.")
    quantity: Long = strawberry.field(description=QUANTITY)
    whole: Long = strawberry.field(description=WHOLE)
    unit_amount: Amount = strawberry.field(description="The price; of a credit, what had been charged.")
    amount_each: Amount = strawberry.field(description="What each line will come to.")
    amount: Amount = strawberry.field(description="What they will come to together.")
    amount_so_far: Amount = strawberry.field(
        description="What they come to for the time that is over; what is paid ahead or given back, whole."
    )

    @classmethod
    def of(cls, line: ForecastLine) -> "InvoicePreviewLine":
        end = line.period.upper
        if end is None:
            raise ValueError("What is invoiced has an end.")
        return cls(
            kind=line.kind,
            basis=line.basis,
            unit=line.unit,
            count=line.count,
            from_=start_of(line.period),
            to=end,
            quantity=Long(line.quantity),
            whole=Long(line.whole),
            unit_amount=Amount(line.unit_amount),
            amount_each=Amount(line.each),
            amount=Amount(line.amount),
            amount_so_far=Amount(line.so_far),
        )


@strawberry.type(
    description=(
        "What the invoice of a month will say when no licence and no price changes; of a month that has its invoice, "
        "what that says. It is computed, not kept."
    )
)
class InvoicePreview:
    month: date = strawberry.field(description="The month, by its first day.")
    timezone: str = strawberry.field(description="The zone that the month is of.")
    currency: str | None = strawberry.field(description="The currency (ISO 4217); null for a shop without prices.")
    is_over: bool = strawberry.field(description="Whether the month is over, so that nothing can change any more.")
    total: Amount = strawberry.field(description="What the invoice will come to.")
    total_so_far: Amount = strawberry.field(description="What its lines come to so far.")
    lines: list[InvoicePreviewLine] = strawberry.field(description="Its lines, those that are alike together.")

    @classmethod
    def of(cls, forecast: Forecast) -> "InvoicePreview":
        return cls(
            month=forecast.month.first_day,
            timezone=forecast.timezone,
            currency=forecast.currency,
            is_over=forecast.over,
            total=Amount(forecast.total),
            total_so_far=Amount(forecast.so_far),
            lines=[InvoicePreviewLine.of(line) for line in forecast.lines],
        )


async def invoice_preview(context: RequestContext, *, month: date | None) -> InvoicePreview:
    """The invoice of the month that a day lies in, of the running one without a day.

    Raises the refusals NOT_PERMITTED, PRICE_MISSING and INVALID_INPUT.
    """
    permit(context, Permission.BILLING_READ)
    try:
        asked = None if month is None else Month.of(month)
        async with context.reading() as session:
            return InvoicePreview.of(await forecasts.invoice_preview(session, month=asked, now=context.now))
    except DomainError as refused:
        raise refusal(refused, context.language) from None
