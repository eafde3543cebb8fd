"""The list of seasons and the page of one: what it comes to before it is confirmed, and what became of it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx2
import pytest
from sqlalchemy import select

from domain.agents.models import Agent, Invitation, Member, MemberState
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.seasons import operations, provisioning
from domain.seasons.people import Named
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from domain.seats.operations import add_licences, assign_seat
from domain.tickets import departures
from domain.tickets.changing import change_seat_kind
from tests.admin.actions.conftest import Browser, said
from tests.admin.seasons.conftest import FILIP, LENA, OLGA, drafted, named, scheduled
from tests.api.http.conftest import HandClock
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.domain.world import World
from tests.people import add_member

START = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
"""Midnight of 1 December in Warsaw."""
INVITED = START - timedelta(days=7)
END = datetime(2027, 1, 15, 23, 0, tzinfo=UTC)


def words(response: httpx2.Response) -> str:
    return said(response).replace("\xa0", " ")


def table(response: httpx2.Response, heading: str) -> list[list[str]]:
    """The rows of the table under a heading, as words."""
    part = response.text[response.text.index(f'id="{heading}"') :]
    rows = re.findall(r"<tr>(.*?)</tr>", part[part.index("<table") : part.index("</table>")], re.DOTALL)
    return [
        [
            " ".join(re.sub(r"<[^>]*>", " ", cell).replace("\xa0", " ").split())
            for cell in re.split(r"<t[hd][^>]*>", row)[1:]
        ]
        for row in rows
    ]


async def test_a_draft_says_what_it_comes_to_before_anybody_confirms(
    browser: Browser, admin: Actor, world: World
) -> None:
    """January has 31 days: 15/31 of 149.00 are 72.10, and twice 15/31 of 29.00 are twice 14.03."""
    season_id = await drafted(world, admin, people=[LENA, FILIP, OLGA, *named(1)])
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/{season_id}")
    shown = words(page)
    for part in (
        "Święta Draft",
        "Days 46 2026-12-01 – 2027-01-15",
        "Seats 3 Full: 1, Light: 2",
        "Seat-days 138 3 × 46",
        "Cost in all 307.16 PLN",
        "Full: 149.00 PLN a month; Light: 29.00 PLN a month.",
        "Invitations go out on 2026-11-24 00:00.",
        "More people than seats. They wait in line and get a seat by themselves when one is free: Osoba 0",
        "Begins 2026-12-01 00:00 (UTC+01:00)",
        "Access stops 2027-01-16 00:00 (UTC+01:00)",
        "Teams accounting Skills Payments How much at once Chat: 2 Role Agent Language of screens and mails Polish",
        "Licences in 2026 with this season",
    ):
        assert part in shown
    assert table(page, "cost") == [
        ["Invoice of", "Full", "Light", "Sum"],
        ["2026-12", "149.00 PLN", "58.00 PLN", "207.00 PLN"],
        ["2027-01", "72.10 PLN", "28.06 PLN", "100.16 PLN"],
        ["In all", "221.10 PLN", "86.06 PLN", "307.16 PLN"],
    ]
    assert table(page, "people") == [
        ["Name", "Kind", "Seat"],
        ["Lena Lis lena@shop.example", "Light", "Gets a seat"],
        ["Filip Gil filip@shop.example", "Full", "Gets a seat"],
        ["Olga Maj olga@shop.example", "Light", "Gets a seat"],
        ["Osoba 0 osoba0@shop.example", "Light", "Waits in line: 1"],
    ]
    for button in (f'action="/admin/seasons/{season_id}/schedule"', f"{season_id}/edit", f"{season_id}/cancel"):
        assert button in page.text
    assert f"{season_id}/days" not in page.text


async def test_a_draft_says_what_is_odd_and_what_would_be_refused(
    browser: Browser, admin: Actor, world: World, database: Database, shop: Shop
) -> None:
    await add_member(database, shop, email="adam@shop.example", state=MemberState.SUSPENDED)
    seated = await world.person(SeatKind.LIGHT)
    async with database.reading(world.tenant_id) as session:
        member = await session.get_one(Member, (world.tenant_id, seated.member_id))
    successor = await world.seatless()
    season_id = await drafted(
        world,
        admin,
        first_day=date(2026, 11, 3),
        team_ids=[],
        successor_id=successor.id,
        people=[
            Named("adam@shop.example", "Adam", SeatKind.LIGHT),
            Named(member.email, "Jan Nowak", SeatKind.LIGHT),
            Named("zofia@klient.example", "Zofia", SeatKind.FULL),
        ],
    )
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/{season_id}")
    grave = re.findall(r'<div class="problem">\s*<p>(.*?)</p>', page.text)
    odd = re.findall(r'<div class="notice">\s*<p>(.*?)</p>', page.text)
    assert [re.sub(r"<[^>]*>", "", one) for one in grave] == [
        "Kept out; let them back in first: Adam &lt;adam@shop.example&gt;",
        "These addresses are customers&#39;, so they cannot be invited: Zofia &lt;zofia@klient.example&gt;",
        f"Already on another seat in that time: Jan Nowak &lt;{member.email}&gt;",
    ]
    assert [re.sub(r"<[^>]*>", "", one) for one in odd] == [
        "Who is to take over has no seat when the season ends, so the tickets would go back to their queues: Jan Nowak",
        "The day for the invitations is past: they go out at once.",
        "No team is chosen, so nothing of any queue would go to its people.",
    ]
    assert "Invitations go out at once when you schedule it." in words(page)


async def test_a_draft_whose_days_are_past_says_so(
    browser: Browser, admin: Actor, world: World, clock: HandClock
) -> None:
    season_id = await drafted(world, admin)
    clock.at = datetime(2026, 12, 2, 9, tzinfo=UTC)
    await browser.sign_in(admin)
    assert "The first day is past. Choose a later one." in words(await browser.get(f"/seasons/{season_id}"))
    clock.at = datetime(2027, 2, 1, 9, tzinfo=UTC)
    await browser.sign_in(admin)
    page = words(await browser.get(f"/seasons/{season_id}"))
    assert "The first day is past. Choose a later one." in page
    assert "Plan a new one." not in page


async def test_without_a_price_the_page_says_so(
    browser: Browser, database: Database, found_shop: FoundShop, clock: HandClock
) -> None:
    bare = await World.found(database, await found_shop())
    boss = Actor(ActorKind.MEMBER, (await bare.seatless(role=Role.ADMIN)).member_id)
    season_id = await drafted(bare, boss)
    there = Browser(browser.http, bare, clock)
    await there.sign_in(boss)
    assert "There is no price for full seats at 2026-11-30 23:00 UTC." in words(
        await there.get(f"/seasons/{season_id}")
    )


async def test_a_season_that_stands_shows_who_sits_waits_and_was_invited(
    browser: Browser, admin: Actor, world: World, clock: HandClock
) -> None:
    season_id = await scheduled(world, admin, light_count=1, full_count=2, people=[LENA, FILIP, OLGA])
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/{season_id}")
    assert table(page, "people")[1:] == [
        ["Lena Lis lena@shop.example", "Light", "Has a seat", "Planned 2026-11-24 00:00", "Take out Lena Lis"],
        ["Filip Gil filip@shop.example", "Full", "Has a seat", "Planned 2026-11-24 00:00", "Take out Filip Gil"],
        ["Olga Maj olga@shop.example", "Light", "Waits in line: 1", "Planned 2026-11-24 00:00", "Take out Olga Maj"],
    ]
    for part in ("Święta Scheduled", "Taken 2 Open: 1, waiting: 1", "Open seats: Full 1. Add people"):
        assert part in words(page)
    for button in ("people", "days", "cancel"):
        assert f'href="/admin/seasons/{season_id}/{button}"' in page.text
    assert f'href="/admin/seasons/{season_id}/end"' not in page.text
    async with world.database.writing(world.tenant_id) as session:
        await provisioning.provision(session, key="k" * 32, now=INVITED)
    clock.at = INVITED + timedelta(hours=1)
    await browser.sign_in(admin)
    sent = table(await browser.get(f"/seasons/{season_id}"), "people")
    assert sent[1][3:] == ["Sent 2026-11-24 00:00", "Send again Lena Lis Take out Lena Lis"]
    assert sent[3][3:] == ["Planned 2026-11-24 00:00", "Take out Olga Maj"]
    clock.at = START + timedelta(days=7)
    await browser.sign_in(admin)
    running = await browser.get(f"/seasons/{season_id}")
    assert table(running, "people")[1][3] == "Expired 2026-12-08 00:00"
    assert "Święta Runs now" in words(running)
    assert f'href="/admin/seasons/{season_id}/end"' in running.text


async def test_it_shows_the_kind_and_seat_that_people_have_by_now_and_sends_no_link_that_leads_nowhere(
    browser: Browser, admin: Actor, world: World, clock: HandClock
) -> None:
    async with world.database.writing(world.tenant_id) as session:
        for end in (END, END + timedelta(days=1)):
            await add_licences(session, kind=SeatKind.LIGHT, count=1, start=None, end=end, label="", by=SYSTEM, now=NOW)
    season_id = await scheduled(world, admin, light_count=0, people=[LENA, OLGA])
    async with world.database.writing(world.tenant_id) as session:
        await provisioning.provision(session, key="k" * 32, now=INVITED)
    assert admin.id is not None
    clock.at = INVITED + timedelta(hours=1)
    async with world.database.writing(world.tenant_id) as session:
        seat = await session.scalars(
            select(SeatAssignment.id).join(Agent, Agent.id == SeatAssignment.agent_id).where(Agent.name == "Olga Maj")
        )
        await change_seat_kind(
            session, assignment_id=seat.one(), kind=SeatKind.FULL, exchange=False, by=SYSTEM, now=clock.at
        )
    async with world.database.writing(world.tenant_id) as session:
        await operations.extend_season(session, season_id=season_id, last_day=date(2027, 1, 16), by=admin, now=clock.at)
    await browser.sign_in(admin)
    rows = table(await browser.get(f"/seasons/{season_id}"), "people")[1:]
    assert [row[:3] for row in rows] == [
        ["Lena Lis lena@shop.example", "Light", "Has a seat"],
        ["Olga Maj olga@shop.example", "Full", "Has a seat"],
    ]
    clock.at = END + timedelta(hours=1)
    await browser.sign_in(admin)
    rows = table(await browser.get(f"/seasons/{season_id}"), "people")[1:]
    assert [row[2] for row in rows] == ["Has a seat", "Has a seat"]
    async with world.database.writing(world.tenant_id) as session:
        found = await session.scalars(
            select(Invitation.id).join(Agent, Agent.member_id == Invitation.member_id).where(Agent.name == "Lena Lis")
        )
        await departures.revoke_invitation(session, invitation_id=found.one(), own_id=admin.id, by=admin, now=clock.at)
    rows = table(await browser.get(f"/seasons/{season_id}"), "people")[1:]
    assert rows[0][2:] == ["Seat is over", "Called back 2027-01-16 01:00", "Take out Lena Lis"]
    assert rows[1][4] == "Send again Olga Maj Take out Olga Maj"


async def test_it_says_what_it_has_cost_so_far(browser: Browser, admin: Actor, world: World, clock: HandClock) -> None:
    """A week of December's 31 days: 7/31 of 149.00 are 33.65, and twice 7/31 of 29.00 are twice 6.55."""
    season_id = await scheduled(world, admin)
    clock.at = START + timedelta(days=7)
    await browser.sign_in(admin)
    assert "Cost in all 307.16 PLN Cost so far: 46.75 PLN" in words(await browser.get(f"/seasons/{season_id}"))
    async with world.database.writing(world.tenant_id) as session:
        await operations.end_season(session, season_id=season_id, by=admin, now=clock.at)
    page = await browser.get(f"/seasons/{season_id}")
    assert "Cost in all 46.75 PLN" in words(page)
    assert table(page, "people")[1][2] == "Seat is over"
    for button in ("people", "days", "end", "cancel", "edit"):
        assert f'href="/admin/seasons/{season_id}/{button}"' not in page.text


