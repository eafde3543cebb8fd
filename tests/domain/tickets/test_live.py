"""A shop at this minute, to the last number, in few statements."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.agents import operations as agents
from domain.agents import shifts
from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.agents.shifts import Shift
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat, permit_outbound
from domain.tickets import opening, outbound, working
from domain.tickets.alarms.models import AlarmCause
from domain.tickets.assignment import assign, send_to_team
from domain.tickets.flow import QUARTERS, Quarter, quarter_of
from domain.tickets.live import Alarm, Colleague, Episode, Holding, Live, Queue, live
from domain.tickets.models import EvidenceKind
from domain.tickets.opening import ANSWER_WITHIN
from domain.tickets.overflow.lines import Cause, Queueing
from domain.tickets.working import Evidence
from tests.conftest import NOW, CountStatements, FoundShop
from tests.domain.tickets.overflow.test_episodes import line, say, second_line, sweep
from tests.domain.world import Person, World

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def seen(world: World, *, now: datetime = NOW) -> Live:
    async with world.database.reading(world.tenant_id) as session:
        return await live(session, now=now)


async def give(world: World, ticket_id: UUID, person: Person, *, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await assign(session, ticket_id=ticket_id, agent_id=person.agent_id, by=SYSTEM, now=now)


async def resolve(world: World, ticket_id: UUID, person: Person, *, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await working.resolve_internally(
            session,
            ticket_id=ticket_id,
            seat=await hold_seat(session, agent_id=person.agent_id, now=now),
            any_owner=False,
            reason="Found it.",
            evidence=Evidence(EvidenceKind.NOTE, text="Parcel 6200"),
            by=person.actor,
            now=now,
        )


async def set_presence(world: World, person: Person, presence: Presence, *, now: datetime = NOW) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await agents.set_presence(session, agent_id=person.agent_id, presence=presence, by=SYSTEM, now=now)


async def plan(world: World, person: Person, planned: Sequence[Shift]) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await shifts.set_shifts(
            session,
            agent_id=person.agent_id,
            start=NOW - timedelta(days=2),
            end=NOW + timedelta(days=2),
            shifts=planned,
            by=SYSTEM,
            now=NOW,
        )


async def test_each_queue_says_what_waits_how_long_and_who_is_there(world: World) -> None:
    since = NOW - 2 * HOUR
    full = await world.person(SeatKind.FULL, now=since, emails=1)
    await world.person(SeatKind.FULL, now=since)
    await world.person(SeatKind.LIGHT, now=since)  # who can have nothing that needs the customer
    away = await world.person(SeatKind.FULL, now=since)
    await set_presence(world, away, Presence.AWAY)
    over = await world.person(SeatKind.FULL, now=since)
    await plan(world, over, [Shift(NOW - 9 * HOUR, NOW - HOUR)])
    await world.seatless(presence=Presence.ONLINE)
    await world.person(SeatKind.LIGHT, teams=["accounting"], now=since)  # without the skill that payments take
    overdue = NOW - ANSWER_WITHIN - MINUTE
    for arrived in (overdue, NOW - 30 * MINUTE, NOW - 20 * MINUTE):
        await world.ticket(now=arrived)
    await world.ticket("payment", now=NOW - 5 * MINUTE)
    await give(world, await world.ticket(now=NOW - HOUR), full, now=NOW)  # whose hands are full with it
    accounting, first_line = (await seen(world)).queues
    assert first_line == Queue(
        team_id=world.teams["first-line"],
        name="first-line",
        waiting=3,
        oldest=overdue,
        next_due=NOW - 30 * MINUTE + ANSWER_WITHIN,
        overdue=1,
        minutes=18,
        at_work=3,
        able=2,
        with_room=1,
    )
    assert first_line.expected == timedelta(minutes=9)
    assert accounting == Queue(
        team_id=world.teams["accounting"],
        name="accounting",
        waiting=1,
        oldest=NOW - 5 * MINUTE,
        next_due=NOW - 5 * MINUTE + ANSWER_WITHIN,
        overdue=0,
        minutes=6,
        at_work=1,
        able=0,
        with_room=0,
    )
    assert accounting.expected is None


async def test_where_nothing_waits_nobody_waits_for_long(world: World) -> None:
    await world.person(SeatKind.LIGHT)
    accounting, first_line = (await seen(world)).queues
    assert (first_line.waiting, first_line.oldest, first_line.next_due, first_line.overdue) == (0, None, None, 0)
    assert (first_line.at_work, first_line.able, first_line.with_room, first_line.expected) == (1, 1, 1, timedelta(0))
    assert (accounting.at_work, accounting.able, accounting.with_room, accounting.expected) == (0, 0, 0, None)


async def test_each_agent_says_what_is_in_hand_and_how_much_work_that_was_an_hour(world: World) -> None:
    since = NOW - 2 * HOUR
    busy = await world.person(SeatKind.FULL, now=since, emails=4)
    for _ in range(3):
        await give(world, await world.ticket(now=since), busy, now=since)
    resting = await world.person(SeatKind.LIGHT, now=since)
    await set_presence(world, resting, Presence.AWAY, now=NOW - 3 * MINUTE)
    gone = await world.person(SeatKind.LIGHT, presence=Presence.OFFLINE, now=since)
    await world.seatless()
    first, second, third = (await seen(world)).agents
    assert first == Colleague(
        agent_id=busy.agent_id,
        name="Jan Nowak",
        seat=SeatKind.FULL,
        presence=Presence.ONLINE,
        since=since,
        on_shift=True,
        holds=(
            Holding(Channel.EMAIL, 3, 4),
            Holding(Channel.CHAT, 0, 2),
            Holding(Channel.PHONE, 0, 1),
            Holding(Channel.FORM, 0, 10),
            Holding(Channel.MARKETPLACE, 0, 10),
        ),
        work=9,
    )
    assert (second.agent_id, second.seat, second.presence) == (resting.agent_id, SeatKind.LIGHT, Presence.AWAY)
    assert (second.since, second.work) == (NOW - 3 * MINUTE, 0)
    assert (third.agent_id, third.presence) == (gone.agent_id, Presence.OFFLINE)


async def test_each_quarter_says_what_came_was_taken_and_was_resolved(world: World) -> None:
    anna, jan = [await world.person(SeatKind.FULL, now=NOW - 13 * HOUR) for _ in range(2)]
    at = NOW - HOUR
    first = await world.ticket(now=at)
    second = await world.ticket(now=at + 14 * MINUTE)
    await world.ticket(now=at + 15 * MINUTE)
    await world.ticket(now=NOW - 12 * HOUR + 15 * MINUTE)  # the first instant that counts
    await world.ticket(now=NOW - 12 * HOUR + 15 * MINUTE - timedelta(microseconds=1))
    await give(world, first, anna, now=at + 16 * MINUTE)
    await give(world, first, jan, now=at + 17 * MINUTE)  # from hand to hand
    async with world.database.writing(world.tenant_id) as session:  # from the queue into hands, waiting at once
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=at + 31 * MINUTE)
        await outbound.reply(
            session,
            ticket_id=second,
            body="It arrives tomorrow.",
            permit=permit,
            any_owner=False,
            by=anna.actor,
            now=at + 31 * MINUTE,
        )
    async with world.database.writing(world.tenant_id) as session:  # into the hands it is in already
        await opening.receive(session, ticket_id=second, body="Thank you.", by=SYSTEM, now=at + 32 * MINUTE)
    await resolve(world, second, anna, now=at + 46 * MINUTE)
    async with world.database.writing(world.tenant_id) as session:  # back into the queue, and taken again
        await send_to_team(session, ticket_id=first, team_id=None, by=SYSTEM, now=at + 46 * MINUTE)
    await give(world, first, anna, now=NOW)
    quarters = (await seen(world)).quarters
    assert len(quarters) == QUARTERS
    assert [quarter.start for quarter in quarters] == [NOW - (47 - place) * 15 * MINUTE for place in range(48)]
    assert [quarter for quarter in quarters if quarter != Quarter(quarter.start)] == [
        Quarter(NOW - 12 * HOUR + 15 * MINUTE, arrived=1),
        Quarter(at, arrived=2),
        Quarter(at + 15 * MINUTE, arrived=1, taken=1),
        Quarter(at + 30 * MINUTE, taken=1),
        Quarter(at + 45 * MINUTE, resolved=1),
        Quarter(NOW, taken=1),
    ]
    later = (await seen(world, now=NOW + 14 * MINUTE)).quarters
    assert later == quarters


@pytest.mark.parametrize(
    ("at", "begun"),
    [
        (datetime(2026, 11, 2, 9, 14, 59, tzinfo=UTC), datetime(2026, 11, 2, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 2, 9, 15, tzinfo=UTC), datetime(2026, 11, 2, 9, 15, tzinfo=UTC)),
        (datetime(1969, 12, 31, 23, 59, tzinfo=UTC), datetime(1969, 12, 31, 23, 45, tzinfo=UTC)),
    ],
)
def test_quarters_begin_with_the_hour(at: datetime, begun: datetime) -> None:
    assert quarter_of(at) == begun


async def test_all_of_it_takes_eight_statements_and_within_a_minute_the_same_looks_the_same(
    world: World, database: Database, statements: CountStatements
) -> None:
    for team in ("first-line", "accounting"):
        for kind in SeatKind:
            await world.person(kind, teams=[team])
    await world.ticket()
    await world.ticket("payment")
    async with database.reading(world.tenant_id) as session:
        with statements() as counted:
            found = await live(session, now=NOW)
    assert len([one for one in counted if not one.startswith("SET LOCAL")]) == 8
    assert found == await seen(world, now=NOW + timedelta(seconds=59))
    assert found.at == NOW
    assert (await seen(world, now=NOW + MINUTE)).at == NOW + MINUTE


async def test_another_shops_work_is_not_seen(world: World, database: Database, found_shop: FoundShop) -> None:
    anna = await world.person(SeatKind.FULL)
    await give(world, await world.ticket(), anna, now=NOW)
    await world.ticket()
    async with database.reading((await found_shop()).tenant_id) as session:
        other = await live(session, now=NOW)
    assert (other.queues, other.agents, other.episodes) == ([], [], [])
    assert {(quarter.arrived, quarter.taken, quarter.resolved) for quarter in other.quarters} == {(0, 0, 0)}


async def test_a_line_that_helps_and_what_nobody_takes_are_seen_while_they_last(world: World) -> None:
    second = await second_line(world)
    for _ in range(2):
        await world.person(SeatKind.FULL, teams=["second-line"], emails=1)
    await say(world, Queueing(lines=(line(second),)))
    await world.ticket()
    payment = await world.ticket("payment")
    assert await sweep(world, NOW + 10 * MINUTE) == 1
    found = await seen(world, now=NOW + 11 * MINUTE)
    assert found.episodes == [Episode("first-line", "Second line", NOW + 10 * MINUTE, Cause.OLDEST, 1)]
    assert found.alarms == [Alarm("accounting", payment, 2, NOW + 10 * MINUTE, AlarmCause.NOBODY_FITS)]
    await say(world, Queueing(), now=NOW + 12 * MINUTE)
    await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])
    assert await sweep(world, NOW + 12 * MINUTE) == 1
    found = await seen(world, now=NOW + 12 * MINUTE)
    assert (found.episodes, found.alarms) == ([], [])
