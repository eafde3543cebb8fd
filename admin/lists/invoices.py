"""Invoices: the list, and an invoice with its lines by kind of seat."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import select
from starlette.requests import Request

from admin.billing.groups import OfKind, issued
from admin.lists.history import History, history
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader, reader_of
from admin.lists.shown import Column, instant, money
from admin.lists.view import View
from domain.billing.models import Invoice
from domain.kit.database import TenantSession
from domain.tenants.permissions import Permission


@dataclass(frozen=True)
class InvoicePage:
    """An invoice and its lines."""

    invoice: Invoice
    kinds: Sequence[OfKind]
    history: History | None

    @property
    def id(self) -> UUID:
        return self.invoice.id


def _number(row: Any, _: str, request: Request) -> str:
    return Markup('<a href="{}/invoices/{}">{}</a>').format(reader_of(request).root, row.id, row.number)


def _month(row: Any, _: str, __: Request) -> str:
    return Markup('<time datetime="{0:%Y-%m}">{0:%Y-%m}</time>').format(row.month)


class Invoices(View, model=Invoice):
    path = "invoices"
    needs = Permission.BILLING_READ
    order = Ordering((Invoice.issued_at, Invoice.id))
    columns = (
        Column("number", _number, "number"),
        Column("month", _month, "when"),
        Column("total", money, "number", heading="col_total_amount"),
        Column("issued_at", instant, "wide"),
    )

    def rows(self, reader: Reader) -> Rows:
        return select(Invoice.id, Invoice.number, Invoice.month, Invoice.total, Invoice.currency, Invoice.issued_at)

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> InvoicePage | None:
        invoice = await session.get(Invoice, (session.tenant_id, row_id))
        if invoice is None:
            return None
        return InvoicePage(
            invoice=invoice,
            kinds=await issued(session, invoice_id=row_id),
            history=await history(session, aggregate_id=row_id, reader=reader),
        )
