"""The page of statistics: its figures and pictures, in the words of its reader, to whoever may see them."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from admin.app import create_panel
from admin.statistics.asked import Asked, asked_of, presets
from admin.statistics.charts import MOST, Bar, Measure, chart
from admin.statistics.words import number, waited, worked
from domain.agents.models import Agent
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import InvalidInput, Language
from domain.kit.ids import new_id
from domain.planning.deeds import StatisticsBy
from domain.planning.statistics import Durations, Figures, StatisticsTooWide
from domain.seasons.models import Season
from tests.admin.test_panel import OWN, URL, text_of
from tests.api.http.conftest import HandClock, settings_for
from tests.conftest import NOW, FoundShop, Shop
from tests.domain.planning.test_statistics import a_morning
from tests.domain.world import World
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.servers import Servers

TODAY = date(2026, 11, 2)
NONE = Durations(0, None, None)


@pytest.fixture
def clock() -> HandClock:
    clock = HandClock()
    clock.at = NOW + timedelta(hours=6)
    return clock


@pytest.fixture
async def http(servers: Servers, database: Database, clock: HandClock) -> AsyncIterator[httpx2.AsyncClient]:
    panel = create_panel(settings_for(servers), database, clock, passwords=cheap_passwords())
    transport = httpx2.ASGITransport(Starlette(routes=[Mount("/admin", panel)]))
    async with httpx2.AsyncClient(transport=transport, base_url=URL, headers={"Accept-Language": "en"}) as client:
        yield client


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


async def enter(
    http: httpx2.AsyncClient, world: World, shop: Shop, role: Role = Role.OWNER, language: Language = Language.EN
) -> None:
    email = f"{new_id().hex}@bombka.example"
    await add_member(world.database, shop, email=email, role=role, language=language)
    form = {"shop": shop.slug, "email": email, "password": PASSWORD}
    http.cookies.clear()
    assert (await http.post("/admin/sign-in", data=form, headers=OWN)).status_code == 303


def rows_of(response: httpx2.Response) -> list[list[str]]:
    """The cells of the table's body and foot, in words."""
    cells = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
    body = response.text[response.text.index("<tbody>") :]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]*>", "", cell)).replace("\N{NO-BREAK SPACE}", " ") for cell in cells.findall(row)]
        for row in rows
    ]


async def test_the_table_has_every_figure_of_every_group_and_the_total(
    http: httpx2.AsyncClient, world: World, shop: Shop
) -> None:
    anna, lena = await a_morning(world)
    await enter(http, world, shop)
    page = await http.get("/admin/statistics")
    assert page.status_code == 200
    total = ["3", "2", "1", "1 h 20 min", "1", "30 min", "30 min", "2 h 2 min", "2 h 16 min"]
    first = ["2", "1", "0", "50 min", "1", "30 min", "30 min", "2 h 20 min", "2 h 20 min"]
    second = ["1", "1", "1", "30 min", "0", "–", "–", "1 h 45 min", "1 h 45 min"]
    assert rows_of(page) == [["Jan Nowak", *first], ["Jan Nowak", *second], ["Total", *total]]
    assert [f'href="/admin/agents/{person.agent_id}"' in page.text for person in (anna, lena)] == [True, True]
    kinds = await http.get("/admin/statistics?by=SEAT_KIND")
    assert rows_of(kinds) == [["Full seats", *first], ["Light seats", *second], ["Total", *total]]
    seasons = await http.get("/admin/statistics?by=SEASON")
    assert rows_of(seasons) == [["Outside any season", *total], ["Total", *total]]
    teams = await http.get("/admin/statistics?by=TEAM")
    assert rows_of(teams) == [["first-line", *total], ["Total", *total]]
    assert f'href="/admin/teams/{world.teams["first-line"]}"' in teams.text


async def test_what_light_seats_did_and_what_was_done_without_them_stand_beside_the_whole(
    http: httpx2.AsyncClient, world: World, shop: Shop
) -> None:
    await a_morning(world)
    await enter(http, world, shop)
    text = text_of(await http.get("/admin/statistics")).replace("\N{NO-BREAK SPACE}", " ")
    assert "Taken on 3 1 on light seats, 2 without them" in text
    assert "Resolved 2 1 on light seats, 1 without them" in text
    assert "Reopened 1 1 on light seats, 0 without them" in text
    assert "Work 1 h 20 min 30 min on light seats, 50 min without them" in text
    assert "First reply 30 min Half took no longer, 9 of 10 at most 30 min" in text
    assert "Resolution 2 h 2 min Half took no longer, 9 of 10 at most 2 h 16 min" in text


