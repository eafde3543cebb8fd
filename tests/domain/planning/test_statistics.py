"""Small days whose figures can be said in advance, and what is asked for in vain."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.planning.deeds import StatisticsBy
from domain.planning.statistics import (
    LONGEST,
    Durations,
    Figures,
    Group,
    Statistics,
    StatisticsTooWide,
    statistics,
)
from domain.seats import operations as seats
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat, permit_outbound
from domain.tickets import assignment, departures, opening, outbound, working
from domain.tickets.models import EvidenceKind, Ticket
from domain.tickets.working import Evidence
from tests.conftest import NOW, CountStatements, FoundShop
from tests.domain.world import Person, World

NONE = Durations(0, None, None)
NOTHING = Figures(0, 0, 0, timedelta(), NONE, NONE)
DAY = timedelta(days=1)


def at(clock: str) -> datetime:
    """The instant of that Monday, in UTC."""
    hours, minutes = clock.split(":")
    return NOW.replace(hour=int(hours), minute=int(minutes))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


async def assign(world: World, ticket_id: UUID, to: Person, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=to.agent_id, by=SYSTEM, now=now)


async def reply(world: World, ticket_id: UUID, by: Person, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=by.agent_id, now=now)
        await outbound.reply(
            session, ticket_id=ticket_id, body="Tak.", permit=permit, any_owner=True, by=by.actor, now=now
        )


async def write(world: World, ticket_id: UUID, now: datetime) -> None:
    """The customer does."""
    async with world.database.writing(world.tenant_id) as session:
        await opening.receive(session, ticket_id=ticket_id, body="A teraz?", by=SYSTEM, now=now)


async def resolve(world: World, ticket_id: UUID, by: Person, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await working.resolve_internally(
            session,
            ticket_id=ticket_id,
            seat=await hold_seat(session, agent_id=by.agent_id, now=now),
            any_owner=True,
            reason="Wpłynęło.",
            evidence=Evidence(EvidenceKind.NOTE, text="wyciąg"),
            by=by.actor,
            now=now,
        )


async def send(world: World, ticket_id: UUID, team: str, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await assignment.send_to_team(session, ticket_id=ticket_id, team_id=world.teams[team], by=SYSTEM, now=now)


async def ask(
    world: World,
    group_by: StatisticsBy = StatisticsBy.AGENT,
    *,
    start: datetime = NOW,
    end: datetime = NOW + DAY,
    now: datetime = NOW + DAY,
) -> Statistics:
    async with world.database.reading(world.tenant_id) as session:
        return await statistics(session, start=start, end=end, group_by=group_by, now=now)


def figures_of(found: Statistics) -> dict[object, Figures]:
    return {group.key: group.figures for group in found.groups}


async def a_morning(world: World) -> tuple[Person, Person]:
    """One ticket of 09:00: answered by Anna, resolved by Lena on a light seat, reopened, resolved by Anna."""
    anna, lena = await world.person(SeatKind.FULL), await world.person(SeatKind.LIGHT)
    ticket_id = await world.ticket(now=at("9:00"))
    await assign(world, ticket_id, anna, at("9:10"))
    await reply(world, ticket_id, anna, at("9:30"))
    await write(world, ticket_id, at("10:00"))
    await assign(world, ticket_id, lena, at("10:15"))
    await resolve(world, ticket_id, lena, at("10:45"))
    await write(world, ticket_id, at("11:00"))
    await assign(world, ticket_id, anna, at("11:05"))
    await resolve(world, ticket_id, anna, at("11:20"))
    return anna, lena


ANNA = Figures(2, 1, 0, minutes(50), Durations(1, 1_800, 1_800), Durations(1, 8_400, 8_400))
LENA = Figures(1, 1, 1, minutes(30), NONE, Durations(1, 6_300, 6_300))
BOTH = Figures(3, 2, 1, minutes(80), Durations(1, 1_800, 1_800), Durations(2, 7_350, 8_190))


async def test_a_morning_is_counted_for_whoever_did_what(world: World) -> None:
    anna, lena = await a_morning(world)
    found = await ask(world)
    assert found == Statistics(
        NOW,
        NOW + DAY,
        StatisticsBy.AGENT,
        BOTH,
        (Group(anna.agent_id, "Jan Nowak", ANNA), Group(lena.agent_id, "Jan Nowak", LENA)),
    )


async def test_light_seats_are_in_every_figure_and_with_the_full_ones_they_are_everything(world: World) -> None:
    await a_morning(world)
    found = await ask(world, StatisticsBy.SEAT_KIND)
    assert found.groups == (Group(SeatKind.FULL, None, ANNA), Group(SeatKind.LIGHT, None, LENA))
    assert found.total == BOTH


async def test_what_belongs_to_no_season_is_a_group_without_a_key(world: World) -> None:
    await a_morning(world)
    found = await ask(world, StatisticsBy.SEASON)
    assert (found.total, found.groups) == (BOTH, (Group(None, None, BOTH),))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("9:00", "9:10", NOTHING),
        ("9:10", "9:11", Figures(1, 0, 0, minutes(1), NONE, NONE)),
        ("9:29", "9:30", Figures(0, 0, 0, minutes(1), NONE, NONE)),
        ("9:30", "10:00", Figures(0, 0, 0, minutes(0), Durations(1, 1_800, 1_800), NONE)),
        ("10:01", "10:15", Figures(0, 0, 0, minutes(14), NONE, NONE)),
        ("10:20", "10:45", Figures(0, 0, 0, minutes(25), NONE, NONE)),
        ("10:45", "11:00", Figures(0, 1, 0, minutes(0), NONE, Durations(1, 6_300, 6_300))),
        ("11:00", "11:01", Figures(0, 0, 1, minutes(0), NONE, NONE)),
        ("11:21", "12:00", NOTHING),
    ],
)
async def test_an_instant_counts_where_the_range_begins_and_not_where_it_ends(
    world: World, start: str, end: str, expected: Figures
) -> None:
    await a_morning(world)
    assert (await ask(world, start=at(start), end=at(end))).total == expected


async def test_a_reopening_counts_for_whoever_resolved_even_in_an_earlier_range(world: World) -> None:
    _, lena = await a_morning(world)
    found = await ask(world, start=at("11:00"), end=at("11:01"))
    assert figures_of(found) == {lena.agent_id: Figures(0, 0, 1, minutes(0), NONE, NONE)}


async def test_work_that_goes_on_counts_until_now_and_not_into_the_future(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    await assign(world, await world.ticket(), anna, at("9:10"))
    for now, expected in (("9:10", 0), ("9:40", 30), ("23:10", 14 * 60)):
        assert (await ask(world, now=at(now))).total.work == minutes(expected)
    tomorrow = await ask(world, start=NOW + DAY, end=NOW + 2 * DAY, now=at("9:40"))
    assert (tomorrow.total, tomorrow.groups) == (NOTHING, ())
    later = await ask(world, start=NOW + DAY, end=NOW + 2 * DAY, now=NOW + 3 * DAY)
    assert later.total == Figures(0, 0, 0, DAY, NONE, NONE)


async def test_work_that_began_before_the_range_and_ended_after_it_is_cut_at_both_ends(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    await assign(world, ticket_id, anna, at("9:10"))
    await resolve(world, ticket_id, anna, at("18:00"))
    found = await ask(world, start=at("12:00"), end=at("13:30"))
    assert figures_of(found) == {anna.agent_id: Figures(0, 0, 0, minutes(90), NONE, NONE)}


async def test_each_team_gets_what_was_done_while_the_ticket_was_its_own(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    await assign(world, ticket_id, anna, at("9:10"))
    await send(world, ticket_id, "accounting", at("9:40"))
    await reply(world, ticket_id, anna, at("9:50"))
    await write(world, ticket_id, at("10:00"))
    await resolve(world, ticket_id, anna, at("10:30"))
    await write(world, ticket_id, at("11:00"))
    await send(world, ticket_id, "first-line", at("11:10"))
    found = await ask(world, StatisticsBy.TEAM)
    assert [(group.name, group.figures) for group in found.groups] == [
        ("accounting", Figures(1, 1, 1, minutes(30), Durations(1, 3_000, 3_000), Durations(1, 5_400, 5_400))),
        ("first-line", Figures(1, 0, 0, minutes(30), NONE, NONE)),
    ]


async def test_work_is_cut_where_a_seat_gives_way_to_one_of_another_kind(world: World) -> None:
    anna = await world.person(SeatKind.FULL, until=at("10:00"))
    async with world.database.writing(world.tenant_id) as session:
        await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
        )
        await seats.assign_seat(
            session,
            agent_id=anna.agent_id,
            licence_id=None,
            kind=SeatKind.LIGHT,
            start=at("10:00"),
            by=SYSTEM,
            now=NOW,
        )
    ticket_id = await world.ticket()
    await assign(world, ticket_id, anna, at("9:10"))
    await resolve(world, ticket_id, anna, at("10:45"))
    assert figures_of(await ask(world, StatisticsBy.SEAT_KIND)) == {
        SeatKind.FULL: Figures(1, 0, 0, minutes(50), NONE, NONE),
        SeatKind.LIGHT: Figures(0, 1, 0, minutes(45), NONE, Durations(1, 6_300, 6_300)),
    }


async def test_between_the_end_of_a_seat_and_the_hand_over_work_is_on_no_seat(world: World) -> None:
    lena = await world.person(SeatKind.LIGHT, until=at("12:00"))
    await assign(world, await world.ticket(), lena, at("11:30"))
    async with world.database.writing(world.tenant_id) as session:
        await departures.expire_due_seats(session, now=at("12:20"))
    found = await ask(world, StatisticsBy.SEAT_KIND)
    assert found.groups == (
        Group(SeatKind.LIGHT, None, Figures(1, 0, 0, minutes(30), NONE, NONE)),
        Group(None, None, Figures(0, 0, 0, minutes(20), NONE, NONE)),
    )
    assert figures_of(await ask(world)) == {lena.agent_id: found.total}


async def seats_of_the_day(world: World, *spans: tuple[SeatKind, str, str]) -> Person:
    """Somebody on one seat after another."""
    agent = await world.seatless()
    async with world.database.writing(world.tenant_id) as session:
        for kind, start, end in spans:
            (licence,) = await seats.add_licences(
                session, kind=kind, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
            )
            seat = await seats.assign_seat(
                session,
                agent_id=agent.id,
                licence_id=licence.id,
                start=at(start),
                end=at(end),
                by=SYSTEM,
                now=NOW,
            )
    return Person(agent.member_id, agent.id, licence.id, seat.id)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("9:30", "13:30", {SeatKind.FULL: 90, SeatKind.LIGHT: 60, None: 90}),
        ("10:00", "11:00", {SeatKind.LIGHT: 60}),
        ("11:00", "12:00", {None: 60}),
        ("10:59", "12:01", {SeatKind.LIGHT: 1, None: 60, SeatKind.FULL: 1}),
        ("13:00", "14:00", {None: 60}),
    ],
)
async def test_seats_that_meet_and_seats_with_time_between_them_each_get_their_own(
    world: World, start: str, end: str, expected: dict[SeatKind | None, int]
) -> None:
    full, light = SeatKind.FULL, SeatKind.LIGHT
    ewa = await seats_of_the_day(world, (full, "9:00", "10:00"), (light, "10:00", "11:00"), (full, "12:00", "13:00"))
    ticket_id = await world.ticket()
    await assign(world, ticket_id, ewa, at("9:00"))
    found = await ask(world, StatisticsBy.SEAT_KIND, start=at(start), end=at(end))
    assert {key: figures.work for key, figures in figures_of(found).items()} == {
        key: minutes(count) for key, count in expected.items()
    }


async def test_two_tickets_at_once_count_twice(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    for _ in range(2):
        await assign(world, await world.ticket(), anna, at("9:10"))
    assert (await ask(world, now=at("9:40"))).total == Figures(2, 0, 0, minutes(60), NONE, NONE)


async def test_whoever_sends_the_first_reply_has_it_though_the_ticket_is_in_other_hands(world: World) -> None:
    anna, ewa = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    await assign(world, ticket_id, anna, at("9:10"))
    await reply(world, ticket_id, ewa, at("9:15"))
    await reply(world, ticket_id, anna, at("9:20"))
    assert figures_of(await ask(world)) == {
        anna.agent_id: Figures(1, 0, 0, minutes(5), NONE, NONE),
        ewa.agent_id: Figures(0, 0, 0, minutes(0), Durations(1, 900, 900), NONE),
    }
    assert (await ask(world, start=at("9:20"))).total.first_reply == NONE


async def test_a_change_that_is_dated_before_the_one_it_follows_counts_as_made_then(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    await assign(world, ticket_id, anna, at("9:10"))
    await resolve(world, ticket_id, anna, at("9:05"))
    assert (await ask(world)).total == Figures(1, 1, 0, minutes(0), NONE, Durations(1, 600, 600))


async def test_what_happens_in_another_shop_changes_nothing(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    await a_morning(world)
    before = [await ask(world, group_by) for group_by in StatisticsBy]
    other = await World.found(database, await found_shop())
    assert [(found.total, found.groups) for found in [await ask(other, by) for by in StatisticsBy]] == [
        (NOTHING, ())
    ] * 4
    await a_morning(other)
    await assign(other, await other.ticket(), await other.person(SeatKind.LIGHT), at("9:30"))
    assert [await ask(world, group_by) for group_by in StatisticsBy] == before
    assert (await ask(other)).total.owned == 4


@pytest.mark.parametrize("group_by", list(StatisticsBy))
async def test_two_statements_say_it_all(world: World, group_by: StatisticsBy, statements: CountStatements) -> None:
    await a_morning(world)
    for person in [await world.person(SeatKind.LIGHT) for _ in range(4)]:
        await assign(world, await world.ticket(), person, at("9:30"))
    with statements() as seen:
        await ask(world, group_by)
    reading = [statement for statement in seen if statement.startswith(("SELECT", "WITH"))]
    assert len(reading) == (1 if group_by is StatisticsBy.SEAT_KIND else 2)


async def test_what_takes_too_long_to_count_is_refused_and_the_session_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_morning(world)
    slow = select(func.pg_sleep(5))
    monkeypatch.setattr("domain.planning.statistics.PATIENCE_MS", 50)
    monkeypatch.setattr("domain.planning.deeds.counted", lambda _: slow)
    async with world.database.reading(world.tenant_id) as session:
        with pytest.raises(StatisticsTooWide):
            await statistics(session, start=NOW, end=NOW + DAY, group_by=StatisticsBy.TEAM, now=NOW)
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (NOW, NOW, "to"),
        (NOW, NOW - minutes(1), "to"),
        (NOW, NOW + LONGEST + minutes(1), "to"),
        (NOW.replace(tzinfo=None), NOW, "from"),
        (NOW, NOW.replace(tzinfo=None), "to"),
        (NOW.replace(year=1200), NOW, "from"),
    ],
)
async def test_a_range_that_is_none_or_too_long_is_refused_before_anything_is_read(
    world: World, start: datetime, end: datetime, field: str, statements: CountStatements
) -> None:
    with statements() as seen, pytest.raises(InvalidInput) as refused:
        await ask(world, start=start, end=end)
    assert (refused.value.field, seen) == (field, [])
    assert (await ask(world, end=NOW + LONGEST)).total == NOTHING
