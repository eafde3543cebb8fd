"""A shop whose seats are bought, shortened and extended at instants of the test's choice, and whose books are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from domain.billing import bookkeeping, pricing
from domain.billing.bookkeeping import SETTLING, Kept
from domain.billing.models import Invoice, InvoiceLine, PrepaidEntry, PriceUnit, UsageInterval
from domain.kit.base import Base
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.seats import operations, passes
from domain.seats.extending import extend_licences
from domain.seats.models import LicenceTerms, Period, SeatKind
from domain.tickets import departures
from tests.domain.billing.test_proration import local, span
from tests.domain.world import World

FIRST_DAY = date(2026, 10, 1)
START = local(2026, 10, 1)
"""When the shop's prices begin."""

Row = TypeVar("Row", bound=Base)


@dataclass
class Books:
    database: Database
    tenant_id: UUID

    async def price(
        self,
        amount: int,
        first_day: date = FIRST_DAY,
        *,
        kind: SeatKind = SeatKind.LIGHT,
        unit: PriceUnit = PriceUnit.MONTH,
        now: datetime = START,
    ) -> None:
        async with self.database.writing(self.tenant_id) as session:
            await pricing.set_price(
                session,
                kind=kind,
                unit=unit,
                amount=amount,
                currency="PLN",
                first_day=first_day,
                by=SYSTEM,
                now=now,
            )

    async def buy(
        self,
        start: datetime,
        end: datetime | None,
        *,
        count: int = 1,
        kind: SeatKind = SeatKind.LIGHT,
        terms: LicenceTerms = LicenceTerms.ARREARS,
        now: datetime | None = None,
    ) -> list[UUID]:
        async with self.database.writing(self.tenant_id) as session:
            licences = await operations.add_licences(
                session,
                kind=kind,
                count=count,
                start=start,
                end=end,
                label="",
                terms=terms,
                by=SYSTEM,
                now=now or start,
            )
        return [licence.id for licence in licences]

    async def spend_pass(self, at: datetime, *, kind: SeatKind = SeatKind.LIGHT) -> None:
        """Somebody new comes in on a day pass, which lasts until midnight."""
        agent = await World(self.database, self.tenant_id).seatless(teams=(), now=at)
        async with self.database.writing(self.tenant_id) as session:
            await passes.add_passes(session, kind=kind, count=1, by=SYSTEM, now=at)
            await passes.set_holder(session, agent_id=agent.id, kind=kind, by=SYSTEM, now=at)
            holder = await passes.lock_seatless_holder(session, member_id=agent.member_id, now=at)
            assert holder is not None
            assert await passes.spend(session, holder=holder, by=SYSTEM, now=at) is passes.PassUse.SPENT

    async def end(self, *licence_ids: UUID, at: datetime, now: datetime | None = None) -> None:
        async with self.database.writing(self.tenant_id) as session:
            await departures.expire_licences(session, licence_ids=licence_ids, at=at, by=SYSTEM, now=now or at)

    async def extend(self, *licence_ids: UUID, end: datetime | None, now: datetime) -> None:
        async with self.database.writing(self.tenant_id) as session:
            await extend_licences(session, licence_ids=licence_ids, end=end, by=SYSTEM, now=now)

    async def keep(self, moment: datetime) -> Kept:
        """Keep the books of everything up to a moment."""
        async with self.database.writing(self.tenant_id) as session:
            return await bookkeeping.keep_books(session, now=moment + SETTLING)

    async def rows(self, model: type[Row], *order: Any) -> Sequence[Row]:
        async with self.database.reading(self.tenant_id) as session:
            return (await session.scalars(select(model).order_by(*order))).all()

    async def uses(self) -> list[Period]:
        """The intervals of use, in the order of their time."""
        rows = await self.rows(UsageInterval, func.lower(UsageInterval.period), UsageInterval.licence_id)
        return [span(row.period.lower, row.period.upper) for row in rows if row.period.lower is not None]

    async def entries(self) -> list[tuple[str, Period, int]]:
        """The prepaid ledger in the order in which it was written."""
        rows = await self.rows(PrepaidEntry, PrepaidEntry.id)
        return [("charge" if row.charge_id is None else "credit", row.period, row.amount) for row in rows]

    async def invoices(self) -> list[tuple[int, str, int]]:
        """Number, month and total of each."""
        return [(row.number, f"{row.month:%Y-%m}", row.total) for row in await self.rows(Invoice, Invoice.number)]

    async def lines(self) -> list[tuple[str, str, int, int, int]]:
        """Kind, basis, quantity, whole and amount of each line, invoice by invoice."""
        rows = await self.rows(InvoiceLine, InvoiceLine.id)
        return [(row.kind, row.basis, row.quantity, row.whole, row.amount) for row in rows]
