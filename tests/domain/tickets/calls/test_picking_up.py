"""Whoever picked up talks with the caller until the call is over; whoever did not is passed over."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents.channels import Channel
from domain.agents.errors import AgentNotFound
from domain.agents.models import Agent, Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.orders.queries import NamedParties
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat, permit_outbound
from domain.tickets import arrivals, assignment, opening, outbound
from domain.tickets.calls import picking_up
from domain.tickets.calls.course import CallState
from domain.tickets.calls.errors import CallNotFound
from domain.tickets.calls.models import Call, CallOutcome
from domain.tickets.calls.standing import CallAnswer
from domain.tickets.decisions import AgentDay
from domain.tickets.errors import TicketAlreadyBegun
from domain.tickets.giving_back import operations as giving_back
from domain.tickets.giving_back.absences import GONE, LONGEST_TALK
from domain.tickets.models import Ticket, TicketState
from infra.invariants import broken
from tests.conftest import NOW, CountStatements, FoundShop
from tests.domain.tickets.calls.exchange import answered, ask_back, call, hang_up, kept, names, unanswered
from tests.domain.tickets.test_sweeps import forget_jobs, jobs, sweep
from tests.domain.waiting import blocked
from tests.domain.world import Person, World
from tests.state import everything

MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE


async def presence(world: World, person: Person, presence: Presence, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await arrivals.set_presence(session, agent_id=person.agent_id, presence=presence, by=person.actor, now=now)


async def decline(world: World, person: Person, ticket_id: UUID, *, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=now)
        await giving_back.decline(session, ticket_id=ticket_id, seat=seat, by=person.actor, now=now)


async def comes(world: World) -> Person:
    """Somebody who comes online to work, at NOW, so that they can be gone."""
    person = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    await presence(world, person, Presence.ONLINE, NOW)
    return person


async def queue(world: World, ticket_id: UUID, now: datetime) -> None:
    """Out of whose hands it is by a person's word."""
    async with world.database.writing(world.tenant_id) as session:
        await assignment.send_to_team(session, ticket_id=ticket_id, team_id=None, by=SYSTEM, now=now)


async def hand(world: World, ticket_id: UUID, to: Person, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=to.agent_id, by=SYSTEM, now=now)


def place(ticket: Ticket) -> tuple[TicketState, UUID | None]:
    return ticket.state, ticket.assignee_id


def connection(call: Call) -> tuple[datetime | None, UUID | None]:
    return call.connected_at, call.connected_to_id


async def test_who_talks_and_goes_offline_keeps_the_call_and_what_is_left_of_it(
    world: World, database: Database
) -> None:
    anna = await comes(world)
    await call(world)
    where = await answered(world, anna, now=NOW + MINUTE)
    assert (where.answer, where.agent.id if where.agent else None) == (CallAnswer.AGENT, anna.agent_id)
    await presence(world, anna, Presence.OFFLINE, NOW + 2 * MINUTE)
    assert await sweep(world, now=NOW + 2 * MINUTE) == 0
    asked = await call(world, now=NOW + 2 * MINUTE)
    assert (asked.answer, asked.agent.id if asked.agent else None) == (CallAnswer.AGENT, anna.agent_id)
    ended = await hang_up(world, now=NOW + 3 * MINUTE)
    assert ended.state is CallState.ENDED
    row, ticket = await kept(world)
    assert (row.outcome, row.missed, row.call_back_at) == (CallOutcome.COMPLETED, False, None)
    assert (place(ticket), ticket.worked_as) == ((TicketState.ASSIGNED, anna.agent_id), Channel.EMAIL)
    assert (ticket.due_at, ticket.handed_over) == (NOW + 3 * MINUTE + opening.ANSWER_WITHIN, 0)
    assert await names(world, row.id) == ["CallQueued", "CallAnswered", "CallConnected", "CallEnded"]
    assert await broken(database, world.tenant_id) == {}


