"""Sitting people on licences in the panel, and taking seats back."""

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
from domain.tickets import assignment
from domain.tickets.models import Ticket
from tests.admin.actions.conftest import Browser, hidden, said
from tests.api.http.conftest import HandClock
from tests.conftest import NOW, FoundShop
from tests.domain.world import SEASON_END, Person, World
from tests.state import everything

LATER = NOW + timedelta(hours=1)
AT_ONCE = {"when": "AT_ONCE", "last": ""}
RELEASE = "/seats/taken/{assignment}/release"


async def licence(world: World, *, start: datetime | None = None, end: datetime | None = SEASON_END) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        (added,) = await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=start, end=end, label="Święta", by=SYSTEM, now=NOW
        )
    return added.id


async def assignments(world: World, licence_id: UUID) -> list[SeatAssignment]:
    async with world.database.reading(world.tenant_id) as session:
        rows = select(SeatAssignment).where(SeatAssignment.licence_id == licence_id)
        return list(await session.scalars(rows.order_by(SeatAssignment.id)))


async def holding(world: World, person: Person, *topics: str) -> None:
    """Put a ticket of each topic into a person's hands."""
    for topic in topics:
        ticket_id = await world.ticket(topic)
        async with world.database.writing(world.tenant_id) as session:
            await assignment.assign(session, ticket_id=ticket_id, agent_id=person.agent_id, by=SYSTEM, now=NOW)


async def test_an_agent_is_sat_on_a_licence_once_until_its_end(browser: Browser, admin: Actor, world: World) -> None:
    licence_id, agent = await licence(world), await world.seatless()
    await browser.sign_in(admin)
    page = await browser.get(f"/seats/{licence_id}/assign")
    assert "Light licence “Święta”: 2026-11-02 10:00 (UTC+01:00) – 2027-01-15 10:00 (UTC+01:00)." in said(page)
    for _ in range(2):
        answer = await browser.post(f"/seats/{licence_id}/assign", {**hidden(page), "agent": str(agent.id)})
        assert answer.status_code == 303
    (made,) = await assignments(world, licence_id)
    assert (made.agent_id, made.period) == (agent.id, Range(NOW, SEASON_END, bounds="[)"))


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        ("2026-11-02", "2027-01-15", (NOW, SEASON_END)),
        ("2026-11-10", "2026-12-24", (datetime(2026, 11, 9, 23, tzinfo=UTC), datetime(2026, 12, 24, 23, tzinfo=UTC))),
        ("", "2026-11-02", (NOW, datetime(2026, 11, 2, 23, tzinfo=UTC))),
    ],
)
async def test_days_inside_the_licence_are_whole_and_its_first_and_last_are_its_own(
    browser: Browser, admin: Actor, world: World, first: str, last: str, period: tuple[datetime, datetime]
) -> None:
    licence_id, agent = await licence(world), await world.seatless()
    await browser.sign_in(admin)
    typed = {"agent": str(agent.id), "from": first, "to": last}
    assert (await browser.post(f"/seats/{licence_id}/assign", typed)).status_code == 303
    (made,) = await assignments(world, licence_id)
    assert made.period == Range(*period, bounds="[)")


async def test_those_who_have_a_seat_are_offered_apart_and_refused_by_name(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    licence_id, taken = await licence(world), await world.person(SeatKind.FULL)
    seatless = await world.seatless()
    await browser.sign_in(admin)
    page = await browser.get(f"/seats/{licence_id}/assign")
    free, _, seated = page.text.partition('<optgroup label="With a seat for some of that time">')
    assert str(taken.agent_id) in seated
    assert str(taken.agent_id) not in free
    assert str(seatless.id) in free
    before = await everything(database, world.tenant_id)
    for typed, problem in (
        ({"agent": str(taken.agent_id)}, "This agent already has a seat during that time."),
        ({"agent": str(new_id())}, "There is no such agent."),
        ({"agent": "x"}, "Choose from the list."),
        ({"agent": ""}, "Must not be empty."),
    ):
        answer = await browser.post(f"/seats/{licence_id}/assign", {**hidden(page), **typed})
        assert answer.status_code == 422
        assert f'<p class="wrong" id="agent-problem">{problem}</p>' in answer.text
    for typed, field, problem in (
        ({"from": "2026-11-01"}, "from", "Must not be in the past."),
        ({"to": "2027-01-16"}, "from", "The time asked for is not inside the licence&#39;s period."),
        ({"from": "2026-12-02", "to": "2026-12-01"}, "to", "Must be later than “from”."),
    ):
        answer = await browser.post(f"/seats/{licence_id}/assign", {"agent": str(taken.agent_id), **typed})
        assert answer.status_code == 422
        assert f'<p class="wrong" id="{field}-problem">{problem}</p>' in answer.text
        assert f'<option value="{taken.agent_id}" selected>' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_releasing_says_who_loses_access_and_where_the_tickets_go_and_then_does_it(
    browser: Browser, admin: Actor, world: World, database: Database, clock: HandClock
) -> None:
    clock.at = LATER
    person = await world.person(SeatKind.FULL, teams=("first-line", "accounting"))
    await holding(world, person, "delivery", "delivery", "payment")
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    page = await browser.get(f"/seats/taken/{person.assignment_id}/release")
    assert (
        "Jan Nowak : 2026-11-02 10:00 (UTC+01:00) – 2027-01-15 10:00 (UTC+01:00). Loses access then. Open tickets that "
        "go back to their teams, as of now: accounting 1, first-line 2."
    ) in said(page)
    assert await everything(database, world.tenant_id) == before
    assert '<input type="radio" name="when" value="AFTER" required checked>' in page.text
    for _ in range(2):
        answer = await browser.post(f"/seats/taken/{person.assignment_id}/release", {**hidden(page), **AT_ONCE})
        assert answer.status_code == 303
    (ended,) = await assignments(world, person.licence_id)
    assert (ended.ended_at, ended.period.upper) == (LATER, LATER)
    async with database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(Ticket.assignee_id))) == [None] * 3
    over = await browser.get(f"/seats/taken/{person.assignment_id}/release")
    assert "This is over, so there is nothing left to do." in said(over)