async def test_each_picture_says_in_words_what_it_shows_and_where_the_rest_is(
    http: httpx2.AsyncClient, world: World, shop: Shop
) -> None:
    await a_morning(world)
    await enter(http, world, shop)
    html = (await http.get("/admin/statistics?by=SEAT_KIND")).text.replace("\N{NO-BREAK SPACE}", " ")
    pictures = re.findall(r'<svg class="chart" role="img".*?</svg>\s*(?:<p|</section>)', html, re.DOTALL)
    titles = [re.findall(r"<title[^>]*>(.*?)</title>", picture)[0] for picture in pictures]
    assert titles == ["Tickets, as bars", "Work, as bars", "First reply, as bars", "Resolution, as bars"]
    longest = [re.findall(r"<desc[^>]*>(.*?)</desc>", picture)[0] for picture in pictures]
    assert longest[0] == "The longest is that of Full seats: 2 · 1 · 0. The table below has every figure."
    assert re.findall(r'<rect class="bar stat_work" y="(\d+)" width="([\d.]+)%"', pictures[1]) == [
        ("20", "100.0"),
        ("64", "60.0"),
    ]
    for inline in (" style=", "<style", "<script", " onclick"):
        assert inline not in html


async def test_days_are_the_shops_own_and_the_last_one_counts(
    http: httpx2.AsyncClient, world: World, shop: Shop, clock: HandClock
) -> None:
    await a_morning(world)
    await enter(http, world, shop)
    for days, taken in (("from=2026-11-02&to=2026-11-02", True), ("from=2026-11-03&to=2026-11-03", False),
                        ("from=2026-10-01&to=2026-11-01", False)):  # fmt: skip
        page = await http.get(f"/admin/statistics?{days}")
        assert ("Nothing was done with tickets in this time." not in page.text) is taken
        assert 'value="' + days[5:15] in page.text


async def test_in_polish_it_says_all_of_it_in_polish(http: httpx2.AsyncClient, world: World, shop: Shop) -> None:
    await a_morning(world)
    await enter(http, world, shop, language=Language.PL)
    page = await http.get("/admin/statistics?by=SEASON")
    assert rows_of(page)[-1][:5] == ["Razem", "3", "2", "1", "1 h 20 min"]
    assert "Poza sezonami" in page.text
    assert "1 na lekkich licencjach, 2 bez nich" in text_of(page)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("from=x", "From: must be a date, such as 2026-11-01."),
        ("from=1200-01-01", "From: must be in 1970 to 2199."),
        ("from=2026-11-03&to=2026-11-02", "To: must not be before the first day."),
        ("from=2025-01-01&to=2026-11-02", "To: must be within 400 days of “from”."),
        ("by=NOBODY", "Group by: must be one of those below."),
        ("from=%00", "From: must be a date, such as 2026-11-01."),
    ],
)
async def test_what_is_no_time_is_said_beside_the_form_and_nothing_is_counted(
    http: httpx2.AsyncClient, world: World, shop: Shop, query: str, problem: str
) -> None:
    await enter(http, world, shop)
    page = await http.get(f"/admin/statistics?{query}")
    assert page.status_code == 422
    assert problem in unescape(page.text)
    assert "<table" not in page.text


