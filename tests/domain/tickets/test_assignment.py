"""Tickets find hands, keep their order, and come back when a seat ends."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from domain.agents.models import Agent, Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats import operations
from domain.seats.models import SeatAssignment, SeatKind
from domain.tickets import assignment, departures, sweeping
from domain.tickets.decisions import RoutingDecision
from domain.tickets.errors import AssigneeHasNoSeat
from domain.tickets.models import Ticket, TicketState
from domain.tickets.routing import RoutingReason
from tests.conftest import NOW, CountStatements
from tests.domain.invariants import broken
from tests.domain.world import SEASON_END, World


async def sweep(world: World, *, now: object = NOW) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await sweeping.route_sweep(session, now=now)  # type: ignore[arg-type]


async def owners(world: World) -> dict[int, object]:
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.execute(select(Ticket.number, Ticket.assignee_id).order_by(Ticket.number))
        return {row.number: row.assignee_id for row in rows}


async def test_payment_tickets_go_to_light_accountants_and_the_rest_to_the_first_line(
    world: World, database: Database
) -> None:
    accountant = await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])
    first_line = await world.person(SeatKind.FULL)
    for topic in ("payment", "delivery", "payment"):
        await world.ticket(topic)
    assert await sweep(world) == 3
    assert await owners(world) == {1: accountant.agent_id, 2: first_line.agent_id, 3: accountant.agent_id}
    assert await broken(database, world.tenant_id) == {}


async def test_a_question_waits_rather_than_go_to_a_light_agent_and_says_why_once(
    world: World, database: Database
) -> None:
    await world.person(SeatKind.LIGHT)
    await world.ticket()
    for _ in range(3):
        assert await sweep(world) == 0
    async with database.reading(world.tenant_id) as session:
        decision = (await session.scalars(select(RoutingDecision))).one()
    assert (decision.agent_id, decision.reason) == (None, RoutingReason.NOBODY_ELIGIBLE)
    assert decision.detail == {
        "channel": "EMAIL",
        "need": {"contact": True},
        "excluded": {"LIGHT_SEAT": 1},
    }


async def test_the_urgent_and_then_the_oldest_go_first_when_hands_are_few(world: World) -> None:
    anna = await world.person(SeatKind.FULL, emails=2)
    await world.ticket(now=NOW)
    await world.ticket(now=NOW + timedelta(minutes=1))
    await world.ticket(priority=5, now=NOW + timedelta(minutes=2))
    assert await sweep(world, now=NOW + timedelta(minutes=3)) == 2
    assert await owners(world) == {1: anna.agent_id, 2: None, 3: anna.agent_id}


async def test_a_newcomer_never_overtakes_who_waits_in_its_queue(world: World, database: Database) -> None:
    await world.ticket()
    anna = await world.person(SeatKind.FULL, emails=1)
    await world.ticket(now=NOW + timedelta(minutes=1))
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW + timedelta(minutes=1)) == 1
    assert await owners(world) == {1: anna.agent_id, 2: None}


async def test_a_long_queue_that_nobody_can_take_hides_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        await world.ticket()
    accountant = await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])
    await world.ticket("payment")
    monkeypatch.setattr(sweeping, "BEYOND", 1)
    assert await sweep(world) == 1
    assert await owners(world) == {1: None, 2: None, 3: None, 4: accountant.agent_id}


async def test_routers_at_the_same_time_give_nobody_more_than_their_capacity(world: World, database: Database) -> None:
    people = [await world.person(SeatKind.FULL, emails=3) for _ in range(3)]
    for _ in range(12):
        await world.ticket()
    await asyncio.gather(*(sweep(world) for _ in range(12)))
    held = list((await owners(world)).values())
    assert [held.count(person.agent_id) for person in people] == [3, 3, 3]
    assert held[9:] == [None, None, None]
    async with database.reading(world.tenant_id) as session:
        decided = await session.scalar(
            select(func.count()).select_from(RoutingDecision).where(RoutingDecision.agent_id.is_not(None))
        )
    assert decided == 9
    assert await broken(database, world.tenant_id) == {}


async def test_a_sweep_costs_the_same_number_of_statements_for_one_ticket_and_for_fifty(
    world: World, database: Database, statements: CountStatements
) -> None:
    await world.person(SeatKind.FULL, emails=100)
    counts = []
    for burst in (1, 50):
        for _ in range(burst):
            await world.ticket()
        with statements() as counted:
            assert await sweep(world) == burst
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 17


async def test_nobody_without_a_live_seat_can_be_given_a_ticket_by_hand(world: World, database: Database) -> None:
    ticket_id, without = await world.ticket(), await world.seatless()
    for agent_id in (without.id, new_id()):
        with pytest.raises(AssigneeHasNoSeat):
            async with database.writing(world.tenant_id) as session:
                await assignment.assign(session, ticket_id=ticket_id, agent_id=agent_id, by=SYSTEM, now=NOW)
    assert await owners(world) == {1: None}


async def test_at_the_end_of_the_season_open_work_is_in_the_queues_at_its_own_place(
    world: World, database: Database
) -> None:
    leaving = await world.person(SeatKind.FULL)
    await world.ticket(now=NOW)
    await world.ticket(priority=5, now=NOW + timedelta(hours=1))
    assert await sweep(world, now=NOW + timedelta(hours=1)) == 2
    await world.ticket(now=NOW + timedelta(hours=2))
    async with database.writing(world.tenant_id) as session:
        assert await departures.expire_due_seats(session, now=SEASON_END - timedelta(microseconds=1)) == 0
    for expected in (1, 0):
        async with database.writing(world.tenant_id) as session:
            assert await departures.expire_due_seats(session, now=SEASON_END) == expected
    async with database.reading(world.tenant_id) as session:
        queue = (
            await session.execute(
                select(Ticket.number, Ticket.state, Ticket.arrived_at).order_by(
                    Ticket.priority.desc(), Ticket.due_at, Ticket.arrived_at, Ticket.id
                )
            )
        ).all()
        seat = await session.get_one(SeatAssignment, (world.tenant_id, leaving.assignment_id))
        agent = await session.get_one(Agent, (world.tenant_id, leaving.agent_id))
        due = text("SELECT count(*) FROM outbox WHERE actor = 'route_sweep' AND due_at = :at").bindparams(at=SEASON_END)
        sweeps = await session.scalar(due)
    assert [(row.number, row.state) for row in queue] == [
        (2, TicketState.QUEUED),
        (1, TicketState.QUEUED),
        (3, TicketState.QUEUED),
    ]
    assert seat.ended_at == SEASON_END
    assert agent.presence is Presence.OFFLINE
    assert sweeps == 1
    assert await broken(database, world.tenant_id) == {}


async def test_who_moves_to_another_seat_at_the_same_instant_keeps_the_work(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    await world.ticket()
    await sweep(world)
    async with database.writing(world.tenant_id) as session:
        (licence,) = await operations.add_licences(
            session, kind=SeatKind.FULL, count=1, start=SEASON_END, end=None, label="", by=SYSTEM, now=NOW
        )
        await operations.assign_seat(session, agent_id=anna.agent_id, licence_id=licence.id, by=SYSTEM, now=NOW)
    async with database.writing(world.tenant_id) as session:
        assert await departures.expire_due_seats(session, now=SEASON_END) == 1
        assert await departures.provision_due_seats(session, now=SEASON_END) == 1
        assert await departures.provision_due_seats(session, now=SEASON_END) == 0
    assert await owners(world) == {1: anna.agent_id}
    assert await broken(database, world.tenant_id) == {}


async def test_a_seat_that_ends_while_a_router_chooses_its_agent_leaves_no_ticket_behind(
    world: World, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    later = NOW + timedelta(minutes=1)
    for _ in range(5):
        await world.ticket()

    async def release() -> None:
        async with database.writing(world.tenant_id) as session:
            await departures.release_seat(session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=later)

    await asyncio.gather(sweep(world), release(), sweep(world, now=later))
    assert await owners(world) == dict.fromkeys(range(1, 6))
    assert await broken(database, world.tenant_id) == {}
