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


@pytest.mark.parametrize("language", list(Language))
async def test_an_admin_extends_a_seat_names_a_successor_makes_it_full_and_gives_it_to_somebody_else(
    page: Page, shop: RunningShop, language: Language
) -> None:
    lena, ewa = await shop.person("Lena", seat=SeatKind.LIGHT, teams=["accounting"]), await shop.person("Ewa")
    await sign_in(page, await shop.person("Ola", role=Role.ADMIN, language=language))
    await page.get_by_role("link", name=say(language, "list_seats"), exact=True).click()
    await page.locator("tbody a").first.click()
    last = today() + timedelta(days=75)
    await page.get_by_role("link", name=say(language, "do_licence_extend")).click()
    await page.locator("#last").fill(last.isoformat())
    await no_serious_findings(page)
    await page.get_by_role("button", name=say(language, "do_licence_extend_button")).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_seat_extended"))

    day = today().isoformat()
    await page.get_by_role("link", name=say(language, "do_seat_successor_from", day=day)).click()
    await page.get_by_label(say(language, "field_successor")).select_option(label=f"Ewa ({ewa.email})")
    await no_serious_findings(page)
    await page.get_by_role("button", name=say(language, "do_save")).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_successor_set"))

    await page.get_by_role("link", name=say(language, "do_seat_kind_from", day=day)).click()
    await page.get_by_role("button", name=say(language, "do_seat_kind_button_FULL")).click()
    await expect(page.get_by_role("alert")).to_be_visible()  # no full licence is free
    await page.get_by_label(say(language, "do_seat_kind_exchange")).check()
    await no_serious_findings(page)
    await page.get_by_role("button", name=say(language, "do_seat_kind_button_FULL")).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_seat_kind_changed"))

    await page.get_by_role("link", name=say(language, "do_seat_move_from", day=day)).click()
    await page.get_by_label(say(language, "field_agent")).select_option(label=f"Ewa ({ewa.email})")
    await no_serious_findings(page)
    await page.get_by_role("button", name=say(language, "do_seat_move_button")).dblclick()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_seat_moved"))
    await no_serious_findings(page)
    assert await sitting(shop) == [ewa.agent_id]
    async with shop.database.reading(shop.shop.tenant_id) as session:
        made = await session.scalars(select(SeatAssignment).order_by(SeatAssignment.id))
        seats = [(row.agent_id, row.kind, row.period.upper) for row in made]
    end = beginning_of(last + timedelta(days=1), WARSAW)
    assert [(agent_id, kind) for agent_id, kind, _ in seats] == [
        (lena.agent_id, SeatKind.LIGHT),
        (lena.agent_id, SeatKind.FULL),
        (ewa.agent_id, SeatKind.FULL),
    ]
    assert seats[-1][2] == end


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
