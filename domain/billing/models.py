"""The price list. A price that has begun never changes: what was charged with it can be computed again."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Integer
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Amount, Base, TenantRow, check, enum, reference, to_tenant, unique
from domain.seats.models import SeatKind


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