async def test_what_takes_too_long_to_count_is_said(
    http: httpx2.AsyncClient, world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_wide(*_: object, **__: object) -> None:
        raise StatisticsTooWide

    monkeypatch.setattr("admin.statistics.page.statistics", too_wide)
    await enter(http, world, shop)
    page = await http.get("/admin/statistics")
    assert (page.status_code, "Ask for less of it at once." in page.text) == (422, True)


async def test_agents_are_neither_offered_nor_shown_it(http: httpx2.AsyncClient, world: World, shop: Shop) -> None:
    await enter(http, world, shop, Role.AGENT)
    assert (await http.get("/admin/statistics")).status_code == 403
    assert "/admin/statistics" not in (await http.get("/admin/")).text
    await enter(http, world, shop, Role.ADMIN)
    assert "/admin/statistics" in (await http.get("/admin/")).text


async def test_another_shops_work_is_on_no_page(
    http: httpx2.AsyncClient, world: World, shop: Shop, database: Database, found_shop: FoundShop
) -> None:
    await a_morning(await World.found(database, await found_shop()))
    await enter(http, world, shop)
    assert "Nothing was done with tickets in this time." in (await http.get("/admin/statistics")).text


async def test_a_name_stays_text(http: httpx2.AsyncClient, world: World, shop: Shop, database: Database) -> None:
    anna, _ = await a_morning(world)
    async with database.writing(shop.tenant_id) as session:
        agent = await session.get_one(Agent, (shop.tenant_id, anna.agent_id))
        agent.name = "<script>alert(1)</script>"
    await enter(http, world, shop)
    page = await http.get("/admin/statistics")
    assert "<script>" not in page.text
    assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 4


def test_months_and_begun_seasons_are_offered() -> None:
    season = Season(name="Christmas", first_day=date(2026, 10, 20), last_day=date(2027, 1, 15))
    offered = [(preset.first, preset.last, preset.word, preset.name) for preset in presets([season], today=TODAY)]
    assert offered == [
        (date(2026, 11, 1), date(2026, 11, 30), "stat_this_month", None),
        (date(2026, 10, 1), date(2026, 10, 31), "stat_last_month", None),
        (date(2026, 10, 20), date(2027, 1, 15), None, "Christmas"),
    ]
    in_january = presets([], today=date(2028, 3, 31))
    assert [(preset.first, preset.last) for preset in in_january] == [
        (date(2028, 3, 1), date(2028, 3, 31)),
        (date(2028, 2, 1), date(2028, 2, 29)),
    ]


def test_what_is_left_out_of_an_address_is_this_month_and_agents() -> None:
    assert asked_of({}, today=TODAY) == Asked(date(2026, 11, 1), date(2026, 11, 30), StatisticsBy.AGENT)
    asked = asked_of({"from": "2026-10-25", "to": "2026-10-25", "by": "TEAM"}, today=TODAY)
    start, end = asked.instants(ZoneInfo("Europe/Warsaw"))
    assert end - start == timedelta(hours=25), "the clocks are set back on that day"
    with pytest.raises(InvalidInput):
        asked_of({"to": "2026-10-31"}, today=TODAY)


def figures(owned: int, resolved: int = 0, seconds: float = 0) -> Figures:
    took = Durations(1, seconds, 2 * seconds) if seconds else NONE
    return Figures(owned, resolved, 0, timedelta(), NONE, took)


BESIDE: Measure[Figures] = Measure(
    "tickets", ("a", "b"), lambda one: (one.owned, one.resolved), lambda one: f"{one.owned}"
)
NESTED: Measure[Figures] = Measure(
    "took", ("half", "most"), lambda one: (one.resolution.p50 or 0, one.resolution.p90 or 0), str, nested=True
)


def test_bars_are_on_one_scale_the_largest_group_first_and_who_has_nothing_has_none() -> None:
    drawn = chart(BESIDE, [("Ewa", figures(1, 4)), ("Jan", figures(0)), ("Ola", figures(8, 2))])
    assert [(row.name, row.said, row.y) for row in drawn.rows] == [("Ola", "8", 0), ("Ewa", "1", 46)]
    assert [row.bars for row in drawn.rows] == [
        (Bar("a", 100.0, 20, 7), Bar("b", 25.0, 27, 7)),
        (Bar("a", 12.5, 66, 7), Bar("b", 50.0, 73, 7)),
    ]
    assert (drawn.height, drawn.left_out) == (92, 0)


def test_nested_bars_have_the_longest_behind() -> None:
    drawn = chart(NESTED, [("Ewa", figures(0, seconds=60))])
    assert drawn.rows[0].bars == (Bar("most", 100.0, 20, 12), Bar("half", 50.0, 20, 12))
    assert chart(NESTED, [("Ewa", figures(5))]).rows == ()


def test_a_chart_has_so_many_groups_and_says_how_many_more_there_are() -> None:
    drawn = chart(BESIDE, [(str(owned), figures(owned)) for owned in range(1, MOST + 6)])
    assert [row.name for row in drawn.rows] == [str(owned) for owned in range(MOST + 5, 5, -1)]
    assert drawn.left_out == 5


@pytest.mark.parametrize(
    ("seconds", "english", "polish"),
    [
        (None, "–", "–"),
        (0.0, "0 min", "0 min"),
        (59.9, "below 1 min", "poniżej 1 min"),
        (60.0, "1 min", "1 min"),
        (3_599.0, "59 min", "59 min"),
        (3_600.0, "1 h", "1 h"),
        (8_100.0, "2 h 15 min", "2 h 15 min"),
        (172_799.0, "47 h 59 min", "47 h 59 min"),
        (172_800.0, "2 days 0 h", "2 dni 0 h"),
        (1_000_000_000.0, "11 574 days 1 h", "11 574 dni 1 h"),
    ],
)
def test_a_wait_is_said_as_people_say_it(seconds: float | None, english: str, polish: str) -> None:
    for language, said in ((Language.EN, english), (Language.PL, polish)):
        assert waited(language, seconds).replace("\N{NO-BREAK SPACE}", " ") == said


def test_work_is_said_in_hours_however_many() -> None:
    said = [worked(Language.EN, timedelta(minutes=minutes)) for minutes in (0, 45, 99 * 60 + 59, 6_001, 123_456_789)]
    plain = [one.replace("\N{NO-BREAK SPACE}", " ") for one in said]
    assert plain == ["0 min", "45 min", "99 h 59 min", "100 h", "2 057 613 h"]
    assert number(1_234_567).replace("\N{NO-BREAK SPACE}", " ") == "1 234 567"
