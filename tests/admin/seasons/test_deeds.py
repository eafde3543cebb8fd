"""What can be done with a season in the panel: each button once, after a page that says what it means."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.agents.models import Agent, Member, MemberState
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor
from domain.kit.ids import new_id
from domain.seasons import queries
from domain.seasons.course import SeasonState
from domain.seasons.models import Season, SeasonPerson
from domain.seasons.people import Named
from domain.seats.extending import extend_licences
from domain.seats.models import PlannedInvitation, SeatAssignment, SeatKind, SeatLicence
from domain.seats.operations import add_licences, assign_seat
from domain.seats.queries import HELD
from domain.tickets.assignment import assign
from tests.admin.actions.conftest import Browser, hidden, said
from tests.admin.seasons.conftest import FILIP, LENA, OLGA, drafted, named, scheduled
from tests.admin.seasons.test_pages import words
from tests.api.http.conftest import HandClock
from tests.conftest import NOW
from tests.domain.world import World
from tests.state import events_of, everything

START = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
END = datetime(2027, 1, 15, 23, 0, tzinfo=UTC)
DURING = START + timedelta(days=7, hours=9)


async def the(world: World, season_id: UUID) -> Season:
    async with world.database.reading(world.tenant_id) as session:
        return await session.get_one(Season, (world.tenant_id, season_id))


async def licences(world: World) -> list[tuple[SeatKind, datetime | None, datetime | None, bool]]:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.scalars(
            select(SeatLicence).where(SeatLicence.season_id.is_not(None)).order_by(SeatLicence.kind, SeatLicence.id)
        )
        return [(one.kind, one.period.lower, one.period.upper, one.cancelled_at is not None) for one in found]


async def people(world: World, season_id: UUID) -> dict[str, UUID]:
    async with world.database.reading(world.tenant_id) as session:
        return {person.email: person.id for person in await queries.people(session, season_id=season_id)}


async def join(world: World, email: str) -> UUID:
    """The person accepts the invitation; returns the agent."""
    async with world.database.writing(world.tenant_id) as session:
        member = (await session.scalars(select(Member).where(Member.email == email))).one()
        member.state, member.password_hash = MemberState.ACTIVE, "unused"
        return (await session.scalars(select(Agent.id).where(Agent.member_id == member.id))).one()


async def test_a_draft_is_scheduled_once_and_its_page_says_so(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    season_id = await drafted(world, admin, people=[LENA, FILIP])
    await browser.sign_in(admin)
    typed = hidden(await browser.get(f"/seasons/{season_id}"))
    for _ in range(2):
        answer = await browser.post(f"/seasons/{season_id}/schedule", typed)
        assert answer.headers["location"] == f"/admin/seasons/{season_id}?done=season_scheduled"
    assert await licences(world) == [(SeatKind.FULL, START, END, False)] + [(SeatKind.LIGHT, START, END, False)] * 2
    told = await events_of(database, world.tenant_id, aggregate="season")
    assert [name for name, _, _ in told] == ["SeasonDrafted", "SeasonScheduled"]
    assert (await the(world, season_id)).scheduled_by_id == admin.id
    assert "The season stands." in said(await browser.http.get(answer.headers["location"]))


async def test_what_somebody_else_has_changed_meanwhile_is_shown_again_instead(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    season_id = await drafted(world, admin)
    await browser.sign_in(admin)
    typed = hidden(await browser.get(f"/seasons/{season_id}"))
    await browser.post(
        f"/seasons/{season_id}/edit",
        {
            **hidden(await browser.get(f"/seasons/{season_id}/edit")),
            "season": "Święta",
            "first_day": "2026-12-01",
            "last_day": "2027-01-15",
            "light": "200",
            "full": "1",
            "lead_days": "7",
            "role": "AGENT",
            "language": "PL",
        },
    )
    before = await everything(database, world.tenant_id)
    answer = await browser.post(f"/seasons/{season_id}/schedule", typed)
    assert answer.status_code == 422
    shown = words(answer)
    assert "Somebody has changed it meanwhile. Look at it again, then press once more." in shown
    assert "Seats 201 Full: 1, Light: 200" in shown
    assert await everything(database, world.tenant_id) == before
    assert hidden(answer)["version"] == "2"
    confirmed = await browser.post(f"/seasons/{season_id}/schedule", hidden(answer))
    assert confirmed.headers["location"] == f"/admin/seasons/{season_id}?done=season_scheduled"
    assert len(await licences(world)) == 201


async def test_what_scheduling_refuses_is_said_on_the_page_and_nothing_stands(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    season_id = await drafted(world, admin, people=[Named("zofia@klient.example", "Zofia", SeatKind.LIGHT)])
    await browser.sign_in(admin)
    typed = hidden(await browser.get(f"/seasons/{season_id}"))
    before = await everything(database, world.tenant_id)
    answer = await browser.post(f"/seasons/{season_id}/schedule", typed)
    assert answer.status_code == 422
    assert "This cannot be done yet: zofia@klient.example" in words(answer)
    assert await everything(database, world.tenant_id) == before
    assert (await browser.post(f"/seasons/{new_id()}/schedule", typed)).status_code == 404


async def test_a_season_is_made_longer_after_its_new_cost_was_shown(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    """Half of January becomes all of it: 149.00 for 72.10, and twice 29.00 for twice 14.03."""
    season_id = await scheduled(world, admin)
    await browser.sign_in(admin)
    path = f"/seasons/{season_id}/days"
    form = await browser.get(path)
    assert 'value="2027-01-15"' in form.text
    before = await everything(database, world.tenant_id)
    review = await browser.post(path, {"last_day": "2027-01-31"})
    shown = words(review)
    for part in (
        "Make the season longer?",
        "From now on 2026-12-01 – 2027-01-31 (Days: 62)",
        "Access stops 2027-02-01 00:00 (UTC+01:00)",
        "Cost in all 307.16 PLN → 414.00 PLN (+ 106.84 PLN )",
    ):
        assert part in shown
    assert await everything(database, world.tenant_id) == before
    for _ in range(2):
        answer = await browser.post(path, {**hidden(review), "confirmed": "yes"})
        assert answer.headers["location"] == f"/admin/seasons/{season_id}?done=season_moved"
    later = datetime(2027, 1, 31, 23, 0, tzinfo=UTC)
    assert (await the(world, season_id)).last_day == date(2027, 1, 31)
    assert {end for _, _, end, _ in await licences(world)} == {later}
    assert "Cost in all 414.00 PLN" in words(await browser.get(f"/seasons/{season_id}"))


async def test_a_season_is_made_shorter_after_it_was_said_who_loses_access(
    browser: Browser, admin: Actor, world: World, clock: HandClock
) -> None:
    season_id = await scheduled(world, admin)
    lena = await join(world, "lena@shop.example")
    ticket = await world.ticket("payment")
    async with world.database.writing(world.tenant_id) as session:
        await assign(session, ticket_id=ticket, agent_id=lena, by=SYSTEM, now=DURING)
    clock.at = DURING
    await browser.sign_in(admin)
    path = f"/seasons/{season_id}/days"
    review = await browser.post(path, {"last_day": "2026-12-10"})
    shown = words(review)
    for part in (
        "Make the season shorter?",
        "Cost in all 307.16 PLN → 66.76 PLN ( −240.40 PLN )",
        "These lose access when it ends now.",
        "Lena Lis : 2026-12-01 00:00 (UTC+01:00) – 2027-01-16 00:00 (UTC+01:00). Loses access then. "
        "Open tickets that go back to their teams, as of now: accounting 1.",
        "Filip Gil : 2026-12-01 00:00 (UTC+01:00) – 2027-01-16 00:00 (UTC+01:00). Loses access then. "
        "Holds no open ticket now.",
    ):
        assert part in shown
    answer = await browser.post(path, {**hidden(review), "confirmed": "yes"})
    assert answer.status_code == 303
    assert {end for _, _, end, _ in await licences(world)} == {datetime(2026, 12, 10, 23, 0, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("last", "problem"),
    [
        ("", "Must not be empty."),
        ("2026-11-01", "Must not be in the past."),
        ("2026-11-30", "Must not be before the first day."),
        ("2027-01-15", "Is the last day already."),
        ("2028-02-01", "Must be within 400 days."),
    ],
)
async def test_a_last_day_that_cannot_be_is_refused_before_and_after_the_review(
    browser: Browser, admin: Actor, world: World, database: Database, last: str, problem: str
) -> None:
    season_id = await scheduled(world, admin)
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    answer = await browser.post(f"/seasons/{season_id}/days", {"last_day": last})
    assert answer.status_code == 422
    assert f'<p class="wrong" id="last_day-problem">{problem}</p>' in answer.text
    version = (await the(world, season_id)).version
    confirmed = {"last_day": last, "version": str(version), "confirmed": "yes"}
    assert (await browser.post(f"/seasons/{season_id}/days", confirmed)).status_code == 422
    stale = {"last_day": "2027-01-20", "version": "0", "confirmed": "yes"}
    assert "Somebody has changed it meanwhile." in said(await browser.post(f"/seasons/{season_id}/days", stale))
    assert await everything(database, world.tenant_id) == before


async def test_who_has_another_seat_in_the_time_that_would_be_added_is_named(
    browser: Browser, admin: Actor, world: World
) -> None:
    season_id = await scheduled(world, admin)
    lena = await join(world, "lena@shop.example")
    async with world.database.writing(world.tenant_id) as session:
        (licence,) = await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=END, end=None, label="", by=SYSTEM, now=NOW
        )
        await assign_seat(session, agent_id=lena, licence_id=licence.id, by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    review = await browser.post(f"/seasons/{season_id}/days", {"last_day": "2027-01-31"})
    assert "This would be refused: they have another seat in the time that would be added. Lena Lis" in words(review)
    assert 'name="confirmed"' not in review.text
    typed = {**hidden(review), "confirmed": "yes"}
    refused = await browser.post(f"/seasons/{season_id}/days", typed)
    assert refused.status_code == 422
    assert "This agent already has a seat during that time." in said(refused)
    assert (await the(world, season_id)).last_day == date(2027, 1, 15)


async def test_a_season_is_ended_after_it_was_said_whose_tickets_go_to_whom(
    browser: Browser, admin: Actor, world: World, clock: HandClock
) -> None:
    successor = await world.person(SeatKind.FULL, teams=("accounting", "first-line"))
    async with world.database.writing(world.tenant_id) as session:
        (await session.get_one(Agent, (world.tenant_id, successor.agent_id))).name = "Iga"
    season_id = await scheduled(world, admin, successor_id=successor.agent_id)
    lena = await join(world, "lena@shop.example")
    ticket = await world.ticket("payment")
    async with world.database.writing(world.tenant_id) as session:
        await assign(session, ticket_id=ticket, agent_id=lena, by=SYSTEM, now=DURING)
    clock.at = DURING
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/{season_id}/end")
    shown = words(page)
    for part in (
        "End it now: Święta",
        "Cost so far: 49.25 PLN",
        "Lena Lis : 2026-12-01 00:00 (UTC+01:00) – 2027-01-16 00:00 (UTC+01:00). Loses access then. "
        "Open tickets, as of now, for Iga, and without a seat that will do back to their teams: accounting 1.",
    ):
        assert part in shown
    for _ in range(2):
        answer = await browser.post(f"/seasons/{season_id}/end", hidden(page))
        assert answer.headers["location"] == f"/admin/seasons/{season_id}?done=season_ended"
    season = await the(world, season_id)
    assert queries.state(season, DURING) is SeasonState.ENDED
    assert {end for _, _, end, _ in await licences(world)} == {DURING}
    assert "This cannot be done with the season as it is now." in said(await browser.get(f"/seasons/{season_id}/end"))


@pytest.mark.parametrize("deed", ["days", "end", "remove", "cancel"])
async def test_whoever_sits_outside_the_seasons_own_licences_is_named_as_losing_access_as_well(
    browser: Browser, admin: Actor, world: World, clock: HandClock, deed: str
) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await add_licences(session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW)
    season_id = await scheduled(world, admin, light_count=0, people=[LENA])
    clock.at = NOW if deed == "cancel" else DURING
    await browser.sign_in(admin)
    if deed == "days":
        page = await browser.post(f"/seasons/{season_id}/days", {"last_day": "2026-12-10"})
    elif deed == "remove":
        person_id = (await people(world, season_id))["lena@shop.example"]
        page = await browser.get(f"/seasons/people/{person_id}/remove")
    else:
        page = await browser.get(f"/seasons/{season_id}/{deed}")
    assert "Lena Lis : 2026-12-01 00:00 (UTC+01:00) – 2027-01-16 00:00 (UTC+01:00)." in words(page)


async def test_who_was_extended_by_hand_and_has_another_seat_after_that_is_named(
    browser: Browser, admin: Actor, world: World
) -> None:
    season_id = await scheduled(world, admin, full_count=0, light_count=1, people=[LENA])
    lena = await join(world, "lena@shop.example")
    longer = END + timedelta(days=2)
    async with world.database.writing(world.tenant_id) as session:
        await extend_licences(
            session,
            licence_ids=await queries.licence_ids(session, season_id=season_id),
            end=longer,
            by=SYSTEM,
            now=NOW,
        )
        (licence,) = await add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=longer, end=None, label="", by=SYSTEM, now=NOW
        )
        await assign_seat(session, agent_id=lena, licence_id=licence.id, by=SYSTEM, now=NOW)
    await browser.sign_in(admin)
    for last, refused in (("2027-01-17", False), ("2027-01-31", True)):
        review = await browser.post(f"/seasons/{season_id}/days", {"last_day": last})
        assert ("This would be refused: they have another seat" in words(review)) == refused


async def test_a_season_that_has_not_begun_is_called_off(
    browser: Browser, admin: Actor, world: World, clock: HandClock
) -> None:
    season_id, draft = await scheduled(world, admin), await drafted(world, admin, name="Szkic")
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/{season_id}/cancel")
    assert "It costs nothing." in said(page)
    assert "Lena Lis : 2026-12-01 00:00 (UTC+01:00) – 2027-01-16 00:00 (UTC+01:00). Has not begun: it is" in words(page)
    assert "Nothing was bought and nobody was invited." in said(await browser.get(f"/seasons/{draft}/cancel"))
    for one in (season_id, draft):
        typed = hidden(await browser.get(f"/seasons/{one}/cancel"))
        answer = await browser.post(f"/seasons/{one}/cancel", typed)
        assert answer.headers["location"] == f"/admin/seasons/{one}?done=season_cancelled"
        assert queries.state(await the(world, one), NOW) is SeasonState.CANCELLED
    assert {cancelled for *_, cancelled in await licences(world)} == {True}
    running = await scheduled(world, admin, name="Zima", people=[])
    clock.at = DURING
    await browser.sign_in(admin)
    assert "This cannot be done with the season as it is now." in said(await browser.get(f"/seasons/{running}/cancel"))
    refused = await browser.post(f"/seasons/{running}/cancel", {})
    assert "This season has begun. End it instead." in said(refused)
    assert queries.state(await the(world, running), DURING) is SeasonState.ACTIVE


async def test_people_are_added_and_who_is_one_too_many_waits(browser: Browser, admin: Actor, world: World) -> None:
    season_id = await scheduled(world, admin, people=[LENA])
    await browser.sign_in(admin)
    form = await browser.get(f"/seasons/{season_id}/people")
    assert "Open seats: Full 1, Light 1." in words(form)
    typed = {**hidden(form), "people": "Olga Maj <olga@shop.example>\nadam@shop.example\nfilip@shop.example full"}
    for _ in range(2):
        answer = await browser.post(f"/seasons/{season_id}/people", typed)
        assert answer.headers["location"] == f"/admin/seasons/{season_id}?done=season_people_added"
    assert list(await people(world, season_id)) == [
        "lena@shop.example",
        "olga@shop.example",
        "adam@shop.example",
        "filip@shop.example",
    ]
    async with world.database.reading(world.tenant_id) as session:
        held = await session.scalars(
            select(Agent.name).join(PlannedInvitation, PlannedInvitation.agent_id == Agent.id).where(HELD)
        )
        assert held.all() == ["Adam"]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "Name somebody."),
        ("lena", "Line 1: has no e-mail address."),
        ("lena@shop.example", "lena@shop.example is in this season already."),
        ("zofia@klient.example", None),
    ],
)
async def test_people_who_cannot_be_added_are_refused(
    browser: Browser, admin: Actor, world: World, database: Database, typed: str, problem: str | None
) -> None:
    season_id = await scheduled(world, admin, people=[LENA])
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    answer = await browser.post(f"/seasons/{season_id}/people", {"people": typed})
    assert answer.status_code == 422
    if problem is not None:
        assert f'<p class="wrong" id="people-problem">{problem}</p>' in answer.text
    assert f"\n{typed}</textarea>" in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_somebody_is_taken_out_and_the_next_in_line_gets_the_seat(
    browser: Browser, admin: Actor, world: World
) -> None:
    season_id = await scheduled(world, admin, light_count=1, people=[LENA, OLGA])
    lena = (await people(world, season_id))["lena@shop.example"]
    await browser.sign_in(admin)
    page = await browser.get(f"/seasons/people/{lena}/remove")
    assert "Take somebody out of the season: Lena Lis" in words(page)
    assert "Has not begun: it is cancelled." in words(page)
    for _ in range(2):
        answer = await browser.post(f"/seasons/people/{lena}/remove", hidden(page))
        assert answer.headers["location"] == f"/admin/seasons/{season_id}?done=season_person_removed"
    assert list(await people(world, season_id)) == ["olga@shop.example"]
    async with world.database.reading(world.tenant_id) as session:
        removed = await session.get_one(SeasonPerson, (world.tenant_id, lena))
        assert removed.removed_at == NOW
        seats = select(func.count()).select_from(SeatAssignment).where(SeatAssignment.cancelled_at.is_(None))
        assert await session.scalar(seats) == 0  # the pass that serves the line gives it to Olga
    assert "This is over" in said(await browser.get(f"/seasons/people/{lena}/remove"))
    assert (await browser.get(f"/seasons/people/{new_id()}/remove")).status_code == 404
    assert (await browser.post(f"/seasons/people/{new_id()}/remove", {})).status_code == 404


async def test_a_place_in_the_line_is_called_back(browser: Browser, admin: Actor, world: World) -> None:
    await scheduled(world, admin, light_count=1, full_count=0, people=named(2))
    await browser.sign_in(admin)
    listed = await browser.get("/seasons")
    (path,) = re.findall(r'href="/admin(/seasons/line/[0-9a-f-]{36}/cancel)"', listed.text)
    page = await browser.get(path)
    assert "Take out of the line: Osoba 1" in words(page)
    for _ in range(2):
        answer = await browser.post(path, hidden(page))
        assert answer.headers["location"] == "/admin/seasons?done=planned_cancelled"
    async with world.database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(PlannedInvitation).where(HELD)) == 0
    assert "They do not wait any more" in said(await browser.get(path))
    assert "Waiting for a seat" not in said(await browser.get("/seasons"))
    assert (await browser.get(f"/seasons/line/{new_id()}/cancel")).status_code == 404
    assert (await browser.post(f"/seasons/line/{new_id()}/cancel", {})).status_code == 404
