"""The page of a team's queue: its priority, how long tickets rest, and who helps out."""

from datetime import timedelta

import pytest

from admin.actions.queues import read, spelled
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import Actor, ActorKind
from domain.seats.models import SeatKind
from domain.tickets import sweeping
from domain.tickets.overflow.lines import Line, Queueing
from domain.tickets.overflow.settings import queueings
from tests.admin.actions.conftest import Browser, hidden, said
from tests.conftest import NOW
from tests.domain.world import World
from tests.state import everything

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("10", 10 * MINUTE),
        ("0:45", timedelta(seconds=45)),
        ("10080", timedelta(days=7)),
        ("10080:01", None),
        ("1:60", None),
        ("١٠", None),
        ("-1", None),
        ("1,5", None),
    ],
)
def test_times_are_typed_in_minutes_and_seconds(typed: str, time: timedelta | None) -> None:
    assert read(typed) == time
    if time is not None:
        assert spelled(time) == typed


def typed(world: World, **changes: str) -> dict[str, str]:
    line = {"line_1": str(world.teams["accounting"]), "enter_oldest_1": "10", "leave_oldest_1": "2:30", "dwell_1": "5"}
    return {"raised": "2", "delay": "0:30", "relax": "15", "kept_1": "0", **line, **changes}


async def test_an_admin_says_who_helps_and_sees_when_they_did(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin)
    team = f"/teams/{world.teams['first-line']}"
    assert f'href="/admin{team}/queue"' in (await browser.get(team)).text
    page = await browser.get(f"{team}/queue")
    answer = await browser.post(f"{team}/queue", {**hidden(page), **typed(world)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin{team}?done=saved")
    line = Line(world.teams["accounting"], 10 * MINUTE, 2.5 * MINUTE, None, None, 5 * MINUTE, 0)
    async with database.reading(world.tenant_id) as session:
        assert await queueings(session) == {
            world.teams["first-line"]: Queueing(2, timedelta(seconds=30), 15 * MINUTE, (line,))
        }
    page = await browser.get(f"{team}/queue")
    assert 'name="leave_oldest_0" value="2:30"' in page.text  # what there is comes first
    assert 'name="dwell_1" value="10"' in page.text
    await world.person(SeatKind.FULL, teams=["accounting"])
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW + 10.5 * MINUTE) == 1
    told = said(await browser.get(team))
    assert "first-line accounting" in told
    assert "goes on The oldest had waited too long 1" in told
    assert "Nobody else could have it. A further line helped out." in said(await browser.get(f"/tickets/{ticket_id}"))


async def test_what_is_wrong_is_said_beside_its_field_and_changes_nothing(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin, language="pl")
    path, before = f"/teams/{world.teams['first-line']}/queue", await everything(database, world.tenant_id)
    answer = await browser.post(path, typed(world, delay="wkrótce", leave_oldest_1="11"))
    assert answer.status_code == 422
    assert '<p class="wrong" id="delay-problem">Musi być w minutach' in answer.text
    answer = await browser.post(path, typed(world, leave_oldest_1="11"))
    assert answer.status_code == 422
    assert '<p class="wrong" id="leave_oldest_1-problem">Nie może być dłuższe niż początek.</p>' in answer.text
    assert "Linia 2: kończy, gdy najstarsze czeka mniej niż : Nie może być dłuższe niż początek." in said(answer)
    answer = await browser.post(path, typed(world, line_1=str(world.teams["first-line"])))
    assert 'id="line_1-problem">Za każdym razem musi być inny zespół.' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_nobody_but_those_who_manage_people_comes_there(browser: Browser, world: World) -> None:
    supervisor = await world.seatless(role=Role.SUPERVISOR)
    await browser.sign_in(Actor(ActorKind.MEMBER, supervisor.member_id))
    path = f"/teams/{world.teams['first-line']}/queue"
    assert (await browser.get(path)).status_code == 403
    assert (await browser.post(path, typed(world))).status_code == 403
    assert f'href="/admin{path}"' not in (await browser.get(path.removesuffix("/queue"))).text


async def test_another_shops_team_is_not_there(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin)
    assert (await browser.get("/teams/0190c2e7-0000-7000-8000-000000000000/queue")).status_code == 404