async def test_the_list_shows_every_season_newest_first_with_its_seats_and_who_waits(
    browser: Browser, admin: Actor, world: World
) -> None:
    await scheduled(world, admin, name="Pierwszy", light_count=1, people=[LENA, OLGA])
    cancelled = await drafted(world, admin, name="Drugi", people=named(3))
    async with world.database.writing(world.tenant_id) as session:
        await operations.cancel_season(session, season_id=cancelled, by=admin, now=NOW)
    await drafted(world, admin, name="Trzeci", people=[])
    await browser.sign_in(admin)
    page = await browser.get("/seasons")
    listed = page.text[page.text.index('aria-label="Seasons" tabindex') :]
    rows = re.findall(r"<tr>(.*?)</tr>", listed[: listed.index("</table>")], re.DOTALL)
    cells = [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row.split("</td>")[:-1]] for row in rows[1:]]
    assert cells == [
        ["Trzeci", "Draft", "2026-12-01 – 2027-01-15", "1", "2", "0", "–", "–", "–"],
        ["Drugi", "Called off", "2026-12-01 – 2027-01-15", "1", "2", "3", "–", "–", "–"],
        ["Pierwszy", "Scheduled", "2026-12-01 – 2027-01-15", "1", "1", "2", "1", "1", "1"],
    ]
    (waiting,) = table(page, "line")[1:]
    assert waiting[:5] == ["1", "Olga Maj", "Light", "2026-12-01 00:00 – 2027-01-16 00:00", "Pierwszy"]


