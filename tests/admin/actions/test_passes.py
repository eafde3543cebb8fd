"""Day passes in the panel: adding them, taking them back, and saying who comes in on them."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats import passes
from domain.seats.models import PassEntry, PassHolder, SeatKind
from domain.tickets import departures
from tests.admin.actions.conftest import Browser, hidden, said
from tests.conftest import NOW, FoundShop
from tests.domain.world import World
from tests.state import everything


async def ledger(world: World) -> list[tuple[SeatKind, int, int]]:
    async with world.database.reading(world.tenant_id) as session:
        lines = await session.scalars(select(PassEntry).order_by(PassEntry.kind, PassEntry.position))
        return [(line.kind, line.count, line.balance) for line in lines]


async def holder_of(world: World, agent_id: UUID) -> PassHolder | None:
    async with world.database.reading(world.tenant_id) as session:
        return await session.scalar(select(PassHolder).where(PassHolder.agent_id == agent_id))


async def press(browser: Browser, path: str, **typed: str) -> str:
    """Fill in and press the form at the path, twice; where it led both times."""
    page = await browser.get(path)
    assert page.status_code == 200
    answers = [await browser.post(path, {**hidden(page), **typed}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    return answers[0].headers["location"]


async def spend(world: World, agent_id: UUID, member_id: UUID) -> None:
    async with world.database.writing(world.tenant_id) as session:
        found = await passes.lock_seatless_holder(session, member_id=member_id, now=NOW)
        assert found is not None
        assert found.agent_id == agent_id
        await passes.spend(session, holder=found, by=Actor(ActorKind.MEMBER, member_id), now=NOW)


async def test_an_admin_adds_passes_lets_somebody_in_on_them_and_sees_what_becomes_of_them(
    browser: Browser, admin: Actor, world: World
) -> None:
    agent = await world.seatless()
    await browser.sign_in(admin)
    assert "Day passes" in said(await browser.get("/seats"))
    empty = said(await browser.get("/seats/passes"))
    assert "Nobody comes in on day passes." in empty
    assert "No day pass has been added yet." in empty

    added = await press(browser, "/seats/passes/add", kind="LIGHT", count="5")
    assert added == "/admin/seats/passes?done=passes_added"
    assert await ledger(world) == [(SeatKind.LIGHT, 5, 5)]
    await press(browser, "/seats/passes/holder", agent=str(agent.id), kind="LIGHT")
    found = await holder_of(world, agent.id)
    assert found is not None
    assert (found.kind, found.added_by_id, found.removed_at) == (SeatKind.LIGHT, admin.id, None)
    await spend(world, agent.id, agent.member_id)
    await press(browser, "/seats/passes/remove", kind="LIGHT", count="3")
    assert await ledger(world) == [(SeatKind.LIGHT, 5, 5), (SeatKind.LIGHT, -1, 4), (SeatKind.LIGHT, -3, 1)]

    page = said(await browser.get("/seats/passes"))
    assert "Kind Left Full 0 Light 1" in page
    assert "Jan Nowak Light 2026-11-02 10:00 No day passes any more" in page
    assert (
        "2026-11-02 10:00 Taken back Light −3 1 Jan Nowak "
        "2026-11-02 10:00 Spent Light −1 4 Jan Nowak "
        "2026-11-02 10:00 Added Light +5 5 Jan Nowak"
    ) in page

    await press(browser, f"/seats/passes/holders/{agent.id}/remove")
    found = await holder_of(world, agent.id)
    assert found is not None
    assert found.removed_at == NOW
    assert "This is over" in said(await browser.get(f"/seats/passes/holders/{agent.id}/remove"))


async def test_what_cannot_be_done_is_said_beside_its_field(
    browser: Browser, admin: Actor, database: Database, world: World
) -> None:
    await browser.sign_in(admin)
    await press(browser, "/seats/passes/add", kind="FULL", count="1")
    before = await everything(database, world.tenant_id)
    for path, typed, problem in (
        ("add", {"kind": "LIGHT", "count": "1001"}, "How many : Must be 1 to 1,000."),
        ("add", {"count": "1"}, "Kind : Choose one."),
        ("remove", {"kind": "FULL", "count": "2"}, "How many : There are 1 full day passes left, so 2 cannot be"),
        ("holder", {"kind": "FULL"}, "Who : Must not be empty."),
        ("holder", {"kind": "FULL", "agent": str(new_id())}, "Who : There is no such agent."),
    ):
        answer = await browser.post(f"/seats/passes/{path}", typed)
        assert answer.status_code == 422
        assert problem in said(answer)
    assert await everything(database, world.tenant_id) == before


async def test_nobody_who_never_held_passes_and_nobody_elsewhere_has_a_page(
    browser: Browser, admin: Actor, database: Database, found_shop: FoundShop, world: World
) -> None:
    elsewhere = await World.found(database, await found_shop())
    theirs, never = await elsewhere.seatless(), await world.seatless()
    async with database.writing(elsewhere.tenant_id) as session:
        await passes.set_holder(session, agent_id=theirs.id, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW)
        await passes.add_passes(session, kind=SeatKind.LIGHT, count=77, by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    for agent_id in (theirs.id, never.id, new_id()):
        assert (await browser.get(f"/seats/passes/holders/{agent_id}/remove")).status_code == 404
    assert "77" not in said(await browser.get("/seats/passes"))


async def test_who_only_reads_seats_sees_the_page_without_its_buttons(browser: Browser, world: World) -> None:
    light = await world.person(SeatKind.LIGHT)
    await browser.sign_in(light.actor)
    page = await browser.get("/seats/passes")
    assert page.status_code == 200
    assert re.findall(r'href="/admin(/seats/passes/[^"]*)"', page.text) == []
    assert 'href="/admin/seats/passes"' in (await browser.get("/seats")).text
    for path in ("add", "remove", "holder"):
        assert (await browser.get(f"/seats/passes/{path}")).status_code == 403


async def test_a_licence_that_a_pass_became_can_be_taken_back_and_given_to_nobody(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    agent, other = await world.seatless(), await world.seatless()
    async with database.writing(world.tenant_id) as session:
        await passes.set_holder(session, agent_id=agent.id, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW)
        await passes.add_passes(session, kind=SeatKind.LIGHT, count=1, by=SYSTEM, now=NOW)
    await spend(world, agent.id, agent.member_id)
    async with database.reading(world.tenant_id) as session:
        spent = (await session.scalars(select(PassEntry).where(PassEntry.day.is_not(None)))).one()
    await browser.sign_in(admin)
    page = await browser.get(f"/seats/{spent.licence_id}")
    assert "Light licence: Karnet dzienny" in said(page)
    assert f"/seats/taken/{spent.assignment_id}/release" in page.text
    assert f"/seats/{spent.licence_id}/assign" not in page.text
    assert spent.assignment_id is not None
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=spent.assignment_id, at=None, by=SYSTEM, now=NOW)
    browser.clock.at = NOW + timedelta(hours=1)
    answer = await browser.post(f"/seats/{spent.licence_id}/assign", {"agent": str(other.id)})
    assert answer.status_code == 422
    assert "This seat is a day pass: it is one person's, and ends with the day." in said(answer)


@pytest.mark.parametrize("language", ["en", "pl"])
async def test_whoever_comes_in_on_passes_reads_why_there_is_no_seat(
    browser: Browser, world: World, database: Database, language: str
) -> None:
    agent = await world.seatless()
    somebody = Actor(ActorKind.MEMBER, agent.member_id)
    words = {
        "en": [
            "Ask an admin for a seat.",
            "none is left",
            "A day pass is there for you now.",
            "was spent, and its seat",
        ],
        "pl": [
            "Poproś administratora o licencję",
            "żaden nie został",
            "Jest już dla Ciebie karnet",
            "został już zużyty",
        ],
    }[language]
    await browser.sign_in(somebody, language=language)
    assert words[0] in said(await browser.get("/"))
    async with database.writing(world.tenant_id) as session:
        await passes.set_holder(session, agent_id=agent.id, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW)
    assert words[1] in said(await browser.get("/"))
    async with database.writing(world.tenant_id) as session:
        await passes.add_passes(session, kind=SeatKind.LIGHT, count=2, by=SYSTEM, now=NOW)
    assert words[2] in said(await browser.get("/"))
    await spend(world, agent.id, agent.member_id)
    seated = said(await browser.get("/"))
    assert not any(word in seated for word in words)
    async with database.writing(world.tenant_id) as session:
        spent = (await session.scalars(select(PassEntry.assignment_id).where(PassEntry.day.is_not(None)))).one()
        assert spent is not None
        await departures.release_seat(session, assignment_id=spent, at=None, by=SYSTEM, now=NOW)
    browser.clock.at = NOW + timedelta(hours=1)
    await browser.sign_in(somebody, language=language)
    assert words[3] in said(await browser.get("/"))
