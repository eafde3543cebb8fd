"""Prices, use, prepaid charges and credits, invoices: rows that are added and never changed.

So whatever was charged can be computed again, to the minor unit, from what stands here.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Amount, Base, TenantRow, check, enum, reference, to_tenant, unique
from domain.seats.models import LicenceTerms, Period, SeatKind

_WHOLE = "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period) AND NOT upper_inf(period)"


class PriceUnit(StrEnum):
    """What an amount is for: a calendar MONTH, by its seconds; a started DAY of the shop's zone; a day PASS."""

    MONTH = "MONTH"
    DAY = "DAY"
    PASS = "PASS"


class PriceSeries(StrEnum):
    """Prices of which one at a time is in force: those of TIME, by month or by day, and those of a PASS."""

    TIME = "TIME"
    PASS = "PASS"


class Price(TenantRow, Base):
    """What a kind of seat costs from an instant on, until the next price of its series begins.

    Of several that begin at one instant the last revision counts: until it begins, a price can be set again.
    """

    __tablename__ = "price"

    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    series: Mapped[PriceSeries] = mapped_column(enum(PriceSeries))
    unit: Mapped[PriceUnit] = mapped_column(enum(PriceUnit))
    amount: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str]
    valid_from: Mapped[datetime]
    revision: Mapped[int] = mapped_column(Integer)
    set_at: Mapped[datetime]
    set_by_id: Mapped[UUID | None]

    __table_args__ = (
        to_tenant(),
        reference("set_by_id", to="member.id"),
        unique("kind", "series", "valid_from", "revision"),
        check("(series = 'PASS') = (unit = 'PASS')", "series_of_unit"),
        check("amount >= 0", "amount"),
        check("currency ~ '^[A-Z]{3}$'", "currency"),
        check("revision >= 1", "revision_from_1"),
        ExcludeConstraint(("tenant_id", "="), ("currency", "<>"), name="ex_price_currency"),
    )


class UsageInterval(TenantRow, Base):
    """A licence's life, sat on or not, as far as one calendar month of the shop's zone has it.

    It is recorded once it is over, when nothing can change it any more: one for each licence and month.
    """

    __tablename__ = "usage_interval"

    licence_id: Mapped[UUID]
    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    terms: Mapped[LicenceTerms] = mapped_column(enum(LicenceTerms))
    period: Mapped[Period] = mapped_column(TSTZRANGE)
    recorded_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("licence_id", to="seat_licence.id"),
        check(_WHOLE, "period"),
        ExcludeConstraint(("tenant_id", "="), ("licence_id", "="), ("period", "&&"), name="ex_usage_interval_licence"),
        Index("ix_usage_interval_end", "tenant_id", text("upper(period)"), "id"),
        Index("ix_usage_interval_recorded_at", "tenant_id", "recorded_at"),
    )


class PrepaidEntry(TenantRow, Base):
    """A line of the ledger of time that is paid ahead: a charge for some of a licence's time, or a credit of a charge.

    A charge costs `unit_amount x quantity / whole` at the price in force `at` the purchase. A credit gives back the
    end of a charge for which the licence no longer runs: of `unit_amount`, what was charged, the share of the time from
    its beginning to the charge's end, rounded, less that of the time from its own end to the charge's end, rounded. So
    all credits of a charge together never leave a unit behind. Of a charge per DAY days begun are counted, and the
    credit's unit is DAY; of one per MONTH it has none, and microseconds are.
    """

    __tablename__ = "prepaid_entry"

    licence_id: Mapped[UUID]
    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    charge_id: Mapped[UUID | None]
    price_id: Mapped[UUID | None]
    unit: Mapped[PriceUnit | None] = mapped_column(enum(PriceUnit))
    period: Mapped[Period] = mapped_column(TSTZRANGE)
    quantity: Mapped[int] = mapped_column(BigInteger)
    whole: Mapped[int] = mapped_column(BigInteger)
    unit_amount: Mapped[int] = mapped_column(Amount)
    amount: Mapped[int] = mapped_column(Amount)
    currency: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("licence_id", to="seat_licence.id"),
        reference("charge_id", to="prepaid_entry.id"),
        reference("price_id", to="price.id"),
        check(_WHOLE, "period"),
        check("quantity > 0 AND whole > 0", "quantity"),
        check(
            "CASE WHEN charge_id IS NULL THEN price_id IS NOT NULL AND unit IS NOT NULL AND amount >= 0"
            " ELSE price_id IS NULL AND coalesce(unit, 'DAY') = 'DAY' AND amount <= 0 END",
            "charge_or_credit",
        ),
        ExcludeConstraint(("tenant_id", "="), ("charge_id", "="), ("period", "&&"), name="ex_prepaid_entry_credit"),
        Index("ix_prepaid_entry_licence_id", "tenant_id", "licence_id"),
        Index("ix_prepaid_entry_at", "tenant_id", "at", "id"),
        Index("ix_prepaid_entry_recorded_at", "tenant_id", "recorded_at"),
    )


