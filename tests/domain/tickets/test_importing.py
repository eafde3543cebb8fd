"""Tickets by the hundred: each once, in its topic's queue, with the shop's next numbers and one sweep for all."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.agents.channels import Channel
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.imports import ImportedRow, ImportOutcome, ImportPolicy, ImportRejected
from domain.orders import operations as orders
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderDetails
from domain.seats.models import SeatKind
from domain.tickets import importing, opening, sweeping
from domain.tickets.importing import TicketDetails
from domain.tickets.models import Entry, Ticket, TicketState, Transition
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.domain.invariants import broken
from tests.domain.world import World
from tests.state import events_of, everything, jobs_of

CREATED, UPDATED, UNCHANGED, REFUSED = ImportOutcome
ARRIVED = NOW - timedelta(days=2)
TICKET = TicketDetails(
    external_id="t-1",
    channel=Channel.EMAIL,
    topic_key="delivery",
    subject="Gdzie  jest moja paczka? ",
    body="Dzień dobry,\nczekam od tygodnia.",
    customer_external_id="c-1",
    order_external_id=None,
    priority=0,
    arrived_at=ARRIVED,
)


def numbered(number: int) -> TicketDetails:
    return replace(TICKET, external_id=f"t-{number}", subject=f"Paczka {number}")


async def send(
    world: World, *tickets: TicketDetails, policy: ImportPolicy = ImportPolicy.REJECT_ALL, corrects: bool = True
) -> list[ImportedRow]:
    async with world.database.writing(world.tenant_id) as session:
        return await importing.import_tickets(
            session, tickets=tickets, policy=policy, corrects=corrects, by=SYSTEM, now=NOW
        )


def outcomes(rows: Sequence[ImportedRow]) -> list[ImportOutcome]:
    return [row.outcome for row in rows]


def faults(row: ImportedRow) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.field) for fault in row.faults]


async def rejected(world: World, *tickets: TicketDetails) -> list[ImportedRow]:
    """The rows that are wrong; nothing has changed."""
    before = await everything(world.database, world.tenant_id)
    with pytest.raises(ImportRejected) as refused:
        await send(world, *tickets)
    assert await everything(world.database, world.tenant_id) == before
    return refused.value.rows


async def order(world: World, name: str, *, customer: str = "c-1") -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        details = OrderDetails(
            external_id=name,
            number=name,
            customer=CustomerDetails(external_id=customer, name="Zofia Żak", email="zofia@klient.example"),
            currency="PLN",
            total_amount=1,
            placed_at=NOW,
            lines=[LineDetails("B", "B", 1, 1)],
        )
        return (await orders.create_order(session, details=details, by=SYSTEM, now=NOW)).id


async def tickets_of(world: World) -> Sequence[Ticket]:
    async with world.database.reading(world.tenant_id) as session:
        return (await session.scalars(select(Ticket).order_by(Ticket.number))).all()


async def test_an_imported_ticket_is_what_an_opened_one_is_but_came_earlier(world: World, database: Database) -> None:
    opened = await world.ticket()
    [row] = await send(world, TICKET)
    assert (row.outcome, row.external_id) == (CREATED, "t-1")
    first, second = await tickets_of(world)
    assert (first.id, second.id) == (opened, row.id)
    for name in ("channel", "topic_id", "subject", "customer_id", "order_id", "team_id", "need_id", "needs_contact",
                 "assignee_id", "state", "priority", "state_since", "reopened_count", "version"):  # fmt: skip
        assert getattr(first, name) == getattr(second, name), name
    assert (first.number, first.external_id, second.number, second.external_id) == (1, None, 2, "t-1")
    assert (second.arrived_at, second.due_at) == (ARRIVED, ARRIVED + opening.ANSWER_WITHIN)
    async with database.reading(world.tenant_id) as session:
        entry = (await session.scalars(select(Entry).where(Entry.ticket_id == second.id))).one()
        transition = (await session.scalars(select(Transition).where(Transition.ticket_id == second.id))).one()
    assert (entry.body, entry.at, entry.author_id) == (TICKET.body, ARRIVED, world.customer_id)
    assert (transition.position, transition.to_state, transition.reason, transition.at) == (
        1,
        TicketState.QUEUED,
        "opened",
        NOW,
    )
    events = await events_of(database, world.tenant_id, aggregate="ticket")
    assert [(name, version) for name, version, _ in events] == [("TicketOpened", 1), ("TicketEntryAdded", 2)] * 2
    assert await broken(database, world.tenant_id) == {}


async def test_many_take_a_block_of_numbers_one_sweep_and_as_many_statements_as_one(
    database: Database, found_shop: FoundShop, statements: CountStatements
) -> None:
    counted = []
    for size in (1, 250):
        world = await World.found(database, await found_shop())
        await order(world, "o-1")
        told = [numbered(number) for number in range(size)]
        corrected = [replace(ticket, priority=5, order_external_id="o-1", subject="?") for ticket in told]
        for rows, outcome in ((told, CREATED), (told, UNCHANGED), (corrected, UPDATED)):
            with statements() as seen:
                ended = await send(world, *rows)
            assert outcomes(ended) == [outcome] * size
            counted.append(len(seen))
        tickets = await tickets_of(world)
        assert [ticket.number for ticket in tickets] == list(range(1, size + 1))
        assert [ticket.external_id for ticket in tickets] == [ticket.external_id for ticket in told]
        assert await jobs_of(database, world.tenant_id) == [("route_sweep", {})]
        assert await broken(database, world.tenant_id) == {}
    assert counted[:3] == counted[3:]
    assert max(counted) <= 25


async def test_the_sweep_finds_agents_for_imported_tickets(world: World, database: Database) -> None:
    person = await world.person(SeatKind.FULL)
    await send(world, *(numbered(number) for number in range(3)))
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW) == 3
    assert {ticket.assignee_id for ticket in await tickets_of(world)} == {person.agent_id}
    assert await broken(database, world.tenant_id) == {}


async def test_the_same_again_writes_nothing_whatever_became_of_the_ticket(world: World, database: Database) -> None:
    [row] = await send(world, TICKET)
    await world.person(SeatKind.FULL)
    assert row.id is not None
    async with database.writing(world.tenant_id) as session:
        await sweeping.route_sweep(session, now=NOW)
        await opening.receive(session, ticket_id=row.id, body="I jeszcze jedno.", by=SYSTEM, now=NOW)
    before = await everything(database, world.tenant_id)
    assert await send(world, TICKET) == [ImportedRow(0, "t-1", UNCHANGED, row.id)]
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"subject": "Inny temat"}, ["subject"]),
        ({"priority": 9}, ["priority"]),
        ({"order_external_id": "o-1"}, ["orderExternalId"]),
        ({"order_external_id": "o-1", "customer_external_id": None, "priority": 1}, ["priority", "orderExternalId"]),
    ],
)
async def test_a_known_ticket_is_corrected(
    world: World, database: Database, changes: dict[str, Any], parts: list[str]
) -> None:
    order_id = await order(world, "o-1")
    [row] = await send(world, TICKET)
    told = replace(TICKET, **changes)
    assert outcomes(await send(world, told)) == [UPDATED]
    [ticket] = await tickets_of(world)
    assert (ticket.id, ticket.version, ticket.state) == (row.id, 3, TicketState.QUEUED)
    assert ticket.subject == changes.get("subject", "Gdzie jest moja paczka?")
    assert ticket.priority == changes.get("priority", 0)
    assert ticket.order_id == (order_id if "order_external_id" in changes else None)
    *_, (name, version, data) = await events_of(database, world.tenant_id, aggregate="ticket")
    assert (name, version, data["parts"]) == ("TicketCorrected", 3, parts)
    after = await everything(database, world.tenant_id)
    assert outcomes(await send(world, told)) == [UNCHANGED]
    assert await everything(database, world.tenant_id) == after
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"body": "Inne słowa"}, [("TICKET_PART_FIXED", "body")]),
        (
            {"channel": Channel.CHAT, "topic_key": "payment"},
            [(("TICKET_PART_FIXED"), "channel"), ("TICKET_PART_FIXED", "topic")],
        ),
        ({"arrived_at": NOW}, [("TICKET_PART_FIXED", "arrivedAt")]),
        ({"customer_external_id": None, "order_external_id": "o-2"}, [("TICKET_PART_FIXED", "customerExternalId")]),
        ({"topic_key": "nothing"}, [("TOPIC_NOT_FOUND", "topic")]),
        ({"customer_external_id": "nobody"}, [("CUSTOMER_NOT_FOUND", "customerExternalId")]),
        ({"order_external_id": "nothing"}, [("ORDER_NOT_FOUND", "orderExternalId")]),
        ({"order_external_id": "o-2"}, [("ORDER_NOT_FOUND", "orderExternalId")]),
        (
            {"topic_key": "nothing", "customer_external_id": "nobody", "order_external_id": "nothing"},
            [
                ("TOPIC_NOT_FOUND", "topic"),
                ("CUSTOMER_NOT_FOUND", "customerExternalId"),
                ("ORDER_NOT_FOUND", "orderExternalId"),
            ],
        ),
        ({"customer_external_id": None}, [("INVALID_INPUT", "customerExternalId")]),
        ({"arrived_at": NOW + timedelta(seconds=1)}, [("INVALID_INPUT", "arrivedAt")]),
        (
            {"external_id": "", "topic_key": "Ż", "subject": " ", "body": "\0", "priority": 10},
            [
                ("INVALID_INPUT", "subject"),
                ("INVALID_INPUT", "body"),
                ("INVALID_INPUT", "priority"),
                ("INVALID_INPUT", "externalId"),
                ("INVALID_INPUT", "topic"),
            ],
        ),
    ],
)
async def test_a_wrong_ticket_is_refused_with_all_that_is_wrong_with_it(
    world: World, database: Database, changes: dict[str, Any], told: list[tuple[str, str | None]]
) -> None:
    await order(world, "o-2", customer="c-2")
    await send(world, TICKET)
    wrong = replace(TICKET, **changes)
    [row] = await rejected(world, numbered(2), wrong)
    assert (row.index, row.id, faults(row)) == (1, None, told)
    rows = await send(world, numbered(2), wrong, policy=ImportPolicy.SKIP_FAILED)
    assert outcomes(rows) == [CREATED, REFUSED]
    assert [ticket.number for ticket in await tickets_of(world)] == [1, 2]
    assert await broken(database, world.tenant_id) == {}


async def test_a_call_of_bad_rows_alone_writes_nothing(world: World, database: Database) -> None:
    before = await everything(database, world.tenant_id)
    for wrong in (replace(TICKET, priority=-1), replace(TICKET, topic_key="nothing")):
        assert outcomes(await send(world, wrong, policy=ImportPolicy.SKIP_FAILED)) == [REFUSED]
    assert await everything(database, world.tenant_id) == before


async def test_another_shops_topics_customers_orders_and_tickets_are_not_here(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    await order(world, "o-1")
    await send(world, TICKET)
    there = await everything(database, world.tenant_id)
    bare = World(database, (await found_shop()).tenant_id)
    [row] = await rejected(bare, replace(TICKET, order_external_id="o-1"))
    assert {code for code, _ in faults(row)} == {"TOPIC_NOT_FOUND", "CUSTOMER_NOT_FOUND", "ORDER_NOT_FOUND"}
    furnished = await World.found(database, await found_shop())
    assert outcomes(await send(furnished, replace(TICKET, body="Inne słowa"))) == [CREATED]
    assert await everything(database, world.tenant_id) == there


async def test_a_call_takes_1_to_250_rows(world: World) -> None:
    for told in ([], [numbered(number) for number in range(251)]):
        with pytest.raises(InvalidInput) as refused:
            await send(world, *told)
        assert refused.value.field == "tickets"


async def test_imports_of_the_same_tickets_in_other_orders_make_each_once(world: World, database: Database) -> None:
    told = [numbered(number) for number in range(60)]
    corrected = [replace(ticket, priority=3) for ticket in told]
    for rows, outcome in ((told, CREATED), (corrected, UPDATED)):
        ended = await asyncio.gather(*(send(world, *(rows[::-1] if turn % 2 else rows)) for turn in range(6)))
        counts = [each for rows in ended for each in outcomes(rows)]
        assert (counts.count(outcome), counts.count(UNCHANGED)) == (60, 300)
    assert [ticket.number for ticket in await tickets_of(world)] == list(range(1, 61))
    assert await broken(database, world.tenant_id) == {}


async def test_tickets_are_opened_and_imported_at_once_without_a_gap_in_their_numbers(
    world: World, database: Database
) -> None:
    await asyncio.gather(
        *(world.ticket() for _ in range(20)),
        send(world, *(numbered(number) for number in range(30))),
        send(world, *(numbered(number) for number in range(20, 50))),
    )
    assert [ticket.number for ticket in await tickets_of(world)] == list(range(1, 71))
    assert await broken(database, world.tenant_id) == {}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
async def test_any_order_and_any_splitting_of_the_rows_gives_the_same_tickets(
    database: Database, found_shop: FoundShop, data: st.DataObject
) -> None:
    told = [
        replace(numbered(number), topic_key=topic, priority=priority)
        for number, (topic, priority) in enumerate(
            data.draw(
                st.lists(st.tuples(st.sampled_from(["delivery", "payment"]), st.integers(0, 9)), min_size=1, max_size=6)
            )
        )
    ]
    mixed = data.draw(st.permutations(told + told))
    world = await World.found(database, await found_shop())
    split: list[list[TicketDetails]] = [[]]
    for ticket in mixed:
        if ticket in split[-1] or data.draw(st.booleans()):
            split.append([])
        split[-1].append(ticket)
    ended = [outcome for call in split if call for outcome in outcomes(await send(world, *call))]
    assert (ended.count(CREATED), ended.count(UNCHANGED)) == (len(told), len(told))
    tickets = {ticket.external_id: (ticket.subject, ticket.priority) for ticket in await tickets_of(world)}
    assert tickets == {ticket.external_id: (ticket.subject, ticket.priority) for ticket in told}
    assert await broken(database, world.tenant_id) == {}


async def test_whoever_corrects_no_tickets_opens_new_ones_alone(world: World, database: Database) -> None:
    await send(world, TICKET)
    before = await everything(database, world.tenant_id)
    other = replace(TICKET, subject="Inny temat")
    (row,) = await send(world, other, policy=ImportPolicy.SKIP_FAILED, corrects=False)
    assert (row.outcome, [fault.code for fault in row.faults]) == (REFUSED, ["NOT_PERMITTED"])
    assert outcomes(await send(world, TICKET, corrects=False)) == [UNCHANGED]
    assert await everything(database, world.tenant_id) == before
    assert outcomes(await send(world, TICKET, numbered(2), corrects=False)) == [UNCHANGED, CREATED]


async def test_a_ticket_that_is_made_meanwhile_is_found_out(world: World, shop: Shop, database: Database) -> None:
    """The other import commits while this one waits for the counter."""
    async with database.writing(world.tenant_id) as session:
        await importing.import_tickets(
            session, tickets=[TICKET], policy=ImportPolicy.REJECT_ALL, corrects=True, by=SYSTEM, now=NOW
        )
        sending = asyncio.create_task(
            send(world, numbered(2), replace(TICKET, body="Inne słowa"), policy=ImportPolicy.SKIP_FAILED)
        )
        await asyncio.wait({sending}, timeout=0.3)
        assert not sending.done()
    assert outcomes(await sending) == [CREATED, REFUSED]
    assert [ticket.number for ticket in await tickets_of(world)] == [1, 2]
    assert await broken(database, world.tenant_id) == {}
