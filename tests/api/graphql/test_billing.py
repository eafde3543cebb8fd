"""Prices, use, invoices and the next one as the API tells of them."""

from datetime import date

import pytest

from api.graphql import ids
from api.graphql.schema import Schema, schema
from domain.agents.roles import Role
from domain.billing.models import Invoice, UsageInterval
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.seats.models import LicenceTerms, SeatLicence
from tests.api.graphql.conftest import Asker
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.domain.billing.books import START, Books
from tests.domain.billing.test_proration import FULL, HOUR, local
from tests.domain.world import World

PREVIEW = """query ($month: Date) { invoicePreview(month: $month) {
    month timezone currency isOver total totalSoFar
    lines { kind basis unit count from to quantity whole unitAmount amountEach amount amountSoFar }
} }"""


@pytest.fixture
def books(database: Database, shop: Shop) -> Books:
    return Books(database, shop.tenant_id)


@pytest.fixture
def owner(queries: Schema, database: Database, shop: Shop) -> Asker:
    return Asker(queries, database, shop.tenant_id)


async def test_an_invoice_leads_from_its_lines_to_the_use_and_the_price_that_they_are_computed_from(
    books: Books, owner: Asker
) -> None:
    await books.price(14900, kind=FULL)
    [licence] = await books.buy(local(2026, 10, 25), local(2026, 10, 26), kind=FULL, now=START)
    await books.keep(local(2026, 11, 1))
    [invoice], [use] = await books.rows(Invoice), await books.rows(UsageInterval)
    data = await owner.data(
        """{ invoices(first: 2) { edges { node {
            id number month timezone currency total lines(first: 5) { totalCount edges { node {
            position kind basis unit quantity whole unitAmount amount from to
            licence { id } usageInterval { id from to terms } price { amount unit currency validFrom revision }
            prepaidEntry { id } invoice { number }
        } } } } } } invoice(number: 1) { id } usageIntervals(filter: {kind: [FULL]}) { edges { node { id } } } }"""
    )
    known = ids.spell("invoice", invoice.id)
    assert data["invoice"] == {"id": known}
    assert data["usageIntervals"]["edges"] == [{"node": {"id": ids.spell("usage_interval", use.id)}}]
    [edge] = data["invoices"]["edges"]
    lines = edge["node"].pop("lines")
    assert edge["node"] == {
        "id": known,
        "number": 1,
        "month": "2026-10-01",
        "timezone": "Europe/Warsaw",
        "currency": "PLN",
        "total": 500,
    }
    assert lines == {
        "totalCount": 1,
        "edges": [
            {
                "node": {
                    "position": 1,
                    "kind": "FULL",
                    "basis": "USED",
                    "unit": "MONTH",
                    "quantity": 25 * HOUR,
                    "whole": 745 * HOUR,
                    "unitAmount": 14900,
                    "amount": 500,
                    "from": "2026-10-24T22:00:00Z",
                    "to": "2026-10-25T23:00:00Z",
                    "licence": {"id": ids.spell("seat_licence", licence)},
                    "usageInterval": {
                        "id": ids.spell("usage_interval", use.id),
                        "from": "2026-10-24T22:00:00Z",
                        "to": "2026-10-25T23:00:00Z",
                        "terms": "ARREARS",
                    },
                    "price": {
                        "amount": 14900,
                        "unit": "MONTH",
                        "currency": "PLN",
                        "validFrom": "2026-09-30T22:00:00Z",
                        "revision": 1,
                    },
                    "prepaidEntry": None,
                    "invoice": {"number": 1},
                }
            }
        ],
    }


