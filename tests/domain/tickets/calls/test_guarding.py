"""Who is connected with a caller, who may say that a call is over, and whose call it is: nobody's by mistake."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.agents.channels import DEFAULT_EFFORT, Channel, Effort
from domain.agents.models import Presence
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.orders.customers import CustomerDetails, save_customer
from domain.orders.queries import NamedParties
from domain.seats.models import SeatKind
from domain.seats.rights import FullSeatRequired, hold_seat, permit_outbound
from domain.tickets import abilities, arrivals, assignment, outbound
from domain.tickets.calls import operations
from domain.tickets.calls.course import CallState
from domain.tickets.calls.models import CallOutcome
from domain.tickets.calls.numbers import may_be_the_same
from domain.tickets.calls.standing import CallAnswer
from domain.tickets.errors import TicketNotYours
from domain.tickets.live import live
from domain.tickets.overflow.lines import Queueing
from tests.conftest import NOW
from tests.domain.tickets.calls.exchange import NUMBER, ask_back, call, hang_up, kept
from tests.domain.tickets.overflow.test_episodes import line, say, second_line
from tests.domain.tickets.test_sweeps import sweep
from tests.domain.world import Person, World
from tests.state import everything

MINUTE = timedelta(minutes=1)


async def customer(world: World, external_id: str, phone: str) -> UUID:
    details = CustomerDetails(external_id, name=external_id, phone=phone)
    async with world.database.writing(world.tenant_id) as session:
        return (await save_customer(session, details=details, by=SYSTEM, now=NOW)).id


async def is_over(world: World, person: Person, ticket_id: UUID, *, any_owner: bool = False) -> None:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=NOW)
        await operations.call_over(
            session,
            ticket_id=ticket_id,
            seat=seat,
            any_owner=any_owner,
            outcome=CallOutcome.COMPLETED,
            by=person.actor,
            now=NOW,
        )


@pytest.mark.parametrize("handed", [True, False])
async def test_a_light_agent_is_connected_neither_by_taking_a_call_nor_by_being_handed_one(
    world: World, database: Database, handed: bool
) -> None:
    light = await world.person(SeatKind.LIGHT)
    if handed:
        await world.person(SeatKind.FULL)
    where = await call(world)
    before = await everything(database, world.tenant_id)
    with pytest.raises(FullSeatRequired):
        async with database.writing(world.tenant_id) as session:
            await assignment.assign(
                session, ticket_id=where.call.ticket_id, agent_id=light.agent_id, by=SYSTEM, now=NOW
            )
    assert await everything(database, world.tenant_id) == before
    await hang_up(world)
    if handed:  # what is left to do is written work, which anybody may hold
        async with database.writing(world.tenant_id) as session:
            await assignment.assign(
                session, ticket_id=where.call.ticket_id, agent_id=light.agent_id, by=SYSTEM, now=NOW
            )
        assert (await call(world)).answer is CallAnswer.OVER


async def test_whoever_answers_by_mail_and_is_not_there_is_not_connected(world: World, database: Database) -> None:
    boss = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    where = await call(world, named=NamedParties(customer_id=world.customer_id))
    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=boss.agent_id, now=NOW)
        await outbound.reply(
            session, ticket_id=where.call.ticket_id, body="x", permit=permit, any_owner=True, by=boss.actor, now=NOW
        )
    assert (await call(world)).answer is CallAnswer.NOBODY_AT_WORK


async def test_a_call_is_over_by_the_word_of_whoever_has_it(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    light = await world.person(SeatKind.LIGHT, teams=["accounting"])
    first, second = await call(world, "call-1"), await call(world, "call-2", number=None)
    assert (first.state, second.state) == (CallState.TALKING, CallState.WAITING)
    before = await everything(database, world.tenant_id)
    for each in (first, second):
        with pytest.raises(TicketNotYours):
            await is_over(world, light, each.call.ticket_id)
    assert await everything(database, world.tenant_id) == before
    await is_over(world, anna, second.call.ticket_id, any_owner=True)  # nobody talks
    assert [(await kept(world, each))[0].ended_at for each in ("call-1", "call-2")] == [None, None]
    await is_over(world, anna, first.call.ticket_id)
    assert (await kept(world, "call-1"))[0].outcome is CallOutcome.COMPLETED


async def test_callers_who_share_a_number_keep_tickets_of_their_own(world: World) -> None:
    one, other = await customer(world, "one", NUMBER), await customer(world, "other", NUMBER)
    await call(world, "first", named=NamedParties(customer_id=one))
    await hang_up(world, "first")
    await call(world, "second", named=NamedParties(customer_id=other), now=NOW + MINUTE)
    assert (await kept(world, "second"))[1].customer_id == other
    await call(world, "third", named=NamedParties(customer_id=one), now=NOW + MINUTE)
    assert (await kept(world, "third"))[0].ticket_id == (await kept(world, "first"))[0].ticket_id


async def test_a_number_that_a_stranger_left_is_not_its_owners_call(world: World) -> None:
    owner = await customer(world, "owner", "+48600100999")
    await call(world, "stranger", number=None)
    await ask_back(world, "stranger", "+48600100999")
    await call(world, "owner", number="+48600100999", now=NOW + MINUTE)
    assert (await kept(world, "owner"))[1].customer_id == owner


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+48600100200", "+48600100200", True),
        ("+48 600 100 200", "600100200", True),
        ("0048600100200", "+48600100200", True),
        ("+48600100200", "+447600100200", False),
    ],
)
def test_numbers_of_two_countries_are_not_one(one: str, other: str, same: bool) -> None:
    assert may_be_the_same(one, other) is same


async def test_a_caller_from_abroad_is_not_a_customer_whose_number_ends_alike(world: World) -> None:
    jan = await customer(world, "jan", "+48 600-100-200")
    await call(world, "british", number="+447600100200")
    await call(world, "polish", number="600100200")
    assert (await kept(world, "british"))[1].customer_id != jan
    assert (await kept(world, "polish"))[1].customer_id == jan


async def test_a_line_that_helps_counts_for_the_wait(world: World, database: Database) -> None:
    second = await second_line(world)
    helper = await world.person(SeatKind.FULL, teams=["second-line"])
    await say(world, Queueing(lines=(line(second, kept=0, enter_oldest=MINUTE, leave_oldest=timedelta(seconds=1)),)))
    for place in range(2):
        await call(world, f"{place}", number=f"60010020{place}")
    later = NOW + 2 * MINUTE
    assert await sweep(world, now=later) == 1
    first, waiting = await call(world, "0", now=later), await call(world, "1", now=later)
    assert first.agent is not None
    assert first.agent.id == helper.agent_id
    assert waiting.line is not None
    assert (waiting.answer, waiting.line.wait) == (CallAnswer.QUEUE, 6 * MINUTE)
    async with database.reading(world.tenant_id) as session:
        [queue] = [each for each in (await live(session, now=later)).queues if each.waiting]
    assert (queue.at_work, queue.able, queue.expected) == (0, 1, 6 * MINUTE)


async def test_within_how_long_a_call_is_begun_is_the_exchanges_to_say(world: World, database: Database) -> None:
    usual = DEFAULT_EFFORT[Channel.PHONE]
    said = {Channel.PHONE: Effort(usual.weight, usual.work_minutes, usual.exclusive, answer_seconds=30)}
    with pytest.raises(InvalidInput):
        async with database.writing(world.tenant_id) as session:
            await abilities.set_efforts(session, said=said, by=SYSTEM, now=NOW)


async def test_who_goes_offline_has_no_call(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    await call(world)
    async with database.writing(world.tenant_id) as session:
        await arrivals.set_presence(
            session, agent_id=anna.agent_id, presence=Presence.OFFLINE, by=SYSTEM, now=NOW + MINUTE
        )
    assert (await call(world, now=NOW + MINUTE)).answer is CallAnswer.NOBODY_AT_WORK
