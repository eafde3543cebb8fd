"""An admin in a real browser sells day passes and lets somebody in on them, who is seated by signing in."""

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from admin.catalogue import say
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.seats.models import PassEntry, SeatKind
from tests.browser.accessibility import no_serious_findings
from tests.browser.conftest import sign_in
from tests.browser.shops import RunningShop


@pytest.mark.parametrize("language", list(Language))
async def test_passes_are_added_somebody_is_let_in_on_them_and_signing_in_spends_one(
    page: Page, shop: RunningShop, language: Language
) -> None:
    lena = await shop.person("Lena", role=Role.AGENT, language=language)
    admin = await shop.person("Ola", role=Role.ADMIN, language=language)
    await sign_in(page, admin)
    await page.get_by_role("link", name=say(language, "list_seats")).click()
    await page.get_by_role("link", name=say(language, "do_passes")).click()
    await expect(page.get_by_text(say(language, "no_passes"))).to_be_visible()
    await page.get_by_role("link", name=say(language, "do_passes_add")).click()
    await no_serious_findings(page)
    await page.get_by_label(say(language, "field_count")).fill("3")
    await page.get_by_role("button", name=say(language, "do_passes_add")).dblclick()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_passes_added"))
    await page.get_by_role("link", name=say(language, "do_pass_holder"), exact=True).click()
    await no_serious_findings(page)
    await page.get_by_label(say(language, "field_agent")).select_option(str(lena.agent_id))
    await page.get_by_role("button", name=say(language, "do_save")).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_pass_holder_set"))

    await page.context.clear_cookies()
    await sign_in(page, lena)
    await page.goto("/admin/")
    await expect(page.get_by_text(say(language, "LIGHT") + ",")).to_be_visible()
    assert await ledger(shop) == [(SeatKind.LIGHT, 3, 3), (SeatKind.LIGHT, -1, 2)]

    await page.context.clear_cookies()
    await sign_in(page, admin)
    await page.goto("/admin/seats/passes")
    await expect(page.locator("section[aria-labelledby=ledger] tbody tr")).to_have_count(2)
    await no_serious_findings(page)


async def ledger(shop: RunningShop) -> list[tuple[SeatKind, int, int]]:
    async with shop.database.reading(shop.shop.tenant_id) as session:
        lines = await session.scalars(select(PassEntry).order_by(PassEntry.kind, PassEntry.position))
        return [(line.kind, line.count, line.balance) for line in lines]
