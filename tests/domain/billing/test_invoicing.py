"""Invoices of months that are over: their lines are exactly what the ledger says, and what was foreseen."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.billing.errors import PriceMissing
from domain.billing.forecasts import Forecast, invoice_preview
from domain.billing.models import Invoice, InvoiceLine, PriceUnit
from domain.billing.months import Month
from domain.billing.previews import PlannedUse, preview_of
from domain.kit.database import Database
from domain.seats.models import LicenceTerms, SeatKind
from tests.conftest import FoundShop
from tests.domain.billing.books import START, Books
from tests.domain.billing.test_proration import FULL, HOUR, LIGHT, WARSAW, local, span
from tests.domain.invariants import broken
from tests.state import events_of

BOUGHT = local(2026, 10, 20, 12)
BEGIN, END = local(2026, 11, 3), local(2027, 1, 16)
LATER = local(2027, 3, 1)


async def foreseen(books: Books, year: int, month: int) -> Forecast:
    async with books.database.reading(books.tenant_id) as session:
        return await invoice_preview(session, month=Month(year, month), now=LATER)


async def sound(books: Books) -> None:
    assert await broken(books.database, books.tenant_id) == {}


async def test_a_season_is_invoiced_as_it_was_foreseen(books: Books) -> None:
    await books.price(2900)
    await books.price(14900, kind=FULL)
    use = [PlannedUse(kind, LicenceTerms.ARREARS, count, span(BEGIN, END)) for kind, count in ((LIGHT, 20), (FULL, 4))]
    async with books.database.reading(books.tenant_id) as session:
        foreseen = await preview_of(session, use=use, zone=WARSAW, now=BOUGHT)
    for planned in use:
        await books.buy(BEGIN, END, count=planned.count, kind=planned.kind, now=BOUGHT)
    await books.keep(LATER)
    assert await books.invoices() == [(1, "2026-11", 109768), (2, "2026-12", 117600), (3, "2027-01", 56900)]
    assert [total for _, _, total in await books.invoices()] == list(foreseen.totals.values())
    lines = await books.lines()
    assert len(lines) == sum(line.count for line in foreseen.lines) == 72
    assert lines[0] == ("FULL", "USED", 672 * HOUR, 720 * HOUR, 13907)
    assert lines[4] == ("LIGHT", "USED", 672 * HOUR, 720 * HOUR, 2707)
    await sound(books)


async def test_a_year_with_both_changes_of_the_clocks_is_twelve_invoices_of_the_same_price(books: Books) -> None:
    await books.price(2900)
    await books.buy(local(2027, 1, 1), None)
    await books.keep(local(2028, 1, 1))
    assert await books.invoices() == [(month, f"2027-{month:02d}", 2900) for month in range(1, 13)]
    wholes = [whole // HOUR for _, _, _, whole, _ in await books.lines()]
    assert (wholes[2], wholes[9]) == (743, 745)
    await sound(books)


async def test_a_seat_that_ends_with_the_missing_hour_costs_the_hours_before_it(books: Books) -> None:
    await books.price(14900)
    await books.buy(local(2027, 3, 28), local(2027, 3, 29))
    await books.buy(local(2027, 10, 31), local(2027, 11, 1))
    await books.keep(local(2027, 11, 1))
    assert await books.lines() == [
        ("LIGHT", "USED", 23 * HOUR, 743 * HOUR, 461),
        ("LIGHT", "USED", 25 * HOUR, 745 * HOUR, 500),
    ]
    await sound(books)


async def test_a_second_is_a_line_that_costs_nothing(books: Books) -> None:
    await books.price(2900)
    await books.buy(BEGIN, BEGIN + timedelta(seconds=1))
    await books.keep(local(2026, 12, 1))
    assert await books.lines() == [("LIGHT", "USED", 1_000_000, 720 * HOUR, 0)]
    assert await books.invoices() == [(1, "2026-11", 0)]
    await sound(books)


async def test_a_price_that_changes_inside_a_month_makes_two_lines(books: Books) -> None:
    await books.price(2900)
    await books.price(3900, date(2026, 11, 11), now=BOUGHT)
    await books.price(150, date(2026, 11, 29), unit=PriceUnit.DAY, now=BOUGHT)
    await books.buy(local(2026, 11, 1), local(2026, 12, 1), now=BOUGHT)
    await books.keep(local(2026, 12, 1))
    assert await books.lines() == [
        ("LIGHT", "USED", 240 * HOUR, 720 * HOUR, 967),  # 966.67
        ("LIGHT", "USED", 432 * HOUR, 720 * HOUR, 2340),
        ("LIGHT", "USED", 2, 1, 300),
    ]
    assert await books.invoices() == [(1, "2026-11", 3607)]
    await sound(books)


async def test_a_shortened_licence_costs_what_was_left_of_it(books: Books) -> None:
    await books.price(2900)
    [licence] = await books.buy(local(2026, 11, 1), None)
    await books.end(licence, at=local(2026, 11, 16), now=local(2026, 11, 2))
    await books.keep(LATER)
    assert await books.lines() == [("LIGHT", "USED", 360 * HOUR, 720 * HOUR, 1450)]
    await sound(books)


async def test_a_pass_that_was_spent_is_one_line_in_the_month_of_its_day(books: Books) -> None:
    await books.price(2900)
    await books.price(290, unit=PriceUnit.PASS)
    await books.spend_pass(local(2026, 11, 30, 9))
    await books.spend_pass(local(2026, 12, 1, 0, 1))
    await books.keep(LATER)
    assert await books.lines() == [("LIGHT", "PASS", 1, 1, 290), ("LIGHT", "PASS", 1, 1, 290)]
    assert await books.invoices() == [(1, "2026-11", 290), (2, "2026-12", 290)]
    await sound(books)


async def test_a_month_without_use_has_no_invoice_and_no_number(books: Books) -> None:
    await books.price(2900)
    await books.buy(local(2026, 10, 10), local(2026, 10, 20))
    await books.keep(local(2026, 11, 1))
    await books.buy(local(2027, 1, 1), local(2027, 2, 1))
    await books.keep(local(2027, 1, 1))
    await books.keep(local(2027, 2, 1))
    assert await books.invoices() == [(1, "2026-10", 934), (2, "2027-01", 2900)]
    await sound(books)


async def test_what_comes_late_is_on_the_next_invoice_and_what_came_in_time_is_not_again(books: Books) -> None:
    await books.price(2900)
    november = local(2026, 11, 1)
    await books.buy(local(2026, 10, 1), None)
    await books.keep(november)
    await books.buy(november - timedelta(minutes=40), november - timedelta(minutes=20))
    ahead = local(2026, 12, 5)
    await books.buy(ahead, ahead + timedelta(days=31), terms=LicenceTerms.PREPAID, now=november - timedelta(minutes=1))
    for moment in (november, november + timedelta(hours=1)):  # not written yet, and written
        assert [(line.each, line.count) for line in (await foreseen(books, 2026, 11)).lines] == [
            (1, 1),
            (2900, 1),
            (2526, 1),
            (374, 1),
        ]
        assert (await foreseen(books, 2026, 10)).total == 2900
        assert (await foreseen(books, 2026, 12)).total == 2900
        await books.keep(moment)
    for moment in (local(2026, 12, 1), LATER):
        await books.keep(moment)
    assert (await foreseen(books, 2026, 9)).lines == ()
    for month, total in ((10, 2900), (11, 5801)):
        invoice = await foreseen(books, 2026, month)
        assert (invoice.over, invoice.total, invoice.so_far) == (True, total, total)
    assert (await books.invoices())[:2] == [(1, "2026-10", 2900), (2, "2026-11", 5801)]
    assert [line for line in await books.lines() if line[2] == HOUR // 3] == [
        ("LIGHT", "USED", HOUR // 3, 745 * HOUR, 1)  # of October, whose clocks went back
    ]
    await sound(books)


async def test_what_a_pass_writes_that_began_before_an_invoice_and_had_its_turn_after_is_on_the_next(
    books: Books,
) -> None:
    await books.price(2900)
    november = local(2026, 11, 1)
    await books.buy(local(2026, 10, 1), None)
    await books.keep(november)
    await books.buy(november - timedelta(minutes=40), november - timedelta(minutes=20))
    assert (await books.keep(november - timedelta(minutes=1))).uses == 1
    await books.keep(local(2026, 12, 1))
    assert await books.invoices() == [(1, "2026-10", 2900), (2, "2026-11", 2901)]
    await sound(books)


async def test_what_has_no_price_is_told_once_of_each_kind(books: Books) -> None:
    for start in (END, BEGIN):
        await books.buy(start, LATER, count=3, terms=LicenceTerms.PREPAID, now=start)
    await books.buy(BEGIN, END, count=2, kind=FULL)
    kept = await books.keep(LATER)
    assert kept.missing == (PriceMissing(LIGHT, BEGIN),)


async def test_a_month_without_a_price_is_held_back_and_all_after_it_until_there_is_one(books: Books) -> None:
    await books.price(2900)
    await books.buy(local(2026, 10, 1), None)
    await books.buy(BEGIN, local(2026, 11, 13), kind=FULL)
    kept = await books.keep(LATER)
    assert kept.missing == (PriceMissing(FULL, BEGIN),)
    assert await books.invoices() == [(1, "2026-10", 2900)]
    assert (await books.keep(LATER)).missing == (PriceMissing(FULL, BEGIN),)
    await books.price(14900, date(2026, 11, 3), kind=FULL, now=LATER)
    assert (await books.keep(LATER)).missing == ()
    assert await books.invoices() == [
        (1, "2026-10", 2900),
        (2, "2026-11", 2900 + 4967),
        (3, "2026-12", 2900),
        (4, "2027-01", 2900),
        (5, "2027-02", 2900),
    ]
    await sound(books)


async def test_what_is_paid_ahead_without_a_price_holds_its_month_back_though_the_rest_of_it_has_one(
    books: Books,
) -> None:
    await books.price(2900)
    await books.buy(START, None)
    await books.buy(END, LATER, kind=FULL, terms=LicenceTerms.PREPAID, now=BEGIN)
    kept = await books.keep(LATER)
    assert kept.missing == (PriceMissing(FULL, BEGIN),)
    assert await books.invoices() == [(1, "2026-10", 2900)]
    assert (await books.keep(LATER)).invoice_ids == ()
    await books.price(14900, date(2026, 11, 3), kind=FULL, now=LATER)
    assert (await books.keep(LATER)).missing == ()
    assert await books.invoices() == [
        (1, "2026-10", 2900),
        (2, "2026-11", 2900 + 7690 + 14900),  # 14900 x 16 / 31 = 7690.32
        (3, "2026-12", 2900),
        (4, "2027-01", 2900),
        (5, "2027-02", 2900),
    ]
    await sound(books)


async def test_a_shop_without_any_price_is_sent_no_invoice(books: Books) -> None:
    await books.buy(BEGIN, END)
    kept = await books.keep(LATER)
    assert (kept.uses, kept.invoice_ids, kept.missing) == (3, (), (PriceMissing(LIGHT, BEGIN),))
    assert await books.invoices() == []


async def test_an_invoice_says_what_it_is_and_the_trail_knows_of_it(books: Books) -> None:
    await books.price(2900)
    [licence] = await books.buy(START, local(2026, 11, 1))
    kept = await books.keep(local(2026, 11, 1))
    [invoice] = await books.rows(Invoice)
    assert kept.invoice_ids == (invoice.id,)
    assert (invoice.month, invoice.timezone, invoice.currency) == (date(2026, 10, 1), "Europe/Warsaw", "PLN")
    [line] = await books.rows(InvoiceLine)
    assert (line.invoice_id, line.licence_id, line.position, line.unit, line.unit_amount) == (
        invoice.id,
        licence,
        1,
        PriceUnit.MONTH,
        2900,
    )
    assert await events_of(books.database, books.tenant_id, aggregate="invoice") == [
        ("InvoiceIssued", 1, {"number": 1, "month": "2026-10"})
    ]


async def test_each_shop_has_its_own_invoices_and_numbers(books: Books, found_shop: FoundShop) -> None:
    other = Books(books.database, (await found_shop()).tenant_id)
    for each, amount in ((books, 2900), (other, 3100)):
        await each.price(amount)
        await each.buy(local(2026, 10, 1), local(2026, 11, 1))
        await each.keep(local(2026, 11, 1))
    assert await books.invoices() == [(1, "2026-10", 2900)]
    assert await other.invoices() == [(1, "2026-10", 3100)]


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        (
            "INSERT INTO invoice_line SELECT tenant_id, gen_random_uuid(), invoice_id, position + 1, kind, basis, unit,"
            " licence_id, period, quantity, whole, unit_amount, amount, price_id, usage_id, prepaid_id"
            " FROM invoice_line",
            "uq_invoice_line_tenant_id_usage_id_period",
        ),
        (
            "INSERT INTO invoice SELECT tenant_id, gen_random_uuid(), 2, month, timezone, currency, total, issued_at"
            " FROM invoice",
            "uq_invoice_tenant_id_month",
        ),
    ],
)
async def test_the_database_refuses_to_charge_twice(
    books: Books, database: Database, statement: str, refused: str
) -> None:
    await books.price(2900)
    await books.buy(START, local(2026, 11, 1))
    await books.keep(local(2026, 11, 1))
    with pytest.raises(IntegrityError, match=refused):
        async with database.writing(books.tenant_id) as session:
            await session.execute(text(statement))


@pytest.mark.parametrize("kind", SeatKind)
async def test_use_is_charged_whether_anybody_sits_or_not_and_to_each_kind_its_own(
    books: Books, kind: SeatKind
) -> None:
    await books.price(2900)
    await books.price(14900, kind=FULL)
    await books.buy(local(2026, 10, 1), datetime.max.replace(year=2199, tzinfo=WARSAW), kind=kind, now=START)
    await books.keep(local(2026, 11, 1))
    assert await books.invoices() == [(1, "2026-10", {LIGHT: 2900, FULL: 14900}[kind])]
