"""The live page as it is when it is opened: its numbers, its pictures, its words, and who sees it."""

import re
from collections.abc import Sequence
from datetime import timedelta
from html import unescape

import httpx2
import pytest

from admin.live.drawing import MOST_AGENTS, draw
from admin.live.watching import NEEDS
from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.models import Agent, Presence
from domain.agents.roles import PERMISSIONS, SEATLESS, Role
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission
from domain.tickets.alarms.models import AlarmCause
from domain.tickets.assignment import assign
from domain.tickets.live import Alarm, Colleague, Episode, Holding, Live
from domain.tickets.opening import ANSWER_WITHIN
from domain.tickets.overflow.lines import Cause
from tests.admin.live.conftest import Watched, session_of
from tests.conftest import NOW, FoundShop
from tests.domain.world import World

URL = "http://127.0.0.1:8000"
MINUTE = timedelta(minutes=1)


async def opened(watched: Watched, cookie: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(watched.app)
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as http:
        return await http.get("/admin/live", headers={"Cookie": f"sezon-session={cookie}"})


def rows_of(html: str, part: str) -> list[list[str]]:
    """The cells of the body of a part's table, in words."""
    inside = re.findall(rf'data-part="{part}">(.*?)<div class="live-part"', html + '<div class="live-part"', re.DOTALL)[
        0
    ]
    body = inside[inside.index("<tbody>") : inside.index("</tbody>")]
    cells = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
    return [
        [
            unescape(re.sub(r"<[^>]*>", "", cell)).replace("\N{NO-BREAK SPACE}", " ").strip()
            for cell in cells.findall(row)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


async def a_morning(world: World) -> None:
    """Two wait for the first line, one of them overdue; one is in hand, one waits where nobody is."""
    since = NOW - timedelta(hours=2)
    full = await world.person(SeatKind.FULL, now=since, emails=4)
    given = await world.ticket(now=NOW - 50 * MINUTE)
    await world.ticket(now=NOW - ANSWER_WITHIN - MINUTE)
    await world.ticket(now=NOW - 30 * MINUTE)
    await world.ticket("payment", now=NOW - 5 * MINUTE)
    async with world.database.writing(world.tenant_id) as session:
        await assign(session, ticket_id=given, agent_id=full.agent_id, by=SYSTEM, now=NOW - 20 * MINUTE)


async def test_it_has_the_queues_and_the_agents_as_they_are(world: World, watched: Watched) -> None:
    await a_morning(world)
    admin = await world.seatless(role=Role.ADMIN)
    page = await opened(watched, await session_of(world, admin.member_id))
    assert page.status_code == 200
    due = ["2026-11-03 09:55", "2026-11-03 09:30"]
    assert rows_of(page.text, "queues") == [
        ["accounting", "1", "5 min", "nobody can take it", "0", due[0], "0", "0"],
        ["first-line", "2", "24 h 1 min", "12 min", "1", due[1], "1", "1"],
    ]
    assert rows_of(page.text, "agents") == [["Jan Nowak", "Full", "At work", "2026-11-02 08:00", "E-mail 1/4", "3"]]
    quarters = [["09:00", "1", "0", "0"], ["09:30", "1", "1", "0"], ["09:45", "1", "0", "0"]]
    assert rows_of(page.text, "flow") == quarters
    figures = [unescape(one) for one in re.findall(r"<dd>(.*?)</dd>", page.text)]
    assert [one.replace("\N{NO-BREAK SPACE}", " ") for one in figures] == ["3", "24 h 1 min", "1", "1"]
    assert "As it was at 10:00." in page.text
    for inline in (" style=", "<style", "<script>", " onclick"):
        assert inline not in page.text


async def test_each_picture_says_in_words_what_it_shows(world: World, watched: Watched) -> None:
    await a_morning(world)
    admin = await world.seatless(role=Role.ADMIN)
    html = (await opened(watched, await session_of(world, admin.member_id))).text.replace("\N{NO-BREAK SPACE}", " ")
    pictures = re.findall(r'<svg class="chart" role="img".*?</desc>', html, re.DOTALL)
    titles = [re.findall(r"<title[^>]*>(.*?)</title>", picture)[0] for picture in pictures]
    assert titles == [
        "Waits, as bars",
        "Tickets arrived, taken into hands and resolved in each quarter of an hour, as bars",
    ]
    said = [re.findall(r"<desc[^>]*>(.*?)</desc>", picture)[0] for picture in pictures]
    assert said == [
        "The longest is that of first-line: 24 h 1 min · 12 min. The table below has every figure.",
        "Arrived: 3. Taken into hands: 1. Resolved: 0. The highest bar stands for 1. The table below the picture has "
        "every quarter.",
    ]


async def test_in_polish_it_says_all_of_it_in_polish(world: World, watched: Watched) -> None:
    await a_morning(world)
    admin = await world.seatless(role=Role.ADMIN)
    page = await opened(watched, await session_of(world, admin.member_id, language=Language.PL))
    assert rows_of(page.text, "queues")[0][:4] == ["accounting", "1", "5 min", "nikt nie może wziąć"]
    assert rows_of(page.text, "agents") == [["Jan Nowak", "Pełna", "W pracy", "2026-11-02 08:00", "E-mail 1/4", "3"]]
    assert "Stan z godziny 10:00." in page.text


STANDINGS = {
    (Role.OWNER, None): 200,
    (Role.ADMIN, None): 200,
    (Role.SUPERVISOR, SeatKind.FULL): 200,
    (Role.SUPERVISOR, SeatKind.LIGHT): 200,
    (Role.SUPERVISOR, None): 403,
    (Role.AGENT, SeatKind.FULL): 403,
    (Role.AGENT, SeatKind.LIGHT): 403,
    (Role.AGENT, None): 403,
}


@pytest.mark.parametrize(("role", "seat"), STANDINGS)
async def test_who_answers_for_others_sees_it(
    world: World, watched: Watched, role: Role, seat: SeatKind | None
) -> None:
    person = await world.person(seat, role=role) if seat else await world.seatless(role=role)
    page = await opened(watched, await session_of(world, person.member_id))
    assert page.status_code == STANDINGS[role, seat]
    assert ("data-part" in page.text) is (page.status_code == 200)


def test_whoever_sees_it_may_see_the_agents_and_teams_that_it_leads_to() -> None:
    for permissions in (*PERMISSIONS.values(), *SEATLESS.values()):
        assert NEEDS not in permissions or {Permission.PEOPLE_READ, Permission.TICKETS_READ} <= permissions


async def test_another_shops_work_is_not_on_it(world: World, watched: Watched, found_shop: FoundShop) -> None:
    other = await World.found(world.database, await found_shop())
    await a_morning(other)
    admin = await world.seatless(role=Role.ADMIN)
    page = await opened(watched, await session_of(world, admin.member_id))
    assert [row[1] for row in rows_of(page.text, "queues")] == ["0", "0"]
    for foreign in (*other.teams.values(), "live-agent-"):
        assert str(foreign) not in page.text
    assert "Nothing happened in this time." in page.text


async def test_a_name_stays_text(world: World, watched: Watched) -> None:
    person = await world.person(SeatKind.FULL)
    async with world.database.writing(world.tenant_id) as session:
        agent = await session.get_one(Agent, (world.tenant_id, person.agent_id))
        agent.name = "<script>alert(1)</script>"
        await agents.create_team(session, key="evil", name="<script>alert(2)</script>", by=SYSTEM, now=NOW)
    admin = await world.seatless(role=Role.ADMIN)
    page = await opened(watched, await session_of(world, admin.member_id))
    assert "<script>" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page.text


def colleague(presence: Presence, *, held: int = 0) -> Colleague:
    holds = (Holding(Channel.EMAIL, held, 10),)
    return Colleague(new_id(), "Jan Nowak", SeatKind.LIGHT, presence, NOW, True, holds, 0)


def shop_with(
    *, agents: Sequence[Colleague] = (), episodes: Sequence[Episode] = (), alarms: Sequence[Alarm] = ()
) -> Live:
    return Live(NOW, "Europe/Warsaw", queues=[], agents=agents, episodes=episodes, alarms=alarms, quarters=[])


def test_who_is_gone_is_counted_and_named_only_with_something_in_hand() -> None:
    there = [colleague(Presence.ONLINE) for _ in range(MOST_AGENTS - 1)]
    gone = [colleague(Presence.OFFLINE, held=1), colleague(Presence.OFFLINE), colleague(Presence.OFFLINE)]
    shown = draw(shop_with(agents=[*there, colleague(Presence.AWAY), *gone]), Language.EN, "/admin")
    assert shown["agents"].count('<th scope="row"') == MOST_AGENTS
    assert "1 more are here." in shown["agents"]
    assert "2 with a seat are not at work." in shown["agents"]
    assert ">199</dd><dd" in shown["figures"]
    assert "1 away" in shown["figures"]


def test_a_line_that_helps_is_told_in_the_readers_language() -> None:
    helping = shop_with(episodes=[Episode("First line", "Second line", NOW, Cause.OLDEST, 12)])
    said = {Language.EN: "The oldest had waited too long", Language.PL: "Najstarsze czekało za długo"}
    for language, cause in said.items():
        shown = draw(helping, language, "/admin")["episodes"]
        assert rows_of(f'data-part="episodes">{shown}', "episodes") == [
            ["First line", "Second line", "2026-11-02 10:00", cause, "12"]
        ]
    assert "No line helps another at the moment." in draw(shop_with(), Language.EN, "/admin")["episodes"]


def test_what_nobody_takes_is_told_with_the_way_to_it() -> None:
    ticket_id = new_id()
    alarmed = shop_with(alarms=[Alarm("First line", ticket_id, 7, NOW, AlarmCause.NOBODY_FITS)])
    said = {Language.EN: "Nobody with a seat can do it", Language.PL: "Nikt z licencją tego nie potrafi"}
    for language, cause in said.items():
        shown = draw(alarmed, language, "/admin")["alarms"]
        assert rows_of(f'data-part="alarms">{shown}', "alarms") == [["First line", cause, "2026-11-02 10:00", "7"]]
        assert f'href="/admin/tickets/{ticket_id}"' in shown
    assert "Everything that waits can be taken by somebody." in draw(shop_with(), Language.EN, "/admin")["alarms"]
