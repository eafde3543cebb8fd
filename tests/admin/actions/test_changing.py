"""Seats in the panel that are extended, of another kind, another's, and whose work goes to a successor."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor
from domain.kit.ids import new_id
from domain.seats import operations
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from domain.seats.succeeding import set_successor
from domain.tickets import departures
from domain.tickets.models import Ticket
from tests.admin.actions.conftest import Browser, hidden, said
from tests.admin.actions.test_seating import holding
from tests.api.http.conftest import HandClock
from tests.conftest import NOW
from tests.domain.world import SEASON_END, Person, World
from tests.state import everything

LATER = NOW + timedelta(hours=1)
AT_ONCE = {"when": "AT_ONCE", "last": "", "work": "WITH_THE_SEAT"}


def span(start: datetime, end: datetime | None) -> Range[datetime]:
    return Range(start, end, bounds="[)")


async def seats(world: World) -> list[tuple[UUID, SeatKind, Range[datetime]]]:
    """Who sits where, in the order in which it was made."""
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.scalars(select(SeatAssignment).order_by(SeatAssignment.id))
        return [(row.agent_id, row.kind, row.period) for row in rows]


async def hands(world: World) -> set[UUID | None]:
    async with world.database.reading(world.tenant_id) as session:
        return set(await session.scalars(select(Ticket.assignee_id)))


async def succeed(world: World, person: Person, successor_id: UUID) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await set_successor(session, assignment_id=person.assignment_id, successor_id=successor_id, by=SYSTEM, now=NOW)


@pytest.mark.parametrize(
    ("typed", "end"),
    [
        ({"lasting": "UNTIL", "last": "2027-01-31"}, datetime(2027, 1, 31, 23, tzinfo=UTC)),
        ({"lasting": "UNTIL", "last": "2027-03-28"}, datetime(2027, 3, 28, 22, tzinfo=UTC)),
        ({"lasting": "UNTIL", "last": "2028-02-29"}, datetime(2028, 2, 29, 23, tzinfo=UTC)),
        ({"lasting": "FOR_GOOD", "last": ""}, None),
    ],
)
async def test_a_licence_is_extended_once_with_whoever_stays(
    browser: Browser, admin: Actor, world: World, typed: dict[str, str], end: datetime | None
) -> None:
    lena = await world.person(SeatKind.LIGHT)
    await browser.sign_in(admin)
    page = await browser.get(f"/seats/{lena.licence_id}/extend")
    assert "Whoever sits on it until its end stays until the new one. Jan Nowak ." in said(page)
    for _ in range(2):
        answer = await browser.post(f"/seats/{lena.licence_id}/extend", {**hidden(page), **typed})
        assert answer.headers["location"] == f"/admin/seats/{lena.licence_id}?done=seat_extended"
    assert await seats(world) == [(lena.agent_id, SeatKind.LIGHT, span(NOW, end))]


async def test_an_extension_that_is_none_is_refused_beside_its_field(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    lena = await world.person(SeatKind.LIGHT)
    async with database.writing(world.tenant_id) as session:
        (following,) = await operations.add_licences(
            session, kind=SeatKind.FULL, count=1, start=SEASON_END, end=None, label="", by=SYSTEM, now=NOW
        )
        await operations.assign_seat(session, agent_id=lena.agent_id, licence_id=following.id, by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    for typed, field, problem in (
        ({"lasting": "UNTIL", "last": "2027-01-14"}, "last", "The licence lasts as long anyway."),
        ({"lasting": "UNTIL", "last": ""}, "last", "Must not be empty."),
        ({"lasting": "FOR_GOOD", "last": "2027-01-31"}, "last", "Leave it empty for good."),
        ({"lasting": "", "last": ""}, "lasting", "Choose one."),
        ({"lasting": "UNTIL", "last": "2027-01-31"}, "last", "This agent already has a seat during that time."),
    ):
        answer = await browser.post(f"/seats/{lena.licence_id}/extend", typed)
        assert answer.status_code == 422
        assert f'<p class="wrong" id="{field}-problem">{problem}</p>' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_what_is_over_or_for_good_or_a_day_pass_is_not_offered_to_be_extended(
    browser: Browser, admin: Actor, world: World, database: Database, clock: HandClock
) -> None:
    clock.at = LATER
    permanent, one_day = await world.person(SeatKind.LIGHT, until=None), await world.on_a_pass(SeatKind.FULL)
    over = await world.person(SeatKind.LIGHT)
    async with database.writing(world.tenant_id) as session:
        await departures.expire_licences(session, licence_ids=[over.licence_id], at=None, by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    for person in (permanent, one_day, over):
        assert f"/seats/{person.licence_id}/extend" not in (await browser.get(f"/seats/{person.licence_id}")).text
        page = await browser.get(f"/seats/{person.licence_id}/extend")
        assert "This is over, so there is nothing left to do." in said(page)
        assert '<form method="post">' not in page.text[page.text.index("<main") :]


async def test_a_change_to_light_says_which_conversations_go_where_and_does_it_once(
    browser: Browser, admin: Actor, world: World, clock: HandClock
) -> None:
    clock.at = LATER
    lena = await world.person(SeatKind.FULL, teams=("first-line", "accounting"))
    heir = await world.person(SeatKind.FULL, until=None)
    await holding(world, lena, "delivery", "delivery", "payment")
    await browser.sign_in(admin)
    path = f"/seats/taken/{lena.assignment_id}/kind"
    page = await browser.get(path)
    assert "Jan Nowak , Full licence: 2026-11-02 10:00 (UTC+01:00) – 2027-01-15 10:00 (UTC+01:00)." in said(page)
    assert "Conversations with customers that go back to their teams, as of now: first-line 2." in said(page)
    await succeed(world, lena, heir.agent_id)
    page = await browser.get(path)
    assert (
        "Conversations with customers, as of now, for Jan Nowak, and without a full seat back to their teams: "
        "first-line 2."
    ) in said(page)
    assert "Make it a light seat" in said(page)
    for _ in range(2):
        answer = await browser.post(path, {**hidden(page), "how": "EXCHANGE"})
        assert answer.status_code == 303
    made = [row for row in await seats(world) if row[0] == lena.agent_id]
    assert made == [
        (lena.agent_id, SeatKind.FULL, span(NOW, LATER)),
        (lena.agent_id, SeatKind.LIGHT, span(LATER, SEASON_END)),
    ]
    assert await hands(world) == {heir.agent_id, lena.agent_id}


async def test_a_change_to_full_on_a_free_licence_is_refused_while_there_is_none(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    lena = await world.person(SeatKind.LIGHT)
    await browser.sign_in(admin)
    path = f"/seats/taken/{lena.assignment_id}/kind"
    page = await browser.get(f"{path}?of=agent")
    assert "Jan Nowak answers customers too from then on, and keeps every ticket." in said(page)
    before = await everything(database, world.tenant_id)
    for how, problem in (
        ("FREE", "No full licence is free; there are 0 at that time. Add licences or release one."),
        ("", "Choose one."),
    ):
        answer = await browser.post(path, {**hidden(page), "how": how, "once": new_id().hex})
        assert answer.status_code == 422
        assert f'<p class="wrong" id="how-problem">{problem}</p>' in answer.text
    assert await everything(database, world.tenant_id) == before
    async with database.writing(world.tenant_id) as session:
        (free,) = await operations.add_licences(
            session, kind=SeatKind.FULL, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
        )
    answer = await browser.post(f"{path}?of=agent", {**hidden(page), "how": "FREE"})
    assert answer.headers["location"] == f"/admin/agents/{lena.agent_id}?done=seat_kind_changed"
    async with database.reading(world.tenant_id) as session:
        newest = select(SeatAssignment).order_by(SeatAssignment.id.desc()).limit(1)
        assert (await session.scalars(newest)).one().licence_id == free.id


@pytest.mark.parametrize("work", ["WITH_THE_SEAT", "TO_THE_QUEUES"])
async def test_a_seat_moves_at_once_with_the_work_or_without(
    browser: Browser, admin: Actor, world: World, clock: HandClock, work: str
) -> None:
    clock.at = LATER
    lena, ola = await world.person(SeatKind.FULL), await world.seatless()
    await holding(world, lena, "delivery")
    await browser.sign_in(admin)
    path = f"/seats/taken/{lena.assignment_id}/move"
    page = await browser.get(path)
    assert str(lena.agent_id) not in page.text[page.text.index("<form method") :]
    answer = await browser.post(path, {**hidden(page), **AT_ONCE, "agent": str(ola.id), "work": work})
    assert answer.headers["location"] == f"/admin/seats/{lena.licence_id}?done=seat_moved"
    assert await seats(world) == [
        (lena.agent_id, SeatKind.FULL, span(NOW, LATER)),
        (ola.id, SeatKind.FULL, span(LATER, SEASON_END)),
    ]
    assert await hands(world) == {ola.id if work == "WITH_THE_SEAT" else None}


async def test_a_seat_moves_after_the_last_day_of_whoever_has_it(browser: Browser, admin: Actor, world: World) -> None:
    lena, ola = await world.person(SeatKind.FULL), await world.seatless()
    await browser.sign_in(admin)
    typed = {"agent": str(ola.id), "when": "AFTER", "last": "2026-11-30", "work": "WITH_THE_SEAT"}
    answer = await browser.post(f"/seats/taken/{lena.assignment_id}/move?of=agent", typed)
    assert answer.headers["location"] == f"/admin/agents/{ola.id}?done=seat_moved"
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert [period for _, _, period in await seats(world)] == [span(NOW, midnight), span(midnight, SEASON_END)]


async def test_a_move_that_cannot_be_is_refused_beside_its_field(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    lena, taken, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.LIGHT), await world.seatless()
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    for changed, field, problem in (
        ({"agent": str(taken.agent_id)}, "agent", "This agent already has a seat during that time."),
        ({"agent": str(new_id())}, "agent", "There is no such agent."),
        ({"agent": ""}, "agent", "Must not be empty."),
        ({"work": ""}, "work", "Choose one."),
        ({"when": ""}, "when", "Choose one."),
        ({"when": "AFTER", "last": "2026-11-01"}, "last", "Must not be in the past."),
    ):
        typed = {**AT_ONCE, "agent": str(ola.id), **changed}
        answer = await browser.post(f"/seats/taken/{lena.assignment_id}/move", typed)
        assert answer.status_code == 422
        assert f'<p class="wrong" id="{field}-problem">{problem}</p>' in answer.text
    late = {**AT_ONCE, "agent": str(ola.id), "when": "AFTER", "last": "2027-01-31"}
    answer = await browser.post(f"/seats/taken/{lena.assignment_id}/move", late)
    assert "This person's time on the seat is over. Give them a seat anew." in said(answer)
    assert await everything(database, world.tenant_id) == before


async def test_a_successor_is_named_shown_and_taken_back(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    lena, ola = await world.person(SeatKind.FULL), await world.seatless()
    await holding(world, lena, "delivery")
    await browser.sign_in(admin)
    path = f"/seats/taken/{lena.assignment_id}/successor"
    page = await browser.get(path)
    answer = await browser.post(path, {**hidden(page), "successor": str(ola.id)})
    assert answer.headers["location"] == f"/admin/seats/{lena.licence_id}?done=successor_set"
    assert f'<option value="{ola.id}" selected>' in (await browser.get(path)).text
    release = await browser.get(f"/seats/taken/{lena.assignment_id}/release")
    assert (
        "Open tickets, as of now, for Jan Nowak, and without a seat that will do back to their teams: first-line 1."
    ) in said(release)
    before = await everything(database, world.tenant_id)
    for typed, problem in (
        (str(lena.agent_id), "Must be somebody else."),
        (str(new_id()), "There is no such agent to pass the tickets on to."),
        ("x", "Choose from the list."),
    ):
        answer = await browser.post(path, {"successor": typed})
        assert answer.status_code == 422
        assert f'<p class="wrong" id="successor-problem">{problem}</p>' in answer.text
    assert await everything(database, world.tenant_id) == before
    assert (await browser.post(path, {"successor": ""})).status_code == 303
    async with database.reading(world.tenant_id) as session:
        assert (await session.scalars(select(SeatAssignment.successor_id))).all() == [None]


async def test_a_seat_is_assigned_with_its_successor(browser: Browser, admin: Actor, world: World) -> None:
    agent, ola = await world.seatless(), await world.seatless()
    async with world.database.writing(world.tenant_id) as session:
        (licence,) = await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
        )
    await browser.sign_in(admin)
    typed = {"agent": str(agent.id), "successor": str(agent.id)}
    answer = await browser.post(f"/seats/{licence.id}/assign", typed)
    assert '<p class="wrong" id="successor-problem">Must be somebody else.</p>' in answer.text
    answer = await browser.post(f"/seats/{licence.id}/assign", {**typed, "successor": str(ola.id)})
    assert answer.status_code == 303
    async with world.database.reading(world.tenant_id) as session:
        assert (await session.scalars(select(SeatAssignment.successor_id))).all() == [ola.id]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=1)])
async def test_what_is_over_is_said_to_be_over(
    browser: Browser, admin: Actor, world: World, database: Database, clock: HandClock, later: timedelta
) -> None:
    lena = await world.person(SeatKind.FULL)
    async with database.writing(world.tenant_id) as session:
        await departures.expire_licences(session, licence_ids=[lena.licence_id], at=None, by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    clock.at += later
    before = await everything(database, world.tenant_id)
    assign = f"/seats/{lena.licence_id}/assign"
    assert (await browser.get(assign)).status_code == 200
    assert (await browser.post(assign, {})).status_code == 422
    for what, typed in (
        ("kind", {"how": "EXCHANGE"}),
        ("move", {**AT_ONCE, "agent": str(lena.agent_id)}),
        ("successor", {}),
    ):
        path = f"/seats/taken/{lena.assignment_id}/{what}"
        assert "This is over, so there is nothing left to do." in said(await browser.get(path))
        answer = await browser.post(path, typed)
        assert answer.status_code == 422
    assert await everything(database, world.tenant_id) == before
    async with database.reading(world.tenant_id) as session:
        assert (await session.scalars(select(SeatLicence.id))).all() == [lena.licence_id]