async def test_the_next_invoice_says_what_was_used_and_what_it_comes_to(books: Books, owner: Asker) -> None:
    await books.price(2900)
    await books.price(3900, date(2026, 12, 1))
    await books.buy(START, None, count=2)
    line = {
        "kind": "LIGHT",
        "basis": "USED",
        "unit": "MONTH",
        "count": 2,
        "from": "2026-10-31T23:00:00Z",
        "to": "2026-11-30T23:00:00Z",
        "quantity": 720 * HOUR,
        "whole": 720 * HOUR,
        "unitAmount": 2900,
        "amountEach": 2900,
        "amount": 5800,
        "amountSoFar": 274,
    }
    preview = {
        "month": "2026-11-01",
        "timezone": "Europe/Warsaw",
        "currency": "PLN",
        "isOver": False,
        "total": 5800,
        "totalSoFar": 274,
        "lines": [line],
    }
    for month in (None, "2026-11-01", "2026-11-30"):
        assert await owner.data(PREVIEW, month=month) == {"invoicePreview": preview}
    later = (await owner.data(PREVIEW, month="2027-01-15"))["invoicePreview"]
    assert (later["total"], later["totalSoFar"], later["lines"][0]["unitAmount"]) == (7800, 0, 3900)


async def test_what_has_no_price_is_a_refusal_that_says_which_and_since_when(books: Books, owner: Asker) -> None:
    await books.buy(NOW, None, kind=FULL)
    owner.language = Language.PL
    answer = await owner.ask(PREVIEW)
    assert answer["data"] == {"invoicePreview": None}
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "PRICE_MISSING", "kind": "FULL", "at": NOW.isoformat()}
    assert error["message"].startswith("Brakuje ceny licencji pełnych na chwilę 2026-11-02 09:00 UTC.")
    assert await owner.codes(PREVIEW, month="9999-01-01") == ["INVALID_INPUT"]


async def test_another_shop_foresees_nothing_of_it(
    books: Books, queries: Schema, database: Database, found_shop: FoundShop
) -> None:
    await books.price(2900)
    await books.buy(START, None)
    neighbour = Asker(queries, database, (await found_shop()).tenant_id)
    preview = (await neighbour.data(PREVIEW))["invoicePreview"]
    assert (preview["currency"], preview["total"], preview["lines"]) == (None, 0, [])


async def test_a_page_of_lines_is_read_in_as_many_statements_whatever_their_number(
    books: Books, owner: Asker, statements: CountStatements
) -> None:
    await books.price(2900)
    await books.buy(START, local(2026, 11, 1))
    await books.buy(local(2026, 11, 1), None, count=30)
    await books.keep(local(2026, 12, 1))
    counts = []
    for number in (1, 2):
        with statements() as seen:
            data = await owner.data(
                "query ($number: Int!) { invoice(number: $number) { lines { edges { node { licence { label }"
                " usageInterval { from } price { amount } } } } } }",
                number=number,
            )
        counts.append((len(data["invoice"]["lines"]["edges"]), len(seen)))
    assert [lines for lines, _ in counts] == [1, 30]
    assert counts[0][1] == counts[1][1]


async def test_licences_can_be_paid_ahead_and_never_by_a_day_pass(database: Database, shop: Shop) -> None:
    world = await World.found(database, shop)
    agent = await world.seatless(role=Role.OWNER)
    asker = Asker(schema(), database, shop.tenant_id, member_id=agent.member_id)
    add = """mutation ($input: SeatLicencesAddInput!) { seatLicencesAdd(input: $input) {
        ... on SeatLicencesAdded { licences { terms } } ... on Failure { code path } } }"""
    ahead = {"kind": "LIGHT", "count": 1, "to": "2026-12-01T00:00:00Z", "terms": "PREPAID"}
    for refused, path in (({**ahead, "to": None}, "to"), ({**ahead, "terms": "ONE_DAY"}, "terms")):
        assert (await asker.data(add, input=refused))["seatLicencesAdd"] == {"code": "INVALID_INPUT", "path": [path]}
    assert await Books(database, shop.tenant_id).rows(SeatLicence) == []
    assert (await asker.data(add, input=ahead))["seatLicencesAdd"] == {"licences": [{"terms": "PREPAID"}]}
    [licence] = await Books(database, shop.tenant_id).rows(SeatLicence)
    assert licence.terms is LicenceTerms.PREPAID
