"""An admin in a real browser writes intake rules, tries one on the last tickets, and moves it."""

import pytest
from playwright.async_api import Page, expect

from admin.catalogue import say
from domain.agents.roles import Role
from domain.kit.errors import Language
from tests.browser.accessibility import no_serious_findings
from tests.browser.conftest import sign_in
from tests.browser.shops import RunningShop


@pytest.mark.parametrize("language", list(Language))
async def test_a_rule_is_tried_added_moved_and_seen_at_work(page: Page, shop: RunningShop, language: Language) -> None:
    admin = await shop.person("Ola", role=Role.ADMIN, language=language)
    order = await shop.order("1001", customer="Zofia")
    for subject in ("Zwrot bombek", "Kiedy paczka?"):
        await shop.ticket(subject, order=order)
    await sign_in(page, admin)
    await page.get_by_role("link", name=say(language, "list_intake"), exact=True).click()
    for name, condition in (("Wszystkie", "true"), ("Zwroty", "ticket.subject.matches('(?i)zwrot')")):
        await page.get_by_role("link", name=say(language, "intake_add")).click()
        await page.get_by_label(say(language, "field_rule")).fill(name)
        await page.get_by_label(say(language, "field_condition")).fill(condition.replace("ticket.", "tikcet."))
        await page.get_by_label(say(language, "field_tags")).fill(f"Reguła {name}")
        await page.get_by_label(say(language, "intake_stops")).set_checked(name == "Wszystkie")
        if name == "Zwroty":
            await page.get_by_role("button", name=say(language, "intake_try")).click()
            await expect(page.locator("#condition-problem")).to_contain_text("tikcet.subject")
            await no_serious_findings(page)
        await page.get_by_label(say(language, "field_condition")).fill(condition)
        await page.get_by_role("button", name=say(language, "intake_try")).click()
        matched = 2 if name == "Wszystkie" else 0  # the one before it stops
        found = page.locator("section[aria-labelledby=trial] [role=status]")
        await expect(found).to_contain_text(
            say(language, "intake_trial_found", looked_at=2, matched=matched, milliseconds="#").partition("#")[0]
        )
        await no_serious_findings(page)
        await page.get_by_role("button", name=say(language, "do_save")).dblclick()
        await expect(page.get_by_role("status")).to_have_text(say(language, "done_saved"))
    await page.get_by_role("button", name=f"{say(language, 'intake_up')} Zwroty").click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_intake_moved"))
    await expect(page.locator("table.rows tbody tr").first).to_contain_text("Zwroty")
    await no_serious_findings(page)
    await shop.ticket("Zwrot lampek", order=order)
    await page.goto("/admin/tickets")
    await page.get_by_role("link", name="Zwrot lampek").click()
    told = page.locator("section[aria-labelledby=intake]")
    await expect(told).to_contain_text(say(language, "ticket_intake_act", rule="Zwroty", number=1))
    await expect(told).to_contain_text(say(language, "ticket_intake_act", rule="Wszystkie", number=1))
    await no_serious_findings(page)
