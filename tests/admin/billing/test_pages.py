"""Invoices in the panel: pages that say what was charged and what will be, and the file for a spreadsheet."""

import csv
import re
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from io import StringIO
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from admin.billing.sheet import MARK
from domain.agents.roles import Role
from domain.billing.models import Invoice, PriceUnit
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import EventRow
from domain.seats.models import LicenceTerms, SeatKind, SeatLicence
from tests.admin.lists.conftest import SignIn
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.domain.billing.books import START, Books
from tests.domain.billing.test_proration import FULL, local

OCTOBER_ENDED = local(2026, 11, 1)


@pytest.fixture
async def books(database: Database, shop: Shop) -> Books:
    """A shop that has its invoice of October: two light seats for all of it, a full one for a day, a pass."""
    books = Books(database, shop.tenant_id)
    await books.price(2900)
    await books.price(14900, kind=FULL)
    await books.price(290, unit=PriceUnit.PASS)
    await books.price(3900, date(2027, 1, 1))
    await books.buy(START, None, count=2)
    await books.buy(local(2026, 10, 25), local(2026, 10, 26), kind=FULL)  # the clocks went back
    await books.spend_pass(local(2026, 10, 7, 9))
    [ahead] = await books.buy(local(2026, 10, 30), local(2026, 12, 1), terms=LicenceTerms.PREPAID, now=START)
    await books.keep(START + timedelta(hours=1))
    await books.end(ahead, at=local(2026, 11, 16), now=local(2026, 10, 31))
    await books.keep(OCTOBER_ENDED)
    return books


async def the_invoice(books: Books) -> Invoice:
    [invoice] = await books.rows(Invoice)
    return invoice


def text_of(page: httpx2.Response) -> str:
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.text.partition("<main")[2]))


async def test_an_invoice_shows_its_lines_by_kind_and_those_that_are_alike_as_one(
    http: httpx2.AsyncClient, books: Books, sign_in: SignIn
) -> None:
    await sign_in()
    listed = text_of(await http.get("/admin/invoices"))
    assert "1 2026-10 82.27 PLN" in listed
    shown = text_of(await http.get(f"/admin/invoices/{(await the_invoice(books)).id}"))
    for part in (
        "Invoice 1 for 2026-10",
        "Full seats",
        "Time used per month without a label 2026-10-25 00:00 – 2026-10-26 00:00 1 25 of 745 h",
        "Light seats",
        "2 745 of 745 h 29.00 PLN 29.00 PLN 58.00 PLN",
        "Day pass per day pass Karnet dzienny 2026-10-07 09:00 – 2026-10-08 00:00",
        "Paid ahead per month",
        "Given back without a label 2026-11-16 00:00 – 2026-12-01 00:00 1 360 of 720 h",
        "\N{MINUS SIGN}14.50 PLN",
        "Time zone Europe/Warsaw",
        "Invoice issued",
    ):
        assert part in shown, part


@pytest.mark.parametrize(
    ("language", "how"),
    [
        (
            Language.EN,
            "What is given back has a minus, and is rounded from the end of what had been charged: charged × all that "
            "is given back by then ÷ all, less charged × what was given back before ÷ all.",
        ),
        (
            Language.PL,
            "Zwrot ma znak minus i zaokrągla się od końca opłaconego czasu: zapłacona kwota × cała zwrócona dotąd "
            "część ÷ całość, minus zapłacona kwota × część zwrócona wcześniej ÷ całość.",
        ),
    ],
)
async def test_an_invoice_says_how_what_is_given_back_is_computed(
    http: httpx2.AsyncClient, books: Books, sign_in: SignIn, language: Language, how: str
) -> None:
    await sign_in(language=language)
    assert how in text_of(await http.get(f"/admin/invoices/{(await the_invoice(books)).id}"))


