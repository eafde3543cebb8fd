"""A telephone exchange at the API: it is told whom to connect, how long the line is, or which menu to play."""

from typing import Any
from uuid import UUID

import pytest

from api.graphql import ids
from domain.agents import operations as agents
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.seats.models import SeatKind
from domain.tenants import clients
from domain.tenants.permissions import Permission
from tests.api.graphql.test_passes import ask
from tests.conftest import NOW, FoundShop, Shop
from tests.domain.world import World
from tests.state import everything

ROUTE = """mutation ($call: CallRouteInput!) {
    callRoute(input: $call) {
        ... on CallRouted {
            answer agent { id name extension } wrongKey
            line { position expectedWaitSeconds nextShiftAt callBackOffered }
            menu { key promptPl otherwise { topic } choices { digit promptEn menu lead { topic teamId priority } } }
        }
        ... on Failure { code message path }
    }
}"""

BACK = """mutation ($call: CallBackRequestInput!) {
    callBackRequest(input: $call) {
        ... on CallBackRequested { answer line { position callBackOffered } call { state number missed } }
        ... on Failure { code message path }
    }
}"""

ANSWERED = """mutation ($call: CallAnsweredInput!) {
    callAnswered(input: $call) {
        ... on CallPickedUp {
            answer agent { id name extension } line { position } call { state connectedAt connectedTo { id } }
        }
        ... on Failure { code message }
    }
}"""

UNANSWERED = """mutation ($call: CallUnansweredInput!) {
    callUnanswered(input: $call) { ... on CallPassedOn { answer agent { id } } ... on Failure { code } }
}"""

ENDED = """mutation ($call: CallEndedInput!) {
    callEnded(input: $call) {
        ... on CallEnded { answer call { state outcome endedAt ticket { state channel workedAs assignee { id } } } }
        ... on Failure { code message }
    }
}"""

MENU = """mutation ($menu: IvrMenuSetInput!) {
    ivrMenuSet(input: $menu) { ... on IvrMenuWritten { menu { key } } ... on Failure { code message path } }
}"""

EXTENSION = """mutation ($agent: ID!, $extension: String) {
    agentSetExtension(input: {agentId: $agent, extension: $extension}) {
        ... on AgentExtensionSet { agent { extension } } ... on Failure { code path }
    }
}"""

UNKNOWN = ids.spell("agent", UUID(int=7))

NOTHING = {"agent": None, "line": None, "menu": None, "wrongKey": False}


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


@pytest.fixture
async def admin(world: World) -> Actor:
    return Actor(ActorKind.MEMBER, (await world.seatless(role=Role.ADMIN)).member_id)


@pytest.fixture
async def exchange(world: World, database: Database) -> Actor:
    scopes = {Permission.CALLS_ROUTE, Permission.TICKETS_READ, Permission.ORDERS_READ, Permission.PEOPLE_READ}
    async with database.writing(world.tenant_id) as session:
        client, _ = await clients.create_client(session, name="Exchange", scopes=scopes, by=SYSTEM, now=NOW)
    return Actor(ActorKind.CLIENT, client.id)


def delivery(id: str, **more: Any) -> dict[str, Any]:
    return {"externalId": id, "number": "+48 600 100 200", "topic": "delivery", **more}


async def test_an_exchange_hears_whose_a_call_is_and_says_when_it_is_over(
    world: World, exchange: Actor, admin: Actor
) -> None:
    anna = await world.person(SeatKind.FULL)
    agent = {"id": ids.spell("agent", anna.agent_id), "name": "Jan Nowak", "extension": "107"}
    assert await ask(world, admin, EXTENSION, agent=agent["id"], extension="1 07") == {
        "agentSetExtension": {"agent": {"extension": "107"}}
    }
    for _ in range(2):
        told = await ask(world, exchange, ROUTE, call=delivery("1"))
        assert told["callRoute"] == {**NOTHING, "answer": "AGENT", "agent": agent}
    told = await ask(world, exchange, ROUTE, call=delivery("2", number=None))
    line = {"position": 1, "expectedWaitSeconds": 360, "nextShiftAt": None, "callBackOffered": False}
    assert told["callRoute"] == {**NOTHING, "answer": "QUEUE", "line": line}
    told = await ask(world, exchange, ENDED, call={"externalId": "1", "outcome": "COMPLETED"})
    assert told["callEnded"] == {
        "answer": "OVER",
        "call": {
            "state": "ENDED",
            "outcome": "COMPLETED",
            "endedAt": "2026-11-02T09:00:00Z",
            "ticket": {
                "state": "ASSIGNED",
                "channel": "PHONE",
                "workedAs": "EMAIL",
                "assignee": {"id": agent["id"]},
            },
        },
    }
    told = await ask(world, exchange, ENDED, call={"externalId": "9", "outcome": "COMPLETED"})
    assert told["callEnded"] == {
        "code": "CALL_NOT_FOUND",
        "message": "There is no call “9”. Calls are made known by callRoute.",
    }


