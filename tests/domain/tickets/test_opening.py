"""How cases come in."""

import asyncio

import pytest
from sqlalchemy import func, select

from domain.agents.channels import Channel
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.orders.errors import CustomerNotFound, OrderNotFound
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import assignment, opening, working
from domain.tickets.errors import EvidenceNotFound, TicketNotYours, TopicNotFound
from domain.tickets.models import Entry, EntryKind, EvidenceKind, Resolution, Ticket, TicketState, Transition
from domain.tickets.working import Evidence
from tests.conftest import NOW
from tests.domain.invariants import broken
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
        await assignment.route_ticket(session, ticket_id=ticket_id, now=NOW)
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
