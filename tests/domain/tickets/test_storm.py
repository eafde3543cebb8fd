"""Everything that writes orders, customers and tickets at once: nobody waits in a circle and nothing goes missing."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from domain.kit.database import Database, TenantSession
from domain.kit.errors import DomainError
from domain.kit.events import SYSTEM
from domain.kit.imports import ImportPolicy
from domain.orders import importing as orders_importing
from domain.orders import operations
from domain.orders.customers import CustomerDetails
from domain.orders.details import OrderDetails
from domain.orders.models import Customer
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat, permit_outbound
from domain.tickets import drafts, importing, sweeping, taking, working
from domain.tickets.models import Ticket, TicketState
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.orders.test_importing import ORDER
from tests.domain.tickets.test_importing import TICKET
from tests.domain.world import Person, World

ROUNDS = 6
Work = Callable[[TenantSession], Awaitable[object]]


def order(chance: random.Random, place: int) -> OrderDetails:
    words = chance.randrange(3)
    buyer = CustomerDetails(f"c{place % 12}", f"Zofia {words}", f"m{chance.randrange(5)}@klient.example")
    return replace(ORDER, external_id=f"o{place}", number=f"n{words}", customer=buyer, payments=[])


def storm(chance: random.Random, people: list[Person]) -> list[Work]:
    """One of everything, with what it writes drawn by chance; the same things come up again and again."""
    policy = ImportPolicy.SKIP_FAILED

    def orders() -> Work:
        told = [order(chance, place) for place in chance.sample(range(30), 12)]
        return lambda session: orders_importing.import_orders(session, orders=told, policy=policy, by=SYSTEM, now=NOW)

    def customers() -> Work:
        places = chance.sample(range(14), 6)
        told = [CustomerDetails(f"c{place}", "Ewa", f"m{chance.randrange(5)}@klient.example") for place in places]
        return lambda session: orders_importing.import_customers(
            session, customers=told, policy=policy, by=SYSTEM, now=NOW
        )

    def one_order() -> Work:
        told = order(chance, chance.randrange(40))
        return lambda session: operations.create_order(session, details=told, by=SYSTEM, now=NOW)

    def tickets() -> Work:
        told = [
            replace(TICKET, external_id=f"t{place}", subject=f"Sprawa {chance.randrange(3)}")
            for place in chance.sample(range(20), 8)
        ]
        return lambda session: importing.import_tickets(
            session, tickets=told, policy=policy, corrects=True, by=SYSTEM, now=NOW
        )

    def taken() -> Work:
        person = chance.choice(people)

        async def take(session: TenantSession) -> None:
            seat = await hold_seat(session, agent_id=person.agent_id, now=NOW)
            await taking.take_next(session, seat=seat, by=person.actor, now=NOW)

        return take

    def answered() -> Work:
        person = chance.choice(people)

        async def answer(session: TenantSession) -> None:
            permit = await permit_outbound(session, agent_id=person.agent_id, now=NOW)
            ticket_id = await session.scalar(
                select(Ticket.id).where(Ticket.state != TicketState.CLOSED).order_by(func.random()).limit(1)
            )
            if ticket_id is not None:
                draft = await working.add_draft(session, ticket_id=ticket_id, body="Już", by=person.actor, now=NOW)
                await drafts.approve(
                    session, draft_id=draft.id, permit=permit, any_owner=True, by=person.actor, now=NOW
                )

        return answer

    def routed() -> Work:
        return lambda session: sweeping.route_sweep(session, now=NOW)

    makers = [orders, orders, orders, customers, one_order, one_order, tickets, tickets, taken, taken, answered, routed]
    chance.shuffle(makers)
    return [make() for make in makers]


@pytest.mark.parametrize("seed", [1, 2])
async def test_all_who_write_at_once_end_with_nothing_broken_and_every_row_in_every_index(
    world: World, database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    people = [await world.person(SeatKind.FULL) for _ in range(3)]
    refusals: list[DomainError] = []

    async def run(work: Work) -> None:
        try:
            async with database.writing(world.tenant_id) as session:
                await work(session)
        except DomainError as refusal:  # such as an order that is here already
            refusals.append(refusal)

    for _ in range(ROUNDS):
        await asyncio.gather(*(run(work) for work in storm(chance, people)))
    assert {type(refusal).__name__ for refusal in refusals} <= {"OrderExists", "TicketNotOpen", "CustomerUnreachable"}
    assert await broken(database, world.tenant_id) == {}
    assert await customers_by(database, world, "seqscan") == await customers_by(database, world, "indexscan")


async def customers_by(database: Database, world: World, without: str) -> set[str]:
    """The customers as PostgreSQL finds them when it may not scan in that way."""
    async with database.reading(world.tenant_id) as session:
        for way in (without, "bitmapscan"):
            await session.execute(text(f"SET LOCAL enable_{way} = off"))
        found = await session.scalars(select(Customer.external_id).where(Customer.tenant_id == world.tenant_id))
        return set(found)
