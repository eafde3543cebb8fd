"""Transactions that meet take their locks in one order: seats, members, agents, tickets. So none ends in a deadlock."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import domain
from domain.agents.queries import lock_agent_of, lock_member
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import assignment, departures, queries, working
from domain.tickets.models import EvidenceKind, Ticket, TicketState
from domain.tickets.working import Evidence
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import World

LATER = NOW + timedelta(seconds=1)


async def test_resolving_while_the_seat_ends_waits_in_line(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.LIGHT)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=anna.agent_id, by=SYSTEM, now=NOW)

    async def release() -> None:
        async with database.writing(world.tenant_id) as session:
            await departures.release_seat(session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=LATER)

    async with database.reading(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=anna.agent_id, now=NOW)
    async with database.writing(world.tenant_id) as session:
        await queries.lock_ticket(session, ticket_id=ticket_id)
        releasing = asyncio.create_task(release())
        await blocked(database)
        await working.resolve_internally(
            session,
            ticket_id=ticket_id,
            seat=seat,
            any_owner=False,
            reason="Zapłacone",
            evidence=Evidence(EvidenceKind.NOTE, text="Wpłata jest"),
            by=anna.actor,
            now=NOW,
        )
    await releasing
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
    assert ticket.state is TicketState.RESOLVED
    assert await broken(database, world.tenant_id) == {}


async def test_whoever_locks_a_member_first_may_go_on_to_the_agent_while_the_seat_ends(
    world: World, database: Database
) -> None:
    anna = await world.person(SeatKind.LIGHT)

    async def release() -> None:
        async with database.writing(world.tenant_id) as session:
            await departures.release_seat(session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=LATER)

    async with database.writing(world.tenant_id) as session:
        member = await lock_member(session, member_id=anna.member_id)
        releasing = asyncio.create_task(release())
        await blocked(database)
        agent = await lock_agent_of(session, member_id=anna.member_id)
        assert (member is not None, agent is not None) == (True, True)
    await releasing
    assert await broken(database, world.tenant_id) == {}


def test_every_lock_lets_others_refer_to_the_row() -> None:
    """FOR UPDATE would stop foreign keys to the row, and whoever waits for one may hold what the locker needs next."""
    for file in Path(domain.__file__).parent.rglob("*.py"):
        for call in re.findall(r"with_for_update\(([^)]*)\)", file.read_text()):
            assert "key_share=True" in call or "read=True" in call, f"{file}: with_for_update({call})"
