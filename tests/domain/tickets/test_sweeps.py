"""Whoever makes room or brings work has the router called, and a crowd of them calls it once."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from domain.agents.models import Agent, Presence
from domain.kit import outbox
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.outbox import OutboxRow
from domain.seats.models import SeatKind
from domain.seats.rights import SeatRequired, hold_seat
from domain.tickets import arrivals, assignment, departures, opening, sweeping, working
from domain.tickets.jobs import RouteSweep
from domain.tickets.models import EvidenceKind, Ticket
from domain.tickets.working import Evidence
from tests.conftest import NOW
from tests.domain.waiting import blocked
from tests.domain.world import Person, World

MOMENT = timedelta(milliseconds=1)


async def forget_jobs(world: World) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await session.execute(text("DELETE FROM outbox"))


async def jobs(world: World) -> list[tuple[str, object]]:
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.execute(select(OutboxRow.actor, OutboxRow.payload).order_by(OutboxRow.actor))
        return [(row.actor, row.payload.get("ticket_id")) for row in rows]


async def sweep(world: World, *, now: datetime = NOW) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await sweeping.route_sweep(session, now=now)


async def with_ticket(world: World, person: Person) -> UUID:
    ticket_id = await world.ticket("payment")
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=person.agent_id, by=SYSTEM, now=NOW)
    return ticket_id


async def resolve(world: World, person: Person, ticket_id: UUID) -> None:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=NOW)
        await working.resolve_internally(
            session,
            ticket_id=ticket_id,
            seat=seat,
            any_owner=False,
            reason="Zapłacone",
            evidence=Evidence(EvidenceKind.NOTE, text="Wpłata jest"),
            by=person.actor,
            now=NOW,
        )


async def test_who_comes_online_holds_the_seat_and_calls_the_router(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.LIGHT, presence=Presence.OFFLINE)
    await forget_jobs(world)

    async def release() -> None:
        async with database.writing(world.tenant_id) as session:
            await departures.release_seat(
                session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=NOW + timedelta(seconds=1)
            )

    async with database.writing(world.tenant_id) as session:
        agent = await arrivals.come_online(session, agent_id=anna.agent_id, by=anna.actor, now=NOW)
        assert agent.presence is Presence.ONLINE
        releasing = asyncio.create_task(release())
        await blocked(database)
    await releasing
    assert await jobs(world) == [("route_sweep", None)]
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(Agent.presence)) is Presence.OFFLINE


async def test_nobody_comes_online_without_a_seat(world: World, database: Database) -> None:
    seatless = await world.seatless()
    await forget_jobs(world)
    with pytest.raises(SeatRequired):
        async with database.writing(world.tenant_id) as session:
            await arrivals.come_online(session, agent_id=seatless.id, by=SYSTEM, now=NOW)
    assert await jobs(world) == []


async def test_a_resolution_makes_room_and_calls_the_router(world: World) -> None:
    light = await world.person(SeatKind.LIGHT)
    ticket_id = await with_ticket(world, light)
    await forget_jobs(world)
    await resolve(world, light, ticket_id)
    assert await jobs(world) == [("route_sweep", None)]


async def test_a_hand_over_has_the_ticket_routed_and_the_room_it_leaves_filled(
    world: World, database: Database
) -> None:
    ticket_id = await with_ticket(world, await world.person(SeatKind.LIGHT))
    await forget_jobs(world)
    async with database.writing(world.tenant_id) as session:
        await assignment.send_to_team(session, ticket_id=ticket_id, team_id=None, by=SYSTEM, now=NOW)
    assert await jobs(world) == [("route_sweep", None)]  # which routes the ticket as well


@pytest.mark.parametrize("by_customer", [True, False])
async def test_a_reopened_ticket_is_routed(world: World, database: Database, by_customer: bool) -> None:
    light = await world.person(SeatKind.LIGHT)
    ticket_id = await with_ticket(world, light)
    await resolve(world, light, ticket_id)
    await forget_jobs(world)
    for _ in range(2):
        async with database.writing(world.tenant_id) as session:
            if by_customer:
                await opening.receive(session, ticket_id=ticket_id, body="Nadal nie ma.", by=SYSTEM, now=NOW)
            else:
                await working.reopen(session, ticket_id=ticket_id, reason="Pomyłka", by=SYSTEM, now=NOW)
    assert await jobs(world) == [("route_sweep", None)]


async def three_sweeps(world: World) -> list[tuple[int, bool]]:
    """How many tickets each of them moves, and whether it has another one follow."""
    seen = []
    for _ in range(3):
        await forget_jobs(world)
        moved, following = await sweep(world), await jobs(world)
        assert following in ([], [("route_sweep", None)])
        seen.append((moved, bool(following)))
    return seen


async def test_a_sweep_that_did_not_see_the_end_of_the_queue_goes_on_as_long_as_it_finds_hands(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST", 2)
    monkeypatch.setattr(sweeping, "BEYOND", 0)
    await world.person(SeatKind.FULL, emails=4)
    await world.ticket()
    await forget_jobs(world)
    assert (await sweep(world), await jobs(world)) == (1, [])
    for _ in range(5):
        await world.ticket()
    assert await three_sweeps(world) == [(2, True), (1, False), (0, False)]  # after the second no hands are left


async def test_a_sweep_goes_on_with_a_long_queue_beside_a_short_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST", 2)
    monkeypatch.setattr(sweeping, "BEYOND", 2)
    await world.person(SeatKind.FULL, teams=["first-line", "accounting"], skills=["payments"], emails=9)
    await world.ticket("payment")
    for _ in range(7):
        await world.ticket("delivery")
    assert await three_sweeps(world) == [(5, True), (3, True), (0, False)]


async def due(world: World, ticket_id: UUID, at: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        (await session.get_one(Ticket, (world.tenant_id, ticket_id))).due_at = at


async def owned(world: World) -> Collection[UUID]:
    async with world.database.reading(world.tenant_id) as session:
        return set(await session.scalars(select(Ticket.id).where(Ticket.assignee_id.is_not(None))))


async def test_what_is_due_first_goes_before_what_came_first(world: World, database: Database) -> None:
    await world.person(SeatKind.FULL, emails=1)
    early = await world.ticket(now=NOW)
    late = await world.ticket(now=NOW + timedelta(hours=1))
    await due(world, late, NOW + timedelta(hours=2))
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW + timedelta(hours=1)) == 1
    assert await owned(world) == {late}
    await world.person(SeatKind.FULL, emails=1)
    latest = await world.ticket(now=NOW + timedelta(hours=2))
    await due(world, latest, NOW + timedelta(hours=3))
    assert await sweep(world, now=NOW + timedelta(hours=2)) == 1
    assert await owned(world) == {late, latest}
    assert early not in await owned(world)


async def call(world: World, *, now: datetime = NOW) -> int:
    """Enqueue a sweep once; returns how many there are then."""
    async with world.database.writing(world.tenant_id) as session:
        await outbox.enqueue_once(session, RouteSweep(), now=now)
        await outbox.enqueue_once(session, RouteSweep(), now=now)
    return len(await jobs(world))


async def test_many_calls_in_a_moment_leave_one_sweep(world: World) -> None:
    await forget_jobs(world)
    assert [await call(world, now=NOW + MOMENT * i) for i in range(3)] == [1, 1, 1]


@pytest.mark.parametrize(
    "change",
    [
        "dispatched_at = due_at",
        "dead_at = due_at",
        "attempts = 1",
        "due_at = due_at + interval '1 hour'",
        "due_at = due_at - interval '1 second'",
        "actor = 'prune'",
    ],
)
async def test_a_sweep_that_may_not_see_the_change_or_not_soon_does_not_count(
    world: World, database: Database, change: str
) -> None:
    await forget_jobs(world)
    assert await call(world) == 1
    async with database.writing(world.tenant_id) as session:
        await session.execute(text(f"UPDATE outbox SET {change}"))
    assert await call(world) == 2


async def test_a_sweep_that_counts_is_not_dispatched_before_the_commit_of_who_counts_on_it(
    world: World, database: Database
) -> None:
    claim = text("SELECT count(*) FROM (SELECT FROM outbox FOR UPDATE SKIP LOCKED) claimed")
    await forget_jobs(world)
    assert await call(world) == 1
    async with database.reading(world.tenant_id) as relay:
        async with database.writing(world.tenant_id) as session:
            await outbox.enqueue_once(session, RouteSweep(), now=NOW)
            assert await relay.scalar(claim) == 0
        assert await relay.scalar(claim) == 1
        assert await call(world) == 2  # the relay has the first: it is being dispatched


async def test_who_counts_on_a_sweep_rings_for_it(world: World, database: Database) -> None:
    await call(world)
    async with database.writing(world.tenant_id) as session:
        await outbox.enqueue_once(session, RouteSweep(), now=NOW)
        assert session.sync_session.info["ring"] is True


async def test_a_ticket_handed_to_another_agent_leaves_room_that_is_filled(world: World, database: Database) -> None:
    ticket_id = await with_ticket(world, await world.person(SeatKind.LIGHT))
    successor = await world.person(SeatKind.LIGHT)
    for expected in ([("route_sweep", None)], []):
        await forget_jobs(world)
        async with database.writing(world.tenant_id) as session:
            await assignment.assign(session, ticket_id=ticket_id, agent_id=successor.agent_id, by=SYSTEM, now=NOW)
        assert await jobs(world) == expected
