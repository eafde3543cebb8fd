"""The invoice of a month before it is issued."""

from datetime import date, datetime, timedelta

import pytest

from domain.billing.errors import PriceMissing
from domain.billing.forecasts import Forecast, invoice_preview
from domain.billing.models import PriceUnit
from domain.billing.months import Month
from domain.seats.models import LicenceTerms
from tests.conftest import CountStatements
from tests.domain.billing.books import START, Books
from tests.domain.billing.test_proration import FULL, HOUR, local

NOW = local(2026, 11, 16)
NOVEMBER, DECEMBER = local(2026, 11, 1), local(2026, 12, 1)


async def foreseen(books: Books, month: Month | None = None, *, now: datetime = NOW) -> Forecast:
    async with books.database.reading(books.tenant_id) as session:
        return await invoice_preview(session, month=month, now=now)


async def test_the_running_month_says_what_was_used_and_what_it_comes_to(books: Books) -> None:
    await books.price(2900)
    await books.price(14900, kind=FULL)
    await books.buy(START, None, count=3)
    await books.buy(local(2026, 11, 21), local(2027, 1, 1), count=2, now=START)
    await books.buy(local(2026, 11, 6), local(2026, 11, 11), kind=FULL)
    found = await foreseen(books)
    assert (str(found.month), found.timezone, found.currency, found.over) == ("2026-11", "Europe/Warsaw", "PLN", False)
    assert [(line.kind, line.count, line.quantity // HOUR, line.amount, line.so_far) for line in found.lines] == [
        ("FULL", 1, 120, 2483, 2483),
        ("LIGHT", 3, 720, 8700, 4350),
        ("LIGHT", 2, 240, 1934, 0),
    ]
    assert (found.total, found.so_far) == (13117, 6833)


async def test_a_month_to_come_counts_what_runs_on_at_the_price_of_then(books: Books) -> None:
    await books.price(2900)
    await books.price(3900, date(2026, 12, 1))
    await books.price(100, date(2027, 1, 11), unit=PriceUnit.DAY)
    await books.buy(START, None)
    assert [(line.amount, line.so_far) for line in (await foreseen(books, Month(2026, 12))).lines] == [(3900, 0)]
    january = (await foreseen(books, Month(2027, 1))).lines
    assert [(line.unit, line.quantity, line.amount) for line in january] == [
        (PriceUnit.MONTH, 240 * HOUR, 1258),
        (PriceUnit.DAY, 21, 2100),
    ]


async def test_a_day_that_has_begun_counts_so_far(books: Books) -> None:
    await books.price(100, unit=PriceUnit.DAY)
    await books.buy(START, None)
    found = await foreseen(books, now=NOW + timedelta(seconds=1))
    assert (found.total, found.so_far) == (3000, 1600)


async def test_what_is_paid_ahead_is_there_before_and_after_the_books_were_kept(books: Books) -> None:
    await books.price(2900)
    await books.price(290, unit=PriceUnit.PASS)
    await books.buy(DECEMBER, local(2027, 1, 16), count=2, terms=LicenceTerms.PREPAID, now=NOW)
    await books.spend_pass(local(2026, 11, 10, 9))
    before = await foreseen(books)
    await books.keep(NOW)
    assert await foreseen(books) == before
    assert [(line.basis, line.count, line.amount, line.so_far) for line in before.lines] == [
        ("PASS", 1, 290, 290),
        ("PREPAID", 2, 5800, 5800),
        ("PREPAID", 2, 2806, 2806),
    ]
    assert (await foreseen(books, Month(2026, 12))).lines == ()


async def test_the_invoice_that_is_issued_is_the_one_that_was_foreseen(books: Books) -> None:
    await books.price(2900)
    await books.price(290, unit=PriceUnit.PASS)
    await books.price(3100, date(2026, 11, 20), now=NOVEMBER)
    await books.buy(START, None, count=7)
    await books.buy(local(2026, 11, 5, 13, 7), local(2026, 12, 3), count=3, now=START)
    [shortened] = await books.buy(local(2026, 11, 2), local(2026, 12, 3), terms=LicenceTerms.PREPAID, now=START)
    await books.end(shortened, at=local(2026, 11, 20), now=NOW)
    await books.spend_pass(local(2026, 11, 10, 9))
    october, november = await foreseen(books, Month(2026, 10)), await foreseen(books, Month(2026, 11))
    await books.keep(DECEMBER)
    assert await books.invoices() == [(1, "2026-10", october.total), (2, "2026-11", november.total)]
    after = await foreseen(books, Month(2026, 11), now=DECEMBER)
    assert (after.over, after.total, after.so_far) == (True, november.total, november.total)
    assert len(await books.lines()) == sum(line.count for line in (*october.lines, *november.lines))


async def test_what_has_no_price_is_said(books: Books) -> None:
    await books.buy(NOVEMBER, None, kind=FULL)
    with pytest.raises(PriceMissing) as refused:
        await foreseen(books)
    assert (refused.value.kind, refused.value.at) == (FULL, NOVEMBER)
    assert (await foreseen(books, Month(2026, 10))).lines == ()


async def test_a_thousand_licences_are_foreseen_in_as_many_statements_as_one(
    books: Books, statements: CountStatements
) -> None:
    await books.price(2900)
    counts = []
    for count in (1, 999):
        await books.buy(START, None, count=count)
        with statements() as seen:
            found = await foreseen(books)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 10
    assert [(line.count, line.amount) for line in found.lines] == [(1000, 2_900_000)]
