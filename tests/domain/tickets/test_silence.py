"""Nobody on a light seat, nor after a seat is over, reaches a customer: in code, in the database, and in a race."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.agents.models import Member
from domain.kit.database import Database, TenantSession
from domain.kit.events import SYSTEM, ActorKind, EventRow
from domain.kit.ids import new_id
from domain.seats import operations as seats
from domain.seats.models import SeatKind
from domain.seats.rights import FullSeatRequired, OutboundPermit, permit_outbound
from domain.tickets import departures, outbound
from domain.tickets.errors import CustomerUnreachable, TicketNotYours
from domain.tickets.models import Delivery, DeliveryState, Entry, EntryKind, Ticket, TicketState
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import Person, World, sit

SENDERS_KEY = "fk_entry_tenant_id_sender_assignment_id_sender_agent_id"


async def reply(world: World, person: Person, ticket_id: object, *, now: datetime = NOW) -> Entry:
    async with world.database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=person.agent_id, now=now)
        return await outbound.reply(
            session,
            ticket_id=ticket_id,  # type: ignore[arg-type]
            body="Paczka wyjdzie jutro.",
            permit=permit,
            any_owner=False,
            by=person.actor,
            now=now,
        )


async def entries(world: World) -> list[EntryKind]:
    async with world.database.reading(world.tenant_id) as session:
        return list(await session.scalars(select(Entry.kind).order_by(Entry.at, Entry.id)))


async def test_a_full_agents_reply_waits_in_their_hands_with_a_delivery(world: World, database: Database) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    entry = await reply(world, anna, ticket_id)
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        delivery = (await session.scalars(select(Delivery))).one()
        jobs = list(await session.scalars(text("SELECT actor FROM outbox WHERE actor = 'deliver_reply'")))
    assert (ticket.state, ticket.assignee_id) == (TicketState.WAITING, anna.agent_id)
    assert (entry.sender_assignment_id, entry.sender_kind) == (anna.assignment_id, SeatKind.FULL)
    assert (delivery.address, delivery.state) == ("zofia@klient.example", DeliveryState.PENDING)
    assert delivery.message_id == f"<{entry.id}@bombka.example>"
    assert jobs == ["deliver_reply"]
    assert await broken(database, world.tenant_id) == {}


async def test_a_light_agents_reply_is_refused_and_changes_nothing(world: World) -> None:
    light, ticket_id = await world.person(SeatKind.LIGHT), await world.ticket()
    with pytest.raises(FullSeatRequired):
        await reply(world, light, ticket_id)
    assert await entries(world) == [EntryKind.INBOUND]


async def test_a_reply_into_anothers_ticket_is_refused_and_changes_nothing(world: World) -> None:
    anna, beata = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    await reply(world, anna, ticket_id)
    with pytest.raises(TicketNotYours):
        await reply(world, beata, ticket_id)
    assert await entries(world) == [EntryKind.INBOUND, EntryKind.OUTBOUND]


async def test_a_customer_without_an_address_cannot_be_answered(world: World, database: Database) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await session.execute(text("UPDATE customer SET email = NULL"))
    with pytest.raises(CustomerUnreachable):
        await reply(world, anna, ticket_id)
    assert await entries(world) == [EntryKind.INBOUND]


@pytest.mark.parametrize(
    ("sender", "claimed", "broken_rule"),
    [
        ("light", SeatKind.FULL, SENDERS_KEY),
        ("light", SeatKind.LIGHT, "ck_entry_sender_is_full"),
        ("nobody", None, "ck_entry_sender"),
        ("stranger", SeatKind.FULL, SENDERS_KEY),
        ("another", SeatKind.FULL, SENDERS_KEY),
    ],
)
async def test_the_database_refuses_an_outbound_row_without_a_full_senders_seat(
    world: World, database: Database, sender: str, claimed: SeatKind | None, broken_rule: str
) -> None:
    light, ticket_id = await world.person(SeatKind.LIGHT), await world.ticket()
    full = await world.person(SeatKind.FULL)
    assignments = {"light": light.assignment_id, "nobody": None, "stranger": new_id(), "another": full.assignment_id}
    with pytest.raises(IntegrityError, match=broken_rule):
        async with database.writing(world.tenant_id) as session:
            await session.execute(
                insert(Entry).values(
                    tenant_id=world.tenant_id,
                    ticket_id=ticket_id,
                    kind=EntryKind.OUTBOUND,
                    body="Hello",
                    at=NOW,
                    author_kind=ActorKind.MEMBER,
                    author_id=light.member_id,
                    sender_assignment_id=assignments[sender],
                    sender_agent_id=light.agent_id if assignments[sender] else None,
                    sender_kind=claimed,
                )
            )


async def test_a_written_entry_can_be_neither_changed_nor_deleted(world: World, database: Database) -> None:
    await world.ticket()
    for statement in ("UPDATE entry SET kind = 'OUTBOUND'", "UPDATE entry SET body = ''", "DELETE FROM entry"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.writing(world.tenant_id) as session:
                await session.execute(text(statement))


async def test_a_reply_whose_sender_left_before_it_was_sent_is_back_as_a_draft(
    world: World, database: Database
) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    entry = await reply(world, anna, ticket_id)
    later = NOW + timedelta(minutes=1)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=later)
    for _ in range(2):
        async with database.writing(world.tenant_id) as session:
            assert await outbound.prepare_delivery(session, entry_id=entry.id, now=later) is None
    async with database.reading(world.tenant_id) as session:
        rows = (await session.execute(select(Entry.kind, Entry.body).order_by(Entry.at, Entry.id))).all()
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        state = await session.scalar(select(Delivery.state))
    assert [kind for kind, _ in rows] == [EntryKind.INBOUND, EntryKind.OUTBOUND, EntryKind.DRAFT, EntryKind.SYSTEM]
    assert rows[2].body == "Paczka wyjdzie jutro."
    assert (ticket.state, ticket.assignee_id, ticket.team_id) == (
        TicketState.QUEUED,
        None,
        world.teams["first-line"],
    )
    assert state is DeliveryState.RETURNED
    assert await broken(database, world.tenant_id) == {}


async def test_a_sender_whose_full_seats_follow_one_another_may_still_send(world: World, database: Database) -> None:
    later = NOW + timedelta(minutes=1)
    anna, ticket_id = await world.person(SeatKind.FULL, until=later), await world.ticket()
    entry = await reply(world, anna, ticket_id)
    async with database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.FULL, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
        )
        moved = await seats.assign_seat(
            session, agent_id=anna.agent_id, licence_id=licence.id, start=later, by=SYSTEM, now=NOW
        )
    async with database.writing(world.tenant_id) as session:
        assert await departures.expire_due_seats(session, now=later) == 1
    async with database.writing(world.tenant_id) as session:
        prepared = await outbound.prepare_delivery(session, entry_id=entry.id, now=later)
        assert prepared is not None
        assert (prepared.permit.agent_id, prepared.permit.assignment_id) == (anna.agent_id, moved.id)
        assert prepared.message.recipient == "zofia@klient.example"
        assert prepared.message.subject == "Gdzie jest moja paczka? [#1]"
        await outbound.settle(session, entry_id=entry.id, now=later)
    async with database.writing(world.tenant_id) as session:
        assert await outbound.prepare_delivery(session, entry_id=entry.id, now=later) is None
    assert await broken(database, world.tenant_id) == {}


async def test_a_sender_who_is_back_on_a_full_seat_sends_nothing_written_before_losing_it(
    world: World, database: Database
) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    entry = await reply(world, anna, ticket_id)
    light = await sit(world, anna, SeatKind.LIGHT, now=NOW + timedelta(minutes=1))
    await sit(world, light, SeatKind.FULL, now=NOW + timedelta(minutes=2))
    later = NOW + timedelta(minutes=3)
    async with database.writing(world.tenant_id) as session:
        assert await outbound.prepare_delivery(session, entry_id=entry.id, now=later) is None
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(Delivery.state)) is DeliveryState.RETURNED
    assert await entries(world) == [EntryKind.INBOUND, EntryKind.OUTBOUND, EntryKind.DRAFT, EntryKind.SYSTEM]
    again = await reply(world, anna, ticket_id, now=later)
    async with database.writing(world.tenant_id) as session:
        assert await outbound.prepare_delivery(session, entry_id=again.id, now=later) is not None
    assert await broken(database, world.tenant_id) == {}


async def approve(world: World, light: Person, full: Person, ticket_id: UUID) -> Entry:
    """The full agent sends what the light one wrote."""
    async with world.database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=full.agent_id, now=NOW)
        return await outbound.reply(
            session,
            ticket_id=ticket_id,
            body="Paczka wyjdzie jutro.",
            author=light.actor,
            permit=permit,
            any_owner=False,
            by=full.actor,
            now=NOW,
        )


async def test_a_light_agents_words_go_out_as_theirs_on_the_seat_of_who_sent_them(
    world: World, database: Database
) -> None:
    light, full, ticket_id = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL), await world.ticket()
    async with database.writing(world.tenant_id) as session:
        (await session.get_one(Member, (world.tenant_id, full.member_id))).name = "Beata Zając"
    entry = await approve(world, light, full, ticket_id)
    assert (entry.author_id, entry.sender_agent_id) == (light.member_id, full.agent_id)
    async with database.reading(world.tenant_id) as session:
        prepared = await outbound.prepare_delivery(session, entry_id=entry.id, now=NOW)
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        replied = (await session.scalars(select(EventRow).where(EventRow.name == "TicketReplied"))).one()
    assert prepared is not None
    assert prepared.permit.assignment_id == full.assignment_id
    assert prepared.message.sender_name == "Beata Zając (Bombka)"
    assert (ticket.assignee_id, replied.actor_id) == (full.agent_id, full.member_id)
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize(("who", "state"), [("author", DeliveryState.PENDING), ("sender", DeliveryState.RETURNED)])
async def test_the_senders_seat_counts_and_not_the_authors(
    world: World, database: Database, who: str, state: DeliveryState
) -> None:
    light, full, ticket_id = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL), await world.ticket()
    entry = await approve(world, light, full, ticket_id)
    gone, later = {"author": light, "sender": full}[who], NOW + timedelta(minutes=1)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=gone.assignment_id, at=None, by=SYSTEM, now=later)
    async with database.writing(world.tenant_id) as session:
        prepared = await outbound.prepare_delivery(session, entry_id=entry.id, now=later)
    assert (prepared is None) == (state is DeliveryState.RETURNED)
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(Delivery.state)) is state
        authors = list(await session.scalars(select(Entry.author_id).where(Entry.kind == EntryKind.DRAFT)))
    assert authors == ([light.member_id] if state is DeliveryState.RETURNED else [])


async def test_a_permit_is_worth_nothing_in_another_transaction(world: World, database: Database) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()

    async def answer(session: TenantSession, permit: OutboundPermit) -> None:
        await outbound.reply(
            session, ticket_id=ticket_id, body="Już.", permit=permit, any_owner=False, by=anna.actor, now=NOW
        )

    async with database.reading(world.tenant_id) as holding:
        permit = await permit_outbound(holding, agent_id=anna.agent_id, now=NOW)
        with pytest.raises(ValueError, match="outside the transaction"):
            async with database.writing(world.tenant_id) as session:
                await answer(session, permit)
        await holding.rollback()
        with pytest.raises(ValueError, match="outside the transaction"):
            await answer(holding, permit)
    assert await entries(world) == [EntryKind.INBOUND]
    async with database.writing(world.tenant_id) as session, session.begin_nested():
        await answer(session, await permit_outbound(session, agent_id=anna.agent_id, now=NOW))
    assert await entries(world) == [EntryKind.INBOUND, EntryKind.OUTBOUND]


async def test_a_reply_that_got_the_seat_first_makes_the_downgrade_wait(world: World, database: Database) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    released = asyncio.Event()

    async def release() -> None:
        async with database.writing(world.tenant_id) as session:
            await departures.release_seat(
                session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=NOW + timedelta(seconds=1)
            )
        released.set()

    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=NOW)
        pending = asyncio.create_task(release())
        await blocked(database)
        assert not released.is_set()
        await outbound.reply(
            session, ticket_id=ticket_id, body="Już pakujemy.", permit=permit, any_owner=False, by=anna.actor, now=NOW
        )
    await pending
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
    assert (ticket.state, ticket.assignee_id) == (TicketState.QUEUED, None)
    assert await broken(database, world.tenant_id) == {}


async def test_a_downgrade_that_got_the_seat_first_refuses_the_reply(world: World, database: Database) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    later = NOW + timedelta(seconds=1)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=later)
        attempt = asyncio.create_task(reply(world, anna, ticket_id, now=later))
        await blocked(database)
        assert not attempt.done()
    with pytest.raises(FullSeatRequired):
        await attempt
    assert await entries(world) == [EntryKind.INBOUND]
    assert await broken(database, world.tenant_id) == {}
