"""Seats that go from one person to another at an instant, several times a day if need be."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents.errors import AgentNotFound
from domain.agents.models import Agent, Presence
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import DomainError, InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats.errors import (
    AgentAlreadySeated,
    AgentSuspended,
    SeatAssignmentNotFound,
    SeatAssignmentOver,
    SeatLicenceOfOneDay,
)
from domain.seats.models import SeatAssignment, SeatKind
from domain.tickets import departures
from domain.tickets.changing import move_seat
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.tickets.test_changing import licence, rows, sit, span
from tests.domain.tickets.test_handing_over import QUEUE, answered, expire, holding, places, succeed, with_
from tests.domain.world import SEASON_END, World
from tests.state import events_of, everything, jobs_of

LATER = NOW + timedelta(hours=1)
NOON = NOW + timedelta(hours=3)


async def move(
    world: World,
    assignment_id: UUID,
    to_agent_id: UUID,
    *,
    at: datetime | None = None,
    hand_over: bool = True,
    now: datetime = LATER,
) -> SeatAssignment:
    async with world.database.writing(world.tenant_id) as session:
        return await move_seat(
            session,
            assignment_id=assignment_id,
            to_agent_id=to_agent_id,
            at=at,
            hand_over=hand_over,
            by=SYSTEM,
            now=now,
        )


@pytest.mark.parametrize("hand_over", [True, False])
async def test_a_seat_moves_now_with_the_open_tickets_or_without(
    world: World, database: Database, hand_over: bool
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.seatless()
    other = await world.person(SeatKind.FULL, until=None)
    await succeed(world, anna, other.agent_id)
    tickets = [await holding(world, anna, topic) for topic in ("delivery", "payment", "delivery")]
    await answered(world, anna, tickets[2])
    following = await move(world, anna.assignment_id, ola.id, hand_over=hand_over)
    assert await places(world, *tickets) == [with_(ola.id) if hand_over else QUEUE] * 3
    _, assignments = await rows(world)
    before = assignments[anna.assignment_id]
    assert (before.period, before.ended_at) == (span(NOW, LATER), LATER)
    assert before.successor_id == (ola.id if hand_over else None)
    assert (following.licence_id, following.agent_id, following.period, following.successor_id) == (
        anna.licence_id,
        ola.id,
        span(LATER, SEASON_END),
        other.agent_id,
    )
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(Agent, (world.tenant_id, anna.agent_id))).presence is Presence.OFFLINE
    told = await events_of(database, world.tenant_id, aggregate="seat_assignment")
    assert [data for name, _, data in told if name == "SeatMoved"] == [
        {"agent_id": str(ola.id), "from_agent_id": str(anna.agent_id)}
    ]
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("hand_over", [True, False])
async def test_a_seat_moves_at_an_instant_to_come_and_the_tickets_then(
    world: World, database: Database, hand_over: bool
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.seatless()
    ticket_id = await holding(world, anna, "delivery")
    following = await move(world, anna.assignment_id, ola.id, at=NOON, hand_over=hand_over)
    _, assignments = await rows(world)
    assert assignments[anna.assignment_id].period == span(NOW, NOON)
    assert following.period == span(NOON, SEASON_END)
    assert await places(world, ticket_id) == [with_(anna.agent_id)]
    assert await expire(world, now=NOON - timedelta(microseconds=1)) == 0
    assert await expire(world, now=NOON) == 1
    assert await places(world, ticket_id) == [with_(ola.id) if hand_over else QUEUE]
    assert {actor for actor, _ in await jobs_of(database, world.tenant_id)} >= {"expire_seats", "provision_seats"}
    assert await broken(database, world.tenant_id) == {}


async def test_a_seat_moves_several_times_in_one_day_and_back(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.LIGHT)
    ola, ewa = await world.seatless(), await world.seatless()
    ticket_id = await holding(world, anna, "payment")
    seat, moments = anna.assignment_id, [NOW + timedelta(hours=hours) for hours in (2, 4, 6, 8)]
    for agent_id, moment in zip((ola.id, ewa.id, anna.agent_id, ola.id), moments, strict=True):
        seat = (await move(world, seat, agent_id, now=moment)).id
        assert await places(world, ticket_id) == [with_(agent_id)]
    _, assignments = await rows(world)
    edges = [NOW, *moments, SEASON_END]
    assert [(row.agent_id, row.period) for row in assignments.values()] == [
        (anna.agent_id, span(edges[0], edges[1])),
        (ola.id, span(edges[1], edges[2])),
        (ewa.id, span(edges[2], edges[3])),
        (anna.agent_id, span(edges[3], edges[4])),
        (ola.id, span(edges[4], edges[5])),
    ]
    assert await broken(database, world.tenant_id) == {}


async def test_a_seat_that_moves_thrice_at_one_instant_ends_with_the_last(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.LIGHT)
    ola, ewa = await world.seatless(), await world.seatless()
    ticket_id, seat = await holding(world, anna, "payment"), anna.assignment_id
    for agent_id in (ola.id, ewa.id, ola.id):
        seat = (await move(world, seat, agent_id)).id
    _, assignments = await rows(world)
    tick = timedelta(microseconds=1)
    assert [(row.agent_id, row.period) for row in assignments.values()] == [
        (anna.agent_id, span(NOW, LATER)),
        (ola.id, span(LATER, LATER + tick)),
        (ewa.id, span(LATER + tick, LATER + 2 * tick)),
        (ola.id, span(LATER + 2 * tick, SEASON_END)),
    ]
    assert await places(world, ticket_id) == [with_(ola.id)]
    assert await broken(database, world.tenant_id) == {}


async def test_a_seat_to_come_is_anothers_from_its_beginning(world: World, database: Database) -> None:
    agent, ola = await world.seatless(), await world.seatless()
    coming = await licence(world, SeatKind.FULL, start=SEASON_END, end=None)
    seat = await sit(world, agent.id, coming)
    following = await move(world, seat, ola.id)
    _, assignments = await rows(world)
    assert (assignments[seat].cancelled_at, assignments[seat].successor_id) == (LATER, None)
    assert (following.agent_id, following.period) == (ola.id, span(SEASON_END, None))
    assert await broken(database, world.tenant_id) == {}


async def test_whose_seat_it_is_already_keeps_it(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    before = await everything(database, world.tenant_id)
    assert (await move(world, anna.assignment_id, anna.agent_id)).id == anna.assignment_id
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize(
    "refused",
    ["unknown", "elsewhere", "over", "over by then", "past", "day", "nobody", "stranger", "suspended", "seated"],
)
async def test_a_refused_move_changes_nothing(
    world: World, database: Database, found_shop: FoundShop, refused: str
) -> None:
    there = await World.found(database, await found_shop())
    stranger, admin = await there.person(SeatKind.FULL), await world.seatless(role=Role.OWNER)
    anna, over = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=LATER)
    ola, out, seated = await world.seatless(), await world.seatless(), await world.seatless()
    taken = await licence(world, SeatKind.LIGHT)
    await sit(world, seated.id, taken, start=SEASON_END - timedelta(days=1))
    one_day = await world.on_a_pass(SeatKind.FULL)
    await holding(world, anna, "delivery")
    async with database.writing(world.tenant_id) as session:
        await departures.suspend_member(session, member_id=out.member_id, own_id=admin.member_id, by=SYSTEM, now=NOW)
    unknown, mine = new_id(), anna.assignment_id
    asked: dict[str, tuple[UUID, UUID, datetime | None, DomainError]] = {
        "unknown": (unknown, ola.id, None, SeatAssignmentNotFound(unknown)),
        "elsewhere": (stranger.assignment_id, ola.id, None, SeatAssignmentNotFound(stranger.assignment_id)),
        "over": (over.assignment_id, ola.id, None, SeatAssignmentOver(over.assignment_id)),
        "over by then": (mine, ola.id, SEASON_END, SeatAssignmentOver(mine)),
        "past": (mine, ola.id, NOW, InvalidInput("at", "must not be in the past", "nie może być w przeszłości")),
        "day": (one_day.assignment_id, ola.id, None, SeatLicenceOfOneDay(one_day.licence_id)),
        "nobody": (mine, unknown, None, AgentNotFound(unknown)),
        "stranger": (mine, stranger.agent_id, None, AgentNotFound(stranger.agent_id)),
        "suspended": (mine, out.id, None, AgentSuspended(out.id)),
        "seated": (mine, seated.id, None, AgentAlreadySeated(seated.id, taken)),
    }
    assignment_id, agent_id, at, error = asked[refused]
    before = await everything(database, world.tenant_id), await everything(database, there.tenant_id)
    with pytest.raises(type(error)) as raised:
        await move(world, assignment_id, agent_id, at=at)
    assert raised.value == error
    assert (await everything(database, world.tenant_id), await everything(database, there.tenant_id)) == before


async def test_of_many_moves_of_one_seat_at_once_one_happens(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    others = [await world.seatless() for _ in range(10)]
    ticket_id = await holding(world, anna, "delivery")
    outcomes = await asyncio.gather(
        *(move(world, anna.assignment_id, other.id) for other in others), return_exceptions=True
    )
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, SeatAssignment)]
    assert [type(outcome) for outcome in outcomes].count(SeatAssignmentOver) == 9
    assert await places(world, ticket_id) == [with_(made.agent_id)]
    assert await broken(database, world.tenant_id) == {}


async def test_two_seats_moved_to_one_person_at_once_give_them_one(world: World, database: Database) -> None:
    anna, ewa, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.LIGHT), await world.seatless()
    outcomes = await asyncio.gather(
        *(move(world, person.assignment_id, ola.id) for person in (anna, ewa)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AgentAlreadySeated", "SeatAssignment"]
    assert await broken(database, world.tenant_id) == {}


async def test_two_people_who_swap_seats_at_once_are_both_refused_or_one_is(world: World, database: Database) -> None:
    """Neither is free before the other has gone: nobody ends up on two seats or loses one without having another."""
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.LIGHT)
    before = await everything(database, world.tenant_id)
    outcomes = await asyncio.gather(
        move(world, anna.assignment_id, ola.agent_id),
        move(world, ola.assignment_id, anna.agent_id),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [AgentAlreadySeated] * 2
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize(
    ("at", "local"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "2026-03-29T01:30:00+01:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T03:00:00+02:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00+01:00"),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), "2026-12-01T00:00:00+01:00"),
        (datetime(2028, 2, 28, 23, 0, tzinfo=UTC), "2028-02-29T00:00:00+01:00"),
    ],
)
async def test_a_move_asked_for_in_the_shops_time_is_at_that_instant(
    world: World, database: Database, at: datetime, local: str
) -> None:
    begun, end = at - timedelta(days=1), at + timedelta(days=1)
    anna, ola = await world.person(SeatKind.FULL, now=begun, until=end), await world.seatless()
    following = await move(world, anna.assignment_id, ola.id, at=datetime.fromisoformat(local), now=begun)
    _, assignments = await rows(world)
    assert assignments[anna.assignment_id].period == span(begun, at)
    assert following.period == span(at, end)
    async with database.reading(world.tenant_id) as session:
        for moment, agent_id in ((at - timedelta(microseconds=1), anna.agent_id), (at, ola.id)):
            sits = select(SeatAssignment.agent_id).where(SeatAssignment.period.contains(moment))
            assert list(await session.scalars(sits)) == [agent_id]
    assert await broken(database, world.tenant_id) == {}