async def test_a_seat_can_be_taken_back_after_a_last_day(browser: Browser, admin: Actor, world: World) -> None:
    person = await world.person(SeatKind.LIGHT)
    await browser.sign_in(admin)
    answer = await browser.post(f"/seats/taken/{person.assignment_id}/release", {"when": "AFTER", "last": "2026-11-30"})
    assert answer.status_code == 303
    (made,) = await assignments(world, person.licence_id)
    assert (made.period.upper, made.ended_at) == (datetime(2026, 11, 30, 23, tzinfo=UTC), None)


async def test_one_that_has_not_begun_is_cancelled(browser: Browser, admin: Actor, world: World) -> None:
    licence_id, agent = await licence(world, start=NOW + timedelta(days=3)), await world.seatless()
    await browser.sign_in(admin)
    await browser.post(f"/seats/{licence_id}/assign", {"agent": str(agent.id)})
    (made,) = await assignments(world, licence_id)
    page = await browser.get(f"/seats/taken/{made.id}/release")
    assert "Has not begun: it is cancelled." in said(page)
    assert "Cancel it before it begins" in said(page)
    await browser.post(f"/seats/taken/{made.id}/release", {**hidden(page), **AT_ONCE})
    assert [one.cancelled_at for one in await assignments(world, licence_id)] == [NOW]
    ended = await browser.get(f"/seats/{licence_id}/expire")
    assert "Nobody sits on it or is to." in said(ended)
    await browser.post(f"/seats/{licence_id}/expire", {**hidden(ended), **AT_ONCE})
    async with world.database.reading(world.tenant_id) as session:
        assert await session.scalar(select(SeatLicence.cancelled_at).where(SeatLicence.id == licence_id)) == NOW


async def test_ending_a_licence_says_who_loses_access_and_hands_the_tickets_over(
    browser: Browser, admin: Actor, world: World, database: Database, clock: HandClock
) -> None:
    clock.at = LATER
    person = await world.person(SeatKind.LIGHT)
    await holding(world, person, "delivery")
    await browser.sign_in(admin, language="pl")
    page = await browser.get(f"/seats/{person.licence_id}/expire")
    assert (
        "Traci wtedy dostęp. Otwarte zgłoszenia, które wracają do zespołów, według stanu na teraz: first-line 1."
        in (said(page))
    )
    for _ in range(2):
        answer = await browser.post(f"/seats/{person.licence_id}/expire", {**hidden(page), **AT_ONCE})
        assert answer.status_code == 303
    async with database.reading(world.tenant_id) as session:
        ended = await session.get(SeatLicence, (world.tenant_id, person.licence_id))
        assert ended is not None
        assert ended.period.upper == LATER
        assert list(await session.scalars(select(Ticket.assignee_id))) == [None]


