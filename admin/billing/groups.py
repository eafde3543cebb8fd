"""The lines of an invoice as a page shows them: by kind of seat, those that are alike as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from domain.billing.forecasts import ForecastLine
from domain.billing.models import InvoiceLine, LineBasis, PriceUnit
from domain.kit.database import TenantSession
from domain.seats.models import Period, SeatKind, SeatLicence

HOUR = 3_600_000_000
"""Microseconds."""


@dataclass(frozen=True)
class Alike:
    """So many lines that say the same; `licence_id` is whose it is when it is one."""

    kind: SeatKind
    basis: LineBasis
    unit: PriceUnit | None
    label: str
    licence_id: UUID | None
    period: Period
    quantity: int
    whole: int
    unit_amount: int
    each: int
    count: int
    so_far: int

    @property
    def amount(self) -> int:
        return self.count * self.each

    @property
    def hours(self) -> tuple[str, str] | None:
        """Hours used, and those that the unit amount is for; None for days and passes."""
        if self.unit in (PriceUnit.DAY, PriceUnit.PASS):
            return None
        return _hours(self.quantity), _hours(self.whole)


@dataclass(frozen=True)
class OfKind:
    """The lines of one kind of seat, and what they add up to."""

    kind: SeatKind
    lines: Sequence[Alike]

    @property
    def amount(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def so_far(self) -> int:
        return sum(line.so_far for line in self.lines)


def by_kind(lines: Iterable[Alike]) -> list[OfKind]:
    """Lines in the order of an invoice, in which those of a kind stand together."""
    return [OfKind(kind, list(found)) for kind, found in groupby(lines, lambda line: line.kind)]


def foreseen(lines: Iterable[ForecastLine]) -> list[OfKind]:
    """The lines of an invoice to come."""
    return by_kind(
        Alike(
            kind=line.kind,
            basis=line.basis,
            unit=line.unit,
            label="",
            licence_id=None,
            period=line.period,
            quantity=line.quantity,
            whole=line.whole,
            unit_amount=line.unit_amount,
            each=line.each,
            count=line.count,
            so_far=line.so_far,
        )
        for line in lines
    )


async def issued(session: TenantSession, *, invoice_id: UUID) -> list[OfKind]:
    """The lines of an invoice, in one statement and as few rows as there are different lines."""
    line = InvoiceLine
    same: tuple[Any, ...] = (
        line.kind,
        line.basis,
        line.unit,
        SeatLicence.label,
        line.period,
        line.quantity,
        line.whole,
        line.unit_amount,
        line.amount,
    )
    found = await session.execute(
        select(
            *same,
            func.count().label("lines"),
            func.array_agg(line.licence_id).label("licence_ids"),
        )
        .join(SeatLicence, and_(SeatLicence.tenant_id == line.tenant_id, SeatLicence.id == line.licence_id))
        .where(line.tenant_id == session.tenant_id, line.invoice_id == invoice_id)
        .group_by(*same)
        .order_by(func.min(line.position))
    )
    return by_kind(
        Alike(
            kind=row.kind,
            basis=row.basis,
            unit=row.unit,
            label=row.label,
            licence_id=row.licence_ids[0] if row.lines == 1 else None,
            period=row.period,
            quantity=row.quantity,
            whole=row.whole,
            unit_amount=row.unit_amount,
            each=row.amount,
            count=row.lines,
            so_far=row.lines * row.amount,
        )
        for row in found
    )


def _hours(microseconds: int) -> str:
    """Whole hours as such, others to the hundredth."""
    whole, rest = divmod(microseconds, HOUR)
    return f"{whole}" if rest == 0 else f"{microseconds / HOUR:.2f}"
