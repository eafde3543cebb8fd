"""Sessions under attack: planted before signing in, stolen, and used after signing out."""

import re

import httpx2
from playwright.async_api import Page, expect

from domain.agents.roles import Role
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from infra.embedded.stack import Stack
from tests.browser.conftest import session_in, sign_in
from tests.browser.furnishing import furnish_with
from tests.browser.shops import RunningShop
from tests.browser.visitors import COOKIE, Visitor, buttons, enter, parts, streams


async def test_a_session_planted_before_signing_in_is_never_adopted(
    http: httpx2.AsyncClient, shop: RunningShop
) -> None:
    ola, mallory = await shop.person("Ola", role=Role.OWNER), await shop.person("Mallory", role=Role.ADMIN)
    made_up = made_up_session(shop)
    live = (await enter(http, mallory)).cookie
    ended = await enter(http, mallory)
    await ended.ask("POST", "/admin/sign-out", headers=ended.own)
    given = [(await enter(http, ola, cookie=planted)).cookie for planted in (made_up, live, ended.cookie)]
    assert len({made_up, live, ended.cookie, *given}) == 6
    for worthless in (made_up, ended.cookie):
        assert (await Visitor(http, worthless).get("/admin/")).status_code == 303
    assert "Mallory" in (await Visitor(http, live).get("/admin/")).text


async def test_a_session_planted_on_a_narrower_path_does_not_stand_before_the_true_one(
    page: Page, shop: RunningShop, stack: Stack
) -> None:
    ola = await shop.person("Ola", role=Role.OWNER)
    made_up = made_up_session(shop)
    await page.context.add_cookies([{"name": COOKIE, "value": made_up, "domain": "127.0.0.1", "path": "/admin"}])
    await sign_in(page, ola)
    await expect(page.get_by_text(ola.email)).to_be_visible()


async def test_a_stolen_session_is_worth_nothing_after_signing_out(
    page: Page, http: httpx2.AsyncClient, shop: RunningShop
) -> None:
    await furnish_with(shop, "Zofia")
    await sign_in(page, await shop.person("Ola", role=Role.OWNER, seat=SeatKind.FULL, teams=["accounting"]))
    thief = Visitor(http, await session_in(page.context) or "")
    pages = await thief.pages()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url("/admin/sign-in")
    assert await session_in(page.context) is None

    before = await shop.state()
    for path in [*pages, *parts(pages)]:
        for headers in ({}, {"HX-Request": "true"}):
            response = await thief.get(path, headers=headers)
            assert not response.is_success or is_sign_in(response.headers["HX-Redirect"]), path
            assert response.text == "", path
    for path in streams(pages):
        response = await thief.get(path)
        assert (response.status_code, response.text) == (401, "")
    for form in buttons(pages):
        assert is_sign_in((await thief.press(form, **thief.own)).headers.get("location")), form
    program = {**thief.own, "X-Sezon-Request": "1"}
    for path, asked in (("/graphql", {"query": "{ orders { totalCount } }"}), ("/auth/tokens", {"name": "x"})):
        assert (await thief.ask("POST", path, json=asked, headers=program)).status_code == 401
    assert await shop.state() == before


async def test_what_is_typed_at_the_desk_outlives_the_session_it_was_typed_in(
    page: Page, shop: RunningShop, stack: Stack
) -> None:
    """And the page itself is there again after signing in elsewhere than at the desk."""
    lena = await shop.person("Lena", seat=SeatKind.LIGHT, teams=["accounting"])
    ticket = await shop.ticket("Gdzie jest przelew?", order=await shop.order("BOM/1"))
    await sign_in(page, lena)
    await page.goto(f"/admin/desk/tickets/{ticket.number}")
    await page.locator("#act-note summary").click()
    await page.locator("#note-body").fill("Długa notatka")
    await page.context.clear_cookies()
    await page.locator("#act-note button").click()
    await expect(page.locator("#said")).to_contain_text("Your session has ended and nothing was done.")
    await expect(page.locator("#note-body")).to_have_value("Długa notatka")
    async with page.context.expect_page() as opened:
        await page.locator("#said a").click()
    await sign_in(await opened.value, lena)
    await page.locator("#act-note button").click()
    await expect(page.locator("#said")).to_have_text(f"The note is in the history of ticket {ticket.number}.")

    await page.context.clear_cookies()
    await page.goto("/admin/seats?q=lena")
    await page.locator("#shop").fill(lena.shop.slug)
    await page.locator("#email").fill(lena.email)
    await page.locator("#password").fill(lena.password)
    await page.locator("#password").press("Enter")
    await expect(page).to_have_url("/admin/seats?q=lena")


async def test_after_signing_out_going_back_shows_nothing(page: Page, shop: RunningShop) -> None:
    await sign_in(page, await shop.person("Ola", role=Role.OWNER))
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url("/admin/sign-in")
    for _ in range(2):
        await page.go_back()
        await expect(page).to_have_url(re.compile(r"/admin/sign-in(\?back=.*)?$"))
    await expect(page.get_by_label("Shop")).to_be_visible()


def is_sign_in(location: str | None) -> bool:
    return location is not None and location.partition("?")[0] == "/admin/sign-in"


def made_up_session(shop: RunningShop) -> str:
    """What an attacker who knows the shop could write."""
    return f"szss_{shop.shop.tenant_id.hex}_{new_id().hex}_{'x' * 43}"
