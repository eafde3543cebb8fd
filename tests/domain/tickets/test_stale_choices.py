"""A router chooses on what it saw, and acts on what it has locked: what changed in between is chosen afresh."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from domain.agents.models import Agent
from domain.kit.database import Database, TenantSession
from domain.kit.events import SYSTEM
from domain.seats import operations as seats
from domain.seats.models import SeatKind
from domain.tickets import assignment, departures, queries, sweeping
from domain.tickets.candidates import snapshot
from domain.tickets.decisions import RoutingDecision
from domain.tickets.models import Ticket
from domain.tickets.routing import Candidate
from domain.tickets.workload import Day
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import Person, World

LATER = NOW + timedelta(seconds=2)

Change = Callable[[TenantSession], Awaitable[object]]


async def sweep(world: World, *, now: datetime = LATER) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await sweeping.route_sweep(session, now=now)


async def routing_while(world: World, person: Person, change: Change) -> int:
    """Sweep, with a change committed after the choice and before the seats are held; returns how many moved."""
    async with world.database.writing(world.tenant_id) as session:
        await session.execute(
            text("SELECT id FROM seat_assignment WHERE id = :id FOR NO KEY UPDATE"), {"id": person.assignment_id}
        )
        routing = asyncio.create_task(sweep(world))
        await blocked(world.database)
        await change(session)
        await session.execute(text("DELETE FROM outbox"))
    return await routing


async def left(world: World) -> tuple[UUID | None, int, int]:
    """The one ticket's assignee, the decisions for anybody, and the sweeps that wait."""
    async with world.database.reading(world.tenant_id) as session:
        given = select(func.count()).select_from(RoutingDecision).where(RoutingDecision.agent_id.is_not(None))
        return (
            await session.scalar(select(Ticket.assignee_id)),
            await session.scalar(given) or 0,
            await session.scalar(text("SELECT count(*) FROM outbox WHERE actor = 'route_sweep'")) or 0,
        )


async def test_a_ticket_moved_to_another_team_meanwhile_is_not_given_to_who_was_chosen_for_the_first(
    world: World, database: Database
) -> None:
    accountant = await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])
    ticket_id = await world.ticket("payment")

    async def hand_over(session: TenantSession) -> None:
        team_id = world.teams["first-line"]
        await assignment.send_to_team(session, ticket_id=ticket_id, team_id=team_id, by=SYSTEM, now=NOW)

    assert await routing_while(world, accountant, hand_over) == 0
    assert await left(world) == (None, 0, 1)
    assert await sweep(world) == 0  # nobody of the first line is there
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("change", ["UPDATE agent SET presence = 'OFFLINE'", "UPDATE agent SET version = version + 1"])
async def test_an_agent_who_left_or_changed_meanwhile_is_given_nothing(world: World, change: str) -> None:
    anna = await world.person(SeatKind.FULL)
    await world.ticket()
    assert await routing_while(world, anna, lambda session: session.execute(text(change))) == 0
    assert await left(world) == (None, 0, 1)


async def test_an_agent_downgraded_meanwhile_is_given_no_question(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await world.person(SeatKind.FULL)
    await world.ticket()

    async def downgrade() -> None:
        async with database.writing(world.tenant_id) as session:
            now = NOW + timedelta(seconds=1)
            await departures.release_seat(session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=now)
            (light,) = await seats.add_licences(
                session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=now
            )
            await seats.assign_seat(session, agent_id=anna.agent_id, licence_id=light.id, by=SYSTEM, now=now)
            await session.execute(text("UPDATE agent SET presence = 'ONLINE'"))
            await session.execute(text("DELETE FROM outbox"))

    async def seen_before(session: TenantSession, *, day: Day, now: datetime) -> list[Candidate]:
        seen = await snapshot(session, day=day, now=now)
        await downgrade()
        return seen

    with monkeypatch.context() as patched:
        patched.setattr(sweeping, "snapshot", seen_before)
        assert await sweep(world) == 0
    assert await left(world) == (None, 0, 1)
    assert await sweep(world) == 0
    assert await broken(database, world.tenant_id) == {}


async def test_a_choice_made_on_another_kind_of_seat_than_the_one_that_is_held_falls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.person(SeatKind.LIGHT)
    await world.ticket()

    async def seen_full(session: TenantSession, *, day: Day, now: datetime) -> list[Candidate]:
        return [candidate._replace(seat=SeatKind.FULL) for candidate in await snapshot(session, day=day, now=now)]

    monkeypatch.setattr(sweeping, "snapshot", seen_full)
    assert await sweep(world) == 0
    assert (await left(world))[:2] == (None, 0)


async def test_agents_are_locked_before_tickets(world: World, database: Database) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await queries.lock_agents(session, ids=[anna.agent_id])
        routing = asyncio.create_task(sweep(world))
        await blocked(database)
        await session.execute(text("SET LOCAL lock_timeout = '5s'"))
        await queries.lock_ticket(session, ticket_id=ticket_id)
    assert await routing == 1
    async with database.reading(world.tenant_id) as session:
        agent = await session.get_one(Agent, (world.tenant_id, anna.agent_id))
    assert agent.idle_since == LATER


async def test_a_locked_ticket_is_another_transactions_to_wait_for(world: World, database: Database) -> None:
    ticket_id = await world.ticket()

    async def lock() -> int:
        async with database.writing(world.tenant_id) as session:
            return (await queries.lock_ticket(session, ticket_id=ticket_id)).priority

    async with database.writing(world.tenant_id) as session:
        ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
        waiting = asyncio.create_task(lock())
        await blocked(database)
        ticket.priority = 7
    assert await waiting == 7
