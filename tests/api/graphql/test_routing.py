"""Why a ticket is where it is, asked through the API."""

from typing import Any

import pytest

from api.graphql import ids
from api.graphql.schema import Schema
from domain.agents.models import Presence
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission
from domain.tickets import sweeping
from tests.api.graphql.conftest import Asker
from tests.conftest import NOW, FoundShop, Shop
from tests.domain.world import World

WHY = """query ($id: ID!, $latest: Int! = 3) { ticketRoutingHistory(ticketId: $id, latest: $latest) {
    sentence decision { reason ticket { number } agent { id } }
    standings { agent { id } exclusion workMinutesPerHour sentence }
} }"""


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


@pytest.fixture
def asker(queries: Schema, database: Database, shop: Shop) -> Asker:
    return Asker(queries, database, shop.tenant_id)


async def sweep(world: World) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await sweeping.route_sweep(session, now=NOW)


async def history(asker: Asker, ticket: str, **variables: Any) -> Any:
    return (await asker.data(WHY, id=ticket, **variables))["ticketRoutingHistory"]


async def test_it_says_who_stood_where_when_the_tickets_turn_came(world: World, asker: Asker) -> None:
    away = await world.person(SeatKind.FULL, presence=Presence.AWAY)
    ticket = ids.spell("ticket", await world.ticket())
    assert await sweep(world) == 0
    anna = await world.person(SeatKind.FULL)
    assert await sweep(world) == 1
    given, waited = await history(asker, ticket)
    assert given == {
        "sentence": "Nobody else could have it.",
        "decision": {
            "reason": "ONLY_CANDIDATE",
            "ticket": {"number": 1},
            "agent": {"id": ids.spell("agent", anna.agent_id)},
        },
        "standings": [
            {
                "agent": {"id": ids.spell("agent", anna.agent_id)},
                "exclusion": None,
                "workMinutesPerHour": 0.0,
                "sentence": "0.0 min of work an hour",
            },
            {
                "agent": {"id": ids.spell("agent", away.agent_id)},
                "exclusion": "NOT_ONLINE",
                "workMinutesPerHour": 0.0,
                "sentence": "not at work",
            },
        ],
    }
    assert (waited["sentence"], waited["decision"]["agent"]) == ("Nobody could have it.", None)
    assert [each["exclusion"] for each in waited["standings"]] == ["NOT_ONLINE"]
    assert await history(asker, ticket, latest=1) == [given]


async def test_it_is_said_in_the_callers_language(world: World, asker: Asker) -> None:
    await world.person(SeatKind.LIGHT)
    ticket = ids.spell("ticket", await world.ticket())
    await sweep(world)
    asker.language = Language.PL
    [decision] = await history(asker, ticket)
    assert decision["sentence"] == "Nikt nie mógł go dostać."
    assert [each["sentence"] for each in decision["standings"]] == ["z lekką licencją"]


async def test_another_shops_ticket_is_not_there(
    world: World, asker: Asker, queries: Schema, database: Database, found_shop: FoundShop
) -> None:
    await world.person(SeatKind.FULL)
    ticket = ids.spell("ticket", await world.ticket())
    await sweep(world)
    neighbour = Asker(queries, database, (await found_shop()).tenant_id)
    assert await history(neighbour, ticket) is None
    assert await history(asker, ids.spell("ticket", new_id())) is None
    assert await history(asker, "no id at all") is None


async def test_it_takes_the_right_to_read_tickets_and_a_number_of_decisions_that_can_be_told(
    world: World, queries: Schema, database: Database, asker: Asker
) -> None:
    ticket = ids.spell("ticket", await world.ticket())
    stranger = Asker(queries, database, world.tenant_id, frozenset({Permission.ORDERS_READ}))
    assert await stranger.codes(WHY, id=ticket) == ["NOT_PERMITTED"]
    for latest in (0, 11):
        assert await asker.codes(WHY, id=ticket, latest=latest) == ["BAD_PAGE"]


FAIRNESS = """query ($day: Date!) { queueFairness(day: $day) {
    team { key } index shares { agent { id } tickets usualMinutes presentMinutes workMinutesPerHour }
} }"""


async def test_how_evenly_a_queue_was_given_is_a_number(
    world: World, asker: Asker, queries: Schema, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    await world.ticket()
    await sweep(world)
    day = str(NOW.date())
    assert (await asker.data(FAIRNESS, day=day))["queueFairness"] == [
        {
            "team": {"key": "first-line"},
            "index": 1.0,
            "shares": [
                {
                    "agent": {"id": ids.spell("agent", anna.agent_id)},
                    "tickets": 1,
                    "usualMinutes": 6,
                    "presentMinutes": 0.0,
                    "workMinutesPerHour": 24.0,
                }
            ],
        }
    ]
    stranger = Asker(queries, database, world.tenant_id, frozenset({Permission.TICKETS_READ}))
    assert await stranger.codes(FAIRNESS, day=day) == ["NOT_PERMITTED"]


async def test_another_shops_queues_are_not_told(
    world: World, queries: Schema, database: Database, found_shop: FoundShop
) -> None:
    await world.person(SeatKind.FULL)
    await world.ticket()
    await sweep(world)
    neighbour = Asker(queries, database, (await found_shop()).tenant_id)
    assert (await neighbour.data(FAIRNESS, day=str(NOW.date())))["queueFairness"] == []
