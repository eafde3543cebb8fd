"""What the router wrote down is enough to make each of its decisions again, and to say where everybody stood."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.seats.rights import permit_outbound
from domain.tickets import assignment, outbound, replaying, sweeping, workload
from domain.tickets.candidates import snapshot
from domain.tickets.decisions import AgentDay, RoutingDecision, RoutingPass
from domain.tickets.models import Ticket
from domain.tickets.replaying import Standing
from domain.tickets.routing import Exclusion, RoutingReason
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import World


async def sweep(world: World, *, now: datetime = NOW) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await sweeping.route_sweep(session, now=now)


async def all_made_again(world: World) -> int:
    """Make every pass again and compare; returns how many decisions there were."""
    compared = 0
    async with world.database.reading(world.tenant_id) as session:
        for pass_id in list(await session.scalars(select(RoutingPass.id))):
            for kept, again in await replaying.remade(session, pass_id=pass_id):
                assert (kept.agent_id, kept.reason) == (again.agent_id, again.reason)
                why = None if again.excluded is None else {each.value: n for each, n in again.excluded.items()}
                assert kept.detail.get("excluded") == why
                assert kept.detail.get("line") == (None if again.line is None else str(again.line))
                assert kept.ticket_id == again.ticket_id
                compared += 1
        assert compared == await session.scalar(
            select(func.count()).select_from(RoutingDecision).where(RoutingDecision.pass_id.is_not(None))
        )
    return compared


async def test_every_decision_comes_out_the_same_when_it_is_made_again(world: World) -> None:
    for emails in (2, 3):
        await world.person(SeatKind.FULL, emails=emails)
    await world.person(SeatKind.LIGHT, teams=["first-line", "accounting"], skills=["payments"], emails=2)
    await world.person(SeatKind.FULL, presence=Presence.AWAY)
    for place in range(9):
        await world.ticket("payment" if place % 3 == 0 else "delivery", priority=place % 2)
    assert await sweep(world) == 7  # five of the six questions, two of the three payments
    assert await all_made_again(world) == 9
    await world.person(SeatKind.FULL, emails=9)
    for _ in range(2):
        await world.ticket(now=NOW + timedelta(minutes=1))
    assert await sweep(world, now=NOW + timedelta(minutes=1)) == 3
    assert await all_made_again(world) == 12


async def test_a_choice_that_was_dropped_filled_hands_all_the_same(world: World, database: Database) -> None:
    await world.person(SeatKind.FULL, emails=1)
    await world.person(SeatKind.FULL, emails=1)
    first, *_ = [await world.ticket(now=NOW + timedelta(seconds=place)) for place in range(3)]
    async with database.writing(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, first), with_for_update=True)
        routing = asyncio.create_task(sweep(world))
        await blocked(database)
        ticket.priority, ticket.version = 3, ticket.version + 1
    assert await routing == 1
    assert await all_made_again(world) == 2  # the second is in hands, the third stays


async def test_it_is_told_where_everybody_stood(world: World, database: Database) -> None:
    rested, busy = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    light = await world.person(SeatKind.LIGHT)
    away = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    other = await world.person(SeatKind.FULL, teams=["accounting"])
    async with database.writing(world.tenant_id) as session:
        given = [workload.Given(busy.agent_id, world.teams["first-line"], Channel.EMAIL)]
        await workload.note(session, given, now=NOW)
    await world.ticket()
    assert await sweep(world) == 1
    async with database.reading(world.tenant_id) as session:
        decision = (await session.scalars(select(RoutingDecision))).one()
        assert (decision.agent_id, decision.reason) == (rested.agent_id, RoutingReason.LEAST_WORK)
        assert decision.detail["work"] == 0
        assert decision.detail["next"] == [str(busy.agent_id), 24.0]  # six minutes in a quarter of an hour
        assert await replaying.standings(session, decision) == [
            Standing(rested.agent_id, None, 0.0),
            Standing(busy.agent_id, None, 24.0),
            Standing(light.agent_id, Exclusion.LIGHT_SEAT, 0.0),
            Standing(away.agent_id, Exclusion.NOT_ONLINE, 0.0),
            Standing(other.agent_id, Exclusion.OTHER_TEAM, 0.0),
        ]


async def test_what_an_agent_took_was_in_no_pass(world: World, database: Database) -> None:
    async with database.reading(world.tenant_id) as session:
        taken = RoutingDecision(pass_id=None, place=None)
        assert await replaying.standings(session, taken) == []
        assert await replaying.remade(session, pass_id=new_id()) == []


async def test_another_shops_passes_are_not_there(world: World, database: Database, found_shop: FoundShop) -> None:
    await world.person(SeatKind.FULL)
    await world.ticket()
    await sweep(world)
    async with database.reading(world.tenant_id) as session:
        pass_id = (await session.scalars(select(RoutingPass.id))).one()
    async with database.reading((await found_shop()).tenant_id) as session:
        assert await replaying.remade(session, pass_id=pass_id) == []
        assert (await session.scalars(select(RoutingPass.id))).all() == []


async def test_what_a_pass_saw_is_kept_for_ninety_days_and_what_it_decided_for_ever(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    await world.person(SeatKind.FULL)
    instants = [NOW + timedelta(minutes=place) for place in range(4)]
    for instant in instants:
        await world.ticket(now=instant)
        assert await sweep(world, now=instant) == 1
    last = instants[2] + timedelta(days=90)
    async with database.writing((await found_shop()).tenant_id) as session:
        assert not await replaying.forget_old(session, now=last)
    for more, left in ((True, instants[2:]), (False, instants[3:])):
        async with database.writing(world.tenant_id) as session:
            assert await replaying.forget_old(session, most=2, now=last) is more
            assert list(await session.scalars(select(RoutingPass.at).order_by(RoutingPass.at))) == left
    assert await broken(database, world.tenant_id) == {}
    async with database.reading(world.tenant_id) as session:
        decisions = (await session.scalars(select(RoutingDecision).order_by(RoutingDecision.at))).all()
        assert [each.reason for each in decisions] == [
            RoutingReason.ONLY_CANDIDATE,
            *[RoutingReason.PREVIOUS_AGENT] * 3,
        ]
        assert [len(await replaying.standings(session, each)) for each in decisions] == [0, 0, 0, 1]
        assert decisions[0].pass_id is not None
        assert await replaying.remade(session, pass_id=decisions[0].pass_id) == []


async def minutes(world: World) -> dict[UUID, tuple[int, int]]:
    async with world.database.reading(world.tenant_id) as session:
        return {row.agent_id: (row.tickets, row.minutes) for row in await session.scalars(select(AgentDay))}


async def test_what_is_given_counts_as_work_of_the_day_whoever_gave_it(world: World, database: Database) -> None:
    anna, filip = await world.person(SeatKind.FULL, emails=2), await world.person(SeatKind.FULL, emails=0)
    tickets = [await world.ticket() for _ in range(3)]
    assert await sweep(world) == 2
    assert await minutes(world) == {anna.agent_id: (2, 12)}
    async with database.writing(world.tenant_id) as session:
        for _ in range(2):  # the same again gives nothing
            await assignment.assign(session, ticket_id=tickets[0], agent_id=filip.agent_id, by=SYSTEM, now=NOW)
    assert await minutes(world) == {anna.agent_id: (2, 12), filip.agent_id: (1, 6)}


@pytest.mark.parametrize(("since", "until", "expected"), [(-30, 0, 30.0), (-900, 0, 600.0), (-90, -60, 30.0)])
async def test_time_at_work_is_that_of_the_day(
    world: World, database: Database, since: int, until: int, expected: float
) -> None:
    """NOW is ten o'clock in the shop."""
    begun, now = NOW + timedelta(minutes=since), NOW
    person = await world.person(SeatKind.FULL, presence=Presence.OFFLINE, now=begun)
    async with database.writing(world.tenant_id) as session:
        for presence, at in ((Presence.ONLINE, begun), (Presence.OFFLINE, NOW + timedelta(minutes=until))):
            await agents.set_presence(session, agent_id=person.agent_id, presence=presence, by=SYSTEM, now=at)
    async with database.reading(world.tenant_id) as session:
        day = await workload.day_of_shop(session, now=now)
        [candidate] = await snapshot(session, day=day, now=now)
        assert (candidate.agent_id, candidate.present) == (person.agent_id, expected)


