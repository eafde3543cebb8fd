"""A person's shifts in the panel: a week on a page, and the same again in the next."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.agents.roles import Role
from domain.agents.shifts import Shift, shifts_of
from domain.kit.database import Database
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from tests.admin.actions.conftest import Browser, hidden, said
from tests.conftest import NOW, FoundShop
from tests.domain.world import World
from tests.state import everything

WEEK = {"week": "2026-11-02"}
MONDAY = {"from_2026-11-02_0": "08:00", "to_2026-11-02_0": "16:00"}
NIGHT = {"from_2026-11-08_0": "22:00", "to_2026-11-08_0": "06:00"}


async def theirs(world: World, agent_id: UUID) -> list[Shift]:
    async with world.database.reading(world.tenant_id) as session:
        return await shifts_of(session, agent_id=agent_id, start=NOW - timedelta(days=30), end=NOW + timedelta(days=30))


def at(day: int, hour: int) -> datetime:
    """An hour of a day of November in Warsaw."""
    return datetime(2026, 11, day, hour, tzinfo=UTC) - timedelta(hours=1)


async def test_a_week_is_typed_shown_copied_and_emptied(browser: Browser, admin: Actor, world: World) -> None:
    agent = await world.seatless()
    await browser.sign_in(admin)
    here = f"/agents/{agent.id}/shifts"
    page = await browser.get(here)
    assert "Monday 2026-11-02" in said(page)
    assert "Copy this week" not in page.text
    assert "Shifts of the next two weeks None. Who has no shift at all works whenever present." in said(
        await browser.get(f"/agents/{agent.id}")
    )
    answers = [await browser.post(here, {**hidden(page), **WEEK, **MONDAY, **NIGHT}) for _ in range(2)]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [
        (303, f"/admin{here}?week=2026-11-02&done=saved")
    ] * 2
    week = [Shift(at(2, 8), at(2, 16)), Shift(at(8, 22), at(9, 6))]
    assert await theirs(world, agent.id) == week
    page = await browser.get(f"{here}?week=2026-11-05")
    for field in ("from_2026-11-02_0", "to_2026-11-08_0"):
        assert f'name="{field}" value="{(MONDAY | NIGHT)[field]}"' in page.text
    assert "2026-11-02 08:00 – 2026-11-02 16:00" in said(await browser.get(f"/agents/{agent.id}"))
    copied = await browser.post(here, {**WEEK, "copy": "yes"})
    assert copied.headers["location"] == f"/admin{here}?week=2026-11-09&done=saved"
    assert await theirs(world, agent.id) == [*week, Shift(at(9, 8), at(9, 16)), Shift(at(15, 22), at(16, 6))]
    await browser.post(here, WEEK)
    assert await theirs(world, agent.id) == [Shift(at(9, 8), at(9, 16)), Shift(at(15, 22), at(16, 6))]


async def test_what_is_wrong_is_said_and_changes_nothing(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    agent = await world.seatless()
    await browser.sign_in(admin, language="pl")
    before = await everything(database, world.tenant_id)
    both = {"from_2026-11-02_1": "15:00", "to_2026-11-02_1": "17:00"}
    for typed, problem in (
        ({"from_2026-11-02_0": "08:00"}, "Podaj obie godziny, np. 08:00."),
        ({**MONDAY, "to_2026-11-02_0": "x"}, "Podaj obie godziny, np. 08:00."),
        ({**MONDAY, **both}, "Nachodzi na inną zmianę."),
    ):
        answer = await browser.post(f"/agents/{agent.id}/shifts", {**WEEK, **typed})
        assert answer.status_code == 422
        assert f"Zmiany : {problem}" in said(answer)
        assert 'name="from_2026-11-02_0" value="08:00"' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_a_day_of_which_fields_were_added_by_hand_and_a_week_that_is_none_are_refused(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    agent = await world.seatless()
    await browser.sign_in(admin)
    for week in ("x", "2026-13-01", "0001-01-01", "9999-12-31"):
        assert (await browser.get(f"/agents/{agent.id}/shifts?week={week}")).status_code == 400
        assert (await browser.post(f"/agents/{agent.id}/shifts", {"week": week})).status_code == 400
        assert (await browser.post(f"/agents/{agent.id}/shifts", {"week": week, "copy": "yes"})).status_code == 400
    await browser.post(f"/agents/{agent.id}/shifts", {**WEEK, "from_2026-12-01_0": "08:00", "to_2026-12-01_0": "16:00"})
    assert await theirs(world, agent.id) == []


async def test_shifts_are_for_those_who_manage_people_of_the_own_shop(
    browser: Browser, admin: Actor, world: World, database: Database, found_shop: FoundShop
) -> None:
    there = await World.found(database, await found_shop())
    stranger, agent = await there.seatless(), await world.seatless()
    supervisor = Actor(ActorKind.MEMBER, (await world.seatless(role=Role.SUPERVISOR)).member_id)
    before = await everything(database, there.tenant_id)
    for who, agent_id, status in ((admin, stranger.id, 404), (admin, new_id(), 404), (supervisor, agent.id, 403)):
        await browser.sign_in(who)
        assert (await browser.get(f"/agents/{agent_id}/shifts")).status_code == status
        for what in (MONDAY, {"copy": "yes"}):
            assert (await browser.post(f"/agents/{agent_id}/shifts", {**WEEK, **what})).status_code == status
    assert await everything(database, there.tenant_id) == before
    assert await theirs(world, agent.id) == []