@pytest.mark.parametrize("path", ["/seats/{licence}/expire", "/seats/{licence}/expire-all", RELEASE])
async def test_what_is_unclear_about_when_or_in_the_past_ends_nothing(
    browser: Browser, admin: Actor, world: World, database: Database, path: str
) -> None:
    person = await world.person(SeatKind.LIGHT)
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    for typed, field, problem in (
        ({}, "when", "Choose one."),
        ({"when": "LATER"}, "when", "Choose one."),
        ({"when": "AFTER", "last": ""}, "last", "Must not be empty."),
        ({"when": "AFTER", "last": "2026-11-01"}, "last", "Must not be in the past."),
        ({"when": "AFTER", "last": "x"}, "last", "Must be a date, such as 2026-11-01."),
        ({"when": "AT_ONCE", "last": "2026-12-01"}, "last", "Leave it empty to end it at once."),
    ):
        where = path.format(licence=person.licence_id, assignment=person.assignment_id)
        answer = await browser.post(where, {"count": "1", **typed})
        assert answer.status_code == 422
        assert f'<p class="wrong" id="{field}-problem">{problem}</p>' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_another_shops_seats_and_agents_are_not_found(
    browser: Browser, admin: Actor, world: World, database: Database, found_shop: FoundShop
) -> None:
    there = await World.found(database, await found_shop())
    stranger = await there.person(SeatKind.FULL)
    own = await licence(world)
    await browser.sign_in(admin)
    before = [await everything(database, shop.tenant_id) for shop in (world, there)]
    for id in (stranger.licence_id, stranger.assignment_id, new_id(), "x"):
        for path in (
            f"/seats/{id}/assign",
            f"/seats/{id}/expire",
            f"/seats/{id}/expire-all",
            RELEASE.format(assignment=id),
        ):
            if id != stranger.assignment_id or "release" in path:
                assert (await browser.get(path)).status_code == 404
                assert (await browser.post(path, {"agent": str(stranger.agent_id)})).status_code == 404
    refused = await browser.post(f"/seats/{own}/assign", {"agent": str(stranger.agent_id)})
    assert "There is no such agent." in said(refused)
    assert [await everything(database, shop.tenant_id) for shop in (world, there)] == before


async def test_nobody_who_is_kept_out_is_offered_a_seat_or_given_one(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    licence_id, lena = await licence(world), await world.seatless()
    await browser.sign_in(admin)
    page = await browser.get(f"/seats/{licence_id}/assign")
    await browser.post(f"/agents/{lena.id}/suspend", {})
    assert str(lena.id) not in (await browser.get(f"/seats/{licence_id}/assign")).text
    before = await everything(database, world.tenant_id)
    answer = await browser.post(f"/seats/{licence_id}/assign", {**hidden(page), "agent": str(lena.id)})
    assert answer.status_code == 422
    assert '<p class="wrong" id="agent-problem">This person is kept out.' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_licences_added_by_mistake_are_ended_by_one_press(
    browser: Browser, admin: Actor, world: World, database: Database, clock: HandClock
) -> None:
    async with database.writing(world.tenant_id) as session:
        batch = await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=20, start=None, end=SEASON_END, label="Święta", by=SYSTEM, now=NOW
        )
        for kind, label in ((SeatKind.FULL, "Święta"), (SeatKind.LIGHT, "Wiosna")):  # other presses, at that instant
            await operations.add_licences(
                session, kind=kind, count=1, start=None, end=SEASON_END, label=label, by=SYSTEM, now=NOW
            )
    lena = await world.seatless()
    await browser.sign_in(admin)
    await browser.post(f"/seats/{batch[3].id}/assign", {"agent": str(lena.id)})
    clock.at = LATER
    await browser.post(f"/seats/{batch[7].id}/expire", AT_ONCE)
    one = await browser.get(f"/seats/{batch[0].id}/expire")
    assert "End all that were added together with it: 19" in said(one)
    path = f"/seats/{batch[0].id}/expire-all"
    page = await browser.get(path)
    assert "End licences added together: 19" in said(page)
    assert "Jan Nowak : 2026-11-02 10:00 (UTC+01:00) – 2027-01-15 10:00 (UTC+01:00). Loses access then." in said(page)
    assert page.text.count("<li><a href=") == 19
    before = await everything(database, world.tenant_id)
    changed = await browser.post(path, {**hidden(page), **AT_ONCE, "count": "20"})
    assert changed.status_code == 422
    assert "They are not as many as before any more." in said(changed)
    assert await everything(database, world.tenant_id) == before
    for _ in range(2):
        answer = await browser.post(path, {**hidden(page), **AT_ONCE})
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/seats?done=seats_ended")
    async with database.reading(world.tenant_id) as session:
        rows = await session.scalars(select(SeatLicence).order_by(SeatLicence.id))
        ends = [(row.kind, row.label, row.period.upper) for row in rows]
    assert ends[:20] == [(SeatKind.LIGHT, "Święta", LATER)] * 20
    assert ends[20:] == [(SeatKind.FULL, "Święta", SEASON_END), (SeatKind.LIGHT, "Wiosna", SEASON_END)]
    assert [row.ended_at for row in await assignments(world, batch[3].id)] == [LATER]
    assert "This is over, so there is nothing left to do." in said(await browser.get(path))
    assert "added together" not in said(await browser.get(f"/seats/{batch[0].id}/expire"))


async def test_whoever_releases_a_seat_on_its_agents_page_lands_there(
    browser: Browser, admin: Actor, world: World
) -> None:
    person = await world.person(SeatKind.LIGHT)
    await browser.sign_in(admin)
    path = RELEASE.format(assignment=person.assignment_id)
    for query, back in (("", f"/seats/{person.licence_id}"), ("?of=agent", f"/agents/{person.agent_id}")):
        page = await browser.get(path + query)
        assert f'<a class="back" href="/admin{back}">Cancel</a>' in page.text
        answer = await browser.post(path + query, AT_ONCE)
        assert answer.headers["location"] == f"/admin{back}?done=seat_released"
