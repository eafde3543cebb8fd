"""The search fields: above every page, and on each list."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator

import asyncpg
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from admin.app import create_panel
from domain.agents.roles import Role
from domain.kit.database import Database, engine_for
from domain.kit.errors import Language
from domain.seats.models import SeatKind
from tests.admin.lists.conftest import OWN, URL, SignIn, fill_with_a_dead_letter
from tests.api.graphql.filled import Filled
from tests.api.http.conftest import HandClock, settings_for
from tests.conftest import CountStatements, FoundShop, Shop
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.servers import Servers


async def test_the_only_thing_that_is_found_is_shown_at_once(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in()
    ticket, order = filled.rows["ticket"][2], filled.rows["order"][1]
    for words, path, row in (("3", "tickets", ticket), (" #3 ", "tickets", ticket), (order.number, "orders", order)):
        page = await http.get("/admin/search", params={"q": words})
        assert (page.status_code, page.headers.get("location")) == (303, f"/admin/{path}/{row.id}")


async def test_what_is_found_is_shown_by_kind_with_what_the_reader_may_see(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in(Role.AGENT, seat=SeatKind.LIGHT)
    page = await http.get("/admin/search?q=zofia")
    assert page.status_code == 200
    for table, path in (("order", "orders"), ("customer", "customers"), ("ticket", "tickets")):
        for row in filled.rows[table]:
            assert f'href="/admin/{path}/{row.id}"' in page.text
    people = await http.get("/admin/search?q=osoba")
    assert all(f'href="/admin/agents/{row.id}"' in people.text for row in filled.rows["agent"])
    await sign_in(Role.AGENT)
    nothing = await http.get("/admin/search?q=zofia")
    assert "Nothing found." in nothing.text
    assert 'id="search-all"' not in nothing.text


async def test_each_list_is_searched_by_its_own_words(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in()
    for path, words, table in (
        ("orders", "2026/1", "order"),
        ("customers", "c1@klient.example", "customer"),
        ("tickets", "sprawa 2", "ticket"),
        ("agents", "osoba 1", "agent"),
        ("invitations", "osoba 1", "invitation"),
        ("seats", "osoba 1", "seat_licence"),
        ("teams", "accounting", "team"),
        ("clients", "magazyn", "api_client"),
    ):
        page = await http.get(f"/admin/{path}", params={"q": words})
        shown = [row for row in filled.rows[table] if f'href="/admin/{path}/{row.id}"' in page.text]
        assert (path, len(shown), page.text.count("<tr><td")) == (path, 1, 1)
        assert f'value="{words}"' in page.text


async def test_another_shops_names_are_found_nowhere(
    http: httpx2.AsyncClient, database: Database, found_shop: FoundShop, sign_in: SignIn
) -> None:
    await fill_with_a_dead_letter(database, await found_shop())
    await sign_in()
    for words in ("zofia", "osoba", "2026", "sprawa", "sklep", "accounting", "1"):
        for path in ("search", "orders", "customers", "tickets", "agents", "invitations", "seats", "teams", "clients"):
            page = await http.get(f"/admin/{path}", params={"q": words})
            assert page.status_code == 200
            assert "Nothing found." in page.text


async def test_too_little_and_too_much_is_answered_with_a_hint(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in()
    for path in ("search", "orders", "customers", "tickets", "agents", "invitations", "seats", "teams", "clients"):
        for words in ("z", "%", "z %", "*"):
            page = await http.get(f"/admin/{path}", params={"q": words})
            assert page.status_code == 200
            assert "Type at least 2 letters, or a number." in page.text
        for words in ("zofia%", "_ofia", "x" * 10_000, "a\0b cc", '"><script>alert(1)</script>'):
            page = await http.get(f"/admin/{path}", params={"q": words}, follow_redirects=True)
            assert page.status_code == 200
            assert "<script>" not in page.text


async def test_a_search_asks_the_database_once_for_all_kinds_and_once_for_the_rows_of_each(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn, statements: CountStatements
) -> None:
    await sign_in()
    with statements() as seen:
        await http.get("/admin/tickets?q=zofia")
    assert len(seen) == 4 + 5 + 1
    with statements() as seen:
        await http.get("/admin/search?q=zofia")
    assert len(seen) == 4 + 5 + 3


@pytest.fixture
async def narrow(servers: Servers) -> AsyncIterator[httpx2.AsyncClient]:
    """A panel with three connections to the database, for which nobody waits long."""
    database = Database(engine_for(servers.app_url, pool_size=3, pool_wait=1.0))
    panel = create_panel(settings_for(servers), database, HandClock(), passwords=cheap_passwords())
    transport = httpx2.ASGITransport(Starlette(routes=[Mount("/admin", panel)]))
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
        yield client
    await database.close()


async def test_however_many_search_for_long_the_pages_of_other_shops_answer(
    narrow: httpx2.AsyncClient, database: Database, found_shop: FoundShop, servers: Servers
) -> None:
    sessions = [await session_in(narrow, database, await found_shop()) for _ in range(3)]
    alone = [await page_in(narrow, sessions[2]) for _ in range(5)]
    owner = await asyncpg.connect(servers.owner_url)
    async with owner.transaction():
        await owner.execute("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
        begun = time.perf_counter()
        searching = [
            asyncio.create_task(narrow.get(f"/admin/{path}?q=zofia", headers=each))
            for each in sessions[:2]
            for path in ("search", "customers") * 5
        ]
        pages = []
        while time.perf_counter() - begun < 1.5:
            pages.append(await page_in(narrow, sessions[2]))
        answers = await asyncio.gather(*searching)
        assert time.perf_counter() - begun < 6
    await owner.close()
    assert statistics.median(pages) < 8 * statistics.median(alone)  # waiting for a connection would take a second
    assert {answer.status_code for answer in answers} == {200}
    wide = sum("Trzeba by przeszukać zbyt wiele." in answer.text for answer in answers)
    busy = sum("Trwają wyszukiwania innych osób." in answer.text for answer in answers)
    assert wide + busy == len(answers)
    assert 2 <= wide <= 6


async def page_in(http: httpx2.AsyncClient, session: dict[str, str]) -> float:
    """The seconds that a page takes."""
    begun = time.perf_counter()
    assert (await http.get("/admin/", headers=session)).status_code == 200
    return time.perf_counter() - begun


async def session_in(http: httpx2.AsyncClient, database: Database, shop: Shop) -> dict[str, str]:
    await add_member(database, shop, language=Language.PL)
    form = {"shop": shop.slug, "email": "ola@bombka.example", "password": PASSWORD}
    http.cookies.clear()
    response = await http.post("/admin/sign-in", data=form, headers=OWN)
    session = response.cookies["sezon-session"]
    http.cookies.clear()
    return {"Cookie": f"sezon-session={session}"}
