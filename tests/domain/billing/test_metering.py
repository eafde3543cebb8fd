"""Use as it is recorded: one interval for each licence and month, once it is over."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.billing.bookkeeping import SETTLING
from domain.kit.database import Database
from domain.seats.models import LicenceTerms
from tests.conftest import CountStatements
from tests.domain.billing.books import Books
from tests.domain.billing.test_proration import local, span
from tests.domain.invariants import broken
from tests.state import everything

NOVEMBER, DECEMBER, JANUARY = local(2026, 11, 1), local(2026, 12, 1), local(2027, 1, 1)
LAST, FIRST = local(2026, 11, 20), local(2026, 10, 10)
TICK = timedelta(microseconds=1)


async def test_a_licence_is_recorded_month_by_month_as_each_is_over_and_at_its_end(books: Books) -> None:
    [licence] = await books.buy(FIRST, None)
    for moment, recorded in (
        (NOVEMBER - TICK, []),
        (NOVEMBER, [span(FIRST, NOVEMBER)]),
        (LAST, [span(FIRST, NOVEMBER)]),
    ):
        await books.keep(moment)
        assert await books.uses() == recorded
    await books.end(licence, at=LAST)
    await books.keep(LAST)
    assert await books.uses() == [span(FIRST, NOVEMBER), span(NOVEMBER, LAST)]
    await books.keep(JANUARY)
    assert await books.uses() == [span(FIRST, NOVEMBER), span(NOVEMBER, LAST)]
    assert await broken(books.database, books.tenant_id) == {}


async def test_what_is_younger_than_a_request_can_last_waits(books: Books) -> None:
    await books.buy(FIRST, NOVEMBER)
    await books.keep(NOVEMBER - SETTLING)
    assert await books.uses() == []


async def test_months_that_nobody_recorded_are_made_good(books: Books) -> None:
    await books.buy(FIRST, LAST)
    await books.buy(local(2026, 12, 24), local(2027, 3, 1))
    kept = await books.keep(local(2027, 6, 1))
    assert kept.uses == 5
    assert await books.uses() == [
        span(FIRST, NOVEMBER),
        span(NOVEMBER, LAST),
        span(local(2026, 12, 24), JANUARY),
        span(JANUARY, local(2027, 2, 1)),
        span(local(2027, 2, 1), local(2027, 3, 1)),
    ]
    assert await broken(books.database, books.tenant_id) == {}


async def test_whoever_was_late_to_commit_is_recorded_by_the_next_pass(books: Books) -> None:
    await books.buy(FIRST, NOVEMBER)
    await books.keep(NOVEMBER)
    await books.buy(NOVEMBER - timedelta(minutes=20), NOVEMBER - timedelta(minutes=15))
    await books.keep(NOVEMBER)
    assert await books.uses() == [
        span(FIRST, NOVEMBER),
        span(NOVEMBER - timedelta(minutes=20), NOVEMBER - timedelta(minutes=15)),
    ]


async def test_twice_is_once(books: Books) -> None:
    await books.price(2900)
    await books.buy(FIRST, LAST, count=3)
    await books.buy(FIRST, LAST, terms=LicenceTerms.PREPAID)
    await books.keep(DECEMBER)
    before = await everything(books.database, books.tenant_id)
    kept = await books.keep(DECEMBER)
    assert (kept.uses, kept.entries, kept.invoice_ids, kept.missing) == (0, 0, (), ())
    assert await everything(books.database, books.tenant_id) == before


async def test_a_licence_that_never_began_has_no_use(books: Books) -> None:
    [licence] = await books.buy(NOVEMBER, LAST, now=FIRST)
    await books.end(licence, at=FIRST + TICK)
    await books.keep(JANUARY)
    assert await books.uses() == []


async def test_a_licence_that_ends_the_instant_it_begins_has_the_smallest_use_there_is(books: Books) -> None:
    [licence] = await books.buy(FIRST, LAST)
    await books.end(licence, at=FIRST)
    await books.keep(LAST)
    assert await books.uses() == [span(FIRST, FIRST + TICK)]


async def test_a_thousand_licences_take_as_many_statements_as_one(books: Books, statements: CountStatements) -> None:
    await books.price(2900)
    counts: list[int] = []
    for count, start in ((1, NOVEMBER), (1000, DECEMBER)):
        await books.buy(start, start + timedelta(days=10), count=count)
        await books.buy(start, start + timedelta(days=10), count=min(count, 500), terms=LicenceTerms.PREPAID)
        with statements() as seen:
            kept = await books.keep(start + timedelta(days=40))
        assert (kept.uses, kept.entries, len(kept.invoice_ids)) == (count + min(count, 500), min(count, 500), 1)
        counts.append(len(seen))
    assert counts == [22, 19]  # the first pass looks for the first licence, and makes the counter of invoices


@pytest.mark.parametrize("table", ["usage_interval", "prepaid_entry", "invoice", "invoice_line"])
@pytest.mark.parametrize("change", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}"])
async def test_the_books_are_added_to_and_nothing_else(books: Books, table: str, change: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with books.database.writing(books.tenant_id) as session:
            await session.execute(text(change.format(table)))


async def test_the_database_keeps_the_same_time_from_being_recorded_twice(books: Books, database: Database) -> None:
    await books.buy(FIRST, LAST)
    await books.keep(LAST)
    with pytest.raises(IntegrityError, match="ex_usage_interval_licence"):
        async with database.writing(books.tenant_id) as session:
            await session.execute(
                text(
                    "INSERT INTO usage_interval SELECT tenant_id, gen_random_uuid(), licence_id, kind, terms,"
                    " tstzrange(lower(period), lower(period) + interval '1 second'), recorded_at FROM usage_interval"
                )
            )


async def test_two_passes_at_once_record_and_issue_once(books: Books) -> None:
    await books.price(2900)
    await books.buy(FIRST, LAST, count=5)
    await books.buy(FIRST, LAST, count=5, terms=LicenceTerms.PREPAID)
    kept = await asyncio.gather(*(books.keep(DECEMBER) for _ in range(6)))
    assert sorted(one.uses for one in kept) == [0, 0, 0, 0, 0, 20]
    assert sorted(one.entries for one in kept) == [0, 0, 0, 0, 0, 10]
    assert sorted(len(one.invoice_ids) for one in kept) == [0, 0, 0, 0, 0, 2]
    assert await broken(books.database, books.tenant_id) == {}
