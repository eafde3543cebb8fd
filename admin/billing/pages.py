"""The next invoice, the price list, and an invoice as a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.billing.groups import foreseen
from admin.billing.sheet import lines_of, sheet
from admin.buttons import Button, register
from admin.lists.seats import Course
from admin.pages import page
from admin.site import Site
from admin.visitors import Visitor
from domain.billing.errors import PriceMissing
from domain.billing.forecasts import invoice_preview
from domain.billing.models import Invoice, Price
from domain.billing.months import Month
from domain.kit.errors import InvalidInput
from domain.tenants.permissions import Permission

NEEDS = Permission.BILLING_READ


@dataclass(frozen=True)
class Standing:
    """A price, and whether it is over, in force or to come."""

    price: Price
    course: Course


class Billing:
    """Pages to read."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site = self._site
        return [
            Route("/invoices/next", site.seen(self.next, needs=NEEDS), methods=["GET"]),
            Route("/invoices/prices", site.seen(self.prices, needs=NEEDS), methods=["GET"]),
            Route("/invoices/{invoice:uuid}/csv", site.seen(self.csv, needs=NEEDS), methods=["GET"]),
        ]

    async def next(self, request: Request, visitor: Visitor) -> Response:
        """What the invoice of a month will say when nothing changes: of the running one unless told."""
        language, now = self._site.language(request, visitor), self._site.clock.now()
        shown = _month(request.query_params.get("month")) or Month.at(now, ZoneInfo(visitor.tenant.timezone))
        forecast, missing = None, None
        async with self._site.database.reading(visitor.tenant.id) as session:
            try:
                forecast = await invoice_preview(session, month=shown, now=now)
            except PriceMissing as refused:
                missing = refused.message(language)
        return page(
            request,
            "billing/next.html",
            language=language,
            visitor=visitor,
            month=shown,
            forecast=forecast,
            kinds=foreseen(forecast.lines) if forecast is not None else [],
            missing=missing,
        )

    async def prices(self, request: Request, visitor: Visitor) -> Response:
        """What seats cost, cost and will cost."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            listed = select(Price).where(Price.tenant_id == session.tenant_id)
            found = await session.scalars(
                listed.order_by(Price.kind, Price.series.desc(), Price.valid_from.desc(), Price.revision.desc())
            )
            prices = found.all()
        now, language = self._site.clock.now(), self._site.language(request, visitor)
        return page(
            request, "billing/prices.html", language=language, visitor=visitor, prices=list(_standing(prices, now=now))
        )

    async def csv(self, request: Request, visitor: Visitor) -> Response:
        """An invoice for a spreadsheet."""
        invoice_id: UUID = request.path_params["invoice"]
        async with self._site.database.reading(visitor.tenant.id) as session:
            invoice = await session.get(Invoice, (session.tenant_id, invoice_id))
            if invoice is None:
                raise HTTPException(404)
            content = sheet(
                invoice, await lines_of(session, invoice=invoice), language=self._site.language(request, visitor)
            )
        name = f"sezon-{visitor.tenant.slug}-{invoice.month:%Y-%m}.csv"
        return Response(
            content,
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


def of_invoices(page: Any, visitor: Visitor) -> Iterable[Button]:
    """Of the list of invoices, and of an invoice's page."""
    if NEEDS not in visitor.standing.permissions:
        return
    if page is None:
        yield Button("do_invoice_next", "/invoices/next")
        yield Button("do_prices", "/invoices/prices")
    else:
        yield Button("do_invoice_csv", f"/invoices/{page.id}/csv", file=True)


register("invoices", of_invoices)


def _month(told: str | None) -> Month | None:
    """The month as the address has it, such as 2026-12; None for anything else."""
    try:
        return Month.of(date.fromisoformat(f"{told}-01"))
    except (ValueError, InvalidInput):
        return None


def _standing(prices: Sequence[Price], *, now: datetime) -> Iterator[Standing]:
    """The prices of each series, the latest first, without those that were set again before they began."""
    for _, series in groupby(prices, lambda price: (price.kind, price.series)):
        begun = False
        for _, revisions in groupby(series, lambda price: price.valid_from):
            price = next(revisions)
            over, begun = begun, begun or price.valid_from <= now
            yield Standing(price, Course.OVER if over else Course.NOW if begun else Course.LATER)