async def test_the_next_invoice_is_shown_as_it_is_so_far_and_as_it_will_be(
    http: httpx2.AsyncClient, books: Books, sign_in: SignIn
) -> None:
    await sign_in()
    page = await http.get("/admin/invoices/next")
    shown = text_of(page)
    assert "Invoice to come for 2026-11" in shown
    assert "So far 2.74 PLN When nothing changes 58.00 PLN" in shown
    assert '/admin/invoices/next?month=2026-10"' in page.text
    later = text_of(await http.get("/admin/invoices/next?month=2027-01"))
    assert "2 744 of 744 h 39.00 PLN" in later
    for nonsense in ("", "x", "2026-13", "0001-01", "9999-12"):
        assert "for 2026-11" in text_of(await http.get(f"/admin/invoices/next?month={nonsense}"))


async def test_what_has_no_price_is_said_instead_of_an_amount(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    await Books(database, shop.tenant_id).buy(NOW, None, kind=FULL)
    await sign_in(language=Language.PL)
    assert "Brakuje ceny licencji pełnych na chwilę 2026-11-02 09:00 UTC" in text_of(
        await http.get("/admin/invoices/next")
    )
    assert "Nie ustalono jeszcze ceny" in text_of(await http.get("/admin/invoices/prices"))


async def test_the_price_list_says_what_is_in_force_and_what_comes(
    http: httpx2.AsyncClient, books: Books, sign_in: SignIn
) -> None:
    await books.price(4900, date(2027, 1, 1))
    await sign_in()
    shown = text_of(await http.get("/admin/invoices/prices"))
    assert "Light per month 49.00 PLN 2027-01-01 00:00 Begins later" in shown
    assert "Light per month 29.00 PLN 2026-10-01 00:00 Runs now" in shown
    assert "Light per day pass 2.90 PLN 2026-10-01 00:00 Runs now" in shown
    assert "39.00" not in shown  # it was set again before it began


async def test_the_file_holds_every_line_and_what_it_is_computed_from(
    http: httpx2.AsyncClient, books: Books, sign_in: SignIn, database: Database, shop: Shop
) -> None:
    async with database.writing(shop.tenant_id) as session:
        await session.execute(
            update(SeatLicence).where(SeatLicence.kind == FULL).values(label='=HYPERLINK("http://x");1')
        )
    await sign_in(language=Language.PL)
    answer = await http.get(f"/admin/invoices/{(await the_invoice(books)).id}/csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="sezon-{shop.slug}-2026-10.csv"'
    assert answer.headers["cache-control"] == "no-store"
    text = answer.content.decode()
    assert text.startswith(MARK + "Faktura;Miesiąc;Pozycja;Licencja;Za co;Etykieta;")
    assert text.count("\r\n") == text.count("\n")
    rows = list(csv.DictReader(StringIO(text.removeprefix(MARK)), delimiter=";"))
    told = [
        tuple(row[name] for name in ("Licencja", "Za co", "Użyto", "Z", "W", "Cena", "Kwota", "Waluta")) for row in rows
    ]
    assert told == [
        ("Pełna", "Czas użycia", "90000", "2682000", "sekundach", "149,00", "5,00", "PLN"),
        ("Lekka", "Czas użycia", "2682000", "2682000", "sekundach", "29,00", "29,00", "PLN"),
        ("Lekka", "Czas użycia", "2682000", "2682000", "sekundach", "29,00", "29,00", "PLN"),
        ("Lekka", "Karnet dzienny", "1", "1", "karnetach", "2,90", "2,90", "PLN"),
        ("Lekka", "Z góry", "172800", "2682000", "sekundach", "29,00", "1,87", "PLN"),
        ("Lekka", "Z góry", "2592000", "2592000", "sekundach", "29,00", "29,00", "PLN"),
        ("Lekka", "Zwrot", "1296000", "2592000", "sekundach", "29,00", "-14,50", "PLN"),
    ]
    assert rows[0]["Etykieta"] == '\'=HYPERLINK("http://x");1'
    assert (rows[0]["Od"], rows[0]["Do"]) == ("2026-10-25 00:00:00 +0200", "2026-10-26 00:00:00 +0100")


async def test_every_amount_is_computed_again_from_its_row_of_the_file_alone(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    books, bought = Books(database, shop.tenant_id), local(2026, 12, 1)
    await books.price(2900)
    await books.price(190, kind=FULL, unit=PriceUnit.DAY)
    until = local(2027, 1, 1)
    ahead: dict[str, Any] = {"terms": LicenceTerms.PREPAID, "now": START}
    licences = [*await books.buy(bought, until, **ahead), *await books.buy(bought, until, kind=FULL, **ahead)]
    for end, now in ((local(2026, 12, 11), local(2026, 10, 5)), (local(2026, 12, 6), local(2026, 10, 6))):
        await books.end(*licences, at=end, now=now)
    await books.keep(OCTOBER_ENDED)
    await sign_in()
    answer = await http.get(f"/admin/invoices/{(await the_invoice(books)).id}/csv")
    rows = list(csv.DictReader(StringIO(answer.content.decode().removeprefix(MARK)), delimiter=";"))
    assert [(row["For"], row["Given back before"], row["In"], row["Amount"]) for row in rows] == [
        ("Paid ahead", "0", "days", "58,90"),
        ("Given back", "21", "days", "-9,50"),
        ("Given back", "0", "days", "-39,90"),
        ("Paid ahead", "0", "seconds", "29,00"),
        ("Given back", "1814400", "seconds", "-4,67"),
        ("Given back", "0", "seconds", "-19,65"),
    ]
    for row in rows:
        price, quantity, whole, earlier, amount = (
            Fraction(row[name].replace(",", ".")) for name in ("Price", "Used", "Of", "Given back before", "Amount")
        )
        longer, shorter = (round(100 * price * share / whole) for share in (quantity + earlier, earlier))
        assert 100 * amount == (shorter - longer if row["For"] == "Given back" else longer)


async def test_no_other_shop_and_nobody_but_owners_and_admins_sees_any_of_it(
    http: httpx2.AsyncClient, books: Books, sign_in: SignIn, database: Database, found_shop: FoundShop
) -> None:
    other = Books(database, (await found_shop()).tenant_id)
    await other.price(123456)
    await other.buy(START, None)
    await other.keep(OCTOBER_ENDED)
    theirs = (await the_invoice(other)).id
    await sign_in()
    assert (await http.get(f"/admin/invoices/{theirs}/csv")).status_code == 404
    assert (await http.get(f"/admin/invoices/{theirs}")).status_code == 404
    for path in ("/admin/invoices", "/admin/invoices/next", "/admin/invoices/prices"):
        assert "1\N{NO-BREAK SPACE}234.56" not in (await http.get(path)).text
    mine = (await the_invoice(books)).id
    for role, seat in ((Role.SUPERVISOR, SeatKind.FULL), (Role.AGENT, SeatKind.LIGHT)):
        await sign_in(role, seat=seat)
        for path in ("", "/next", "/prices", f"/{mine}", f"/{mine}/csv"):
            refused = await http.get(f"/admin/invoices{path}")
            assert refused.status_code == 403
            assert "billing:read" in refused.text
    await sign_in(Role.SUPERVISOR, seat=SeatKind.FULL)  # who reads the trail
    about_money = ("price", "prepaid_entry", "invoice")
    told = [event for event in await books.rows(EventRow, EventRow.id) if event.aggregate in about_money]
    assert Counter(event.name for event in told) == {
        "PriceSet": 4,
        "PrepaidCharged": 2,
        "PrepaidCredited": 1,
        "InvoiceIssued": 1,
    }
    for event in told:
        numbers = {name: value for name, value in event.data.items() if isinstance(value, int)}
        assert numbers == ({"number": 1} if event.aggregate == "invoice" else {})
        shown = text_of(await http.get(f"/admin/audit/{event.id}"))
        assert "PLN" not in shown
        assert "2900" not in shown


async def test_an_invoice_of_a_thousand_lines_is_read_in_as_many_statements_as_one(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn, statements: CountStatements
) -> None:
    books = Books(database, shop.tenant_id)
    await books.price(2900)
    await books.buy(START, local(2026, 11, 1))
    await books.buy(local(2026, 11, 1), None, count=1000)
    await books.keep(local(2026, 12, 1))
    await sign_in()
    async with database.reading(shop.tenant_id) as session:
        invoices = (await session.scalars(select(Invoice.id).order_by(Invoice.number))).all()
    for path in ("", "/csv"):
        counts = []
        for invoice_id in invoices:
            with statements() as seen:
                assert (await http.get(f"/admin/invoices/{invoice_id}{path}")).status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[1]
