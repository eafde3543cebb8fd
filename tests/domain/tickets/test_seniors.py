"""Who is waited for when a ticket was handed over too often: the router and whoever takes the next one agree."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.agents.channels import Channel
from domain.agents.models import Agent, Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import abilities, needs, sweeping, taking
from domain.tickets.giving_back import operations as giving_back
from domain.tickets.giving_back.looking import REMEMBERED
from domain.tickets.models import Ticket
from domain.tickets.needs import Needed
from domain.tickets.overflow.lines import Queueing
from domain.tickets.overflow.settings import set_queue
from domain.tickets.routing import HAND_OVERS
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.world import World

LATER = NOW + timedelta(minutes=20)


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
@pytest.mark.parametrize(("since", "waits"), [(timedelta(minutes=1), False), (REMEMBERED, True)])
async def test_a_senior_who_has_just_given_it_back_is_not_waited_for(
    world: World, way: Way, since: timedelta, *, waits: bool
) -> None:
    junior = await somebody(world, senior=False, presence=Presence.ONLINE)
    senior = await somebody(world, presence=Presence.ONLINE)
    ticket_id = await passed_on(world)
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=senior, now=LATER - since)
        taken = await taking.take_next(session, seat=seat, by=SYSTEM, now=LATER - since)
        assert taken is not None
        assert taken.id == ticket_id
        await giving_back.decline(session, ticket_id=ticket_id, seat=seat, reason="", by=SYSTEM, now=LATER - since)
        (await session.get_one(Agent, (world.tenant_id, senior))).presence = Presence.OFFLINE
    await way(world, junior)
    assert await holder(world, ticket_id) == (None if waits else junior)