async def test_the_list_goes_on_by_pages_in_a_bounded_number_of_statements(
    browser: Browser, admin: Actor, world: World, statements: CountStatements
) -> None:
    await browser.sign_in(admin)
    for number in range(3):
        await drafted(world, admin, name=f"Sezon {number}", people=[])
    with statements() as few:
        await browser.get("/seasons")
    for number in range(3, 43):
        await drafted(world, admin, name=f"Sezon {number}", people=[])
    with statements() as many:
        page = await browser.get("/seasons")
    assert len(many) == len(few)
    seen: list[str] = []
    for _ in range(3):
        seen += re.findall(r'<td class="wide"><a href="[^"]*">Sezon (\d+)</a>', page.text)
        older = re.findall(r'rel="next" href="/admin(/seasons\?after=[^"]*)"', page.text)
        if older:
            page = await browser.get(older[0])
    assert seen == [str(number) for number in reversed(range(43))]
    (newer,) = re.findall(r'rel="prev" href="/admin(/seasons\?before=[^"]*)"', page.text)
    assert "Sezon 22<" in (await browser.get(newer)).text
    assert (await browser.get("/seasons?after=x")).status_code == 400


async def test_the_people_of_a_large_season_go_on_by_pages(browser: Browser, admin: Actor, world: World) -> None:
    season_id = await drafted(world, admin, light_count=150, people=named(160))
    await browser.sign_in(admin)
    first = await browser.get(f"/seasons/{season_id}")
    (later,) = re.findall(r'rel="next" href="(\?after=[^"]*)"', first.text)
    second = await browser.get(f"/seasons/{season_id}{later}")
    rows = [*table(first, "people")[1:], *table(second, "people")[1:]]
    assert [row[0] for row in rows] == [f"Osoba {n} osoba{n}@shop.example" for n in range(160)]
    assert [row[2] for row in rows[149:152]] == ["Gets a seat", "Waits in line: 1", "Waits in line: 2"]
    (earlier,) = re.findall(r'rel="prev" href="(\?before=[^"]*)"', second.text)
    assert table(await browser.get(f"/seasons/{season_id}{earlier}"), "people") == table(first, "people")