async def test_an_exchange_says_who_picked_up_and_hears_where_the_call_is(
    world: World, exchange: Actor, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    agent = {"id": ids.spell("agent", anna.agent_id), "name": "Jan Nowak", "extension": None}
    for id in ("1", "2"):
        await ask(world, exchange, ROUTE, call=delivery(id))
    picked_up = {"externalId": "1", "agentId": agent["id"]}
    for _ in range(2):
        told = await ask(world, exchange, ANSWERED, call=picked_up)
        assert told["callAnswered"] == {
            "answer": "AGENT",
            "agent": agent,
            "line": None,
            "call": {
                "state": "TALKING",
                "connectedAt": "2026-11-02T09:00:00Z",
                "connectedTo": {"id": agent["id"]},
            },
        }
    told = await ask(world, exchange, UNANSWERED, call=picked_up)
    assert told["callUnanswered"] == {"answer": "AGENT", "agent": {"id": agent["id"]}}
    before = await everything(database, world.tenant_id)
    told = await ask(world, exchange, ANSWERED, call={**picked_up, "externalId": "2"})
    assert told["callAnswered"] == {
        "answer": "QUEUE",
        "agent": None,
        "line": {"position": 1},
        "call": {"state": "WAITING", "connectedAt": None, "connectedTo": None},
    }
    for wrong, code in (({"externalId": "9"}, "CALL_NOT_FOUND"), ({"agentId": UNKNOWN}, "AGENT_NOT_FOUND")):
        told = await ask(world, exchange, ANSWERED, call={**picked_up, **wrong})
        assert told["callAnswered"]["code"] == code
    told = await ask(world, anna.actor, ANSWERED, call=picked_up)
    assert told["callAnswered"]["code"] == "NOT_PERMITTED"
    assert await everything(database, world.tenant_id) == before


async def test_when_nobody_is_at_work_a_caller_is_called_back_and_keeps_the_place(
    world: World, exchange: Actor
) -> None:
    told = await ask(world, exchange, ROUTE, call=delivery("1"))
    line = {"position": 1, "expectedWaitSeconds": None, "nextShiftAt": None, "callBackOffered": True}
    assert told["callRoute"] == {**NOTHING, "answer": "NOBODY_AT_WORK", "line": line}
    await ask(world, exchange, ROUTE, call=delivery("2", number="600100201"))
    told = await ask(world, exchange, BACK, call={"externalId": "1"})
    assert told["callBackRequest"] == {
        "answer": "CALL_BACK",
        "line": {"position": 1, "callBackOffered": False},
        "call": {"state": "CALL_BACK", "number": "+48600100200", "missed": False},
    }
    told = await ask(world, exchange, ENDED, call={"externalId": "2", "outcome": "ABANDONED"})
    assert (told["callEnded"]["answer"], told["callEnded"]["call"]["state"]) == ("CALL_BACK", "CALL_BACK")
    asked = """{
        calls(order: OLDEST_FIRST, filter: {ended: false}) { totalCount edges { node { externalId state missed } } }
        call(externalId: "2") { ticket { calls { totalCount } } }
    }"""
    assert await ask(world, exchange, asked) == {
        "calls": {
            "totalCount": 2,
            "edges": [
                {"node": {"externalId": "1", "state": "CALL_BACK", "missed": False}},
                {"node": {"externalId": "2", "state": "CALL_BACK", "missed": True}},
            ],
        },
        "call": {"ticket": {"calls": {"totalCount": 1}}},
    }


def menu(**more: Any) -> dict[str, Any]:
    said = {"promptEn": "Returns", "promptPl": "Zwroty"}
    choice = {**said, "digit": "1", "topic": "payment", "priority": 5}
    return {"key": "main", **said, "otherwise": {"topic": "delivery"}, "choices": [choice], **more}


async def test_keys_are_walked_and_menus_are_told(
    world: World, admin: Actor, exchange: Actor, database: Database, found_shop: FoundShop
) -> None:
    team = ids.spell("team", world.teams["first-line"])
    choices = menu()["choices"]
    assert await ask(world, admin, MENU, menu=menu(key="returns", otherwise={"topic": "payment", "teamId": team})) == {
        "ivrMenuSet": {"menu": {"key": "returns"}}
    }
    below = {"digit": "2", "promptEn": "Money", "promptPl": "Pieniądze", "menu": "returns"}
    await ask(world, admin, MENU, menu=menu(choices=[*choices, below]))
    told = await ask(world, exchange, ROUTE, call={"externalId": "1", "pressed": "7"})
    lead = {"topic": "payment", "teamId": None, "priority": 5}
    assert told["callRoute"] == {
        **NOTHING,
        "answer": "MENU",
        "wrongKey": True,
        "menu": {
            "key": "main",
            "promptPl": "Zwroty",
            "otherwise": {"topic": "delivery"},
            "choices": [
                {"digit": "1", "promptEn": "Returns", "menu": None, "lead": lead},
                {"digit": "2", "promptEn": "Money", "menu": "returns", "lead": None},
            ],
        },
    }
    told = await ask(world, exchange, ROUTE, call={"externalId": "1", "pressed": "2"})
    assert (told["callRoute"]["menu"]["key"], told["callRoute"]["wrongKey"]) == ("returns", False)
    told = await ask(world, exchange, ROUTE, call={"externalId": "1", "pressed": "21"})
    assert told["callRoute"]["answer"] == "NOBODY_AT_WORK"
    asked = '{ call(externalId: "1") { ticket { priority topic { key } } } ivrMenus { key otherwise { teamId } } }'
    assert await ask(world, exchange, asked) == {
        "call": {"ticket": {"priority": 5, "topic": {"key": "payment"}}},
        "ivrMenus": [
            {"key": "main", "otherwise": {"teamId": None}},
            {"key": "returns", "otherwise": {"teamId": team}},
        ],
    }
    other = await World.found(database, await found_shop())
    stranger = Actor(ActorKind.MEMBER, (await other.seatless(role=Role.ADMIN)).member_id)
    assert await ask(other, stranger, '{ ivrMenus { key } call(externalId: "1") { id } }') == {
        "ivrMenus": [],
        "call": None,
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"choices": [*menu()["choices"], *menu()["choices"]]}, ["choices", "1", "digit"]),
        ({"choices": [{**menu()["choices"][0], "topic": "nonsense"}]}, ["choices", "0", "topic"]),
        ({"choices": [{**menu()["choices"][0], "topic": None, "priority": 3}]}, ["choices", "0", "topic"]),
        ({"choices": [{**menu()["choices"][0], "menu": "main"}]}, ["choices", "0", "menu"]),
        ({"choices": [{"digit": "1", "promptEn": "A", "promptPl": "A", "menu": "main"}]}, ["choices", "0", "menu"]),
        ({"otherwise": {"topic": "nonsense"}}, ["otherwise", "topic"]),
        ({"promptPl": ""}, ["promptPl"]),
    ],
)
async def test_a_menu_is_refused_with_the_place_of_its_fault(
    world: World, admin: Actor, database: Database, change: dict[str, Any], path: list[str]
) -> None:
    before = await everything(database, world.tenant_id)
    told = await ask(world, admin, MENU, menu=menu(**change))
    assert (told["ivrMenuSet"]["code"], told["ivrMenuSet"]["path"]) == ("INVALID_INPUT", path)
    assert await everything(database, world.tenant_id) == before


