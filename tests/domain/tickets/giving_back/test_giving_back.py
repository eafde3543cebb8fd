"""What is declined, not answered or left behind goes on with all the time it has waited; nobody is starved for it."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents.channels import Channel
from domain.agents.models import Agent, Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.outbox import OutboxRow
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat, permit_outbound
from domain.tickets import arrivals, assignment, opening, outbound, sweeping, working
from domain.tickets.decisions import AgentDay, RoutingDecision
from domain.tickets.errors import TicketAlreadyBegun, TicketNotYours
from domain.tickets.giving_back import operations
from domain.tickets.giving_back.models import GaveBack, TicketGivenBack
from domain.tickets.models import Ticket, TicketState
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.tickets.test_replaying import all_made_again
from tests.domain.world import Person, World
from tests.state import everything

MINUTE = timedelta(minutes=1)


async def sweep(world: World, now: datetime = NOW) -> int:
    """As workers do: a sweep that gives something back has another one follow."""
    moved = 0
    for _ in range(3):
        async with world.database.writing(world.tenant_id) as session:
            moved += await sweeping.route_sweep(session, now=now)
    return moved


async def ticket(world: World, channel: Channel = Channel.EMAIL, *, now: datetime = NOW) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        opened = await opening.open_ticket(
            session,
            channel=channel,
            topic_key="delivery",
            subject="Gdzie paczka?",
            body="Czekam.",
            customer_id=world.customer_id,
            order_id=None,
            by=SYSTEM,
            now=now,
        )
        return opened.id


async def of(world: World, ticket_id: UUID) -> Ticket:
    async with world.database.reading(world.tenant_id) as session:
        return await session.get_one(Ticket, (world.tenant_id, ticket_id))


async def decline(world: World, person: Person, ticket_id: UUID, *, now: datetime = NOW, reason: str = "") -> None:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=now)
        await operations.decline(session, ticket_id=ticket_id, seat=seat, reason=reason, by=person.actor, now=now)


async def presence(world: World, person: Person, presence: Presence, now: datetime) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await arrivals.set_presence(session, agent_id=person.agent_id, presence=presence, by=person.actor, now=now)


async def given_back(world: World) -> list[tuple[UUID, GaveBack]]:
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.execute(
            select(TicketGivenBack.agent_id, TicketGivenBack.why).order_by(TicketGivenBack.at, TicketGivenBack.id)
        )
        return [(row.agent_id, row.why) for row in rows]


async def minutes(world: World) -> dict[UUID, tuple[int, int]]:
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.execute(select(AgentDay.agent_id, AgentDay.tickets, AgentDay.minutes))
        return {row.agent_id: (row.tickets, row.minutes) for row in rows}


async def test_a_declined_ticket_keeps_its_place_and_goes_to_somebody_else(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    first = await ticket(world)
    assert await sweep(world) == 1
    filip = await world.person(SeatKind.FULL)
    later = await ticket(world, now=NOW + MINUTE)
    await decline(world, anna, first, now=NOW + MINUTE, reason="Nie znam niemieckiego")
    seen = await of(world, first)
    assert (seen.state, seen.asked_at, seen.arrived_at, seen.handed_over) == (TicketState.QUEUED, NOW, NOW, 0)
    assert await sweep(world, NOW + MINUTE) == 2
    assert (await of(world, first)).assignee_id == filip.agent_id
    # Nothing counts for her, so the next is hers: she has less work than he.
    assert (await of(world, later)).assignee_id == anna.agent_id
    assert await minutes(world) == {anna.agent_id: (1, 6), filip.agent_id: (1, 6)}
    assert await given_back(world) == [(anna.agent_id, GaveBack.DECLINED)]
    async with database.reading(world.tenant_id) as session:
        why = (
            select(RoutingDecision.detail).where(RoutingDecision.ticket_id == first).order_by(RoutingDecision.at.desc())
        )
        assert (await session.scalars(why.limit(1))).one()["need"]["without"] == [str(anna.agent_id)]
    assert await all_made_again(world) == 3
    assert await broken(database, world.tenant_id) == {}


async def test_whoever_declined_is_asked_again_after_a_while_if_nobody_else_is_there(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    ticket_id = await ticket(world)
    assert await sweep(world) == 1
    await decline(world, anna, ticket_id)
    assert await sweep(world) == 0
    assert await sweep(world, NOW + 15 * MINUTE - timedelta(seconds=1)) == 0
    assert await sweep(world, NOW + 15 * MINUTE) == 1


async def test_whoever_declined_much_is_given_what_comes_after_it(world: World) -> None:
    anna = await world.person(SeatKind.FULL, emails=3)
    for place in range(sweeping.BEYOND // 3 + 3):
        new = [await ticket(world, now=NOW + place * MINUTE / 10) for _ in range(3)]
        assert await sweep(world, NOW + place * MINUTE / 10) == 3
        assert [(await of(world, each)).assignee_id for each in new] == [anna.agent_id] * 3
        for each in new:
            await decline(world, anna, each, now=NOW + place * MINUTE / 10)


async def test_only_what_is_ones_own_and_not_answered_is_declined(world: World, database: Database) -> None:
    anna, filip = [await world.person(SeatKind.FULL) for _ in range(2)]
    ticket_id = await ticket(world)
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=anna.agent_id, by=SYSTEM, now=NOW)
    before = await everything(database, world.tenant_id)
    with pytest.raises(TicketNotYours):
        await decline(world, filip, ticket_id)
    assert await everything(database, world.tenant_id) == before
    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=NOW)
        await outbound.reply(
            session, ticket_id=ticket_id, body="Jutro", permit=permit, any_owner=False, by=anna.actor, now=NOW
        )
    before = await everything(database, world.tenant_id)
    with pytest.raises(TicketAlreadyBegun):
        await decline(world, anna, ticket_id)
    assert await everything(database, world.tenant_id) == before


async def test_who_does_not_begin_with_a_chat_is_away_and_it_goes_on(world: World, database: Database) -> None:
    anna, filip = [await world.person(SeatKind.FULL) for _ in range(2)]
    chat = await ticket(world, Channel.CHAT)
    assert await sweep(world) == 1
    seen = await of(world, chat)
    assert seen.answer_by == NOW + timedelta(seconds=120)
    silent, other = (anna, filip) if seen.assignee_id == anna.agent_id else (filip, anna)
    assert await sweep(world, NOW + timedelta(seconds=100)) == 0
    async with database.reading(world.tenant_id) as session:
        due = select(OutboxRow.due_at).where(OutboxRow.actor == "route_sweep").order_by(OutboxRow.due_at.desc())
        assert await session.scalar(due) == NOW + timedelta(seconds=120)
    assert await sweep(world, NOW + timedelta(seconds=120)) == 1
    seen = await of(world, chat)
    assert (seen.assignee_id, seen.answer_by) == (other.agent_id, NOW + timedelta(seconds=240))
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(Agent, (world.tenant_id, silent.agent_id))).presence is Presence.AWAY
    assert await given_back(world) == [(silent.agent_id, GaveBack.UNANSWERED)]
    assert await minutes(world) == {silent.agent_id: (0, 0), other.agent_id: (1, 10)}
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("begins", ["accept", "note", "draft", "reply"])
async def test_whoever_begins_keeps_it(world: World, database: Database, begins: str) -> None:
    anna, colleague = await world.person(SeatKind.FULL), await world.person(SeatKind.LIGHT)
    chat = await ticket(world, Channel.CHAT)
    assert await sweep(world) == 1
    async with database.writing(world.tenant_id) as session:
        await working.add_note(session, ticket_id=chat, body="?", by=colleague.actor, now=NOW)
    assert (await of(world, chat)).answer_by is not None  # a colleague's note is not hers
    async with database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=anna.agent_id, now=NOW)
        who = {"ticket_id": chat, "by": anna.actor, "now": NOW}
        match begins:
            case "accept":
                for _ in range(2):
                    await operations.accept(session, seat=seat, **who)  # type: ignore[arg-type]
            case "note":
                await working.add_note(session, body="Już", **who)  # type: ignore[arg-type]
            case "draft":
                await working.add_draft(session, body="Już", **who)  # type: ignore[arg-type]
            case _:
                permit = await permit_outbound(session, agent_id=anna.agent_id, now=NOW)
                await outbound.reply(session, body="Już", permit=permit, any_owner=False, **who)  # type: ignore[arg-type]
    assert (await of(world, chat)).answer_by is None
    assert await sweep(world, NOW + 60 * MINUTE) == 0
    assert (await of(world, chat)).assignee_id == anna.agent_id


async def test_live_conversations_of_who_goes_go_on_at_once_and_mail_an_hour_later(
    world: World, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    await presence(world, anna, Presence.ONLINE, NOW)
    chat, mail = await ticket(world, Channel.CHAT), await ticket(world)
    assert await sweep(world) == 2
    await presence(world, anna, Presence.OFFLINE, NOW + MINUTE)
    assert [(await of(world, each)).state for each in (chat, mail)] == [TicketState.QUEUED, TicketState.ASSIGNED]
    filip = await world.person(SeatKind.FULL)
    assert await sweep(world, NOW + MINUTE) == 1
    async with database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=filip.agent_id, now=NOW + MINUTE)
        await operations.accept(session, ticket_id=chat, seat=seat, by=filip.actor, now=NOW + MINUTE)
    assert await sweep(world, NOW + 61 * MINUTE - timedelta(seconds=1)) == 0
    assert await sweep(world, NOW + 61 * MINUTE) == 1
    assert [(await of(world, each)).assignee_id for each in (chat, mail)] == [filip.agent_id] * 2
    assert await given_back(world) == [(anna.agent_id, GaveBack.LEFT)] * 2
    assert (await of(world, mail)).asked_at == NOW
    assert await broken(database, world.tenant_id) == {}


async def test_who_comes_back_is_given_back_what_waited_meanwhile(world: World) -> None:
    anna = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    await presence(world, anna, Presence.ONLINE, NOW)
    mail = await ticket(world)
    assert await sweep(world) == 1
    await presence(world, anna, Presence.OFFLINE, NOW + MINUTE)
    assert await sweep(world, NOW + 61 * MINUTE) == 0
    assert (await of(world, mail)).state is TicketState.QUEUED
    await presence(world, anna, Presence.ONLINE, NOW + 62 * MINUTE)
    assert await sweep(world, NOW + 62 * MINUTE) == 1
    assert (await of(world, mail)).assignee_id == anna.agent_id


async def test_nothing_is_taken_from_who_never_comes_online_or_was_given_it_while_away(world: World) -> None:
    desk = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    gone = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    await presence(world, gone, Presence.ONLINE, NOW)
    await presence(world, gone, Presence.OFFLINE, NOW + MINUTE)
    tickets = [await ticket(world) for _ in range(2)]
    for person, ticket_id in zip((desk, gone), tickets, strict=True):
        async with world.database.writing(world.tenant_id) as session:
            await assignment.assign(
                session, ticket_id=ticket_id, agent_id=person.agent_id, by=SYSTEM, now=NOW + 2 * MINUTE
            )
    await sweep(world, NOW + 300 * MINUTE)
    assert [(await of(world, each)).assignee_id for each in tickets] == [desk.agent_id, gone.agent_id]


async def test_what_a_customer_writes_to_who_has_gone_goes_on(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    await presence(world, anna, Presence.ONLINE, NOW)
    mail = await ticket(world)
    assert await sweep(world) == 1
    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=NOW)
        await outbound.reply(
            session, ticket_id=mail, body="Jutro", permit=permit, any_owner=False, by=anna.actor, now=NOW
        )
    await presence(world, anna, Presence.OFFLINE, NOW + MINUTE)
    await sweep(world, NOW + 200 * MINUTE)
    assert (await of(world, mail)).state is TicketState.WAITING
    async with database.writing(world.tenant_id) as session:
        await opening.receive(session, ticket_id=mail, body="Halo?", by=SYSTEM, now=NOW + 300 * MINUTE)
    await sweep(world, NOW + 360 * MINUTE - timedelta(seconds=1))
    assert (await of(world, mail)).state is TicketState.ASSIGNED
    await sweep(world, NOW + 360 * MINUTE)
    assert (await of(world, mail)).state is TicketState.QUEUED
