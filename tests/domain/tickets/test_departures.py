"""Seats end in one transaction with what their agents held, once, and at a cost that does not grow with the shop."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from domain.agents import personal_tokens, sessions
from domain.agents.models import Agent, Presence
from domain.agents.sessions import Claim, SignedIn
from domain.kit.database import Database
from domain.kit.events import SYSTEM, EventRow
from domain.kit.secrets import Credential
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import assignment, departures
from domain.tickets.models import Ticket, TicketState
from tests.callers import who
from tests.conftest import NOW, CountStatements
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import SEASON_END, Person, World
from tests.state import events_of, jobs_of


async def sign_in(world: World, person: Person) -> Credential:
    async with world.database.writing(world.tenant_id) as session:
        claimed = Claim(person.member_id, "unused", proven=True)
        outcome = await sessions.sign_in(session, claimed=claimed, now=SEASON_END - timedelta(hours=1))
    assert isinstance(outcome, SignedIn)
    return outcome.credential


async def token(world: World, person: Person) -> Credential:
    async with world.database.writing(world.tenant_id) as session:
        _, credential = await personal_tokens.create_personal_token(
            session, member_id=person.member_id, name="skrypt", days=365, now=NOW
        )
    return credential


async def expire(world: World, *, most: int = 500) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await departures.expire_due_seats(session, now=SEASON_END, most=most)


async def count_jobs(world: World, actor: str) -> int:
    return [name for name, _ in await jobs_of(world.database, world.tenant_id)].count(actor)


async def test_shortening_at_an_instant_to_come_while_a_router_holds_seats_waits_in_line(
    world: World, database: Database
) -> None:
    """The first seat ends before the instant and the second after it; they are locked in one order all the same."""
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    assert anna.assignment_id < ola.assignment_id
    moment = NOW + timedelta(days=10)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(
            session, assignment_id=anna.assignment_id, at=moment - timedelta(days=1), by=SYSTEM, now=NOW
        )

    async def shorten() -> None:
        async with database.writing(world.tenant_id) as session:
            await departures.expire_licences(
                session, licence_ids=[anna.licence_id, ola.licence_id], at=moment, by=SYSTEM, now=NOW
            )

    async with database.writing(world.tenant_id) as session:
        await hold_seat(session, agent_id=anna.agent_id, now=NOW)
        shortening = asyncio.create_task(shorten())
        await blocked(database)
        await hold_seat(session, agent_id=ola.agent_id, now=NOW)
    await shortening
    async with database.reading(world.tenant_id) as session:
        ends = (await session.scalars(select(SeatAssignment).order_by(SeatAssignment.id))).all()
    assert [end.period.upper for end in ends] == [moment - timedelta(days=1), moment]
    assert await broken(database, world.tenant_id) == {}


async def test_a_start_that_nobody_recorded_is_recorded_before_the_end(world: World, database: Database) -> None:
    await world.person(SeatKind.FULL)
    assert await expire(world) == 1
    async with database.writing(world.tenant_id) as session:
        assert await departures.provision_due_seats(session, now=SEASON_END) == 0
    recorded = await events_of(database, world.tenant_id, aggregate="seat_assignment")
    assert [(name, version) for name, version, _ in recorded] == [
        ("SeatAssigned", 1),
        ("SeatStarted", 2),
        ("SeatEnded", 3),
    ]
    async with database.reading(world.tenant_id) as session:
        seat = (await session.scalars(select(SeatAssignment))).one()
    assert (seat.started_at, seat.ended_at) == (SEASON_END, SEASON_END)


async def test_a_start_that_was_recorded_is_not_recorded_again_at_the_end(world: World, database: Database) -> None:
    await world.person(SeatKind.FULL)
    async with database.writing(world.tenant_id) as session:
        assert await departures.provision_due_seats(session, now=NOW) == 1
    assert await count_jobs(world, "route_sweep") == 1
    assert await expire(world) == 1
    recorded = await events_of(database, world.tenant_id, aggregate="seat_assignment")
    assert [name for name, _, _ in recorded] == ["SeatAssigned", "SeatStarted", "SeatEnded"]
    async with database.reading(world.tenant_id) as session:
        seat = (await session.scalars(select(SeatAssignment))).one()
    assert (seat.started_at, seat.ended_at) == (NOW, SEASON_END)


async def test_a_pass_that_was_full_asks_for_the_next_one(world: World, database: Database) -> None:
    for _ in range(3):
        await world.person(SeatKind.LIGHT)
    before = await count_jobs(world, "expire_seats")
    assert await expire(world, most=2) == 2
    assert await count_jobs(world, "expire_seats") == before + 1
    assert await expire(world, most=2) == 1
    assert await count_jobs(world, "expire_seats") == before + 1
    assert await broken(database, world.tenant_id) == {}


async def test_a_pass_with_nothing_to_do_is_one_question(
    world: World, database: Database, statements: CountStatements
) -> None:
    await world.person(SeatKind.LIGHT)
    async with database.writing(world.tenant_id) as session:
        await departures.provision_due_seats(session, now=NOW)
    for idle in (departures.expire_due_seats, departures.provision_due_seats):
        with statements() as counted:
            async with database.writing(world.tenant_id) as session:
                assert await idle(session, now=NOW) == 0
        assert [statement.split()[0] for statement in counted] == ["SET", "SELECT"]


async def test_two_passes_at_once_hand_over_once(world: World, database: Database) -> None:
    for _ in range(3):
        await world.person(SeatKind.LIGHT)
    assert sorted(await asyncio.gather(*(expire(world) for _ in range(4)))) == [0, 0, 0, 3]
    assert await broken(database, world.tenant_id) == {}


async def test_who_has_no_seat_left_is_signed_out_everywhere_and_offline(world: World, database: Database) -> None:
    anna, staying = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    kept = [await sign_in(world, staying), await token(world, staying)]
    lost = [await sign_in(world, anna), await token(world, anna)]
    assert await expire(world) == 1
    async with database.reading(world.tenant_id) as session:
        for (cookie, secret), member_id in ((lost, None), (kept, staying.member_id)):
            assert await who(session, credential=cookie, now=SEASON_END) == member_id
            assert await who(session, credential=secret, now=SEASON_END) == member_id
        agent = await session.get_one(Agent, (world.tenant_id, anna.agent_id))
        ended = (await session.scalars(select(EventRow).where(EventRow.name == "CredentialsEnded"))).one()
        (went,) = (
            await session.scalars(
                select(EventRow).where(EventRow.name == "AgentPresenceSet", EventRow.at == SEASON_END)
            )
        ).all()
    assert (agent.presence, agent.presence_since) == (Presence.OFFLINE, SEASON_END)
    assert (ended.aggregate_id, ended.data) == (anna.member_id, {"sessions": 1, "tokens": 1})
    assert (went.aggregate_id, went.data) == (anna.agent_id, {"presence": "OFFLINE", "before": "ONLINE"})
    assert (went.actor_kind, went.actor_id) == (SYSTEM.kind, None)


async def test_handing_over_costs_the_same_number_of_statements_for_one_agent_and_for_six(
    world: World, database: Database, statements: CountStatements
) -> None:
    counts = []
    for count in (1, 6):
        people = [await world.person(SeatKind.FULL) for _ in range(count)]
        for person in people:
            await sign_in(world, person)
            await token(world, person)
            ticket_id = await world.ticket()
            async with database.writing(world.tenant_id) as session:
                await assignment.assign(session, ticket_id=ticket_id, agent_id=person.agent_id, by=SYSTEM, now=NOW)
        async with database.writing(world.tenant_id) as session:
            await session.execute(text("DELETE FROM outbox"))  # no sweep waits already
        with statements() as counted:
            assert await expire(world) == count
        counts.append(len(counted))
    assert counts[0] == counts[1]
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=1)])
async def test_a_released_seat_hands_over_its_work_even_at_the_instant_it_began(
    world: World, database: Database, after: timedelta
) -> None:
    anna = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=anna.agent_id, by=SYSTEM, now=NOW)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=NOW + after)
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
    assert (ticket.state, ticket.assignee_id) == (TicketState.QUEUED, None)
    assert await broken(database, world.tenant_id) == {}