async def test_refusals_say_where_and_change_nothing(world: World, exchange: Actor, database: Database) -> None:
    before = await everything(database, world.tenant_id)
    for call, code, path in (
        (delivery("1", number="anonymous"), "INVALID_INPUT", ["number"]),
        (delivery("1", pressed="1"), "INVALID_INPUT", ["pressed"]),
        (delivery(" "), "INVALID_INPUT", ["externalId"]),
        (delivery("1", topic="nonsense"), "TOPIC_NOT_FOUND", None),
        (delivery("1", orderExternalId="nothing"), "ORDER_NOT_FOUND", None),
        ({"externalId": "1", "pressed": "1"}, "IVR_MENU_NOT_FOUND", None),
    ):
        told = await ask(world, exchange, ROUTE, call=call)
        assert (told["callRoute"]["code"], told["callRoute"]["path"]) == (code, path)
    assert await everything(database, world.tenant_id) == before
    await ask(world, exchange, ROUTE, call=delivery("1", number=None))
    told = await ask(world, exchange, BACK, call={"externalId": "1"})
    assert (told["callBackRequest"]["code"], told["callBackRequest"]["path"]) == ("INVALID_INPUT", ["number"])


async def test_menus_and_extensions_are_not_an_agents_to_set(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    before = await everything(database, world.tenant_id)
    told = await ask(world, anna.actor, MENU, menu=menu())
    assert told["ivrMenuSet"]["code"] == "NOT_PERMITTED"
    told = await ask(world, anna.actor, EXTENSION, agent=ids.spell("agent", anna.agent_id), extension="1")
    assert told["agentSetExtension"]["code"] == "NOT_PERMITTED"
    assert await everything(database, world.tenant_id) == before


async def test_an_extension_is_taken_back_and_nonsense_is_refused(
    world: World, admin: Actor, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    agent = ids.spell("agent", anna.agent_id)
    async with database.writing(world.tenant_id) as session:
        await agents.set_extension(session, agent_id=anna.agent_id, extension="107", by=SYSTEM, now=NOW)
    assert await ask(world, admin, EXTENSION, agent=agent, extension="ext. 7") == {
        "agentSetExtension": {"code": "INVALID_INPUT", "path": ["extension"]}
    }
    for none in (" ", None):
        assert await ask(world, admin, EXTENSION, agent=agent, extension=none) == {
            "agentSetExtension": {"agent": {"extension": None}}
        }
