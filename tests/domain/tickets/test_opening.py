"""How cases come in."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from domain.agents.channels import Channel
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM, ActorKind, EventRow
from domain.kit.ids import new_id
from domain.orders.customers import CustomerDetails, save_customer
from domain.orders.errors import CustomerNotFound, OrderNotFound
from domain.orders.models import Order, OrderStatus
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import assignment, needs, opening, sweeping, working
from domain.tickets.errors import EvidenceNotFound, TicketNotYours, TopicKeyTaken, TopicNotFound
from domain.tickets.models import Entry, EntryKind, EvidenceKind, Resolution, Ticket, TicketState, Topic, Transition
from domain.tickets.needs import Needed
from domain.tickets.working import Evidence
from tests.conftest import NOW, CountStatements
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import World


async def test_two_hundred_at_once_get_two_hundred_numbers_in_a_row(world: World, database: Database) -> None:
    await asyncio.gather(*(world.ticket() for _ in range(200)))
    async with database.reading(world.tenant_id) as session:
        numbers = list(await session.scalars(select(Ticket.number).order_by(Ticket.number)))
    assert numbers == list(range(1, 201))
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"topic_key": "weather"}, TopicNotFound),
        ({"customer_id": new_id()}, CustomerNotFound),
        ({"order_id": new_id()}, OrderNotFound),
        ({"priority": 10}, InvalidInput),
        ({"subject": " "}, InvalidInput),
        ({"subject": "a" * 501}, InvalidInput),
        ({"body": "\x00"}, InvalidInput),
    ],
)
async def test_a_refused_ticket_leaves_nothing_and_takes_no_number(
    world: World, database: Database, changes: dict[str, object], error: type[Exception]
) -> None:
    arguments = {
        "channel": Channel.EMAIL,
        "topic_key": "delivery",
        "subject": "Hello",
        "body": "Hello",
        "customer_id": world.customer_id,
        "order_id": None,
        "by": SYSTEM,
        "now": NOW,
        **changes,
    }
    with pytest.raises(error):
        async with database.writing(world.tenant_id) as session:
            await opening.open_ticket(session, **arguments)  # type: ignore[arg-type]
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 0
    assert await world.ticket() is not None
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(Ticket.number)) == 1


async def test_a_new_ticket_waits_in_its_topics_queue_with_the_customers_words(
    world: World, database: Database
) -> None:
    ticket_id = await world.ticket("payment")
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        entry = (await session.scalars(select(Entry))).one()
        step = (await session.scalars(select(Transition))).one()
    assert (ticket.state, ticket.team_id, ticket.assignee_id) == (
        TicketState.QUEUED,
        world.teams["accounting"],
        None,
    )
    assert (ticket.due_at, ticket.arrived_at) == (NOW + opening.ANSWER_WITHIN, NOW)
    assert (entry.kind, entry.author_id, entry.body) == (
        EntryKind.INBOUND,
        world.customer_id,
        "Dzień dobry, czekam od tygodnia.",
    )
    assert (step.from_state, step.to_state, step.reason) == (None, TicketState.QUEUED, "opened")


async def order_of(world: World, customer_id: UUID) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        order = Order(
            tenant_id=world.tenant_id,
            id=new_id(),
            external_id="o-1",
            number="1",
            customer_id=customer_id,
            status=OrderStatus.PLACED,
            currency="PLN",
            total_amount=100,
            placed_at=NOW,
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(order)
    return order.id


@pytest.mark.parametrize("table", ["customer", "topic", '"order"'])
async def test_a_ticket_that_waits_for_what_it_refers_to_keeps_nobody_from_the_next_number(
    world: World, database: Database, table: str
) -> None:
    order_id = await order_of(world, world.customer_id)
    other = replace(world)
    async with database.writing(world.tenant_id) as session:
        details = CustomerDetails(external_id="c-2", name="Adam Bąk", email="adam@klient.example")
        other.customer_id = (await save_customer(session, details=details, by=SYSTEM, now=NOW)).id
    rows = {"customer": world.customer_id, '"order"': order_id, "topic": None}
    async with database.writing(world.tenant_id) as session:
        condition = "key = 'delivery'" if table == "topic" else f"id = '{rows[table]}'"
        await session.execute(text(f"SELECT id FROM {table} WHERE {condition} FOR UPDATE"))
        waiting = asyncio.create_task(world.ticket(order_id=order_id))
        await blocked(database)
        async with asyncio.timeout(5):
            await other.ticket("payment")
        assert not waiting.done()
    await waiting
    assert await broken(database, world.tenant_id) == {}


async def test_a_ticket_is_written_once_with_the_version_of_its_last_event(
    world: World, database: Database, statements: CountStatements
) -> None:
    with statements() as sent:
        ticket_id = await world.ticket()
    assert [statement for statement in sent if statement.startswith("UPDATE ticket")] == []
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(Ticket, (world.tenant_id, ticket_id))).version == 2
    assert await broken(database, world.tenant_id) == {}


async def test_a_ticket_asks_for_what_its_topic_asked_when_it_came_and_then_for_what_it_says_itself(
    world: World, database: Database
) -> None:
    light, inside = await world.person(SeatKind.LIGHT), Needed(Channel.EMAIL, needs_contact=False)
    question, payment = await world.ticket(), await world.ticket("payment")
    async with database.writing(world.tenant_id) as session:
        asked = await session.get_one(Ticket, (world.tenant_id, question))
        paid = await session.get_one(Ticket, (world.tenant_id, payment))
        skills = await needs.skills_of(session, need_ids=[asked.need_id, paid.need_id])
        assert (skills[asked.need_id], asked.needs_contact) == ({}, True)
        assert (skills[paid.need_id], paid.needs_contact) == ({world.skills["payments"]: 1}, False)
        await session.execute(text("UPDATE topic SET needs_contact = false"))
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW) == 0
        other = await needs.kept(session, [inside])
        ticket = await session.get_one(Ticket, (world.tenant_id, question))
        ticket.need_id, ticket.needs_contact = other[inside], False
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW) == 1
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(Ticket, (world.tenant_id, question))).assignee_id == light.agent_id


async def test_what_a_member_passes_on_is_the_customers_and_the_move_is_the_members(
    world: World, database: Database
) -> None:
    light, full = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=full.agent_id, by=SYSTEM, now=NOW)
        await session.execute(text("UPDATE ticket SET state = 'WAITING'"))
    async with database.writing(world.tenant_id) as session:
        entry = await opening.receive(session, ticket_id=ticket_id, body="Dzwonił.", by=light.actor, now=NOW)
    assert (entry.author_kind, entry.author_id) == (ActorKind.CUSTOMER, world.customer_id)
    async with database.reading(world.tenant_id) as session:
        steps = select(Transition).order_by(Transition.position.desc()).limit(1)
        step = (await session.scalars(steps)).one()
        told = select(EventRow).where(EventRow.aggregate_id == ticket_id, EventRow.actor_kind == ActorKind.MEMBER)
        events = list(await session.scalars(told.order_by(EventRow.aggregate_version)))
    assert (step.to_state, step.actor_kind, step.actor_id) == (
        TicketState.ASSIGNED,
        ActorKind.MEMBER,
        light.member_id,
    )
    assert [(event.name, event.actor_id) for event in events] == [
        ("TicketMoved", light.member_id),
        ("TicketEntryAdded", light.member_id),
    ]


async def test_a_topics_key_is_taken_once(world: World, database: Database) -> None:
    async with database.writing(world.tenant_id) as session:
        with pytest.raises(TopicKeyTaken) as refused:
            await opening.create_topic(
                session,
                key="payment",
                name="Inny",
                team_id=world.teams["first-line"],
                skills={},
                needs_contact=True,
                by=SYSTEM,
                now=NOW,
            )
        assert refused.value.key == "payment"
    async with database.reading(world.tenant_id) as session:
        names = list(await session.scalars(select(Topic.name).order_by(Topic.name)))
        assert names == ["delivery", "payment"]


async def resolve(world: World, agent_id: object, ticket_id: object, evidence: Evidence) -> Ticket:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=agent_id, now=NOW)  # type: ignore[arg-type]
        return await working.resolve_internally(
            session,
            ticket_id=ticket_id,  # type: ignore[arg-type]
            seat=seat,
            any_owner=False,
            reason="Przelew znaleziony",
            evidence=evidence,
            by=SYSTEM,
            now=NOW,
        )


async def test_a_light_agent_resolves_with_evidence_and_the_customers_answer_reopens(
    world: World, database: Database
) -> None:
    light = await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])
    ticket_id = await world.ticket("payment")
    async with database.writing(world.tenant_id) as session:
        await sweeping.route_sweep(session, now=NOW)
    note = Evidence(EvidenceKind.NOTE, text="Wpłata z 2 listopada")
    for _ in range(2):
        resolved = await resolve(world, light.agent_id, ticket_id, note)
        assert (resolved.state, resolved.assignee_id) == (TicketState.RESOLVED, None)
    async with database.writing(world.tenant_id) as session:
        await opening.receive(session, ticket_id=ticket_id, body="Nadal nie widzę.", by=SYSTEM, now=NOW)
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        resolution = (await session.scalars(select(Resolution))).one()
        steps = list(await session.scalars(select(Transition.to_state).order_by(Transition.position)))
    assert (ticket.state, ticket.reopened_count) == (TicketState.QUEUED, 1)
    assert (resolution.agent_id, resolution.seat_kind) == (light.agent_id, SeatKind.LIGHT)
    assert (resolution.reason, resolution.evidence_text) == ("Przelew znaleziony", "Wpłata z 2 listopada")
    assert steps == [TicketState.QUEUED, TicketState.ASSIGNED, TicketState.RESOLVED, TicketState.QUEUED]
    assert await broken(database, world.tenant_id) == {}


async def test_a_payment_as_evidence_is_one_of_the_customers(world: World, database: Database) -> None:
    light = await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])
    ticket_id = await world.ticket("payment")
    with pytest.raises(TicketNotYours):
        await resolve(world, light.agent_id, ticket_id, Evidence(EvidenceKind.NOTE, text="x"))
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=light.agent_id, by=SYSTEM, now=NOW)
    with pytest.raises(EvidenceNotFound):
        await resolve(world, light.agent_id, ticket_id, Evidence(EvidenceKind.PAYMENT, payment_id=new_id()))
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(Ticket.state)) is TicketState.ASSIGNED
        assert await session.scalar(select(func.count()).select_from(Resolution)) == 0


@pytest.mark.parametrize(
    ("kind", "payment_id", "text", "field"),
    [
        (EvidenceKind.PAYMENT, None, None, "evidence.paymentId"),
        (EvidenceKind.NOTE, new_id(), "x", "evidence.paymentId"),
        (EvidenceKind.NOTE, None, "  ", "evidence.text"),
        (EvidenceKind.CORRECTION, None, None, "evidence.text"),
    ],
)
def test_evidence_that_proves_nothing_is_refused(
    kind: EvidenceKind, payment_id: object, text: str | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        Evidence(kind, payment_id=payment_id, text=text)  # type: ignore[arg-type]
    assert refused.value.field == field
