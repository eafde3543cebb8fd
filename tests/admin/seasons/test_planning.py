"""The form for a season: what it asks, what it says back, and the draft that it makes."""

import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import func, select

from domain.agents.channels import Channel
from domain.agents.models import Member
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.seasons import queries
from domain.seasons.models import Season
from domain.seats.models import SeatKind, SeatLicence
from tests.admin.actions.conftest import Browser, Typed, hidden, said
from tests.admin.seasons.conftest import FILIP, LENA, drafted, scheduled
from tests.conftest import FoundShop
from tests.domain.world import World
from tests.state import events_of, everything

LEAST: dict[str, str] = {
    "season": "Święta",
    "first_day": "2026-12-01",
    "last_day": "2027-01-15",
    "light": "20",
    "full": "4",
    "lead_days": "7",
    "role": "AGENT",
    "language": "PL",
}
"""What the form sends when only its name, days and light seats were typed, and one more number."""


async def seasons(world: World) -> list[Season]:
    async with world.database.reading(world.tenant_id) as session:
        return list(await session.scalars(select(Season).order_by(Season.id)))


async def test_a_season_is_drafted_once_from_one_form_and_its_page_comes_next(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin)
    successor = await world.seatless()
    typed: Typed = {
        **hidden(await browser.get("/seasons/add")),
        **LEAST,
        "teams": [str(world.teams["accounting"]), str(world.teams["first-line"])],
        "skills": str(world.skills["payments"]),
        "capacity_CHAT": "3",
        "capacity_EMAIL": "",
        "lead_days": "14",
        "successor": str(successor.id),
        "people": "Lena Lis <Lena@shop.example>\r\n\r\nfilip@shop.example pełna\r\n",
    }
    answers = [await browser.post("/seasons/add", typed) for _ in range(2)]
    (season,) = await seasons(world)
    for answer in answers:
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"/admin/seasons/{season.id}?done=season_drafted",
        )
    assert (season.name, season.first_day, season.last_day) == ("Święta", date(2026, 12, 1), date(2027, 1, 15))
    assert (season.light_count, season.full_count, season.lead_days) == (20, 4, 14)
    assert (season.role, season.language, season.successor_id) == (Role.AGENT, Language.PL, successor.id)
    assert (season.created_by_id, season.scheduled_at) == (admin.id, None)
    async with database.reading(world.tenant_id) as session:
        assert await queries.team_ids(session, season_id=season.id) == sorted(world.teams.values())
        assert await queries.skill_ids(session, season_id=season.id) == [world.skills["payments"]]
        assert await queries.capacities(session, season_id=season.id) == {Channel.CHAT: 3}
        people = await queries.people(session, season_id=season.id)
        assert [(one.email, one.name, one.kind) for one in people] == [
            ("lena@shop.example", "Lena Lis", SeatKind.LIGHT),
            ("filip@shop.example", "Filip", SeatKind.FULL),
        ]
        assert await session.scalar(select(func.count()).select_from(SeatLicence)) == 0
        assert await session.scalar(select(func.count()).select_from(Member)) == 2
    assert [name for name, _, _ in await events_of(database, world.tenant_id, aggregate="season")] == ["SeasonDrafted"]
    landed = await browser.http.get(answers[0].headers["location"])
    assert '<p class="good" role="status">The draft is kept.' in landed.text


async def test_what_nobody_types_is_sensible(browser: Browser, admin: Actor) -> None:
    await browser.sign_in(admin)
    page = (await browser.get("/seasons/add")).text
    for field in (
        'name="full" type="number" value="0" required',
        'name="lead_days" type="number" value="7" required',
        '<option value="AGENT" selected>',
        '<option value="PL" selected>',
        '<option value="">Nobody: back to the queues</option>',
    ):
        assert field in page
    assert "checked" not in page
    for name in ("season", "first_day", "last_day", "light"):
        (tag,) = re.findall(rf'<input id="{name}"[^>]*>', page)
        assert 'value=""' in tag
        assert " required" in tag


