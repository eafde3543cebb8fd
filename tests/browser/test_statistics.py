"""An owner in a real browser looks back on a month: by the menu, by a season, by kinds of seat, at any width."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from admin.catalogue import say
from domain.agents.roles import Role
from domain.kit.errors import Language
from tests.browser.conftest import sign_in
from tests.browser.history import DAYS, a_month
from tests.browser.shops import RunningShop, now
from tests.browser.test_accessibility import findings

TICKETS = 40


@pytest.mark.parametrize("language", list(Language))
async def test_a_month_of_work_is_told_apart_and_adds_up(page: Page, shop: RunningShop, language: Language) -> None:
    ola = await shop.person("Ola", role=Role.OWNER, language=language)
    await a_month(shop, admin=ola, tickets=TICKETS)
    await sign_in(page, ola)
    await page.get_by_role("link", name=say(language, "statistics"), exact=True).click()

    today = now().date()
    await page.get_by_label(say(language, "stat_from"), exact=True).fill((today - timedelta(days=DAYS)).isoformat())
    await page.get_by_label(say(language, "stat_to"), exact=True).fill(today.isoformat())
    await page.get_by_role("button", name=say(language, "stat_show")).click()
    await expect(page.locator("tbody tr")).to_have_count(8)
    assert await taken_on(page) == TICKETS
    assert await findings(page) == []

    await page.get_by_label(say(language, "stat_by"), exact=True).select_option("SEAT_KIND")
    await page.get_by_role("button", name=say(language, "stat_show")).click()
    kinds = page.locator("tbody tr th")
    await expect(kinds).to_have_text([say(language, "stat_kind_FULL"), say(language, "stat_kind_LIGHT")])
    assert await taken_on(page) == TICKETS
    assert await widths(page, "stat_owned") == [pytest.approx(each, abs=1) for each in await shares(page)]

    await page.get_by_role("link", name="Christmas", exact=True).click()
    await expect(page.get_by_role("link", name="Christmas", exact=True)).to_have_attribute("aria-current", "true")
    await page.get_by_label(say(language, "stat_by"), exact=True).select_option("SEASON")
    await page.get_by_role("button", name=say(language, "stat_show")).click()
    await expect(page.locator("tbody tr th")).to_have_text(["Christmas", say(language, "stat_none_SEASON")])
    await page.get_by_text(say(language, "stat_how")).click()
    assert await findings(page) == []


async def numbers(page: Page) -> list[int]:
    """How many tickets each group took on, and the total."""
    cells = await page.locator("tbody tr, tfoot tr").evaluate_all("rows => rows.map(row => row.cells[1].textContent)")
    return [int(cell) for cell in cells]


async def taken_on(page: Page) -> int:
    """The total, which is the sum of the groups."""
    *groups, total = await numbers(page)
    assert sum(groups) == total
    return total


async def shares(page: Page) -> list[float]:
    """How long the bars are to be, the longest first, in pixels."""
    *groups, _ = await numbers(page)
    full = await page.locator("svg.chart").first.evaluate("picture => picture.getBoundingClientRect().width")
    return [full * number / max(groups) for number in sorted(groups, reverse=True)]


async def widths(page: Page, tone: str) -> list[float]:
    """How long the bars of a tone are."""
    bars = page.locator(f"svg.chart .{tone}")
    found: list[float] = await bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().width)")
    return found