@pytest.mark.parametrize(
    ("asked", "year"), [("", 2026), ("?year=2027", 2027), ("?year=1969", 2026), ("?year=x", 2026), ("?year=²⁰²⁷", 2026)]
)
async def test_the_picture_is_of_the_year_that_was_asked_for(
    browser: Browser, admin: Actor, world: World, asked: str, year: int
) -> None:
    await scheduled(world, admin)
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(session, kind=SeatKind.FULL, count=3, start=None, end=None, label="", by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons{asked}")
    assert f'<title id="timeline-title">Licences in {year}</title>' in page.text
    desc = re.findall(r'<desc id="timeline-said">(.*?)</desc>', page.text, re.DOTALL)[0]
    told = {
        2026: "Most of them from 2026-12-01: 6. Full: 4, Light: 2. Today, 2026-11-02: Full: 3, Light: 0. "
        "Święta: 2026-12-01 – 2027-01-15.",
        2027: "Most of them from 2027-01-01: 6. Full: 4, Light: 2. Święta: 2026-12-01 – 2027-01-15.",
    }
    assert " ".join(desc.split()) == told[year]
    assert ("Today, 2 Nov" in page.text) is (year == 2026)
    months = re.findall(r'<th scope="row">(\d{4}-\d\d)</th>((?:<td class="number">\d+</td>){3})', page.text)
    counts = {month: re.findall(r"\d+", cells.replace("number", "")) for month, cells in months}
    assert counts["2026-11" if year == 2026 else "2027-02"] == ["3", "0", "3"]
    assert counts["2026-12" if year == 2026 else "2027-01"] == ["4", "2", "6"]


async def test_a_licence_that_ends_within_a_day_runs_on_that_day_of_the_shop(
    browser: Browser, admin: Actor, world: World
) -> None:
    end = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # half past midnight of 1 December in Warsaw
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(session, kind=SeatKind.LIGHT, count=7, start=None, end=end, label="", by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    assert "<title>2026-11-02 – 2026-12-01: Full: 0, Light: 7</title>" in (await browser.get("/seasons")).text


async def test_a_light_agent_sees_seasons_and_is_offered_nothing(browser: Browser, admin: Actor, world: World) -> None:
    draft, stands = await drafted(world, admin), await scheduled(world, admin, name="Zima", people=named(3))
    lena = await world.person(SeatKind.LIGHT)
    await browser.sign_in(lena.actor)
    for path in ("/seasons", f"/seasons/{draft}", f"/seasons/{stands}"):
        page = await browser.get(path)
        assert page.status_code == 200
        main = page.text[page.text.index("<main") :]
        assert not re.search(r"<form|/edit|/days|/cancel|/remove|/people\"|/add\"|/resend", main)
        assert "PLN" not in main
    assert 'href="/admin/seasons"' in (await browser.get("/")).text


async def test_another_shops_season_is_no_page(
    browser: Browser, admin: Actor, world: World, database: Database, found_shop: FoundShop
) -> None:
    there = await World.found(database, await found_shop())
    boss = Actor(ActorKind.MEMBER, (await there.seatless(role=Role.ADMIN)).member_id)
    theirs = await scheduled(there, boss)
    await scheduled(world, admin)
    await browser.sign_in(admin)
    nobodys = new_id()
    foreign, none = await browser.get(f"/seasons/{theirs}"), await browser.get(f"/seasons/{nobodys}")
    assert (foreign.status_code, none.status_code) == (404, 404)
    assert foreign.text.replace(str(theirs), "") == none.text.replace(str(nobodys), "")
    assert str(theirs) not in (await browser.get("/seasons")).text
    for path in (f"/seasons/{theirs}/days", f"/seasons/{theirs}/end", f"/seasons/{theirs}/cancel"):
        assert (await browser.get(path)).status_code == 404


async def test_the_start_page_shows_what_runs_and_comes_next(browser: Browser, admin: Actor, world: World) -> None:
    await browser.sign_in(admin)
    assert "Seasons that run or come next None is scheduled. Plan a season" in words(await browser.get("/"))
    await scheduled(world, admin)
    await drafted(world, admin, name="Szkic")
    page = words(await browser.get("/"))
    assert "Święta Scheduled 2026-12-01 – 2027-01-15 2 1 0" in page
    assert "Szkic" not in page


async def test_a_licence_leads_to_its_season_and_says_how_it_is_paid(
    browser: Browser, admin: Actor, world: World
) -> None:
    season_id = await scheduled(world, admin)
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/{season_id}")
    (licence, *_) = re.findall(r'href="/admin(/seats/[0-9a-f-]{36})"', page.text)
    shown = await browser.get(licence)
    assert f'<a href="/admin/seasons/{season_id}">Święta</a>' in shown.text
    assert "Paid By the time used" in words(shown)
    audit = await browser.get("/audit?kind=SeasonScheduled")
    assert f'<a href="/admin/seasons/{season_id}">Season Święta</a>' in audit.text


async def test_who_waits_for_a_seat_shows_so_among_the_agents(browser: Browser, admin: Actor, world: World) -> None:
    season_id = await scheduled(world, admin, light_count=1, full_count=0, people=[LENA, replace(OLGA, name="Olga")])
    await browser.sign_in(admin)
    listed = await browser.get("/agents")
    assert re.search(r">Olga</a>.*?Waits for a seat", listed.text, re.DOTALL)
    assert listed.text.count("Waits for a seat") == 1
    (agent,) = re.findall(r'href="/admin(/agents/[0-9a-f-]{36})">Olga</a>', listed.text)
    page = await browser.get(agent)
    assert "Waits for a seat Light 2026-12-01 00:00 – 2027-01-16 00:00 , Święta" in words(page)
    assert f'href="/admin/seasons/{season_id}"' in page.text
    assert re.search(r'href="/admin/seasons/line/[0-9a-f-]{36}/cancel">Take out of the line</a>', page.text)


async def test_a_seat_given_by_hand_counts_as_taken(browser: Browser, admin: Actor, world: World) -> None:
    season_id = await scheduled(world, admin, light_count=1, full_count=0, people=[])
    agent = await world.seatless()
    async with world.database.writing(world.tenant_id) as session:
        (licence_id,) = await session.scalars(select(SeatLicence.id).where(SeatLicence.season_id == season_id))
        await assign_seat(session, agent_id=agent.id, licence_id=licence_id, start=START, by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    assert "Taken 1 Open: 0, waiting: 0" in words(await browser.get(f"/seasons/{season_id}"))