async def test_a_draft_is_changed_in_the_same_form_filled_in(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    season_id = await drafted(world, admin, capacities={Channel.CHAT: 2, Channel.PHONE: 4})
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/{season_id}/edit")
    shown = unescape(page.text)
    assert "Lena Lis <lena@shop.example>\nFilip Gil <filip@shop.example> full</textarea>" in shown
    for field in (
        'name="season" type="text" value="Święta"',
        'name="first_day" type="date" value="2026-12-01"',
        'name="last_day" type="date" value="2027-01-15"',
        'name="light" type="number" value="2"',
        'name="full" type="number" value="1"',
        'name="capacity_CHAT" type="number" value="2"',
        'name="capacity_PHONE" type="number" value="4"',
        f'name="teams" value="{world.teams["accounting"]}" checked',
        f'name="teams" value="{world.teams["first-line"]}">',
        f'name="skills" value="{world.skills["payments"]}" checked',
        "<details open>",
    ):
        assert field in shown
    again = {**hidden(page), **LEAST, "people": "olga@shop.example"}
    for _ in range(2):
        answer = await browser.post(f"/seasons/{season_id}/edit", again)
        assert answer.headers["location"] == f"/admin/seasons/{season_id}?done=season_drafted"
    (season,) = await seasons(world)
    assert (season.id, season.light_count, season.version) == (season_id, 20, 2)
    async with database.reading(world.tenant_id) as session:
        people = await queries.people(session, season_id=season_id)
        assert [person.email for person in people] == ["olga@shop.example"]
        assert await queries.team_ids(session, season_id=season_id) == []


@pytest.mark.parametrize(
    ("typed", "field", "problem"),
    [
        ({"season": " "}, "season", "Must not be empty."),
        ({"first_day": ""}, "first_day", "Must not be empty."),
        ({"first_day": "1.12.2026"}, "first_day", "Must be a date, such as 2026-11-01."),
        ({"first_day": "2026-11-01"}, "first_day", "Must not be in the past."),
        ({"last_day": "2026-11-30"}, "last_day", "Must not be before the first day."),
        ({"last_day": "2028-01-15"}, "last_day", "Must be within 400 days."),
        ({"light": ""}, "light", "Must be 0 to 1,000."),
        ({"light": "0", "full": "0"}, "light", "Must be 1 to 1,000."),
        ({"light": "997"}, "light", "Must be 1 to 1,000."),
        ({"full": "-1"}, "full", "Must be 0 to 1,000."),
        ({"lead_days": "91"}, "lead_days", "Must be 0 to 90."),
        ({"role": "KING"}, "role", "Choose one."),
        ({"role": "OWNER"}, "role", "As an admin you cannot make anyone an owner."),
        ({"language": "DE"}, "language", "Choose one."),
        ({"teams": str(new_id())}, "teams", "There is no such team."),
        ({"skills": "x"}, "skills", "Choose from the list."),
        ({"successor": str(new_id())}, "successor", "There is no such agent."),
        ({"capacity_CHAT": "1001"}, "capacity_CHAT", "Must be 0 to 1,000."),
        ({"capacity_FORM": "x"}, "capacity_FORM", "Must be 0 to 1,000."),
        ({"people": "lena@shop.example\nLena"}, "people", "Line 2: has no e-mail address."),
        (
            {"people": "lena@shop.example\n\nLENA@shop.example full"},
            "people",
            "Line 3: lena@shop.example is in line 1 already.",
        ),
        ({"people": "\n".join(f"o{n}@shop.example" for n in range(201))}, "people", "Must be at most 200."),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    browser: Browser,
    admin: Actor,
    world: World,
    database: Database,
    typed: dict[str, str],
    field: str,
    problem: str,
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    answer = await browser.post("/seasons/add", {**LEAST, **typed})
    assert answer.status_code == 422
    assert f'<p class="wrong" id="{field}-problem">{problem}</p>' in answer.text
    assert f'<a href="#{field}">' in answer.text
    assert f'aria-describedby="{field}-hint {field}-problem"' in answer.text or f'"{field}-problem"' in answer.text
    assert 'value="2027-01-15"' in answer.text or "last_day" in typed
    assert await everything(database, world.tenant_id) == before


async def test_lines_are_refused_by_their_number_in_polish_as_well(browser: Browser, admin: Actor) -> None:
    await browser.sign_in(admin, language="pl")
    answer = await browser.post("/seasons/add", {**LEAST, "people": "Lena\nola@x"})
    assert '<p class="wrong" id="people-problem">Wiersz 1: brakuje adresu e-mail.</p>' in answer.text
    assert "Lena\nola@x</textarea>" in answer.text


async def test_a_season_that_stands_is_not_changed_by_the_form(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    season_id = await scheduled(world, admin)
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/{season_id}/edit")
    assert "This season is no draft any more, so its plan stands." in said(page)
    assert "<textarea" not in page.text
    before = await everything(database, world.tenant_id)
    answer = await browser.post(f"/seasons/{season_id}/edit", LEAST)
    assert answer.status_code == 422
    assert await everything(database, world.tenant_id) == before


async def test_another_shops_draft_is_no_page_and_its_teams_and_people_are_nobody(
    browser: Browser, admin: Actor, world: World, database: Database, found_shop: FoundShop
) -> None:
    there = await World.found(database, await found_shop())
    stranger = await there.seatless(role=Role.ADMIN)
    theirs = await drafted(there, Actor(admin.kind, stranger.member_id), people=[LENA, FILIP])
    await browser.sign_in(admin)
    before = [await everything(database, shop.tenant_id) for shop in (world, there)]
    for season_id in (theirs, new_id(), "x"):
        assert (await browser.get(f"/seasons/{season_id}/edit")).status_code == 404
        assert (await browser.post(f"/seasons/{season_id}/edit", LEAST)).status_code == 404
    for name, value in (("teams", there.teams["accounting"]), ("successor", stranger.id)):
        assert (await browser.post("/seasons/add", {**LEAST, name: str(value)})).status_code == 422
    assert [await everything(database, shop.tenant_id) for shop in (world, there)] == before


async def test_an_address_fills_no_form_in(browser: Browser, admin: Actor) -> None:
    await browser.sign_in(admin)
    tricked = await browser.get("/seasons/add?season=Evil&light=1000&people=evil@klient.example&once=x&teams=y")
    plain = await browser.get("/seasons/add")
    first, second = (
        re.sub(r'name="once" value="[0-9a-f]{32}"', "", page.text.partition('<main id="main"')[2])
        for page in (tricked, plain)
    )
    assert first == second


async def test_what_another_admin_has_changed_meanwhile_is_not_overwritten_unawares(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    season_id = await drafted(world, admin)
    await browser.sign_in(admin)
    mine, others = [hidden(await browser.get(f"/seasons/{season_id}/edit")) for _ in range(2)]
    assert mine["version"] == "1"
    answer = await browser.post(f"/seasons/{season_id}/edit", {**others, **LEAST, "people": "olga@shop.example"})
    assert answer.headers["location"] == f"/admin/seasons/{season_id}?done=season_drafted"
    before = await everything(database, world.tenant_id)
    typed = {**LEAST, "season": "Moje", "people": "lena@shop.example"}
    refused = await browser.post(f"/seasons/{season_id}/edit", {**mine, **typed})
    assert refused.status_code == 422
    assert (
        "Somebody has changed it meanwhile, and below stands only what you have typed. Look at the season as it is now "
        "(in a new tab) first: pressing once more puts yours in its place."
    ) in said(refused)
    assert 'value="Moje"' in refused.text
    assert "olga@shop.example" not in refused.text
    look = f'<a href="/admin/seasons/{season_id}" target="_blank">the season as it is now (in a new tab)</a>'
    assert look in refused.text
    assert "olga@shop.example" in (await browser.get(f"/seasons/{season_id}")).text
    assert await everything(database, world.tenant_id) == before
    answer = await browser.post(f"/seasons/{season_id}/edit", {**hidden(refused), **typed})
    assert answer.headers["location"] == f"/admin/seasons/{season_id}?done=season_drafted"


async def test_no_role_is_offered_that_would_outlast_the_season(browser: Browser, admin: Actor, world: World) -> None:
    await browser.sign_in(admin)
    page = await browser.get("/seasons/add")
    assert [role for role in Role if f'<option value="{role}"' in page.text] == [Role.SUPERVISOR, Role.AGENT]
    refused = await browser.post("/seasons/add", {**hidden(page), **LEAST, "role": "ADMIN"})
    assert refused.status_code == 422
    assert "Must be one that works on a seat only" in said(refused)
