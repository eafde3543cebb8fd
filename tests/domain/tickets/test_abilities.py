"""What an agent can do, changed: who can take more is given what waits."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from domain.agents.channels import Channel
from domain.agents.errors import AgentNotFound, SkillNotFound, TeamNotFound
from domain.agents.levels import at_usual
from domain.kit.database import Database, TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from domain.seats.models import SeatKind
from domain.tickets import abilities, sweeping
from domain.tickets.models import Ticket
from tests.conftest import NOW, FoundShop
from tests.domain.world import World
from tests.state import everything, jobs_of

Change = Callable[[TenantSession, UUID], Awaitable[None]]


def teams(*team_ids: UUID) -> Change:
    return lambda session, agent_id: abilities.set_teams(
        session, agent_id=agent_id, team_ids=team_ids, by=SYSTEM, now=NOW
    )


def skills(*skill_ids: UUID) -> Change:
    return lambda session, agent_id: abilities.set_skills(
        session, agent_id=agent_id, skills=at_usual(skill_ids), by=SYSTEM, now=NOW
    )


def capacities(**items: int) -> Change:
    named = {Channel(channel): count for channel, count in items.items()}
    return lambda session, agent_id: abilities.set_capacities(
        session, agent_id=agent_id, capacities=named, by=SYSTEM, now=NOW
    )


def languages(*codes: str) -> Change:
    return lambda session, agent_id: abilities.set_languages(
        session, agent_id=agent_id, languages=codes, by=SYSTEM, now=NOW
    )


def senior(*, is_senior: bool) -> Change:
    return lambda session, agent_id: abilities.set_senior(
        session, agent_id=agent_id, senior=is_senior, by=SYSTEM, now=NOW
    )


async def sweeps(world: World) -> int:
    return [actor for actor, _ in await jobs_of(world.database, world.tenant_id)].count("route_sweep")


async def test_only_more_than_before_has_the_queues_looked_at_again(world: World, database: Database) -> None:
    agent = await world.seatless(teams=("first-line",), skills=(), emails=5)
    first, accounting, payments = world.teams["first-line"], world.teams["accounting"], world.skills["payments"]
    told = []
    for change in (
        teams(first),
        teams(),
        teams(accounting),
        skills(payments),
        skills(payments),
        skills(),
        capacities(EMAIL=4),
        capacities(),
        capacities(EMAIL=10),
        capacities(EMAIL=11),
        languages("pl"),
        languages("pl"),
        senior(is_senior=True),
        senior(is_senior=False),
    ):
        async with database.writing(world.tenant_id) as session:
            await session.execute(delete(OutboxRow))  # one that waits already would be enough
            await change(session, agent.id)
        told.append(await sweeps(world))
    assert told == [0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0]


async def test_who_learns_something_is_given_what_waited_for_it(world: World, database: Database) -> None:
    lena = await world.person(SeatKind.LIGHT, teams=("accounting",), skills=())
    ticket_id = await world.ticket("payment")
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW) == 0
    async with database.writing(world.tenant_id) as session:
        await skills(world.skills["payments"])(session, lena.agent_id)
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW) == 1
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(Ticket.assignee_id).where(Ticket.id == ticket_id)) == lena.agent_id


@pytest.mark.parametrize(
    "change",
    [teams(), skills(), capacities(EMAIL=5), languages(), senior(is_senior=False)],
    ids=["no teams", "no skills", "the same capacity", "no languages", "no senior"],
)
async def test_the_same_again_changes_nothing(world: World, database: Database, change: Change) -> None:
    agent = await world.seatless(teams=(), skills=(), emails=5)
    before = await everything(database, world.tenant_id)
    async with database.writing(world.tenant_id) as session:
        await change(session, agent.id)
    assert await everything(database, world.tenant_id) == before


async def test_what_is_not_there_or_too_much_is_refused_and_changes_nothing(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    there = await World.found(database, await found_shop())
    stranger, agent = await there.seatless(), await world.seatless()
    before = [await everything(database, shop.tenant_id) for shop in (world, there)]
    refused: list[tuple[Change, UUID, type[Exception]]] = [
        *(
            (change, stranger.id, AgentNotFound)
            for change in (teams(), skills(), capacities(), languages(), senior(is_senior=True))
        ),
        (teams(there.teams["first-line"]), agent.id, TeamNotFound),
        (skills(there.skills["payments"]), agent.id, SkillNotFound),
        (teams(*[new_id() for _ in range(101)]), agent.id, InvalidInput),
        (skills(*[new_id() for _ in range(101)]), agent.id, InvalidInput),
        (capacities(EMAIL=1001), agent.id, InvalidInput),
        (capacities(EMAIL=-1), agent.id, InvalidInput),
    ]
    for change, agent_id, error in refused:
        with pytest.raises(error):
            async with database.writing(world.tenant_id) as session:
                await change(session, agent_id)
    assert [await everything(database, shop.tenant_id) for shop in (world, there)] == before
