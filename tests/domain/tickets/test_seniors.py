"""Who is waited for when a ticket was handed over too often: the router and whoever takes the next one agree."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents.channels import Channel
from domain.agents.models import Agent, Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import abilities, candidates, departures, needs, queues, sweeping, taking, workload
from domain.tickets.giving_back import operations as giving_back
from domain.tickets.giving_back.looking import REMEMBERED, look
from domain.tickets.giving_back.models import GaveBack, TicketGivenBack
from domain.tickets.models import Ticket
from domain.tickets.needs import Needed
from domain.tickets.overflow.lines import USUAL, Queueing
from domain.tickets.overflow.settings import set_queue
from domain.tickets.overflow.steering import steer
from domain.tickets.routing import HAND_OVERS, Hands, unfit
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.world import World

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
LATER = NOW + 20 * MINUTE


async def swept(world: World, junior: UUID) -> None:
    del junior
    async with world.database.writing(world.tenant_id) as session:
        await sweeping.route_sweep(session, now=LATER)


async def asked_for(world: World, junior: UUID) -> None:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=junior, now=LATER)
        await taking.take_next(session, seat=seat, by=SYSTEM, now=LATER)


BOTH_WAYS = pytest.mark.parametrize("way", [swept, asked_for])
Way = Callable[[World, UUID], Awaitable[None]]


async def passed_on(world: World) -> UUID:
    """An e-mail to the accountants, in German, which asks for a skill and was handed over too often."""
    ticket_id = await world.ticket("payment")
    async with world.database.writing(world.tenant_id) as session:
        wanted = Needed(Channel.EMAIL, needs_contact=False, language="de", skills={world.skills["payments"]: 1})
        kept = await needs.kept(session, [wanted])
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        ticket.need_id, ticket.handed_over = kept[wanted], HAND_OVERS
    return ticket_id


async def somebody(
    world: World,
    *,
    senior: bool = True,
    kind: SeatKind | None = SeatKind.FULL,
    team: str = "accounting",
    skilled: bool = True,
    language: str = "de",
    emails: int = 5,
    presence: Presence = Presence.OFFLINE,
) -> UUID:
    skills = ["payments"] if skilled else []
    if kind is None:
        agent_id = (await world.seatless(teams=[team], skills=skills, presence=presence, emails=emails)).id
    else:
        person = await world.person(kind, teams=[team], skills=skills, presence=presence, emails=emails)
        agent_id = person.agent_id
    async with world.database.writing(world.tenant_id) as session:
        await abilities.set_languages(session, agent_id=agent_id, languages=[language], by=SYSTEM, now=NOW)
        await abilities.set_senior(session, agent_id=agent_id, senior=senior, by=SYSTEM, now=NOW)
    return agent_id


async def holder(world: World, ticket_id: UUID) -> UUID | None:
    async with world.database.reading(world.tenant_id) as session:
        return (await session.get_one(Ticket, (world.tenant_id, ticket_id))).assignee_id


@BOTH_WAYS
@pytest.mark.parametrize(
    "able",
    [{}, {"kind": SeatKind.LIGHT}, {"emails": 1}, {"presence": Presence.AWAY}],
    ids=["offline", "on a light seat", "with little room", "away"],
)
async def test_a_senior_of_the_team_who_could_have_it_is_waited_for(
    world: World, way: Way, able: dict[str, object]
) -> None:
    junior = await somebody(world, senior=False, presence=Presence.ONLINE)
    await somebody(world, **able)  # type: ignore[arg-type]
    ticket_id = await passed_on(world)
    await way(world, junior)
    assert await holder(world, ticket_id) is None


@BOTH_WAYS
@pytest.mark.parametrize(
    "unable",
    [
        {"team": "first-line"},
        {"kind": None},
        {"kind": None, "presence": Presence.ONLINE},
        {"skilled": False},
        {"language": "pl"},
        {"emails": 0},
        {"senior": False},
    ],
    ids=[
        "of another team",
        "without a seat",
        "here without a seat",
        "unskilled",
        "of another language",
        "no mail",
        "no",
    ],
)
async def test_a_senior_who_could_never_have_it_is_not_waited_for(
    world: World, database: Database, way: Way, unable: dict[str, object]
) -> None:
    junior = await somebody(world, senior=False, presence=Presence.ONLINE)
    await somebody(world, **unable)  # type: ignore[arg-type]
    ticket_id = await passed_on(world)
    await way(world, junior)
    assert await holder(world, ticket_id) == junior
    assert await broken(database, world.tenant_id) == {}


@BOTH_WAYS
async def test_a_light_senior_is_not_waited_for_by_what_needs_the_customer(world: World, way: Way) -> None:
    junior = (await world.person(SeatKind.FULL)).agent_id
    await somebody(world, kind=SeatKind.LIGHT, team="first-line", language="pl")
    ticket_id = await world.ticket("delivery")
    async with world.database.writing(world.tenant_id) as session:
        (await session.get_one(Ticket, (world.tenant_id, ticket_id))).handed_over = HAND_OVERS
    await way(world, junior)
    assert await holder(world, ticket_id) == junior


@BOTH_WAYS
async def test_an_unskilled_senior_is_waited_for_once_the_skill_is_asked_for_no_more(world: World, way: Way) -> None:
    junior = await somebody(world, senior=False, presence=Presence.ONLINE)
    await somebody(world, skilled=False)
    async with world.database.writing(world.tenant_id) as session:
        relaxing = Queueing(relax=timedelta(minutes=20))
        await set_queue(session, team_id=world.teams["accounting"], queueing=relaxing, by=SYSTEM, now=NOW)
    ticket_id = await passed_on(world)
    await way(world, junior)
    assert await holder(world, ticket_id) is None


@BOTH_WAYS
async def test_a_senior_who_has_just_given_it_back_is_waited_for_all_the_same(world: World, way: Way) -> None:
    junior = await somebody(world, senior=False, presence=Presence.ONLINE)
    senior = await somebody(world, presence=Presence.ONLINE)
    ticket_id = await passed_on(world)
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=senior, now=NOW)
        taken = await taking.take_next(session, seat=seat, by=SYSTEM, now=NOW)
        assert taken is not None
        assert taken.id == ticket_id
        await giving_back.decline(session, ticket_id=ticket_id, seat=seat, reason="", by=SYSTEM, now=LATER - MINUTE)
    await way(world, junior)
    assert await holder(world, ticket_id) is None


@BOTH_WAYS
async def test_two_seniors_who_could_have_it_only_together_are_not_waited_for(world: World, way: Way) -> None:
    junior = await somebody(world, senior=False, presence=Presence.ONLINE)
    await somebody(world, skilled=False)
    await somebody(world, language="pl")
    ticket_id = await passed_on(world)
    await way(world, junior)
    assert await holder(world, ticket_id) == junior


@BOTH_WAYS
async def test_what_waits_for_a_senior_holds_nothing_back_that_comes_after_it(
    world: World, database: Database, way: Way
) -> None:
    junior = await somebody(world, senior=False, presence=Presence.ONLINE, language="pl")
    await somebody(world, language="pl")
    numbers = {}
    for place in range(sweeping.BEYOND + 8):
        numbers[await world.ticket("payment", now=NOW + place * SECOND)] = place
    async with database.writing(world.tenant_id) as session:
        for ticket in await session.scalars(select(Ticket)):
            ticket.handed_over = HAND_OVERS if numbers[ticket.id] < sweeping.BEYOND + 6 else HAND_OVERS - 1
    await way(world, junior)
    async with database.reading(world.tenant_id) as session:
        given = await session.scalars(select(Ticket.id).where(Ticket.assignee_id == junior))
    first, second = sweeping.BEYOND + 6, sweeping.BEYOND + 7
    assert sorted(numbers[each] for each in given) == ([first, second] if way is swept else [first])
    assert await broken(database, world.tenant_id) == {}


async def test_a_senior_is_given_what_was_passed_on_in_its_turn_among_the_rest(world: World) -> None:
    senior = await somebody(world, presence=Presence.ONLINE, language="pl", emails=3)
    numbers = {}
    for place in range(5):
        numbers[await world.ticket("payment", now=NOW + place * SECOND)] = place
    async with world.database.writing(world.tenant_id) as session:
        for ticket in await session.scalars(select(Ticket)):
            ticket.handed_over = HAND_OVERS if numbers[ticket.id] in (1, 4) else 0
    await swept(world, senior)
    async with world.database.reading(world.tenant_id) as session:
        given = await session.scalars(select(Ticket.id).where(Ticket.assignee_id == senior))
        assert sorted(numbers[each] for each in given) == [0, 1, 2]


SPOKEN = (None, "pl", "de")
LEVELS = (1, 3)


async def crowd(world: World, chance: random.Random) -> None:
    """A few people in two teams who can this and that, and tickets that ask for this and that."""
    teams, skill = list(world.teams), world.skills["payments"]
    for _ in range(4):
        kind = chance.choice([SeatKind.FULL, SeatKind.FULL, SeatKind.LIGHT, None])
        mine = chance.sample(teams, chance.choice([1, 1, 2]))
        presence = chance.choice([Presence.ONLINE, Presence.OFFLINE])
        if kind is None:
            agent_id = (await world.seatless(teams=mine, presence=presence)).id
        else:
            person = await world.person(kind, teams=mine, presence=presence)
            agent_id = person.agent_id
            if chance.random() < 0.2:
                async with world.database.writing(world.tenant_id) as session:
                    await departures.release_seat(
                        session, assignment_id=person.assignment_id, at=None, by=SYSTEM, now=NOW + MINUTE
                    )
        async with world.database.writing(world.tenant_id) as session:
            its: dict[str, Any] = {"agent_id": agent_id, "by": SYSTEM, "now": NOW}
            if (level := chance.choice([None, *LEVELS])) is not None:
                await abilities.set_skills(session, skills={skill: level}, **its)
            if (language := chance.choice(SPOKEN)) is not None:
                await abilities.set_languages(session, languages=[language], **its)
            if chance.random() < 0.4:
                items = {chance.choice([Channel.EMAIL, Channel.CHAT]): chance.choice([0, 2])}
                await abilities.set_capacities(session, capacities=items, **its)
            await abilities.set_senior(session, senior=chance.random() < 0.8, **its)
    for _ in range(16):
        ticket_id = await world.ticket(
            chance.choice(["delivery", "payment"]), now=NOW + chance.choice([0, 15]) * MINUTE
        )
        async with world.database.writing(world.tenant_id) as session:
            level = chance.choice([None, *LEVELS])
            channel, contact = chance.choice([Channel.EMAIL, Channel.CHAT]), chance.random() < 0.5
            wanted = Needed(channel, contact, {} if level is None else {skill: level}, chance.choice(SPOKEN))
            need_id = (await needs.kept(session, [wanted]))[wanted]
            ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
            ticket.channel = ticket.worked_as = channel
            ticket.needs_contact, ticket.need_id = contact, need_id
            ticket.handed_over = chance.choice([HAND_OVERS - 1, HAND_OVERS, HAND_OVERS + 1])
    async with world.database.writing(world.tenant_id) as session:
        for team_id in world.teams.values():
            queueing = Queueing(
                priority=chance.choice([0, 3]),
                delay=chance.choice([timedelta(0), timedelta(minutes=10)]),
                relax=chance.choice([None, timedelta(minutes=10)]),
            )
            await set_queue(session, team_id=team_id, queueing=queueing, by=SYSTEM, now=NOW)
    async with world.database.writing(world.tenant_id) as session:
        tickets = [ticket.id for ticket in await session.scalars(select(Ticket).order_by(Ticket.number))]
        agents = [agent.id for agent in await session.scalars(select(Agent).order_by(Agent.id))]
        for _ in range(12):
            whose, which = chance.choice(agents), chance.choice(tickets)
            why, at = chance.choice(list(GaveBack)), LATER - chance.choice([MINUTE, REMEMBERED])
            session.add(
                TicketGivenBack(tenant_id=world.tenant_id, id=new_id(), ticket_id=which, agent_id=whose, why=why, at=at)
            )


async def could_be_given(world: World, taker: UUID) -> tuple[list[int], list[int]]:
    """Looking at ticket after ticket as the router does, whatever the agent could take; and what waits for seniors."""
    async with world.database.reading(world.tenant_id) as session:
        kinds = await queues.kinds(session)
        day = await workload.day_of_shop(session, now=LATER)
        crew = await candidates.snapshot(session, day=day, now=LATER)
        served = await steer(session, kinds.needs, crew, day=day, now=LATER)
        asked = sweeping.Asked(kinds, served, await look(session, now=LATER), [each for each in crew if each.senior])
        rested = [
            part for kind in kinds.needs for part in queues.parts_of(kind, day.queueings.get(kind[0], USUAL), now=LATER)
        ]
        heads = await queues.heads(session, dict.fromkeys(rested, 100), all=100, served=day.queueings)
        numbers = {ticket.id: ticket.number for ticket in await session.scalars(select(Ticket))}
    me = next(each for each in crew if each.agent_id == taker)
    hands, given = Hands(me, day.efforts), []
    for head in heads:
        need = asked.by(head)
        mine = need.team_id in me.abilities.teams and taker not in need.without and unfit(need, me) is None
        if mine and hands.hindrance(need.channel) is None:
            hands.take(need.channel, LATER)
            given.append(numbers[head.ticket_id])
    assert kinds.passed_on >= {head.kind for head in heads if head.handed_over >= HAND_OVERS}
    return given, [numbers[head.ticket_id] for head in heads if asked.by(head).senior]


@pytest.mark.parametrize("seed", range(6))
async def test_whoever_takes_the_next_one_takes_what_the_router_would_give(
    world: World, database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    await crowd(world, chance)
    async with database.reading(world.tenant_id) as session:
        day = await workload.day_of_shop(session, now=LATER)
        seated = [each for each in await candidates.snapshot(session, day=day, now=LATER) if each.seat is not None]
    assert seated
    for taker in seated:
        taken = []
        expected, for_seniors = await could_be_given(world, taker.agent_id)
        async with database.reading(world.tenant_id) as session:
            seat = await hold_seat(session, agent_id=taker.agent_id, now=LATER)
            while (ticket := await taking.take_next(session, seat=seat, by=SYSTEM, now=LATER)) is not None:
                taken.append(ticket.number)
        assert taken == expected
        assert taker.senior or not set(taken) & set(for_seniors)
