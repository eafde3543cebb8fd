"""An invoice as a file for a bookkeeper's spreadsheet: what Excel in Poland opens as it is, and `sezon import` reads.

UTF-8 with a mark at its beginning, semicolons, commas before decimals, one line of the invoice per row. Every amount
can be computed again from its row alone: it is price × quantity ÷ whole, half to even. A credit is rounded from the end
of its charge, of which `earlier` was given back before: it is price × earlier ÷ whole less
price × (quantity + earlier) ÷ whole, each half to even.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import aliased

from admin import looks
from admin.catalogue import say
from domain.billing.models import Invoice, InvoiceLine, LineBasis, PrepaidEntry, PriceUnit
from domain.billing.settling import Charge
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.money import written
from domain.seats.models import SeatLicence

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""By which Excel knows UTF-8."""

COLUMNS = (
    "invoice",
    "month",
    "position",
    "kind",
    "basis",
    "licence",
    "licence_id",
    "from",
    "to",
    "quantity",
    "whole",
    "earlier",
    "measure",
    "unit_amount",
    "amount",
    "currency",
)

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True)
class SheetLine:
    """A line, the label of its licence, and of a credit what was given back of the same charge before, behind it."""

    line: InvoiceLine
    label: str
    earlier: int


async def lines_of(session: TenantSession, *, invoice: Invoice) -> Sequence[SheetLine]:
    """The lines of an invoice in their order."""
    credit, charge = aliased(PrepaidEntry), aliased(PrepaidEntry)
    found = await session.execute(
        select(InvoiceLine, SeatLicence.label, charge)
        .join(
            SeatLicence, and_(SeatLicence.tenant_id == InvoiceLine.tenant_id, SeatLicence.id == InvoiceLine.licence_id)
        )
        .outerjoin(credit, and_(credit.tenant_id == InvoiceLine.tenant_id, credit.id == InvoiceLine.prepaid_id))
        .outerjoin(charge, and_(charge.tenant_id == credit.tenant_id, charge.id == credit.charge_id))
        .where(InvoiceLine.tenant_id == session.tenant_id, InvoiceLine.invoice_id == invoice.id)
        .order_by(InvoiceLine.position)
    )
    zone = ZoneInfo(invoice.timezone)
    return [SheetLine(line, label, _earlier(line, charged, zone)) for line, label, charged in found]


def _earlier(line: InvoiceLine, charged: PrepaidEntry | None, zone: ZoneInfo) -> int:
    end = line.period.upper
    if charged is None or end is None or end == charged.period.upper:
        return 0
    charge = Charge(charged.id, charged.period, charged.amount, end, zone if charged.unit is PriceUnit.DAY else None)
    quantity, _ = charge.share(Range(end, charged.period.upper, bounds="[)"))
    return quantity


def sheet(invoice: Invoice, lines: Iterable[SheetLine], *, language: Language) -> bytes:
    """The file: a row of headings, then one for each line."""
    text = StringIO()
    text.write(MARK)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([say(language, f"sheet_{name}") for name in COLUMNS])
    for line in lines:
        writer.writerow(_row(invoice, line, language))
    return text.getvalue().encode()


def _row(invoice: Invoice, told: SheetLine, language: Language) -> list[str]:
    line, zone = told.line, ZoneInfo(invoice.timezone)
    quantity, whole, earlier, measure = _share(told)
    return [
        str(invoice.number),
        f"{invoice.month:%Y-%m}",
        str(line.position),
        looks.word(language, line.kind),
        looks.word(language, line.basis),
        _plain(told.label),
        str(line.licence_id),
        *(_instant(moment, zone) for moment in (line.period.lower, line.period.upper)),
        quantity,
        whole,
        earlier,
        say(language, f"measure_{measure}"),
        written(line.unit_amount, invoice.currency, point=","),
        written(line.amount, invoice.currency, point=","),
        invoice.currency,
    ]


def _share(told: SheetLine) -> tuple[str, str, str, str]:
    """Quantity, whole and what was given back earlier, in seconds, days or passes."""
    line, earlier = told.line, told.earlier
    if line.basis is LineBasis.PASS or line.unit is PriceUnit.PASS:
        return str(line.quantity), str(line.whole), str(earlier), "pass"
    if line.unit is PriceUnit.DAY:
        return str(line.quantity), str(line.whole), str(earlier), "day"
    return _seconds(line.quantity), _seconds(line.whole), _seconds(earlier), "second"


def _seconds(microseconds: int) -> str:
    """All that is not nothing behind the comma."""
    seconds = f"{Decimal(microseconds) / 1_000_000:f}"
    return (seconds.rstrip("0").rstrip(".") if "." in seconds else seconds).replace(".", ",")


def _instant(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %z}"


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text