async def test_picking_up_is_written_down_once(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    await call(world)
    await answered(world, anna, now=NOW + MINUTE)
    row, ticket = await kept(world)
    assert connection(row) == (NOW + MINUTE, anna.agent_id)
    assert (row.answered_at, row.answered_by_id, place(ticket)) == (
        NOW,
        anna.agent_id,
        (TicketState.ASSIGNED, anna.agent_id),
    )
    before = await everything(database, world.tenant_id)
    assert (await answered(world, anna, now=NOW + 2 * MINUTE)).state is CallState.TALKING
    assert await everything(database, world.tenant_id) == before


async def test_a_clock_that_is_behind_connects_nobody_before_the_call_was_theirs(world: World) -> None:
    anna = await world.person(SeatKind.FULL, now=NOW - HOUR)
    await call(world)
    await answered(world, anna, now=NOW - timedelta(seconds=1))
    assert connection((await kept(world))[0]) == (NOW, anna.agent_id)


async def test_of_whoever_has_not_got_the_call_it_changes_nothing(world: World, database: Database) -> None:
    anna, light = await world.person(SeatKind.FULL), await world.person(SeatKind.LIGHT)
    await call(world)
    await call(world, "waits", number=None)
    await call(world, "over", number=None)
    await hang_up(world, "over")
    before = await everything(database, world.tenant_id)
    told = await answered(world, light)
    assert (told.state, told.agent.id if told.agent else None) == (CallState.TALKING, anna.agent_id)
    waits = await answered(world, anna, "waits")
    assert (waits.answer, waits.line.position if waits.line else None) == (CallAnswer.QUEUE, 1)
    assert (await answered(world, anna, "over")).answer is CallAnswer.OVER
    assert await everything(database, world.tenant_id) == before


async def test_a_call_or_an_agent_of_another_shop_is_not_found(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    other = await World.found(database, await found_shop())
    stranger = await other.person(SeatKind.FULL)
    anna = await world.person(SeatKind.FULL)
    await call(world)
    await call(other, "theirs")
    before = await everything(database, world.tenant_id), await everything(database, other.tenant_id)
    with pytest.raises(AgentNotFound) as unknown:
        await answered(world, stranger)
    assert unknown.value.agent_id == stranger.agent_id
    for id in ("theirs", "nobody", "call\0"):
        with pytest.raises(CallNotFound) as refused:
            await answered(world, anna, id)
        assert refused.value.external_id == id
    assert (await everything(database, world.tenant_id), await everything(database, other.tenant_id)) == before


async def test_who_talks_is_not_blamed_for_not_answering_and_cannot_give_the_call_back(
    world: World, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    await world.person(SeatKind.FULL, presence=Presence.AWAY)
    await call(world)
    await answered(world, anna, now=NOW + MINUTE)
    _, ticket = await kept(world)
    before = await everything(database, world.tenant_id)
    told = await unanswered(world, anna, now=NOW + 2 * MINUTE)
    assert (told.state, told.agent.id if told.agent else None) == (CallState.TALKING, anna.agent_id)
    with pytest.raises(TicketAlreadyBegun) as refused:
        await decline(world, anna, ticket.id, now=NOW + 2 * MINUTE)
    assert refused.value.ticket_id == ticket.id
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize("gone", [Presence.AWAY, Presence.OFFLINE])
async def test_who_is_gone_keeps_the_call_until_it_is_over(world: World, database: Database, gone: Presence) -> None:
    anna = await comes(world)
    await call(world)
    await answered(world, anna)
    await presence(world, anna, gone, NOW + MINUTE)
    await sweep(world, now=NOW + 3 * HOUR)
    assert place((await kept(world))[1]) == (TicketState.ASSIGNED, anna.agent_id)
    await hang_up(world, now=NOW + 3 * HOUR)
    await sweep(world, now=NOW + 3 * HOUR)
    row, ticket = await kept(world)
    assert (place(ticket), ticket.worked_as, row.outcome) == (
        (TicketState.QUEUED, None),
        Channel.EMAIL,
        CallOutcome.COMPLETED,
    )
    assert await broken(database, world.tenant_id) == {}


async def test_a_call_that_nobody_picked_up_is_not_kept_by_who_is_gone(world: World) -> None:
    anna = await comes(world)
    await call(world)
    await presence(world, anna, Presence.AWAY, NOW + MINUTE)
    await sweep(world, now=NOW + HOUR)
    assert place((await kept(world))[1]) == (TicketState.ASSIGNED, anna.agent_id)
    await sweep(world, now=NOW + HOUR + MINUTE)
    assert place((await kept(world))[1]) == (TicketState.QUEUED, None)


async def test_a_sweep_is_as_many_statements_whoever_talks(world: World, statements: CountStatements) -> None:
    counts = []
    for number in range(3):
        with statements() as counted:
            assert await sweep(world, now=NOW + 3 * HOUR) == 0
        counts.append(len(counted))
        anna = await comes(world)
        await call(world, f"{number}", number=None)
        await answered(world, anna, f"{number}")
        await presence(world, anna, Presence.OFFLINE, NOW + MINUTE)
    assert counts == [counts[0]] * 3


async def test_whoever_goes_leaves_the_chat_and_keeps_the_caller(world: World, database: Database) -> None:
    anna = await comes(world)
    await call(world)
    await answered(world, anna)
    async with database.writing(world.tenant_id) as session:
        chat = await opening.open_ticket(
            session,
            channel=Channel.CHAT,
            topic_key="delivery",
            subject="?",
            body="?",
            customer_id=world.customer_id,
            order_id=None,
            by=SYSTEM,
            now=NOW,
        )
        chat_id = chat.id
    await hand(world, chat_id, anna, NOW)
    await presence(world, anna, Presence.OFFLINE, NOW + MINUTE)
    async with database.reading(world.tenant_id) as session:
        assert place(await session.get_one(Ticket, (world.tenant_id, chat_id))) == (TicketState.QUEUED, None)
    assert place((await kept(world))[1]) == (TicketState.ASSIGNED, anna.agent_id)


@pytest.mark.parametrize("number", ["+48600100200", None])
async def test_who_has_been_helped_is_not_called_back_although_the_ticket_is_queued_again(
    world: World, database: Database, number: str | None
) -> None:
    anna = await world.person(SeatKind.FULL)
    await call(world, number=number)
    await answered(world, anna, now=NOW + MINUTE)
    await queue(world, (await kept(world))[1].id, NOW + 2 * MINUTE)
    asked = await call(world, now=NOW + 2 * MINUTE)
    assert asked.answer is CallAnswer.QUEUE
    await forget_jobs(world)
    assert (await hang_up(world, now=NOW + 3 * MINUTE)).answer is CallAnswer.OVER
    row, ticket = await kept(world)
    assert (row.outcome, row.missed, connection(row)) == (
        CallOutcome.COMPLETED,
        False,
        (NOW + MINUTE, anna.agent_id),
    )
    assert (place(ticket), ticket.worked_as) == ((TicketState.QUEUED, None), Channel.EMAIL)
    assert await jobs(world) == [("route_sweep", None)]
    assert await sweep(world, now=NOW + 3 * MINUTE) == 1
    assert place((await kept(world))[1]) == (TicketState.ASSIGNED, anna.agent_id)
    assert await broken(database, world.tenant_id) == {}


async def test_who_is_put_back_into_the_line_and_hangs_up_there_is_called_back(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    await call(world)
    await answered(world, anna)
    await queue(world, (await kept(world))[1].id, NOW + MINUTE)
    where = await hang_up(world, outcome=CallOutcome.ABANDONED, now=NOW + 2 * MINUTE)
    assert (where.answer, where.call.missed) == (CallAnswer.CALL_BACK, True)


async def test_who_has_been_called_back_is_not_called_back_again(world: World, database: Database) -> None:
    await call(world)
    await ask_back(world, now=NOW + MINUTE)
    anna = await world.person(SeatKind.FULL)
    assert await sweep(world, now=NOW + 2 * MINUTE) == 1
    await answered(world, anna, now=NOW + 3 * MINUTE)
    await queue(world, (await kept(world))[1].id, NOW + 4 * MINUTE)
    assert (await hang_up(world, outcome=CallOutcome.ABANDONED, now=NOW + 5 * MINUTE)).answer is CallAnswer.CALL_BACK
    assert (await hang_up(world, now=NOW + 5 * MINUTE)).answer is CallAnswer.OVER
    assert (await kept(world))[1].worked_as is Channel.EMAIL
    assert await broken(database, world.tenant_id) == {}


async def test_whoever_asks_to_be_called_back_after_a_talk_is_called_back(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    await call(world)
    await answered(world, anna, now=NOW + MINUTE)
    await queue(world, (await kept(world))[1].id, NOW + 2 * MINUTE)
    await ask_back(world, now=NOW + 3 * MINUTE)
    assert (await hang_up(world, now=NOW + 3 * MINUTE)).answer is CallAnswer.CALL_BACK


async def test_the_call_is_with_whoever_picked_up_last(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    await call(world)
    await answered(world, anna, now=NOW + MINUTE)
    ola = await comes(world)
    row, ticket = await kept(world)
    await hand(world, ticket.id, ola, NOW + 2 * MINUTE)
    await answered(world, ola, now=NOW + 3 * MINUTE)
    await presence(world, ola, Presence.OFFLINE, NOW + 4 * MINUTE)
    row, ticket = await kept(world)
    assert (connection(row), row.answered_by_id) == ((NOW + 3 * MINUTE, ola.agent_id), anna.agent_id)
    assert place(ticket) == (TicketState.ASSIGNED, ola.agent_id)
    told = await call(world, now=NOW + 4 * MINUTE)
    assert told.agent is not None
    assert told.agent.id == ola.agent_id


async def test_who_is_given_the_call_again_has_to_pick_it_up_again(world: World, database: Database) -> None:
    anna = await comes(world)
    await call(world)
    await answered(world, anna, now=NOW + MINUTE)
    row, ticket = await kept(world)
    await queue(world, ticket.id, NOW + 2 * MINUTE)
    assert await sweep(world, now=NOW + 3 * MINUTE) == 1
    assert (await unanswered(world, anna, now=NOW + 4 * MINUTE)).state is CallState.WAITING
    row, ticket = await kept(world)
    assert (place(ticket), row.answered_by_id) == ((TicketState.QUEUED, None), anna.agent_id)
    assert connection(row) == (NOW + MINUTE, anna.agent_id)  # that they talked stays true
    await hand(world, ticket.id, anna, NOW + 5 * MINUTE)
    await answered(world, anna, now=NOW + 6 * MINUTE)
    assert connection((await kept(world))[0]) == (NOW + 6 * MINUTE, anna.agent_id)
    assert await broken(database, world.tenant_id) == {}


async def test_a_clock_that_is_behind_ends_a_talk_all_the_same(world: World) -> None:
    anna = await world.person(SeatKind.FULL, now=NOW - HOUR)
    await call(world)
    await answered(world, anna, now=NOW + 5 * MINUTE)
    _, ticket = await kept(world)
    await queue(world, ticket.id, NOW + 4 * MINUTE)
    await hand(world, ticket.id, anna, NOW + 6 * MINUTE)
    assert (await unanswered(world, anna, now=NOW + 7 * MINUTE)).state is CallState.WAITING


@pytest.mark.parametrize("way", ["unanswered", "declined", "offline"])
async def test_a_talk_stays_true_though_the_next_agent_does_not_take_the_call(
    world: World, database: Database, way: str
) -> None:
    anna = await comes(world)
    await call(world)
    await answered(world, anna, now=NOW + MINUTE)
    row, ticket = await kept(world)
    ola = await comes(world)
    await hand(world, ticket.id, ola, NOW + 2 * MINUTE)
    await presence(world, anna, Presence.AWAY, NOW + 2 * MINUTE)
    if way == "unanswered":
        await unanswered(world, ola, now=NOW + 3 * MINUTE)
    elif way == "declined":
        await decline(world, ola, ticket.id, now=NOW + 3 * MINUTE)
    else:
        await presence(world, ola, Presence.OFFLINE, NOW + 3 * MINUTE)
    row, ticket = await kept(world)
    assert (place(ticket), connection(row)) == ((TicketState.QUEUED, None), (NOW + MINUTE, anna.agent_id))
    assert (await hang_up(world, now=NOW + 4 * MINUTE)).state is CallState.ENDED
    row, ticket = await kept(world)
    assert (row.outcome, row.missed, row.call_back_at) == (CallOutcome.COMPLETED, False, None)
    assert await names(world, row.id) == ["CallQueued", "CallAnswered", "CallConnected", "CallEnded"]
    assert await broken(database, world.tenant_id) == {}


async def test_a_call_whose_end_was_never_told_is_kept_for_so_long_and_not_for_ever(world: World) -> None:
    anna = await comes(world)
    await call(world)
    await answered(world, anna, now=NOW + MINUTE)
    await presence(world, anna, Presence.OFFLINE, NOW + 2 * MINUTE)
    await sweep(world, now=NOW + MINUTE + LONGEST_TALK)
    assert place((await kept(world))[1]) == (TicketState.ASSIGNED, anna.agent_id)
    await sweep(world, now=NOW + MINUTE + LONGEST_TALK + GONE)
    assert place((await kept(world))[1]) == (TicketState.QUEUED, None)


async def test_nobody_talks_who_sits_on_no_full_seat(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL, until=NOW + HOUR)
    await call(world)
    before = await everything(database, world.tenant_id)
    told = await answered(world, anna, now=NOW + HOUR + MINUTE)
    assert told.answer is CallAnswer.NOBODY_AT_WORK
    assert await everything(database, world.tenant_id) == before


async def test_mail_that_is_exchanged_meanwhile_does_not_end_a_talk(world: World, database: Database) -> None:
    anna = await comes(world)
    await call(world, named=NamedParties(customer_id=world.customer_id))
    await answered(world, anna, now=NOW + MINUTE)
    _, ticket = await kept(world)
    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=NOW)
        await outbound.reply(
            session,
            ticket_id=ticket.id,
            body="Oto etykieta.",
            permit=permit,
            any_owner=False,
            by=anna.actor,
            now=NOW + 2 * MINUTE,
        )
    before = await everything(database, world.tenant_id)
    await answered(world, anna, now=NOW + 2 * MINUTE)
    assert await everything(database, world.tenant_id) == before
    async with database.writing(world.tenant_id) as session:
        await opening.receive(session, ticket_id=ticket.id, body="Jest.", by=SYSTEM, now=NOW + 3 * MINUTE)
    await presence(world, anna, Presence.OFFLINE, NOW + 4 * MINUTE)
    assert place((await kept(world))[1]) == (TicketState.ASSIGNED, anna.agent_id)


@pytest.mark.parametrize("first", ["picks up", "goes"])
async def test_picking_up_and_going_at_once_is_one_after_the_other(
    world: World, database: Database, first: str
) -> None:
    anna = await comes(world)
    await call(world)
    async with database.writing(world.tenant_id) as session:
        if first == "picks up":
            await picking_up.picked_up(
                session, external_id="call-1", agent_id=anna.agent_id, by=SYSTEM, now=NOW + MINUTE
            )
            second = asyncio.create_task(presence(world, anna, Presence.OFFLINE, NOW + MINUTE))
        else:
            await arrivals.set_presence(
                session, agent_id=anna.agent_id, presence=Presence.OFFLINE, by=SYSTEM, now=NOW + MINUTE
            )
            second = asyncio.create_task(_answered(world, anna))
        await blocked(database)
    await second
    row, ticket = await kept(world)
    assert (place(ticket), connection(row)) == (
        ((TicketState.ASSIGNED, anna.agent_id), (NOW + MINUTE, anna.agent_id))
        if first == "picks up"
        else ((TicketState.QUEUED, None), (None, None))
    )
    assert await broken(database, world.tenant_id) == {}


async def _answered(world: World, person: Person) -> None:
    assert (await answered(world, person, now=NOW + MINUTE)).answer is CallAnswer.NOBODY_AT_WORK


async def test_a_call_that_an_agent_does_not_pick_up_goes_on_in_the_request(world: World, database: Database) -> None:
    people = [await world.person(SeatKind.FULL) for _ in range(2)]
    first = await call(world)
    assert first.agent is not None
    chosen = first.agent.id
    rang, other = sorted(people, key=lambda person: person.agent_id != chosen)
    later = NOW + timedelta(seconds=20)
    for _ in range(2):  # told twice, the next one is not blamed
        where = await unanswered(world, rang, now=later)
        assert where.agent is not None
        assert (where.state, where.agent.id) == (CallState.TALKING, other.agent_id)
    row, ticket = await kept(world)
    assert (row.answered_at, row.answered_by_id) == (later, other.agent_id)
    assert (ticket.asked_at, ticket.handed_over) == (NOW, 0)
    assert await names(world, row.id) == ["CallQueued", "CallAnswered", "CallUnanswered", "CallAnswered"]
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(Agent, (world.tenant_id, rang.agent_id))).presence is Presence.AWAY
        minutes = select(AgentDay.minutes).where(AgentDay.agent_id == rang.agent_id)
        assert list(await session.scalars(minutes)) == [0]
    where = await unanswered(world, other, now=later)
    assert (where.state, where.agent) == (CallState.WAITING, None)
    assert await broken(database, world.tenant_id) == {}


async def test_who_is_calling_back_is_not_rung_and_an_unknown_call_is_refused(world: World, database: Database) -> None:
    with pytest.raises(CallNotFound):
        await unanswered(world, await world.person(SeatKind.LIGHT))
    await call(world)
    await ask_back(world)
    anna = await world.person(SeatKind.FULL)
    assert await sweep(world) == 1
    before = await everything(database, world.tenant_id)
    assert (await unanswered(world, anna)).state is CallState.TALKING
    assert await everything(database, world.tenant_id) == before
