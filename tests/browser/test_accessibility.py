"""Every page of the panel and the desk, for people who do not see as designers do: by axe, and at any width."""

from collections.abc import Sequence
from typing import Literal

import httpx2
import pytest
from playwright.async_api import Page, ViewportSize

from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.seats.models import SeatKind
from tests.browser.accessibility import LOOKS_ALONE, serious_findings
from tests.browser.conftest import OpenContext, sign_in
from tests.browser.crawling import ROOT, crawl
from tests.browser.furnishing import furnish_with
from tests.browser.routes import Leaf
from tests.browser.shops import RunningShop
from tests.browser.visitors import Visitor, enter, files, parts, streams

DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)

UNBROKEN = "A" * 150
"""A name without a place to break it."""

_CUT_OFF = """() => [...document.querySelectorAll('.scroll')].filter(
    region => region.scrollWidth > region.clientWidth).map(region => `cut off: ${region.outerHTML.slice(0, 80)}`)"""
"""The tables of which not all can be seen at once, as on a phone they need not."""

_TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const outside = [...document.body.querySelectorAll('*')].filter(
        element => element.getBoundingClientRect().right > width && element.closest('.scroll, nav') === null);
    return outside.map(element => `too wide: ${element.outerHTML.slice(0, 80)}`).slice(0, 5);
}"""
"""What makes the page wider than the window, so that it has to be scrolled sideways to be read."""

Look = tuple[Literal["light", "dark"], ViewportSize]
LOOKS: Sequence[Look] = (("light", DESK), ("dark", PHONE))
"""Both schemes and both sizes, for neither changes with the other."""

DOORS = ("/admin/sign-in", "/admin/sign-in?shop=x&joined=1", "/admin/nothing", "/admin/invitation/nothing")


async def findings(page: Page, looks: Sequence[Look] = LOOKS) -> list[str]:
    """What is wrong with the page, however it is looked at: by all rules first, then by those that a look decides."""
    found = []
    for scheme, size in looks:
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        rules = None if (scheme, size) == looks[0] else LOOKS_ALONE
        wrong = [*await serious_findings(page, only=rules), *await page.evaluate(_TOO_WIDE)]
        wrong += await page.evaluate(_CUT_OFF) if size is DESK else []
        found += [f"{page.url} {scheme} {size['width']}: {each}" for each in wrong]
    return found


async def test_the_check_finds_what_is_wrong(page: Page) -> None:
    table = "<div class='scroll' style='overflow: auto'><div style='width: 3000px'>table</div></div>"
    await page.set_content(f"<html><body><img src='x.png'><div style='width: 2000px'>wide</div>{table}</body></html>")
    found = "\n".join(await findings(page))
    assert "image-alt (critical)" in found
    assert "html-has-lang (serious)" in found
    assert "light 1280: too wide: <div style=" in found
    assert "light 1280: cut off: <div class=" in found
    assert "light 360: cut off" not in found


async def test_links_lead_to_every_page(
    owner: Visitor, http: httpx2.AsyncClient, shop: RunningShop, leaves: list[Leaf]
) -> None:
    """So that the tests which follow links leave none out."""
    light = await enter(http, await shop.person("Lena", seat=SeatKind.LIGHT, teams=["accounting"]))
    await shop.add_seat(SeatKind.LIGHT, count=2)
    led = {*DOORS}
    for pages in (await owner.pages(alike=12), await light.pages()):
        led |= {*pages, *parts(pages), *files(pages), *streams(pages)}
    pages_there = [leaf for leaf in leaves if leaf.path.startswith("/admin/") and "GET" in leaf.methods]
    assert [leaf.path for leaf in pages_there if not any(map(leaf.leads_to, led))] == []


@pytest.mark.parametrize("language", list(Language))
async def test_the_doors_can_be_used_by_everybody(open_context: OpenContext, language: Language) -> None:
    page = await (await open_context()).new_page()
    found = []
    for path in DOORS:
        await page.goto(f"{path}{'&' if '?' in path else '?'}language={language.lower()}")
        assert await page.get_attribute("html", "lang") == language.lower()
        found += await findings(page)
    assert not found, "\n".join(found)


@pytest.mark.timeout(420)
async def test_every_page_can_be_used_by_everybody(page: Page, shop: RunningShop) -> None:
    """An owner on a full seat sees all there is: in Polish, whose words are longer, and with names of any length."""
    await furnish_with(shop, UNBROKEN)
    ola = await shop.person(UNBROKEN, role=Role.OWNER, seat=SeatKind.FULL, teams=["accounting"], language=Language.PL)
    await sign_in(page, ola)
    await no_findings_on(page, ROOT, Language.PL)


async def test_a_light_agents_desk_can_be_used_by_everybody(page: Page, shop: RunningShop) -> None:
    await furnish_with(shop, "Zażółć gęślą jaźń")
    await sign_in(page, await shop.person("Lena", seat=SeatKind.LIGHT, teams=["accounting"]))
    await no_findings_on(page, "/admin/desk", Language.EN)


async def no_findings_on(page: Page, within: str, language: Language) -> None:
    """On no page below the path."""
    found = []

    async def visit(path: str) -> str:
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert await page.get_attribute("html", "lang") == language.lower()
        found.extend(await findings(page))
        return await page.content()

    await crawl(visit, within=within)
    assert not found, "\n".join(found)
