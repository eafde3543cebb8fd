"""A second line that is called when waits grow, takes next tickets only, keeps people for its own work, and leaves."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.errors import TeamNotFound
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM, EventRow
from domain.kit.outbox import OutboxRow
from domain.seats.models import SeatKind
from domain.tickets import abilities, sweeping
from domain.tickets.decisions import RoutingDecision
from domain.tickets.models import Ticket, TicketState
from domain.tickets.overflow import episodes
from domain.tickets.overflow.lines import Cause, Line, Queueing
from domain.tickets.overflow.settings import queueings, set_queue
from tests.conftest import NOW, FoundShop
from tests.domain.tickets.test_replaying import all_made_again
from tests.domain.world import World
from tests.state import everything

MINUTE = timedelta(minutes=1)


async def second_line(world: World) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        team = await agents.create_team(session, key="second-line", name="Second line", by=SYSTEM, now=NOW)
    world.teams["second-line"] = team.id
    return team.id


def line(team_id: UUID, **changes: object) -> Line:
    told = {
        "enter_oldest": 10 * MINUTE,
        "leave_oldest": 2 * MINUTE,
        "enter_expected": None,
        "leave_expected": None,
        "dwell": 5 * MINUTE,
        "kept": 1,
    }
    return Line(team_id, **{**told, **changes})  # type: ignore[arg-type]


async def say(world: World, queueing: Queueing, *, now: datetime = NOW, team: str = "first-line") -> None:
    async with world.database.writing(world.tenant_id) as session:
        await set_queue(session, team_id=world.teams[team], queueing=queueing, by=SYSTEM, now=now)


async def sweep(world: World, now: datetime) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await sweeping.route_sweep(session, now=now)


async def told(world: World) -> list[tuple[Cause, int, int | None, int, timedelta | None]]:
    async with world.database.reading(world.tenant_id) as session:
        return [
            (each.cause, each.oldest, each.expected, each.moved, None if each.ended_at is None else each.ended_at - NOW)
            for each in reversed(await episodes.told(session, most=10))
        ]


async def owners(world: World) -> dict[UUID | None, int]:
    async with world.database.reading(world.tenant_id) as session:
        counted = select(Ticket.assignee_id, func.count().label("held")).group_by(Ticket.assignee_id)
        return {row.assignee_id: row.held for row in await session.execute(counted)}


async def test_it_is_called_when_the_oldest_waits_too_long_and_goes_back_by_itself(
    world: World, database: Database
) -> None:
    second = await second_line(world)
    own = await world.person(SeatKind.FULL, emails=1)
    helper, keeper = [await world.person(SeatKind.FULL, teams=["second-line"], emails=3) for _ in range(2)]
    await say(world, Queueing(lines=(line(second),)))
    for _ in range(6):
        await world.ticket()
    assert await sweep(world, NOW) == 1
    async with database.reading(world.tenant_id) as session:
        due = select(OutboxRow.due_at).where(OutboxRow.actor == "route_sweep", OutboxRow.due_at > NOW)
        assert await session.scalar(due) is None  # ten minutes are far: a regular sweep comes before
    assert await sweep(world, NOW + 10 * MINUTE - timedelta(seconds=20)) == 0
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(due) == NOW + 10 * MINUTE
    assert await sweep(world, NOW + 10 * MINUTE) == 3
    assert await owners(world) == {own.agent_id: 1, helper.agent_id: 3, None: 2}  # the keeper stays
    assert await told(world) == [(Cause.OLDEST, 600, 1800, 3, None)]  # five mails of six minutes, one agent
    async with database.reading(world.tenant_id) as session:
        lent = select(RoutingDecision.agent_id).where(RoutingDecision.detail["line"].astext == str(second))
        assert set(await session.scalars(lent)) == {helper.agent_id}
        kept = select(RoutingDecision.detail["excluded"]).where(RoutingDecision.agent_id.is_(None))
        waits = (await session.scalars(kept.order_by(RoutingDecision.at.desc()).limit(1))).one()
    assert waits == {"FULL_HANDS": 2, "KEPT_FOR_OWN_WORK": 1}  # other rules than when they began to wait
    async with database.writing(world.tenant_id) as session:
        await abilities.set_capacities(
            session, agent_id=own.agent_id, capacities={Channel.EMAIL: 10}, by=SYSTEM, now=NOW
        )  # the first line has room again
    assert await sweep(world, NOW + 11 * MINUTE) == 2
    assert await told(world) == [(Cause.OLDEST, 600, 1800, 3, None)]  # it dwells, and nothing moves back
    assert await sweep(world, NOW + 15 * MINUTE) == 0
    assert await told(world) == [(Cause.OLDEST, 600, 1800, 3, 15 * MINUTE)]
    assert await owners(world) == {own.agent_id: 3, helper.agent_id: 3}
    async with database.reading(world.tenant_id) as session:
        names = select(EventRow.name, EventRow.data).where(EventRow.aggregate == "overflow_episode")
        written = {row.name: row.data for row in await session.execute(names)}
    assert written["OverflowBegan"]["cause"] == "OLDEST"
    assert written["OverflowEnded"] == {
        "team_id": str(world.teams["first-line"]),
        "line_id": str(second),
        "moved": 3,
    }
    assert await all_made_again(world) == 6 + 5 + 2  # two stayed for other rules the second time
    assert keeper.agent_id not in await owners(world)


async def test_its_own_work_is_not_taken_by_who_is_lent_and_the_floor_holds_over_sweeps(world: World) -> None:
    second = await second_line(world)
    people = [await world.person(SeatKind.FULL, teams=["second-line"], emails=2) for _ in range(3)]
    await say(world, Queueing(lines=(line(second, kept=2),)))
    for _ in range(9):
        await world.ticket()
    assert await sweep(world, NOW + 10 * MINUTE) == 2
    for minutes in (11, 12, 30):
        assert await sweep(world, NOW + minutes * MINUTE) == 0
    taken = await owners(world)
    assert len([agent_id for agent_id in taken if agent_id is not None]) == 1
    assert taken[None] == 7
    assert {each.agent_id for each in people} > {agent_id for agent_id in taken if agent_id is not None}


async def test_a_light_agent_of_the_line_is_lent_nothing_that_needs_the_customer(world: World) -> None:
    second = await second_line(world)
    for _ in range(2):
        await world.person(SeatKind.LIGHT, teams=["second-line"])
    await say(world, Queueing(lines=(line(second, kept=0),)))
    await world.ticket()
    assert await sweep(world, NOW + 60 * MINUTE) == 0
    assert await told(world) == []


async def test_a_wait_that_swings_does_not_call_the_line_back_and_forth(world: World) -> None:
    second = await second_line(world)
    helper = await world.person(SeatKind.FULL, teams=["second-line"], emails=50)
    await world.person(SeatKind.FULL, teams=["second-line"], emails=50)
    await say(world, Queueing(lines=(line(second, dwell=20 * MINUTE),)))
    for minute in range(111):
        now = NOW + minute * MINUTE
        if minute % 10 == 0:
            await world.ticket(now=now)
        await sweep(world, now)
    assert [(moved, end) for *_, moved, end in await told(world)] == [
        (3, 30 * MINUTE),
        (4, 70 * MINUTE),
        (4, 110 * MINUTE),
    ]
    assert (await owners(world)).keys() <= {helper.agent_id, None}


async def test_a_queue_rests_its_tickets_and_asks_for_skills_no_more_after_a_while(
    world: World, database: Database
) -> None:
    unskilled = await world.person(SeatKind.LIGHT, teams=["accounting"])
    await say(world, Queueing(delay=timedelta(seconds=20), relax=timedelta(seconds=45)), team="accounting")
    ticket_id = await world.ticket("payment")
    for seconds, due in ((0, 20), (20, 45), (44, 45)):
        assert await sweep(world, NOW + timedelta(seconds=seconds)) == 0
        async with database.reading(world.tenant_id) as session:
            waits = select(OutboxRow.due_at).where(OutboxRow.actor == "route_sweep").order_by(OutboxRow.due_at.desc())
            assert await session.scalar(waits) == NOW + timedelta(seconds=due)
    assert await sweep(world, NOW + timedelta(seconds=45)) == 1
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        assert (ticket.state, ticket.assignee_id) == (TicketState.ASSIGNED, unskilled.agent_id)
    assert await all_made_again(world) == 2


async def test_the_priority_of_a_queue_comes_on_top_of_its_tickets(world: World) -> None:
    both = await world.person(SeatKind.FULL, teams=["first-line", "accounting"], skills=["payments"], emails=1)
    await say(world, Queueing(priority=3), team="accounting")
    await world.ticket("delivery", priority=2)
    payment = await world.ticket("payment", now=NOW + MINUTE)
    assert await sweep(world, NOW + MINUTE) == 1
    async with world.database.reading(world.tenant_id) as session:
        assert (await session.get_one(Ticket, (world.tenant_id, payment))).assignee_id == both.agent_id


async def test_what_is_said_is_kept_and_said_again_changes_nothing(world: World, database: Database) -> None:
    second = await second_line(world)
    said = Queueing(2, MINUTE, 10 * MINUTE, (line(second, enter_expected=9 * MINUTE, leave_expected=MINUTE),))
    await say(world, said)
    async with database.reading(world.tenant_id) as session:
        assert await queueings(session) == {world.teams["first-line"]: said}
    before = await everything(database, world.tenant_id)
    await say(world, said)
    assert await everything(database, world.tenant_id) == before
    await say(world, Queueing())
    async with database.reading(world.tenant_id) as session:
        assert await queueings(session) == {}


async def test_a_line_that_is_named_no_more_stops_at_once(world: World) -> None:
    second = await second_line(world)
    for _ in range(2):
        await world.person(SeatKind.FULL, teams=["second-line"], emails=1)
    await say(world, Queueing(lines=(line(second),)))
    for _ in range(2):
        await world.ticket()
    assert await sweep(world, NOW + 10 * MINUTE) == 1
    await say(world, Queueing(priority=1), now=NOW + 11 * MINUTE)
    assert await told(world) == [(Cause.OLDEST, 600, None, 1, 11 * MINUTE)]
    assert await sweep(world, NOW + 12 * MINUTE) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enter_oldest": None, "leave_oldest": None}, "lines.0.enterOldestSeconds"),
        ({"leave_oldest": None}, "lines.0.leaveOldestSeconds"),
        ({"leave_oldest": 11 * MINUTE}, "lines.0.leaveOldestSeconds"),
        ({"enter_expected": MINUTE}, "lines.0.leaveExpectedSeconds"),
        ({"dwell": timedelta(days=8)}, "lines.0.dwellSeconds"),
        ({"kept": -1}, "lines.0.kept"),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_its_place(
    world: World, database: Database, changes: dict[str, object], field: str
) -> None:
    second = await second_line(world)
    before = await everything(database, world.tenant_id)
    with pytest.raises(InvalidInput) as refused:
        await say(world, Queueing(lines=(line(second, **changes),)))
    assert refused.value.field == field
    assert await everything(database, world.tenant_id) == before


async def test_a_queue_is_helped_by_other_teams_of_the_same_shop(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    other = await World.found(database, await found_shop())
    for team_id, error in ((other.teams["accounting"], TeamNotFound), (world.teams["first-line"], InvalidInput)):
        with pytest.raises(error):
            await say(world, Queueing(lines=(line(team_id),)))
    twice = (line(world.teams["accounting"]), line(world.teams["accounting"]))
    with pytest.raises(InvalidInput):
        await say(world, Queueing(lines=twice))
    await say(world, Queueing(lines=(line(world.teams["accounting"]),)))
    async with database.reading(other.tenant_id) as session:
        assert await queueings(session) == {}
