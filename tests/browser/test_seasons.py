"""An admin in a real browser plans a season in under a minute, sees its cost, lets it stand, moves it and ends it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import func, select

from admin.catalogue import say
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.seasons.models import Season
from domain.seats.models import SeatKind, SeatLicence
from tests.browser.conftest import sign_in
from tests.browser.shops import RunningShop, now
from tests.browser.test_accessibility import findings

WARSAW = ZoneInfo("Europe/Warsaw")
MARCH_HOURS = 743
"""Of a March in which the clocks go forward."""

SECONDS_A_KEY = 0.28
"""What pressing a key takes an average typist: Card, Moran and Newell, The keystroke-level model, 1980."""

PEOPLE = "Lena Lis, lena@bombka.example\nfilip@bombka.example full"


@dataclass
class Typist:
    """Somebody who uses the keyboard alone, and how many keys were pressed."""

    page: Page
    keys: int = field(default=0)

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)
        self.keys += len(text)

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)
        self.keys += 1

    async def tab_to(self, name: str) -> None:
        """Go on to the field of that name."""
        for _ in range(12):
            await self.press("Tab")
            if await self.page.evaluate("document.activeElement.name") == name:
                return
        raise AssertionError(f"Tab does not lead to {name}.")

    async def paste(self, text: str) -> None:
        await self.page.keyboard.insert_text(text)
        self.keys += 2


def money(language: Language, minor: int) -> str:
    """As the panel writes it."""
    whole, part = divmod(minor, 100)
    grouped = f"{whole:,}".replace(",", "\xa0")
    return f"{grouped}{',' if language is Language.PL else '.'}{part:02}\xa0PLN"


def share(amount: int, used: int, whole: int) -> int:
    """To the grosz, a half to the even one."""
    return round(Fraction(amount * used, whole))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", list(Language))
async def test_a_season_is_planned_by_keyboard_in_under_a_minute_and_its_cost_stands_there_before_it_does(
    page: Page, shop: RunningShop, language: Language
) -> None:
    """From 3 March to 4 April: the month of the days is their number as well, so that any order of them is right."""
    year = today().year + 1
    await sign_in(page, await shop.person("Ola", role=Role.ADMIN, language=language))
    await page.get_by_role("link", name=say(language, "list_seasons"), exact=True).click()
    await page.get_by_role("main").get_by_role("link", name=say(language, "season_add")).click()

    typist = Typist(page)
    await page.locator("#season").focus()
    await typist.type("Wielkanoc")
    await typist.tab_to("first_day")
    await typist.type(f"0303{year}")
    await typist.tab_to("last_day")
    await typist.type(f"0404{year}")
    await typist.tab_to("light")
    await typist.type("20")
    await typist.tab_to("full")
    await typist.type("4")
    await typist.tab_to("people")
    await typist.paste(PEOPLE)
    await typist.tab_to("teams")
    await typist.press("Space")
    await typist.tab_to("capacity_CHAT")
    await typist.type("2")
    await typist.press("Enter")
    assert typist.keys * SECONDS_A_KEY < 60

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Wielkanoc")
    full = (4 * share(14900, 695, MARCH_HOURS), 4 * share(14900, 4, 30))
    light = (20 * share(2900, 695, MARCH_HOURS), 20 * share(2900, 4, 30))
    assert (full, light) == ((55_748, 7_948), (54_260, 7_740))
    rows = [
        await row.locator("td").all_inner_texts()
        for row in await page.locator(".costs tbody tr, .costs tfoot tr").all()
    ]
    assert rows == [
        [money(language, amount) for amount in (full[month], light[month], full[month] + light[month])]
        for month in (0, 1)
    ] + [[money(language, amount) for amount in (63_696, 62_000, 125_696)]]
    figures = await page.locator(".figures dd:not(.beside)").all_inner_texts()
    assert figures == ["33", "24", "792", money(language, 125_696)]
    assert await page.locator("#people ~ .scroll tbody tr").count() == 2
    assert await findings(page) == []
    assert await standing(shop) == {}

    await page.get_by_role("button", name=say(language, "season_schedule")).dblclick()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_season_scheduled"))
    assert await standing(shop) == {SeatKind.FULL: 4, SeatKind.LIGHT: 20}
    assert await findings(page) == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", list(Language))
async def test_a_season_is_made_longer_and_ended_and_the_page_says_first_what_that_means(
    page: Page, shop: RunningShop, language: Language
) -> None:
    boss, first = await shop.person("Ola", role=Role.ADMIN, language=language), today()
    last = first + timedelta(days=9)
    season_id = await shop.season("Zima", by=boss, first=first, last=last, light_count=3)
    agent = await shop.person("Lena", teams=["accounting"])
    await sign_in(page, boss)
    await page.goto(f"/admin/seasons/{season_id}")
    await page.get_by_role("link", name=say(language, "season_add_people")).first.click()
    await page.locator("#people").fill(f"nobody\nLena <{agent.email}>")
    await page.get_by_role("button", name=say(language, "season_add_people")).click()
    await expect(page.locator("#people-problem")).to_be_visible()
    assert await findings(page) == []
    await page.locator("#people").fill(f"Lena <{agent.email}>")
    await page.get_by_role("button", name=say(language, "season_add_people")).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_season_people_added"))

    later = last + timedelta(days=7)
    await page.get_by_role("link", name=say(language, "season_move")).click()
    await page.locator("#last_day").fill(later.isoformat())
    await page.get_by_role("button", name=say(language, "do_seats_review")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(say(language, "season_longer"))
    assert await findings(page) == []
    assert (await season(shop)).last_day == last
    await page.get_by_role("button", name=say(language, "season_longer_button", day=later)).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_season_moved"))
    assert (await season(shop)).last_day == later

    await page.get_by_role("link", name=say(language, "season_end"), exact=True).click()
    await expect(page.get_by_text(say(language, "do_loses_access"))).to_be_visible()
    assert await findings(page) == []
    assert (await season(shop)).ended_at is None
    await page.get_by_role("button", name=say(language, "season_end_button")).click()
    await expect(page.get_by_role("status")).to_have_text(say(language, "done_season_ended"))
    assert await standing(shop) == {}


@pytest.mark.parametrize(("light", "full"), [(0, 0), (1, 0), (20, 4), (800, 200)])
async def test_the_picture_of_the_year_is_true_to_the_day(page: Page, shop: RunningShop, light: int, full: int) -> None:
    """Where blocks begin and end, how high they are, and where today is, as far as pixels can tell."""
    boss, year = await shop.person("Ola", role=Role.ADMIN), today().year
    first, last = today(), date(year, 12, 31)
    if light:
        await shop.season(
            "Christmas", by=boss, first=first, last=last + timedelta(days=10), light_count=light, full_count=full
        )
    await sign_in(page, boss)
    await page.goto("/admin/seasons")
    days = (last - date(year, 1, 1)).days + 1
    plot = await page.locator(".year .plot").bounding_box()
    assert plot is not None

    def across(day: date) -> float:
        return plot["x"] + plot["width"] * (day - date(year, 1, 1)).days / days

    at = await page.locator(".year line.today").bounding_box()
    assert at is not None
    assert at["x"] == pytest.approx(across(today()) + plot["width"] / days / 2, abs=2)
    lines = [int(text) for text in await page.locator(".year .axis text").all_text_contents()]
    assert lines[-1] >= light + full
    for kind, count in (("full", full), ("light", light)):
        blocks = page.locator(f".year rect.{kind}")
        assert await blocks.count() == (1 if count else 0)
        if count:
            box = await blocks.bounding_box()
            assert box is not None
            assert box["x"] == pytest.approx(across(first), abs=1)
            assert box["x"] + box["width"] == pytest.approx(plot["x"] + plot["width"], abs=1)
            assert box["height"] == pytest.approx(170 * count / lines[-1], abs=1)
    if light:
        bar = await page.locator(".year .bar").bounding_box()
        assert bar is not None
        assert bar["x"] == pytest.approx(across(first), abs=1)
    assert await findings(page) == []
    await page.locator("summary").click()
    december = page.locator("details tbody tr").nth(11)
    assert await december.locator("td").all_inner_texts() == [str(full), str(light), str(full + light)]


def today() -> date:
    return now().astimezone(WARSAW).date()


async def season(shop: RunningShop) -> Season:
    async with shop.database.reading(shop.shop.tenant_id) as session:
        return (await session.scalars(select(Season))).one()


async def standing(shop: RunningShop) -> dict[SeatKind, int]:
    """How many licences of seasons run or are to, by kind."""
    async with shop.database.reading(shop.shop.tenant_id) as session:
        found = await session.execute(
            select(SeatLicence.kind, func.count())
            .where(
                SeatLicence.season_id.is_not(None),
                SeatLicence.cancelled_at.is_(None),
                func.upper(SeatLicence.period) > now(),
            )
            .group_by(SeatLicence.kind)
        )
        return dict(found.all())
