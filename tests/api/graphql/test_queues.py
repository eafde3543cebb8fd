"""How queues are served, and when lines helped out, as the API sets and tells it."""

from datetime import timedelta
from typing import Any

import pytest

from api.graphql import ids
from domain.agents import operations as agents
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.seats.models import SeatKind
from domain.tickets import sweeping
from tests.api.graphql.test_passes import ask
from tests.conftest import NOW, Shop
from tests.domain.world import World
from tests.state import everything

SET = """mutation ($input: QueueSettingsSetInput!) {
    queueSettingsSet(input: $input) {
        ... on QueueSettingsSet { setting { priority team { key } lines { team { key } kept dwellSeconds } } }
        ... on Failure { code message }
    }
}"""

TOLD = """{ queueSettings { team { key } priority delaySeconds relaxSkillsAfterSeconds lines {
    team { key } enterOldestSeconds leaveOldestSeconds enterExpectedSeconds leaveExpectedSeconds dwellSeconds kept
} } }"""

EPISODES = """query ($ended: Boolean) { overflowEpisodes(filter: {ended: $ended}) { edges { node {
    team { key } line { key } cause oldestSeconds expectedSeconds moved beganAt endedAt
} } } }"""


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    found = await World.found(database, shop)
    async with database.writing(shop.tenant_id) as session:
        team = await agents.create_team(session, key="second-line", name="Second line", by=SYSTEM, now=NOW)
    found.teams["second-line"] = team.id
    return found


@pytest.fixture
async def admin(world: World) -> Actor:
    return Actor(ActorKind.MEMBER, (await world.seatless(role=Role.ADMIN)).member_id)


def input(world: World, **changes: Any) -> dict[str, Any]:
    line = {"teamId": ids.spell("team", world.teams["second-line"]), "enterOldestSeconds": 600}
    line |= {"leaveOldestSeconds": 120, "dwellSeconds": 300, "kept": 0, **changes}
    return {"teamId": ids.spell("team", world.teams["first-line"]), "priority": 2, "lines": [line]}


async def test_a_queue_is_set_told_and_helped_out(world: World, admin: Actor, database: Database) -> None:
    told = await ask(world, admin, SET, input=input(world))
    assert told["queueSettingsSet"]["setting"] == {
        "priority": 2,
        "team": {"key": "first-line"},
        "lines": [{"team": {"key": "second-line"}, "kept": 0, "dwellSeconds": 300}],
    }
    assert (await ask(world, admin, TOLD))["queueSettings"] == [
        {
            "team": {"key": "first-line"},
            "priority": 2,
            "delaySeconds": 0,
            "relaxSkillsAfterSeconds": None,
            "lines": [
                {
                    "team": {"key": "second-line"},
                    "enterOldestSeconds": 600,
                    "leaveOldestSeconds": 120,
                    "enterExpectedSeconds": None,
                    "leaveExpectedSeconds": None,
                    "dwellSeconds": 300,
                    "kept": 0,
                }
            ],
        }
    ]
    await world.person(SeatKind.FULL, teams=["second-line"])
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        assert await sweeping.route_sweep(session, now=NOW + timedelta(minutes=10)) == 1
    [edge] = (await ask(world, admin, EPISODES))["overflowEpisodes"]["edges"]
    assert edge["node"] == {
        "team": {"key": "first-line"},
        "line": {"key": "second-line"},
        "cause": "OLDEST",
        "oldestSeconds": 600,
        "expectedSeconds": None,
        "moved": 1,
        "beganAt": "2026-11-02T09:10:00Z",
        "endedAt": None,
    }
    why = await ask(
        world,
        admin,
        "query ($id: ID!) { ticketRoutingHistory(ticketId: $id) { sentence } }",
        id=ids.spell("ticket", ticket_id),
    )
    assert why["ticketRoutingHistory"][0] == {"sentence": "Nobody else could have it. A further line helped out."}
    assert (await ask(world, admin, EPISODES, ended=True))["overflowEpisodes"]["edges"] == []


async def test_what_cannot_be_meant_is_named_by_its_place_and_changes_nothing(
    world: World, admin: Actor, database: Database
) -> None:
    before = await everything(database, world.tenant_id)
    for changes, problem in (
        ({"leaveOldestSeconds": 601}, "lines.0.leaveOldestSeconds: must not be longer than the wait it begins at"),
        ({"leaveOldestSeconds": None}, "lines.0.leaveOldestSeconds: say both or neither"),
        ({"enterOldestSeconds": 0}, "lines.0.enterOldestSeconds: must be from a second to a week"),
        ({"dwellSeconds": 2**31 - 1}, "lines.0.dwellSeconds: must be a week at most"),
        ({"kept": 1001}, "lines.0.kept: must be 0 to 1,000"),
        (
            {"teamId": ids.spell("team", world.teams["first-line"])},
            "lines.0.teamId: must be another team each time",
        ),
    ):
        told = await ask(world, admin, SET, input=input(world, **changes))
        assert told["queueSettingsSet"] == {"code": "INVALID_INPUT", "message": problem}
    unknown = await ask(world, admin, SET, input=input(world, teamId="team_none"))
    assert unknown["queueSettingsSet"]["code"] == "TEAM_NOT_FOUND"
    assert await everything(database, world.tenant_id) == before