class Invoice(TenantRow, Base):
    """What the seats of a calendar month cost; numbered per shop from 1, one for each month that has lines."""

    __tablename__ = "invoice"

    number: Mapped[int] = mapped_column(BigInteger)
    month: Mapped[date]
    timezone: Mapped[str]
    currency: Mapped[str]
    total: Mapped[int] = mapped_column(Amount)
    issued_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        unique("number"),
        unique("month"),
        check("extract(day FROM month) = 1", "month"),
        check("number >= 1", "number_from_1"),
    )


class LineBasis(StrEnum):
    """What a line charges: time USED in arrears, a day PASS that was spent, time PREPAID; a CREDIT gives some back."""

    USED = "USED"
    PASS = "PASS"
    PREPAID = "PREPAID"
    CREDIT = "CREDIT"


class InvoiceLine(TenantRow, Base):
    """`unit_amount x quantity / whole` of one licence, and the row of a ledger that it comes from.

    `quantity` and `whole` are microseconds used and those of the month at a price per MONTH, days begun and 1 per DAY,
    1 and 1 per PASS; of a CREDIT, what is given back and what had been charged: days if its unit is DAY, and
    microseconds if it has none. A CREDIT is rounded from its charge's end, as PrepaidEntry says.
    """

    __tablename__ = "invoice_line"

    invoice_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    basis: Mapped[LineBasis] = mapped_column(enum(LineBasis))
    unit: Mapped[PriceUnit | None] = mapped_column(enum(PriceUnit))
    licence_id: Mapped[UUID]
    period: Mapped[Period] = mapped_column(TSTZRANGE)
    quantity: Mapped[int] = mapped_column(BigInteger)
    whole: Mapped[int] = mapped_column(BigInteger)
    unit_amount: Mapped[int] = mapped_column(Amount)
    amount: Mapped[int] = mapped_column(Amount)
    price_id: Mapped[UUID | None]
    usage_id: Mapped[UUID | None]
    prepaid_id: Mapped[UUID | None]

    __table_args__ = (
        to_tenant(),
        reference("invoice_id", to="invoice.id"),
        reference("licence_id", to="seat_licence.id"),
        reference("price_id", to="price.id"),
        reference("usage_id", to="usage_interval.id"),
        reference("prepaid_id", to="prepaid_entry.id"),
        unique("invoice_id", "position"),
        unique("usage_id", "period"),
        unique("prepaid_id"),
        check(_WHOLE, "period"),
        check("quantity > 0 AND whole > 0", "quantity"),
        check(
            "(price_id IS NULL) = (basis = 'CREDIT')"
            " AND CASE WHEN basis = 'CREDIT' THEN coalesce(unit, 'DAY') = 'DAY' ELSE unit IS NOT NULL END",
            "unit_of_basis",
        ),
        check(
            "CASE WHEN basis IN ('USED', 'PASS') THEN usage_id IS NOT NULL AND prepaid_id IS NULL"
            " ELSE usage_id IS NULL AND prepaid_id IS NOT NULL END",
            "source",
        ),
    )
