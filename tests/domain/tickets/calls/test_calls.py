"""A call finds its agent while it rings, waits in line, is called back, ends; and is nobody's twice."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, text

from domain.agents import operations as agents
from domain.agents import shifts
from domain.agents.channels import Channel
from domain.agents.models import Agent, Presence
from domain.agents.shifts import Shift
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.orders.customers import CustomerDetails, save_customer
from domain.orders.models import Customer
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import assignment, opening, replaying, sweeping, taking
from domain.tickets.calls import ivr
from domain.tickets.calls.course import CallState
from domain.tickets.calls.errors import CallIsAnswered, CallIsOver, CallNotFound
from domain.tickets.calls.menus import Lead, Menu
from domain.tickets.calls.models import Call, CallOutcome
from domain.tickets.candidates import snapshot
from domain.tickets.decisions import RoutingDecision, RoutingPass
from domain.tickets.errors import TopicNotFound
from domain.tickets.models import Need, Ticket, TicketState
from domain.tickets.workload import day_of_shop
from infra.invariants import broken
from tests.conftest import NOW
from tests.domain.tickets.calls.exchange import NUMBER, ask_back, call, hang_up, kept, names
from tests.domain.tickets.test_sweeps import forget_jobs, jobs, resolve, sweep
from tests.domain.waiting import blocked
from tests.domain.world import Person, World

MINUTE = timedelta(minutes=1)


async def take(world: World, person: Person) -> Ticket | None:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=NOW)
        return await taking.take_next(session, seat=seat, by=person.actor, now=NOW)


async def held(world: World, person: Person) -> dict[Channel, int]:
    async with world.database.reading(world.tenant_id) as session:
        crew = await snapshot(session, day=await day_of_shop(session, now=NOW), now=NOW)
    return dict(next(each.held for each in crew if each.agent_id == person.agent_id))


async def test_a_call_is_told_its_agent_in_the_request(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    async with database.writing(world.tenant_id) as session:
        await agents.set_extension(session, agent_id=anna.agent_id, extension=" 1 07 ", by=SYSTEM, now=NOW)
    where = await call(world)
    assert where.state is CallState.TALKING
    assert where.agent is not None
    assert (where.agent.id, where.agent.extension, where.line) == (anna.agent_id, "107", None)
    row, ticket = await kept(world)
    assert (row.number, row.started_at, row.answered_at, row.answered_by_id) == (NUMBER, NOW, NOW, anna.agent_id)
    assert (ticket.channel, ticket.worked_as, ticket.needs_contact) == (Channel.PHONE, Channel.PHONE, True)
    assert (ticket.subject, ticket.due_at) == ("Telefon od +48600100200", NOW)
    assert await names(world, row.id) == ["CallQueued", "CallAnswered"]
    async with database.reading(world.tenant_id) as session:
        pass_id = (await session.scalars(select(RoutingPass.id))).one()
        ((decision, again),) = await replaying.remade(session, pass_id=pass_id)
        assert (decision.ticket_id, decision.agent_id) == (again.ticket_id, again.agent_id)
    assert await broken(database, world.tenant_id) == {}


async def test_asked_again_it_tells_where_the_call_is_and_changes_nothing(world: World, database: Database) -> None:
    first = await call(world)
    again = await call(world, number=None, topic="nonsense")  # what it is about was said
    assert (first.state, again.state, again.call.id) == (CallState.WAITING, CallState.WAITING, first.call.id)
    anna = await world.person(SeatKind.FULL)
    assert await sweep(world) == 1
    later = await call(world)
    assert later.state is CallState.TALKING
    assert later.agent is not None
    assert later.agent.id == anna.agent_id
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1
        assert await session.scalar(select(func.count()).select_from(RoutingDecision)) == 2


async def test_two_requests_for_one_call_at_once_open_one_ticket(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    standings = await asyncio.gather(*(call(world) for _ in range(4)))
    assert {where.call.id for where in standings} == {(await kept(world))[0].id}
    assert {where.agent.id for where in standings if where.agent is not None} == {anna.agent_id}
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1
        assert await session.scalar(select(func.count()).select_from(Call)) == 1


async def test_calls_that_come_at_once_each_have_an_agent_of_their_own(world: World) -> None:
    people = {(await world.person(SeatKind.FULL)).agent_id for _ in range(3)}
    standings = await asyncio.gather(*(call(world, f"call-{n}", number=f"60010020{n}") for n in range(4)))
    talking = [where.agent.id for where in standings if where.agent is not None]
    assert (len(talking), set(talking)) == (3, people)
    assert [where.line.position for where in standings if where.line is not None] == [1]


async def test_nobody_who_waits_longer_is_overtaken(world: World) -> None:
    await call(world, "first")
    anna = await world.person(SeatKind.FULL)
    second = await call(world, "second", number="+48600100201", now=NOW + MINUTE)
    assert (second.state, second.line.position if second.line else None) == (CallState.WAITING, 1)
    assert (await kept(world, "first"))[1].assignee_id == anna.agent_id


async def test_a_line_is_as_long_as_the_calls_ahead_by_those_at_work(world: World) -> None:
    for _ in range(2):
        busy = await world.person(SeatKind.FULL)
        assert (await call(world, f"of {busy.agent_id}", number=None)).state is CallState.TALKING
    await world.person(SeatKind.LIGHT)  # who never takes a call, so counts for nobody's wait
    waits = []
    for n in range(3):
        where = await call(world, f"call-{n}", number=f"60010020{n}", now=NOW + n * MINUTE)
        assert where.line is not None
        waits.append((where.line.position, where.line.wait))
    assert waits == [(1, 3 * MINUTE), (2, 6 * MINUTE), (3, 9 * MINUTE)]
    pressing = await call(world, "pressing", number="600100209", now=NOW + 3 * MINUTE)
    assert pressing.line is not None
    assert pressing.line.position == 4


async def test_when_nobody_is_at_work_the_next_shift_is_told(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    light = await world.person(SeatKind.LIGHT, presence=Presence.OFFLINE)
    morning = NOW + timedelta(hours=20)
    async with database.writing(world.tenant_id) as session:
        for person, begins in ((anna, morning), (light, morning - 2 * timedelta(hours=1))):
            await shifts.set_shifts(
                session,
                agent_id=person.agent_id,
                start=NOW,
                end=NOW + timedelta(days=7),
                shifts=[Shift(begins, begins + timedelta(hours=8))],
                by=SYSTEM,
                now=NOW,
            )
    where = await call(world)
    assert where.line is not None
    assert (where.state, where.line.wait, where.line.next_shift) == (CallState.WAITING, None, morning)
    async with database.writing(world.tenant_id) as session:
        await agents.set_capacity(session, agent_id=anna.agent_id, items={Channel.PHONE: 0}, by=SYSTEM, now=NOW)
    again = await call(world)
    assert again.line is not None
    assert again.line.next_shift is None


async def test_a_light_agent_never_gets_a_call_neither_given_nor_taken(world: World, database: Database) -> None:
    light = await world.person(SeatKind.LIGHT, teams=("first-line", "accounting"), skills=("payments",))
    where = await call(world, topic="payment")  # whose tickets need no contact otherwise
    assert (where.state, (await kept(world))[1].needs_contact) == (CallState.WAITING, True)
    assert await take(world, light) is None
    await ask_back(world)
    assert await sweep(world) == 0
    assert await take(world, light) is None
    full = await world.person(SeatKind.FULL, teams=("accounting",), skills=("payments",))
    taken = await take(world, full)
    assert taken is not None
    assert (await kept(world))[0].answered_by_id == full.agent_id


async def test_a_call_that_is_over_frees_its_agent_and_leaves_written_work(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    await call(world)
    waiting = await call(world, "call-2", number="+48600100201")
    assert waiting.state is CallState.WAITING
    assert await held(world, anna) == {Channel.PHONE: 1}
    await forget_jobs(world)
    ended = await hang_up(world, now=NOW + MINUTE)
    assert (ended.state, ended.call.ended_at) == (CallState.ENDED, NOW + MINUTE)
    row, ticket = await kept(world)
    assert (row.outcome, ticket.state, ticket.assignee_id) == (
        CallOutcome.COMPLETED,
        TicketState.ASSIGNED,
        anna.agent_id,
    )
    assert (ticket.channel, ticket.worked_as) == (Channel.PHONE, Channel.EMAIL)
    assert ticket.due_at == NOW + MINUTE + opening.ANSWER_WITHIN
    assert await held(world, anna) == {Channel.EMAIL: 1}
    assert await jobs(world) == [("route_sweep", None)]
    assert await names(world, row.id) == ["CallQueued", "CallAnswered", "CallEnded"]
    async with database.reading(world.tenant_id) as session:
        need = await session.get_one(Need, (world.tenant_id, ticket.need_id))
        assert (need.channel, need.needs_contact) == (Channel.EMAIL, True)
    assert await sweep(world, now=NOW + 2 * MINUTE) == 1
    assert (await call(world, "call-2")).state is CallState.TALKING
    assert await broken(database, world.tenant_id) == {}


async def test_ending_twice_changes_nothing_and_an_unknown_call_is_refused(world: World) -> None:
    await world.person(SeatKind.FULL)
    await call(world)
    await hang_up(world)
    await forget_jobs(world)
    before = await kept(world)
    again = await hang_up(world, outcome=CallOutcome.NOT_REACHED, now=NOW + MINUTE)
    assert again.call.ended_at == NOW
    after = await kept(world)
    assert [(row.version, row.state if isinstance(row, Ticket) else row.outcome) for row in after] == [
        (row.version, row.state if isinstance(row, Ticket) else row.outcome) for row in before
    ]
    assert await jobs(world) == []
    for unknown in ("nobody", "call\0"):
        with pytest.raises(CallNotFound) as refused:
            await hang_up(world, unknown)
        assert refused.value.external_id == unknown
    with pytest.raises(InvalidInput):
        await hang_up(world, outcome=CallOutcome.CALLED_AGAIN)


async def test_who_hangs_up_while_waiting_is_called_back_at_the_same_place(world: World) -> None:
    await call(world)
    before = (await kept(world))[1]
    where = await hang_up(world, now=NOW + MINUTE)
    row, ticket = await kept(world)
    assert (where.state, row.missed, row.ended_at) == (CallState.CALL_BACK, True, None)
    assert [getattr(ticket, name) for name in ("state", "priority", "due_at", "arrived_at", "need_id")] == [
        getattr(before, name) for name in ("state", "priority", "due_at", "arrived_at", "need_id")
    ]
    assert (await hang_up(world, now=NOW + 2 * MINUTE)).state is CallState.CALL_BACK
    assert await names(world, row.id) == ["CallQueued", "CallBackWanted"]


async def test_who_hangs_up_with_a_withheld_number_is_put_away_for_nobody_can_be_called(
    world: World, database: Database
) -> None:
    where = await call(world, number=None)
    assert (await kept(world))[1].subject == "Telefon, numer zastrzeżony"
    assert (await hang_up(world, now=NOW + MINUTE)).state is CallState.ENDED
    row, ticket = await kept(world)
    assert (row.outcome, ticket.state, where.call.number) == (CallOutcome.ABANDONED, TicketState.CLOSED, None)
    await world.person(SeatKind.FULL)
    assert await sweep(world) == 0
    assert await broken(database, world.tenant_id) == {}


async def test_a_call_back_keeps_its_place_and_is_a_call_while_it_lasts(world: World) -> None:
    await call(world, "first")
    await call(world, "second", number="+48600100201", now=NOW + MINUTE)
    asked = await ask_back(world, "first", "+48 22 123 45 67", now=NOW + 2 * MINUTE)
    assert (asked.state, asked.line.position if asked.line else None) == (CallState.CALL_BACK, 1)
    assert asked.call.number == "+48221234567"
    for _ in range(2):  # its line is down by now, whatever the exchange calls it
        assert (await hang_up(world, "first", now=NOW + 2 * MINUTE)).state is CallState.CALL_BACK
    anna = await world.person(SeatKind.FULL)
    assert await sweep(world, now=NOW + 3 * MINUTE) == 1
    assert (await kept(world, "first"))[1].assignee_id == anna.agent_id
    assert (await call(world, "second")).state is CallState.WAITING
    assert await held(world, anna) == {Channel.PHONE: 1}
    late = await hang_up(world, "first", CallOutcome.ABANDONED, now=NOW + 3 * MINUTE)
    assert late.state is CallState.TALKING
    done = await hang_up(world, "first", CallOutcome.NOT_REACHED, now=NOW + 9 * MINUTE)
    assert (done.state, await held(world, anna)) == (CallState.ENDED, {Channel.EMAIL: 1})


@pytest.mark.parametrize("seed", range(6))
async def test_whoever_is_called_back_has_the_turn_of_who_stayed_on_the_line(world: World, seed: int) -> None:
    dice = Random(seed)
    order = []
    for n in range(8):
        priority = dice.choice((0, 0, 5))
        async with world.database.writing(world.tenant_id) as session:
            main = Menu("main", "Main", "Menu", Lead("delivery", priority=priority))
            await ivr.set_menu(session, menu=main, by=SYSTEM, now=NOW)
        await call(world, f"{n}", number=f"60010020{n}", pressed=None, now=NOW + n * MINUTE)
        order.append((-priority, n))
    for n in dice.sample(range(8), 5):
        leave = ask_back if dice.random() < 0.5 else hang_up
        await leave(world, f"{n}", now=NOW + 10 * MINUTE)
    await world.person(SeatKind.FULL)
    turns = []
    for place, (_, n) in enumerate(sorted(order)):
        now = NOW + (20 + place) * MINUTE
        assert await sweep(world, now=now) == 1
        turns += [each for _, each in order if (await call(world, f"{each}")).state is CallState.TALKING]
        assert turns[-1] == n
        assert (await hang_up(world, f"{n}", now=now)).state is CallState.ENDED
    assert len(turns) == 8


async def test_a_call_back_is_asked_for_while_waiting_and_needs_a_number(world: World) -> None:
    await call(world, number=None)
    with pytest.raises(InvalidInput) as refused:
        await ask_back(world)
    assert refused.value.field == "number"
    with pytest.raises(InvalidInput):
        await ask_back(world, number="nonsense")
    assert (await kept(world))[0].version == 1
    asked = await ask_back(world, number=NUMBER)
    assert (asked.state, asked.call.number) == (CallState.CALL_BACK, NUMBER)
    again = await ask_back(world, now=NOW + MINUTE)
    assert (again.call.call_back_at, again.call.version) == (NOW, 2)
    assert (await ask_back(world, number="600100201")).call.number == "600100201"
    with pytest.raises(CallNotFound):
        await ask_back(world, "nobody")
    await world.person(SeatKind.FULL)
    await call(world, "talking", number=None)
    await sweep(world)
    await call(world, "over", number=None)
    await hang_up(world, "over")
    with pytest.raises(CallIsOver):
        await ask_back(world, "over", NUMBER)


async def test_nobody_who_talks_is_called_back(world: World) -> None:
    await world.person(SeatKind.FULL)
    await call(world)
    with pytest.raises(CallIsAnswered):
        await ask_back(world)
    assert (await kept(world))[0].call_back_at is None


async def test_who_calls_again_has_kept_the_place(world: World, database: Database) -> None:
    await call(world)
    await hang_up(world, now=NOW + MINUTE)
    await call(world, "other", number="+48600100201", now=NOW + MINUTE)
    again = await call(world, "call-2", now=NOW + 2 * MINUTE)
    assert (again.state, again.line.position if again.line else None) == (CallState.WAITING, 1)
    (earlier, ticket), (row, same) = await kept(world), await kept(world, "call-2")
    assert (ticket.id, ticket.arrived_at) == (same.id, NOW)
    assert (earlier.outcome, row.ended_at) == (CallOutcome.CALLED_AGAIN, None)
    elsewhere = await call(world, "call-3", topic="payment", now=NOW + 3 * MINUTE)  # about something else
    assert elsewhere.call.ticket_id != ticket.id
    assert await broken(database, world.tenant_id) == {}


async def test_a_call_follows_its_ticket(world: World, database: Database) -> None:
    anna, ewa = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    await call(world)
    row, ticket = await kept(world)
    first = ticket.assignee_id
    second = ewa if first == anna.agent_id else anna
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket.id, agent_id=second.agent_id, by=SYSTEM, now=NOW)
    moved = await call(world)
    assert moved.agent is not None
    assert (moved.agent.id, moved.call.answered_by_id) == (second.agent_id, first)
    async with database.writing(world.tenant_id) as session:
        await assignment.send_to_team(session, ticket_id=ticket.id, team_id=None, by=SYSTEM, now=NOW)
    assert (await call(world)).state is CallState.WAITING
    assert await sweep(world) == 1
    row, ticket = await kept(world)
    holder = next(person for person in (anna, ewa) if person.agent_id == ticket.assignee_id)
    await resolve(world, holder, ticket.id)
    row, ticket = await kept(world)
    assert (row.outcome, ticket.worked_as) == (CallOutcome.COMPLETED, Channel.EMAIL)
    async with database.writing(world.tenant_id) as session:
        await opening.receive(session, ticket_id=ticket.id, body="Jeszcze jedno.", by=SYSTEM, now=NOW)
    assert (await call(world)).state is CallState.ENDED  # though its ticket is in the queue again


async def test_a_call_that_ends_while_it_is_routed_is_somebodys_or_called_back(
    world: World, database: Database
) -> None:
    await call(world)
    anna = await world.person(SeatKind.FULL)
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW) == 1
        ending = asyncio.create_task(hang_up(world, now=NOW + MINUTE))
        await blocked(database)
    assert (await ending).state is CallState.ENDED
    assert await held(world, anna) == {Channel.EMAIL: 1}
    assert await broken(database, world.tenant_id) == {}


async def test_a_call_that_is_given_up_while_it_is_routed_goes_to_nobody(world: World, database: Database) -> None:
    await call(world, number=None)
    anna = await world.person(SeatKind.FULL)
    async with database.writing(world.tenant_id) as session:
        await session.execute(text("SELECT 1 FROM agent FOR UPDATE"))
        routing = asyncio.create_task(sweep(world, now=NOW + MINUTE))
        await blocked(database)
        assert (await hang_up(world)).state is CallState.ENDED
    assert await routing == 0
    assert await held(world, anna) == {}
    assert await broken(database, world.tenant_id) == {}


async def test_a_caller_is_the_customer_of_that_number(world: World, database: Database) -> None:
    async def customer_of(id: str) -> tuple[str, str]:
        ticket = (await kept(world, id))[1]
        async with database.reading(world.tenant_id) as session:
            customer = await session.get_one(Customer, (world.tenant_id, ticket.customer_id))
            return customer.external_id, customer.name

    async def save(external_id: str, phone: str) -> None:
        async with database.writing(world.tenant_id) as session:
            details = CustomerDetails(external_id, name=external_id, phone=phone)
            await save_customer(session, details=details, by=SYSTEM, now=NOW)

    await call(world, "unknown")
    assert await customer_of("unknown") == (f"phone:{NUMBER}", NUMBER)
    await call(world, "unknown, again", topic="payment")
    assert await customer_of("unknown, again") == (f"phone:{NUMBER}", NUMBER)
    await save("jan", "600-100-200")
    await call(world, "known")
    assert await customer_of("known") == ("jan", "jan")
    await save("ewa", "(+48) 600 100 200")
    await call(world, "one of two")
    assert await customer_of("one of two") == (f"phone:{NUMBER}", NUMBER)
    await call(world, "withheld", number=None)
    assert await customer_of("withheld") == ("call:withheld", "Numer zastrzeżony")


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"number": "anonymous"}, InvalidInput),
        ({"id": " "}, InvalidInput),
        ({"id": "x" * 191}, InvalidInput),
        ({"topic": "nonsense"}, TopicNotFound),
        ({"topic": "delivery", "pressed": "1"}, InvalidInput),
        ({"pressed": "12a"}, InvalidInput),
        ({"pressed": "1" * 51}, InvalidInput),
    ],
)
async def test_a_refused_call_leaves_nothing_behind(
    world: World, database: Database, told: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await call(world, **told)
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 0
        assert await session.scalar(select(func.count()).select_from(Customer)) == 1


@pytest.mark.parametrize("extension", ["12a", "1" * 21, "sip:anna", "١"])
async def test_an_extension_is_what_a_telephone_can_dial(world: World, database: Database, extension: str) -> None:
    anna = await world.person(SeatKind.FULL)
    with pytest.raises(InvalidInput):
        async with database.writing(world.tenant_id) as session:
            await agents.set_extension(session, agent_id=anna.agent_id, extension=extension, by=SYSTEM, now=NOW)
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(Agent, (world.tenant_id, anna.agent_id))).extension is None
