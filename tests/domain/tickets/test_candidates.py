"""Whom the router sees, and what of each, in one statement."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from domain.agents import operations as agents
from domain.agents import shifts
from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.agents.shifts import Shift
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.orders.customers import CustomerDetails, save_customer
from domain.seats.models import SeatKind
from domain.tickets import abilities, sweeping
from domain.tickets.candidates import LATE, PLANNED, SOON, snapshot
from domain.tickets.models import Ticket
from domain.tickets.routing import Candidate
from domain.tickets.workload import day_of_shop
from tests.conftest import NOW, CountStatements, FoundShop
from tests.domain.world import Person, World

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def seen(world: World) -> dict[object, Candidate]:
    async with world.database.reading(world.tenant_id) as session:
        day = await day_of_shop(session, now=NOW)
        return {candidate.agent_id: candidate for candidate in await snapshot(session, day=day, now=NOW)}


async def plan(world: World, person: Person, planned: Sequence[Shift]) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await shifts.set_shifts(
            session,
            agent_id=person.agent_id,
            start=NOW - timedelta(days=30),
            end=NOW + timedelta(days=30),
            shifts=planned,
            by=SYSTEM,
            now=NOW,
        )


async def test_everything_that_a_choice_looks_at_is_seen_in_one_statement(
    world: World, database: Database, statements: CountStatements
) -> None:
    anna = await world.person(SeatKind.FULL, teams=["first-line", "accounting"], skills=["payments"], emails=7)
    light = await world.person(SeatKind.LIGHT, presence=Presence.OFFLINE)
    await world.seatless()
    async with database.writing(world.tenant_id) as session:
        await abilities.set_languages(session, agent_id=anna.agent_id, languages=["pl", "de"], by=SYSTEM, now=NOW)
        await abilities.set_senior(session, agent_id=anna.agent_id, senior=True, by=SYSTEM, now=NOW)
    await world.ticket()
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW) == 1
    async with database.reading(world.tenant_id) as session:
        day = await day_of_shop(session, now=NOW)
        with statements() as counted:
            found = {each.agent_id: each for each in await snapshot(session, day=day, now=NOW)}
    assert len(counted) == 1
    assert set(found) == {anna.agent_id, light.agent_id}
    known = found[anna.agent_id]
    assert known.abilities.teams == set(world.teams.values())
    assert known.abilities.skills == {world.skills["payments"]: 3}
    assert (known.abilities.languages, known.senior, known.seat) == (frozenset({"pl", "de"}), True, SeatKind.FULL)
    assert (known.abilities.capacity[Channel.EMAIL], known.abilities.capacity[Channel.CHAT], known.held) == (
        7,
        2,
        {Channel.EMAIL: 1},
    )
    assert (known.given, known.present, known.idle_since) == (6, 0.0, NOW)
    other = found[light.agent_id]
    assert (other.presence, other.seat, other.abilities.languages, other.senior) == (
        Presence.OFFLINE,
        SeatKind.LIGHT,
        frozenset({"pl"}),
        False,
    )


@pytest.mark.parametrize(
    ("planned", "on_shift", "expected"),
    [
        ([], True, False),
        ([(-HOUR, HOUR)], True, False),
        ([(-HOUR, timedelta(0))], False, False),
        ([(HOUR, 2 * HOUR)], False, False),
        ([(SOON, 9 * HOUR)], False, True),
        ([(SOON + MINUTE, 9 * HOUR)], False, False),
        ([(MINUTE - LATE, HOUR)], True, True),
        ([(-LATE, HOUR)], True, False),
        ([(-PLANNED - 2 * HOUR, -PLANNED - HOUR)], True, False),
        ([(PLANNED + HOUR, PLANNED + 2 * HOUR)], True, False),
    ],
)
async def test_who_has_a_plan_is_on_shift_by_it_and_expected_around_its_beginning(
    world: World, planned: list[tuple[timedelta, timedelta]], on_shift: bool, expected: bool
) -> None:
    anna = await world.person(SeatKind.FULL)
    await plan(world, anna, [Shift(NOW + start, NOW + end) for start, end in planned])
    known = (await seen(world))[anna.agent_id]
    assert (known.on_shift, known.expected) == (on_shift, expected)


async def test_off_shift_an_agent_is_given_nothing_and_colleagues_who_are_coming_keep_their_part(
    world: World, database: Database
) -> None:
    early = await world.person(SeatKind.FULL)
    late = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    over = await world.person(SeatKind.FULL)
    await plan(world, early, [Shift(NOW - HOUR, NOW + 7 * HOUR)])
    await plan(world, late, [Shift(NOW + 10 * MINUTE, NOW + 8 * HOUR)])
    await plan(world, over, [Shift(NOW - 9 * HOUR, NOW - HOUR)])
    tickets = [await world.ticket() for _ in range(5)]
    async with database.writing(world.tenant_id) as session:
        for place, ticket_id in enumerate(tickets):  # of a customer each, whom nobody knows
            details = CustomerDetails(external_id=f"other-{place}", name="Jan")
            customer = await save_customer(session, details=details, by=SYSTEM, now=NOW)
            (await session.get_one(Ticket, (world.tenant_id, ticket_id))).customer_id = customer.id
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW) == 3
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW + MINUTE) == 0
        at = NOW + 10 * MINUTE
        await agents.set_presence(session, agent_id=late.agent_id, presence=Presence.ONLINE, by=SYSTEM, now=at)
        assert await sweeping.route_sweep(session, now=at) == 2
    held = {agent_id: candidate.held for agent_id, candidate in (await seen(world)).items()}
    assert held == {
        early.agent_id: {Channel.EMAIL: 3},
        late.agent_id: {Channel.EMAIL: 2},
        over.agent_id: {},
    }


async def test_another_shops_agents_are_not_seen(world: World, database: Database, found_shop: FoundShop) -> None:
    await world.person(SeatKind.FULL)
    async with database.reading((await found_shop()).tenant_id) as session:
        assert await snapshot(session, day=await day_of_shop(session, now=NOW), now=NOW) == []
