"""Licences bought, shortened, extended and taken back at random, with the books kept at random instants.

Whatever happened, the invoices come to what the licences' lives are worth, and nothing that was ever issued needs a row
to be changed. However the passes fell, ledger and invoices are the same.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.billing.models import Invoice, InvoiceLine, PrepaidEntry, PriceUnit
from domain.billing.proration import PriceList, of_time
from domain.kit.database import Database
from domain.seats.models import LicenceTerms, SeatLicence
from domain.seats.periods import ends_by
from tests.conftest import FoundShop
from tests.domain.billing.books import Books
from tests.domain.billing.test_proration import LIGHT, WARSAW, local, rate
from tests.domain.invariants import broken

BEGIN, STOP = local(2027, 1, 1), local(2028, 1, 1)
PRICES = (
    (2900, date(2027, 1, 1), PriceUnit.MONTH),
    (3100, date(2027, 3, 14), PriceUnit.MONTH),
    (190, date(2027, 5, 5), PriceUnit.DAY),
    (2700, date(2027, 10, 1), PriceUnit.MONTH),
)


@dataclass(frozen=True)
class Step:
    """Something that happens so many minutes after the last thing."""

    minutes: int
    what: str
    which: int
    days: int


STEPS = st.lists(
    st.builds(
        Step,
        minutes=st.integers(1, 40 * 24 * 60),
        what=st.sampled_from(["buy", "buy for good", "buy ahead", "end", "extend", "keep", "keep"]),
        which=st.integers(0, 9),
        days=st.integers(1, 90),
    ),
    min_size=1,
    max_size=12,
)


@dataclass
class Lives:
    """A shop in which the steps happen; `kept` says when its books are."""

    books: Books
    kept: str
    now: datetime = BEGIN
    bought: list[UUID] = field(default_factory=list)

    async def happen(self, step: Step) -> None:
        later = self.now + timedelta(minutes=step.minutes)
        self.now = later if later < STOP else self.now + timedelta(minutes=1)  # no two things at one instant
        until = self.now + timedelta(days=step.days)
        match step.what:
            case "buy":
                self.bought += await self.books.buy(self.now, until)
            case "buy for good":
                self.bought += await self.books.buy(self.now, None)
            case "buy ahead":
                start = self.now + timedelta(days=step.which)
                self.bought += await self.books.buy(
                    start, start + timedelta(days=step.days), terms=LicenceTerms.PREPAID, now=self.now
                )
            case "keep":
                if self.kept == "now and then":
                    await self.books.keep(self.now)
            case _ if self.bought:
                await self._change(step, self.bought[step.which % len(self.bought)], until)

    async def _change(self, step: Step, licence_id: UUID, until: datetime) -> None:
        async with self.books.database.reading(self.books.tenant_id) as session:
            licence = await session.get_one(SeatLicence, (self.books.tenant_id, licence_id))
        over = licence.cancelled_at is not None or ends_by(licence.period, self.now)
        if step.what == "end":
            await self.books.end(licence_id, at=self.now + timedelta(days=step.days // 10), now=self.now)
        elif not over:
            await self.books.extend(licence_id, end=until, now=self.now)

    async def told(self) -> tuple[list[Any], list[Any]]:
        """What the ledger of what is paid ahead says, licence by licence, and the invoices."""
        entries = await self.books.rows(PrepaidEntry, PrepaidEntry.id)
        ledger = [
            [
                (entry.charge_id is None, entry.unit, entry.period, entry.quantity, entry.whole, entry.amount, entry.at)
                for entry in entries
                if entry.licence_id == licence_id
            ]
            for licence_id in self.bought
        ]
        return ledger, await self.books.invoices()


async def judge(books: Books) -> None:
    """The books of the whole year, against what each licence's life is worth by itself."""
    end = local(2028, 6, 1)
    await books.keep(end)
    assert await broken(books.database, books.tenant_id) == {}
    prices = PriceList(
        rate(amount, since=local(day.year, day.month, day.day), unit=unit) for amount, day, unit in PRICES
    )
    lines = await books.rows(InvoiceLine)
    entries = await books.rows(PrepaidEntry)
    for licence in await books.rows(SeatLicence):
        mine = [line for line in lines if line.licence_id == licence.id]
        if licence.terms is LicenceTerms.ARREARS:
            upper = min(licence.period.upper or end, end)
            lived = type(licence.period)(licence.period.lower, upper, bounds="[)")
            worth = [] if licence.cancelled_at is not None else list(of_time(LIGHT, lived, prices=prices, zone=WARSAW))
            assert sorted(line.amount for line in mine) == sorted(portion.amount for portion in worth)
        else:
            paid = sum(entry.amount for entry in entries if entry.licence_id == licence.id)
            assert sum(line.amount for line in mine) == paid
            assert paid >= 0
            if licence.cancelled_at is not None:
                assert paid == 0
    async with books.database.reading(books.tenant_id) as session:
        totals = (await session.scalars(select(Invoice.total))).all()
    assert sum(totals) == sum(line.amount for line in lines)


def run(coroutine: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> None:
    asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=100)


async def lives(database: Database, found_shop: FoundShop, *, examples: int) -> None:
    loop = asyncio.get_running_loop()

    async def once(steps: list[Step]) -> None:
        told = []
        for kept in ("now and then", "after each", "at the end"):
            books = Books(database, (await found_shop()).tenant_id)
            for amount, day, unit in PRICES:
                await books.price(amount, day, unit=unit, now=BEGIN - timedelta(days=1))
            lived = Lives(books, kept)
            for step in steps:
                await lived.happen(step)
                if kept == "after each":
                    await books.keep(lived.now)
            await judge(books)
            told.append(await lived.told())
        assert told == [told[0]] * 3

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS)
    def tried(steps: list[Step]) -> None:
        run(once(steps), loop)

    await asyncio.to_thread(tried)


async def test_whatever_happens_the_invoices_come_to_what_the_licences_lives_are_worth(
    database: Database, found_shop: FoundShop
) -> None:
    await lives(database, found_shop, examples=25)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_whatever_happens_in_hundreds_of_shops_too(database: Database, found_shop: FoundShop) -> None:
    await lives(database, found_shop, examples=400)
