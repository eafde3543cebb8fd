"""Day passes as the API sells, takes back, gives out and tells of them."""

from typing import Any

from api.context import Caller, RequestContext
from api.graphql import ids
from api.graphql.schema import schema
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.seats import passes
from domain.seats.models import SeatKind
from domain.seats.rights import standing_of_client, standing_of_member
from domain.tenants.permissions import CLIENT_SCOPES
from tests.api.graphql.conftest import execute
from tests.conftest import NOW, Shop
from tests.domain.world import World
from tests.state import everything

AT = "2026-11-02T09:00:00Z"

ADD = """mutation ($count: Int!) { dayPassesAdd(input: {kind: LIGHT, count: $count}) {
    ... on DayPassesAdded { entry { kind count balance at actorKind actorId agent { id } day licence { id } } }
    ... on Failure { code message }
} }"""

REMOVE = """mutation ($count: Int!) { dayPassesRemove(input: {kind: LIGHT, count: $count}) {
    ... on DayPassesRemoved { entry { count balance } }
    ... on TooFewDayPasses { kind left asked message }
} }"""

SET = """mutation ($agent: ID!) { dayPassHolderSet(input: {agentId: $agent, kind: LIGHT}) {
    ... on DayPassHolderSet { holder { agent { id } kind addedAt addedBy { id } removedAt } }
    ... on Failure { code }
} }"""

UNSET = """mutation ($agent: ID!) { dayPassHolderRemove(input: {agentId: $agent}) {
    ... on DayPassHolderRemoved { holder { agent { id } removedAt } }
    ... on Failure { code }
} }"""

READ = """query ($agent: ID!) {
    dayPassBalances { kind left }
    dayPasses { totalCount edges { node { kind count balance agent { id } day licence { label } assignment { to } } } }
    theirs: dayPasses(filter: {agentId: $agent}) { totalCount }
    spent: dayPasses(filter: {spent: true, kind: [LIGHT]}, order: OLDEST_FIRST) { totalCount }
    full: dayPasses(filter: {kind: [FULL]}) { totalCount }
    early: dayPasses(filter: {at: {to: "2026-11-02T09:00:00Z"}}) { totalCount }
    dayPassHolders(filter: {removed: false}) { edges { node { agent { id } kind } } }
}"""


async def ask(world: World, caller: Actor, document: str, **variables: Any) -> dict[str, Any]:
    assert caller.id is not None
    async with world.database.reading(world.tenant_id) as session:
        if caller.kind is ActorKind.CLIENT:
            standing = await standing_of_client(session, client_id=caller.id, scopes=CLIENT_SCOPES)
        else:
            standing = await standing_of_member(session, member_id=caller.id, now=NOW)
    assert standing is not None
    context = RequestContext(
        database=world.database,
        caller=Caller(tenant_id=world.tenant_id, actor=caller, standing=standing, scopes=CLIENT_SCOPES),
        now=NOW,
        trace_id="",
        language=Language.EN,
    )
    answer = await execute(schema(), query=document, variables=variables, context=context)
    assert "errors" not in answer, answer["errors"]
    data: dict[str, Any] = answer["data"]
    return data


async def test_passes_are_added_held_spent_taken_back_and_told_of(database: Database, shop: Shop) -> None:
    world = await World.found(database, shop)
    admin = Actor(ActorKind.MEMBER, (await world.seatless(role=Role.ADMIN)).member_id)
    assert admin.id is not None
    member, helper = ids.spell("member", admin.id), await world.seatless()
    agent = ids.spell("agent", helper.id)
    assert await ask(world, admin, ADD, count=3) == {
        "dayPassesAdd": {
            "entry": {
                "kind": "LIGHT",
                "count": 3,
                "balance": 3,
                "at": AT,
                "actorKind": "MEMBER",
                "actorId": member,
                "agent": None,
                "day": None,
                "licence": None,
            }
        }
    }
    holder = {"agent": {"id": agent}, "kind": "LIGHT", "addedAt": AT, "addedBy": {"id": member}, "removedAt": None}
    assert await ask(world, admin, SET, agent=agent) == {"dayPassHolderSet": {"holder": holder}}
    async with database.writing(shop.tenant_id) as session:
        found = await passes.lock_seatless_holder(session, member_id=helper.member_id, now=NOW)
        assert found is not None
        await passes.spend(session, holder=found, by=Actor(ActorKind.MEMBER, helper.member_id), now=NOW)
    assert await ask(world, admin, REMOVE, count=1) == {"dayPassesRemove": {"entry": {"count": -1, "balance": 1}}}
    nobody = {"agent": None, "day": None, "licence": None, "assignment": None}
    assert await ask(world, admin, READ, agent=agent) == {
        "dayPassBalances": [{"kind": "FULL", "left": 0}, {"kind": "LIGHT", "left": 1}],
        "dayPasses": {
            "totalCount": 3,
            "edges": [
                {"node": {"kind": "LIGHT", "count": -1, "balance": 1, **nobody}},
                {
                    "node": {
                        "kind": "LIGHT",
                        "count": -1,
                        "balance": 2,
                        "agent": {"id": agent},
                        "day": "2026-11-02",
                        "licence": {"label": "Karnet dzienny"},
                        "assignment": {"to": "2026-11-02T23:00:00Z"},
                    }
                },
                {"node": {"kind": "LIGHT", "count": 3, "balance": 3, **nobody}},
            ],
        },
        "theirs": {"totalCount": 1},
        "spent": {"totalCount": 1},
        "full": {"totalCount": 0},
        "early": {"totalCount": 0},
        "dayPassHolders": {"edges": [{"node": {"agent": {"id": agent}, "kind": "LIGHT"}}]},
    }
    removed = {"agent": {"id": agent}, "removedAt": AT}
    assert await ask(world, admin, UNSET, agent=agent) == {"dayPassHolderRemove": {"holder": removed}}
    assert (await ask(world, admin, READ, agent=agent))["dayPassHolders"] == {"edges": []}


async def test_what_is_refused_is_said_and_changes_nothing(database: Database, shop: Shop) -> None:
    world = await World.found(database, shop)
    admin = Actor(ActorKind.MEMBER, (await world.seatless(role=Role.ADMIN)).member_id)
    light = (await world.person(SeatKind.LIGHT)).actor
    never = ids.spell("agent", (await world.seatless()).id)
    await ask(world, admin, ADD, count=1)
    before = await everything(database, shop.tenant_id)
    assert await ask(world, admin, REMOVE, count=2) == {
        "dayPassesRemove": {
            "kind": "LIGHT",
            "left": 1,
            "asked": 2,
            "message": "There are 1 light day passes left, so 2 cannot be taken back.",
        }
    }
    assert await ask(world, admin, ADD, count=1001) == {
        "dayPassesAdd": {"code": "INVALID_INPUT", "message": "count: must be 1 to 1,000"}
    }
    assert (await ask(world, light, ADD, count=1))["dayPassesAdd"]["code"] == "NOT_PERMITTED"
    assert (await ask(world, admin, UNSET, agent=never))["dayPassHolderRemove"] == {"code": "DAY_PASS_HOLDER_NOT_FOUND"}
    assert await everything(database, shop.tenant_id) == before
