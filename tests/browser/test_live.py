"""A supervisor in a real browser watches the shop: what happens is on the page without a reload, in both languages."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from admin.catalogue import say
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.seats.models import SeatKind
from tests.browser.conftest import OpenContext, sign_in
from tests.browser.shops import RunningShop
from tests.browser.test_accessibility import findings


@pytest.mark.parametrize("language", list(Language))
async def test_a_ticket_that_arrives_is_on_the_page_without_a_reload(
    page: Page, shop: RunningShop, language: Language
) -> None:
    await shop.person("Filip Gil", seat=SeatKind.FULL, teams=["first-line"], online=True)
    sara = await shop.person("Sara", role=Role.SUPERVISOR, seat=SeatKind.LIGHT, language=language)
    order = await shop.order("1001", customer="Zofia")
    await shop.ticket("Zapłacone?", order=order)  # for which nobody is there
    await sign_in(page, sara)
    await page.get_by_role("link", name=say(language, "live"), exact=True).click()
    await expect(page.locator("#live-state")).to_have_text(say(language, "live_open"))
    await page.evaluate("window.unloaded = 'not yet'")
    waiting = page.locator("[data-part=figures] dd").first
    await expect(waiting).to_have_text("1")
    row = page.locator("[data-part=queues] tr").filter(has_text="Accounting")
    await expect(row).to_contain_text(say(language, "live_nobody"))
    await row.get_by_role("link").focus()
    await page.get_by_text(say(language, "live_flow_table")).click()
    await row.get_by_role("link").focus()

    await shop.ticket("A gdzie faktura?", order=order)
    await expect(waiting).to_have_text("2")
    await shop.ticket("Gdzie paczka?", order=order, topic="question")  # which goes to Filip
    held = say(language, "live_held", channel=say(language, "Channel.EMAIL"), held=1, capacity=10)
    await expect(page.locator("[data-part=agents] tr").filter(has_text="Filip Gil")).to_contain_text(held)
    await expect(page.locator("[data-part=flow] svg.chart > text.said")).to_have_text(["3", "1", "0"])
    assert await page.evaluate("window.unloaded") == "not yet"
    await expect(row.get_by_role("link")).to_be_focused()
    await expect(page.locator("#live-quarters")).to_have_attribute("open", "")
    assert await findings(page) == []
    await picture(page, f"live-{language.lower()}-phone")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await picture(page, f"live-{language.lower()}")


async def test_a_page_that_is_paused_stays_as_it_is_until_it_goes_on(page: Page, shop: RunningShop) -> None:
    sara = await shop.person("Sara", role=Role.SUPERVISOR, seat=SeatKind.LIGHT)
    order = await shop.order("1001", customer="Zofia")
    await sign_in(page, sara)
    await page.goto("/admin/live")
    state, waiting = page.locator("#live-state"), page.locator("[data-part=figures] dd").first
    await expect(state).to_have_text("This page updates by itself.")
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/live/stream")):
        await page.get_by_role("button", name="Pause").click()
    await expect(state).to_have_text("Paused. What you see is not the newest.")
    await shop.ticket("Zapłacone?", order=order)
    assert await findings(page) == []  # which takes longer than a look
    await expect(waiting).to_have_text("0")
    await page.get_by_role("button", name="Go on").click()
    await expect(waiting).to_have_text("1")
    await expect(state).to_have_text("This page updates by itself.")


async def test_a_page_whose_session_ends_elsewhere_says_so_and_how_to_go_on(page: Page, shop: RunningShop) -> None:
    sara = await shop.person("Sara", role=Role.SUPERVISOR, seat=SeatKind.LIGHT)
    await sign_in(page, sara)
    await page.goto("/admin/live")
    await expect(page.locator("#live-state")).to_have_text("This page updates by itself.")
    elsewhere = await page.context.new_page()
    await elsewhere.goto("/admin/")
    await elsewhere.get_by_role("button", name="Sign out").click()
    await page.bring_to_front()
    await expect(page.locator("#live-state")).to_contain_text("Your session has ended")
    await expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    await page.get_by_role("link", name="Reload").click()
    await expect(page).to_have_url(re.compile("/admin/sign-in"))


async def test_a_page_that_hears_nothing_for_long_says_so_and_asks_again(page: Page, shop: RunningShop) -> None:
    sara = await shop.person("Sara", role=Role.SUPERVISOR, seat=SeatKind.LIGHT)
    await sign_in(page, sara)
    await page.clock.install()
    await page.goto("/admin/live")
    state = page.locator("#live-state")
    await expect(state).to_have_text("This page updates by itself.")
    await page.clock.run_for(41_000)  # in which the server, whose clock goes on as ever, says nothing
    await expect(state).to_have_text("The connection is lost. Trying again…")
    await expect(page.get_by_role("link", name="Reload")).to_be_visible()
    await page.clock.run_for(31_000)
    await expect(state).to_have_text("This page updates by itself.")


async def test_without_scripts_it_shows_the_state_at_that_time_and_offers_to_reload(
    open_context: OpenContext, shop: RunningShop
) -> None:
    page = await (await open_context(java_script_enabled=False)).new_page()
    sara = await shop.person("Sara", role=Role.SUPERVISOR, seat=SeatKind.LIGHT)
    order = await shop.order("1001", customer="Zofia")
    await sign_in(page, sara)
    await page.goto("/admin/live")
    await expect(page.locator("#live-state")).to_have_text(re.compile(r"As it was at \d\d:\d\d\."))
    await expect(page.locator("#live-pause")).to_be_hidden()
    waiting = page.locator("[data-part=figures] dd").first
    await expect(waiting).to_have_text("0")
    await shop.ticket("Zapłacone?", order=order)
    await page.get_by_role("link", name="Reload").click()
    await expect(waiting).to_have_text("1")


async def picture(page: Page, name: str) -> None:
    """For people to look at, where SEZON_PICTURES names a folder."""
    if folder := os.environ.get("SEZON_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
