"""Lists that go on by key: every row once, forwards and backwards, and how much is asked of the database."""

import re
from datetime import timedelta

import httpx2
import pytest

from domain.kit.database import Database
from domain.kit.events import ActorKind, EventRow
from domain.kit.ids import new_id
from domain.orders.models import Customer
from tests.admin.lists.conftest import PAGES, SignIn
from tests.api.graphql.filled import Filled
from tests.conftest import NOW, CountStatements, Shop

GUARD = 4
"""Statements before a page: the transaction's tenant, then the session with its standing, member and shop."""

STATEMENTS = dict.fromkeys(PAGES, 2) | {"audit": 3}
"""Of each list: the transaction's tenant and the rows; the trail names those who did it as well."""

ON_A_PAGE = {
    "orders": 7,
    "customers": 5,
    "tickets": 16,
    "agents": 12,
    "teams": 9,
    "seats": 4,
    "invoices": 4,
    "invitations": 3,
    "clients": 3,
    "audit": 3,
    "dead-letters": 2,
}
"""Of the page of one row."""


async def add_customers(database: Database, shop: Shop, count: int) -> list[str]:
    """Customers, every two of whom came at one instant, named by their place in the list."""
    names = [f"Kl{index:03}" for index in range(count)]
    async with database.writing(shop.tenant_id) as session:
        for index, name in enumerate(reversed(names)):
            session.add(
                Customer(
                    tenant_id=shop.tenant_id,
                    id=new_id(),
                    external_id=name,
                    name=name,
                    language="PL",
                    created_at=NOW + timedelta(seconds=index // 2),
                )
            )
            await session.flush()
    return names


def names_on(page: httpx2.Response) -> list[str]:
    return re.findall(r">(Kl\d+)</a>", page.text)


def link_on(page: httpx2.Response, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page.text)
    return found and found[1].replace("&amp;", "&")


async def test_a_list_goes_on_to_its_end_and_back_with_every_row_once(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    names = await add_customers(database, shop, 120)
    await sign_in()
    page = await http.get("/admin/customers")
    assert link_on(page, "prev") is None
    there = [names_on(page)]
    while following := link_on(page, "next"):
        page = await http.get(following)
        there.append(names_on(page))
    assert [len(rows) for rows in there] == [50, 50, 20]
    assert [name for rows in there for name in rows] == names
    back = []
    while following := link_on(page, "prev"):
        page = await http.get(following)
        back.append(names_on(page))
    assert back == [there[1], there[0]]


async def test_a_row_that_comes_while_one_reads_moves_nothing(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    names = await add_customers(database, shop, 60)
    await sign_in()
    following = link_on(await http.get("/admin/customers"), "next")
    async with database.writing(shop.tenant_id) as session:
        session.add(
            Customer(
                tenant_id=shop.tenant_id,
                id=new_id(),
                external_id="n",
                name="Kl999",
                language="PL",
                created_at=NOW + timedelta(days=1),
            )
        )
    assert following is not None
    assert names_on(await http.get(following)) == names[50:]


async def test_a_place_that_is_none_is_said_to_be_none(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in()
    for path in PAGES:
        for place in PLACES:
            for parameter in ("after", "before"):
                page = await http.get(f"/admin/{path}?{parameter}={place}")
                assert page.status_code == 400
                assert "This address leads to no place in the list." in page.text


PLACES = (
    "x", "%00", "W10", "bnVsbA", "eyJhIjoxfQ", "é", "A" * 5000, "WzEsMl0", "WyJ4Il0",
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwWiIsICIwMTkzYjcwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ",
)  # fmt: skip
"""No base64, an empty list, null, an object, too long, numbers, too few, and a year that no database holds."""


async def test_what_sqladmin_would_take_from_an_address_is_nothing_to_us(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in()
    plain = re.findall("<td.*?</td>", (await http.get("/admin/orders")).text)
    for query in (
        "page=-1", "page=x", "pageSize=0", "pageSize=99999999", "sortBy=secret", "sort=x", "error=%3Cb%3E", "search=x",
        "after=", "before=", "q=",
    ):  # fmt: skip
        odd = await http.get(f"/admin/orders?{query}")
        assert odd.status_code == 200
        assert re.findall("<td.*?</td>", odd.text) == plain
        assert '<p class="problem"' not in odd.text


async def test_a_list_asks_the_database_the_same_few_things_however_long_it_is(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn, statements: CountStatements
) -> None:
    await sign_in()
    for path in PAGES:
        with statements() as seen:
            assert (await http.get(f"/admin/{path}")).status_code == 200
        assert (path, len(seen)) == (path, GUARD + STATEMENTS[path])
        assert not [statement for statement in seen if " OFFSET " in statement]
        assert not [statement for statement in seen if statement.startswith("SELECT count(")]


async def test_a_page_asks_the_database_the_same_few_things_whatever_hangs_on_it(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn, statements: CountStatements
) -> None:
    await sign_in()
    for path, table in PAGES.items():
        most = 0
        for row in filled.rows[table]:
            with statements() as seen:
                assert (await http.get(f"/admin/{path}/{row.id}")).status_code == 200
            most = max(most, len(seen))
        assert (path, most) == (path, GUARD + ON_A_PAGE[path])


async def test_the_audit_trail_is_narrowed_by_kind_by_thing_and_by_who_did_it(
    http: httpx2.AsyncClient, database: Database, shop: Shop, filled: Filled, sign_in: SignIn
) -> None:
    member, order = filled.ids("member")[1], filled.ids("order")[0]
    async with database.writing(shop.tenant_id) as session:
        session.add(
            EventRow(
                tenant_id=shop.tenant_id,
                name="OrderStatusChanged",
                aggregate="order",
                aggregate_id=order,
                aggregate_version=1,
                actor_kind=ActorKind.MEMBER,
                actor_id=member,
                at=NOW,
                data={"from_status": "PLACED", "to_status": "PACKED"},
                trace_id="",
            )
        )
    await sign_in()
    for query in (f"about={order}", f"by={member}", "kind=OrderStatusChanged", f"kind=OrderStatusChanged&by={member}"):
        page = await http.get(f"/admin/audit?{query}")
        assert page.text.count("<tr><td") == 1
        assert "Order&#39;s status changed" in page.text
        assert "Osoba 1" in page.text
    for query in (f"about={member}", f"by={order}", "kind=OrderPromised"):
        assert "Nothing found." in (await http.get(f"/admin/audit?{query}")).text
    for query in ("about=x", "by=%00", "kind=Nothing", "kind=%3Cb%3E"):
        assert (await http.get(f"/admin/audit?{query}")).status_code == 400


async def test_a_rare_kind_of_event_is_looked_for_a_stretch_at_a_time(
    http: httpx2.AsyncClient,
    database: Database,
    shop: Shop,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("admin.lists.audit.LOOKED_AT", 20)
    async with database.writing(shop.tenant_id) as session:
        for index in range(70):
            session.add(
                EventRow(
                    tenant_id=shop.tenant_id,
                    name="SeatStarted" if index % 35 == 5 else "TicketOpened",
                    aggregate="ticket",
                    aggregate_id=new_id(),
                    aggregate_version=1,
                    actor_kind=ActorKind.SYSTEM,
                    at=NOW + timedelta(seconds=index),
                    data={},
                    trace_id="",
                )
            )
    await sign_in()
    following: str | None = "/admin/audit?kind=SeatStarted"
    found = []
    while following:
        page = await http.get(following)
        found.append(page.text.count("<tr><td"))
        following = link_on(page, "next")
    assert found[0] == 0
    assert sum(found) == 2
    assert len(found) == 4
