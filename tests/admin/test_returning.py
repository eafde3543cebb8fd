"""After a session has ended: what the sign-in says, and where it leads."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from admin.app import create_panel
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from tests.api.http.conftest import HandClock, settings_for
from tests.conftest import Shop
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.servers import Servers

URL = "http://127.0.0.1:8000"
OWN = {"Origin": URL}
ENDED = "Your session has ended; sign in again."


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def http(servers: Servers, database: Database, clock: HandClock, shop: Shop) -> AsyncIterator[httpx2.AsyncClient]:
    """The browser of an admin who has not signed in yet."""
    await add_member(database, shop, role=Role.ADMIN, language=Language.EN)
    panel = create_panel(settings_for(servers), database, clock, passwords=cheap_passwords())
    transport = httpx2.ASGITransport(Starlette(routes=[Mount("/admin", panel)]))
    async with httpx2.AsyncClient(transport=transport, base_url=URL, headers={"Accept-Language": "en"}) as client:
        yield client


async def enter(
    http: httpx2.AsyncClient, shop: Shop, page: httpx2.Response | None = None, *, password: str = PASSWORD
) -> httpx2.Response:
    """Fill in the sign-in as the page shows it."""
    hidden = re.findall(r'<input type="hidden" name="back" value="([^"]*)">', page.text if page is not None else "")
    form = {"shop": shop.slug, "email": "ola@bombka.example", "password": password, "back": unescape("".join(hidden))}
    return await http.post("/admin/sign-in", data=form, headers=OWN)


async def test_a_page_that_is_opened_too_late_is_opened_after_signing_in(
    http: httpx2.AsyncClient, clock: HandClock, shop: Shop
) -> None:
    await enter(http, shop)
    clock.at += timedelta(hours=13)
    led = await http.get("/admin/audit?kind=MemberSignedIn&done=saved")
    assert led.headers["location"] == "/admin/sign-in?back=%2Faudit%3Fkind%3DMemberSignedIn&ended=1"
    door = await http.get(led.headers["location"])
    assert ENDED in door.text
    wrong = await enter(http, shop, door, password="wrong")
    assert wrong.status_code == 401
    entered = await enter(http, shop, wrong)
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin/audit?kind=MemberSignedIn")
    again = await http.get(led.headers["location"])
    assert again.headers["location"] == "/admin/audit?kind=MemberSignedIn"


async def test_a_button_that_is_pressed_too_late_leads_back_to_the_page_it_was_on(
    http: httpx2.AsyncClient, shop: Shop
) -> None:
    await enter(http, shop)
    http.cookies.clear()  # as browsers forget what has expired
    pages = {"/seats/add": "/seats/add", "/clients/create": "/clients/create", "/desk/next": None}
    for page, back in pages.items():
        led = await http.post("/admin/seats/add", data={"x": ""}, headers={**OWN, "Referer": f"{URL}/admin{page}"})
        asked = parse_qs(urlsplit(led.headers["location"]).query)
        assert asked == {"ended": ["1"], **({"back": [back]} if back else {})}, page


async def test_who_was_never_signed_in_is_led_on_without_a_word_of_sessions(http: httpx2.AsyncClient) -> None:
    led = await http.get("/admin/orders")
    assert led.headers["location"] == "/admin/sign-in?back=%2Forders"
    assert ENDED not in (await http.get(led.headers["location"])).text


async def test_the_door_speaks_another_language_and_still_leads_back(http: httpx2.AsyncClient) -> None:
    door = await http.get("/admin/sign-in?back=%2Forders&ended=1")
    (polish,) = re.findall(r'<a href="([^"]*)" lang="pl"', door.text)
    turned = await http.get(f"/admin/sign-in{unescape(polish)}")
    assert "Sesja wygasła; zaloguj się ponownie." in turned.text
    assert '<input type="hidden" name="back" value="/orders">' in turned.text


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/orders",
        "/\\evil.example",
        "javascript:alert(1)",
        "orders",
        "/nothing",
        "/sign-out",
        "/desk/next",
        "/static/panel.css",
        "/orders/\x00",
        "/orders\r\nSet-Cookie: a=b",
        "/orders?q=" + "x" * 2000,
        "/orders/../../graphql",
        "",
    ],
)
async def test_no_address_leads_out_of_the_panel_or_to_what_is_no_page(
    http: httpx2.AsyncClient, shop: Shop, back: str
) -> None:
    door = await http.get("/admin/sign-in", params={"back": back})
    assert 'name="back"' not in door.text
    form = {"shop": shop.slug, "email": "ola@bombka.example", "password": PASSWORD, "back": back}
    entered = await http.post("/admin/sign-in", data=form, headers=OWN)
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin/")
    assert (await http.get("/admin/sign-in", params={"back": back})).headers["location"] == "/admin/"


async def test_a_page_that_answers_a_button_offers_no_other_language_which_would_lose_it(
    http: httpx2.AsyncClient, shop: Shop
) -> None:
    await enter(http, shop)
    assert 'action="/admin/language"' in (await http.get("/admin/clients/create")).text
    form = {"program": "ERP", "scopes": "orders:read"}
    for typed, said in ((form, "client_secret"), ({}, "This cannot be done yet:")):
        answer = await http.post("/admin/clients/create", data={"once": said, **typed}, headers=OWN)
        assert said in answer.text
        assert "/language" not in answer.text
    http.cookies.clear()
    refused = await http.post("/admin/sign-in", data={"shop": shop.slug}, headers=OWN)
    assert refused.status_code == 401
    assert 'class="languages' not in refused.text
