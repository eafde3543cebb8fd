"""What waits at the head of the queues, and whom its customers know."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.orders.customers import CustomerDetails, save_customer
from domain.seats.models import SeatKind
from domain.tickets import assignment, queues
from domain.tickets.models import Ticket
from domain.tickets.queues import Part
from tests.conftest import NOW, CountStatements
from tests.domain.world import Person, World

MINUTE = timedelta(minutes=1)


async def known(world: World) -> list[UUID | None]:
    """Whom the customer of each ticket that waits knows, in the tickets' order."""
    async with world.database.reading(world.tenant_id) as session:
        most = dict.fromkeys((Part(kind) for kind in (await queues.kinds(session)).needs), 100)
        heads = await queues.heads(session, most, all=100, served={})
        return [each.previous_id for each in heads]


async def held(world: World, person: Person, *, minutes: int, ticket_id: UUID | None = None) -> UUID:
    """A ticket, a new one if none is named, comes into the person's hands at that time."""
    now = NOW + minutes * MINUTE
    id = ticket_id or await world.ticket(now=now)
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=id, agent_id=person.agent_id, by=SYSTEM, now=now)
    return id


async def test_a_customer_knows_who_had_one_of_their_tickets_last(world: World, database: Database) -> None:
    anna, filip = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    assert await known(world) == []
    await world.ticket(now=NOW + 9 * MINUTE)
    assert await known(world) == [None]
    first = await held(world, anna, minutes=1)
    assert await known(world) == [anna.agent_id]
    await held(world, filip, minutes=2)
    assert await known(world) == [filip.agent_id]
    await held(world, filip, minutes=3, ticket_id=first)
    await held(world, anna, minutes=4, ticket_id=first)  # the older ticket, but the later hands
    assert await known(world) == [anna.agent_id]
    stranger = await world.ticket(now=NOW + 8 * MINUTE)
    async with database.writing(world.tenant_id) as session:
        details = CustomerDetails(external_id="other", name="Jan")
        other = await save_customer(session, details=details, by=SYSTEM, now=NOW)
        (await session.get_one(Ticket, (world.tenant_id, stranger))).customer_id = other.id
    assert await known(world) == [None, anna.agent_id]


async def test_of_a_customer_of_many_tickets_the_latest_are_looked_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, statements: CountStatements
) -> None:
    monkeypatch.setattr(queues, "LATEST", 3)
    anna = await world.person(SeatKind.FULL)
    await held(world, anna, minutes=0)
    for minute in (1, 2):
        await world.ticket(now=NOW + minute * MINUTE)
    assert await known(world) == [anna.agent_id] * 2
    await world.ticket(now=NOW + 3 * MINUTE)
    with statements() as counted:
        assert await known(world) == [None] * 3
    assert len(counted) == 4  # the tenant, the kinds, the heads, and whom all customers know
