"""An admin in a real browser adds a season of seats, sits somebody on one, and takes it back."""

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from admin.catalogue import say
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.seats.days import beginning_of
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from tests.browser.accessibility import no_serious_findings
from tests.browser.conftest import sign_in
from tests.browser.shops import RunningShop, now

WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.mark.parametrize("language", list(Language))
async def test_an_admin_adds_a_season_of_seats_and_sees_the_seat_days_before_confirming(
    page: Page, shop: RunningShop, language: Language
) -> None:
    await sign_in(page, await shop.person("Ola", role=Role.ADMIN, language=language))
    await page.get_by_role("link", name=say(language, "list_seats")).click()
    await page.get_by_role("link", name=say(language, "do_seats_add")).click()
    first = today() + timedelta(days=10)
    last = first + timedelta(days=75)
    await page.get_by_label(say(language, "LIGHT")).check()
    await page.get_by_label(say(language, "field_count")).fill("20")
    await page.locator("#from").fill(first.isoformat())
    await page.locator("#to").fill(last.isoformat())
    await page.get_by_label(say(language, "field_label")).fill("Święta")
    await page.get_by_role("button", name=say(language, "do_seats_review")).click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(say(language, "do_seats_check"))
    await expect(page.get_by_text("20 × 76 = 1520")).to_be_visible()
    await no_serious_findings(page)
    assert await licences(shop) == Counter()

    await page.get_by_role("button", name=say(language, "do_seats_add_button", count=20)).dblclick()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_seats_added"))
    period = (beginning_of(first, WARSAW), beginning_of(last + timedelta(days=1), WARSAW))
    assert await licences(shop) == Counter({(SeatKind.LIGHT, *period, "Święta"): 20})
    await page.reload()
    await expect(page.locator("tbody tr")).to_have_count(20)
    await no_serious_findings(page)


@pytest.mark.parametrize("language", list(Language))
async def test_an_admin_sits_somebody_on_a_seat_and_takes_it_back(
    page: Page, shop: RunningShop, language: Language
) -> None:
    lena = await shop.person("Lena", teams=["accounting"])
    await shop.add_seat(SeatKind.LIGHT, label="Święta")
    await sign_in(page, await shop.person("Ola", role=Role.ADMIN, language=language))
    await page.get_by_role("link", name=say(language, "list_seats")).click()
    await page.locator("tbody a").first.click()
    await page.get_by_role("link", name=say(language, "do_seat_assign")).click()
    await page.get_by_label(say(language, "field_agent")).select_option(label=f"Lena ({lena.email})")
    await page.get_by_role("button", name=say(language, "do_seat_assign_button")).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_seat_assigned"))
    assert await sitting(shop) == [lena.agent_id]

    await page.get_by_role("link", name=say(language, "do_seat_release_from", day=today().isoformat())).click()
    await expect(page.get_by_text(say(language, "do_loses_access"))).to_be_visible()
    await page.get_by_role("button", name=say(language, "do_seat_release_button")).click()
    await expect(page.get_by_role("alert")).to_be_visible()  # when was not said
    assert await sitting(shop) == [lena.agent_id]
    await page.get_by_label(say(language, "do_end_at_once")).check()
    await no_serious_findings(page)
    await page.get_by_role("button", name=say(language, "do_seat_release_button")).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_seat_released"))
    assert await sitting(shop) == []


def today() -> date:
    return now().astimezone(WARSAW).date()


async def licences(shop: RunningShop) -> Counter[tuple[object, ...]]:
    async with shop.database.reading(shop.shop.tenant_id) as session:
        rows = await session.scalars(select(SeatLicence))
        return Counter((row.kind, row.period.lower, row.period.upper, row.label) for row in rows)


async def sitting(shop: RunningShop) -> list[object]:
    """Who sits on a seat at this moment."""
    async with shop.database.reading(shop.shop.tenant_id) as session:
        live = select(SeatAssignment.agent_id).where(
            SeatAssignment.period.contains(now()), SeatAssignment.cancelled_at.is_(None)
        )
        return list(await session.scalars(live))