async def test_a_sweep_that_waited_for_its_turn_decides_after_the_one_it_waited_for(
    world: World, database: Database
) -> None:
    await world.ticket()
    assert await sweep(world, now=NOW + timedelta(seconds=1)) == 0
    await world.person(SeatKind.FULL)
    assert await sweep(world, now=NOW) == 1
    async with database.reading(world.tenant_id) as session:
        latest = select(RoutingDecision).order_by(RoutingDecision.at.desc(), RoutingDecision.id.desc()).limit(1)
        decision = (await session.scalars(latest)).one()
    assert (decision.reason, decision.at) == (RoutingReason.ONLY_CANDIDATE, NOW + timedelta(seconds=1))


async def test_who_answers_what_waits_in_a_queue_has_taken_it_as_work(world: World, database: Database) -> None:
    anna, ticket_id = await world.person(SeatKind.FULL), await world.ticket()
    for _ in range(2):  # the second answer is on a ticket already in hand
        async with database.writing(world.tenant_id) as session:
            permit = await permit_outbound(session, agent_id=anna.agent_id, now=NOW)
            await outbound.reply(
                session,
                ticket_id=ticket_id,
                body="Paczka jest w drodze.",
                permit=permit,
                any_owner=False,
                by=anna.actor,
                now=NOW,
            )
    assert await minutes(world) == {anna.agent_id: (1, 6)}
