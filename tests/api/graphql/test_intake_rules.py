"""Intake rules through the API: writing, reading and trying them, what a bad condition says, and whose they are."""

from typing import Any
from uuid import UUID

import pytest

from api.graphql import ids
from api.graphql.limits import LIMITS
from api.graphql.schema import Schema, schema
from domain.agents.roles import Role, permitted
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.tenants.permissions import CLIENT_SCOPES, Permission
from domain.tickets.intake.variables import VARIABLES
from tests.api.graphql.conftest import Asker
from tests.conftest import NOW, CountStatements, FoundShop
from tests.domain.tickets.intake.shop import opened, order, rule, skill
from tests.domain.world import World
from tests.state import everything

TWICE = new_id()
NEITHER: dict[str, Any] = {"fromTeam": None, "toTeam": None, "fromSkills": [], "toSkills": []}
PAYMENTS = {"skill": {"key": "payments"}, "level": 1}
AT = NOW.isoformat().replace("+00:00", "Z")

CREATE = """mutation ($input: IntakeRuleCreateInput!) { intakeRuleCreate(input: $input) {
    __typename
    ... on IntakeRuleCreated { rule { ...Rule } }
    ... on ConditionRefused { code message position { line column } problem near }
    ... on Failure { code message path }
} }
fragment Rule on IntakeRule { name position archivedAt current {
    number condition team { key } priority skills { skill { key } level } language needsContact tags stops
    at actorKind actorId
} }"""

UPDATE = """mutation ($input: IntakeRuleUpdateInput!) { intakeRuleUpdate(input: $input) {
    ... on IntakeRuleUpdated { rule { current { number condition priority }
        versions { edges { node { number condition } } } } }
    ... on Failure { code path }
} }"""

REORDER = """mutation ($ids: [ID!]!) { intakeRulesReorder(input: {ruleIds: $ids}) {
    ... on IntakeRulesReordered { rules { name position } }
    ... on Failure { code }
} }"""

ARCHIVE = """mutation ($id: ID!) { intakeRuleArchive(input: {ruleId: $id}) {
    ... on IntakeRuleArchived { rule { position archivedAt } }
    ... on Failure { code }
} }"""

LIST = """query ($archived: Boolean) { intakeRules(filter: {archived: $archived}) { totalCount edges { node {
    name position current { number failures(first: 5) { totalCount edges { node { why detail ticket { number } } } } }
    versions(first: 5) { totalCount edges { node { number condition } } }
} } } }"""

DRY_RUN = """query ($condition: String!, $effects: IntakeEffectsInput!, $last: Int!, $rule: ID) {
    ruleDryRun(condition: $condition, effects: $effects, last: $last, ruleId: $rule) {
        lookedAt matched milliseconds details
        changes { field from to fromTeam { key } toTeam { key } fromSkills { ...Level } toSkills { ...Level } tickets }
        failures { why tickets }
        tickets { ticket { number } before { ...Asked } after { ...Asked } }
    }
}
fragment Asked on IntakeAsked { team { key } priority skills { ...Level } language needsContact tags }
fragment Level on IntakeSkill { skill { key } level }"""

TICKETS = """query ($tags: [String!]) { tickets(first: 5, filter: {tag: $tags}) { totalCount edges { node {
    number priority tags { totalCount edges { node { tag at ticket { number } } } }
    intake { acts before at } intakeFailures { edges { node { why version { rule { name } } } } }
} } } }"""


@pytest.fixture
async def world(database: Database, found_shop: FoundShop) -> World:
    return await World.found(database, await found_shop())


@pytest.fixture
async def admin(world: World) -> Asker:
    member = await world.seatless(role=Role.ADMIN)
    return Asker(schema(), world.database, world.tenant_id, permitted(Role.ADMIN, seated=False), member.member_id)


def spelled(kind: str, id: UUID) -> str:
    return ids.spell(kind, id)


def effects(world: World, **others: Any) -> dict[str, Any]:
    return {"teamId": spelled("team", world.teams["accounting"]), "priority": 7, **others}


async def test_a_rule_is_added_said_anew_moved_and_put_away(world: World, admin: Asker) -> None:
    skills = [
        {"skillId": spelled("skill", world.skills["payments"])},
        {"skillId": spelled("skill", await skill(world, "other")), "level": 4},
    ]
    said = effects(world, skills=skills, language="DE", needsContact=False, tags=["Zwrot"], stop=True)
    one = await admin.data(CREATE, input={"name": "Zwroty", "condition": "order.present", "effects": said})
    assert one["intakeRuleCreate"] == {
        "__typename": "IntakeRuleCreated",
        "rule": {
            "name": "Zwroty",
            "position": 1,
            "archivedAt": None,
            "current": {
                "number": 1,
                "condition": "order.present",
                "team": {"key": "accounting"},
                "priority": 7,
                "skills": [{"skill": {"key": "other"}, "level": 4}, {"skill": {"key": "payments"}, "level": 1}],
                "language": "de",
                "needsContact": False,
                "tags": ["zwrot"],
                "stops": True,
                "at": AT,
                "actorKind": "MEMBER",
                "actorId": spelled("member", admin.standing.actor.id or new_id()),
            },
        },
    }
    await admin.data(CREATE, input={"name": "Inne", "condition": "true", "effects": {"priority": 1}})
    listed = await admin.data("{ intakeRules { edges { node { id name } } } }")
    first, second = [edge["node"]["id"] for edge in listed["intakeRules"]["edges"]]
    changed = await admin.data(
        UPDATE, input={"ruleId": first, "condition": "order.total > 100", "effects": {"priority": 8}}
    )
    assert changed["intakeRuleUpdate"]["rule"] == {
        "current": {"number": 2, "condition": "order.total > 100", "priority": 8},
        "versions": {
            "edges": [
                {"node": {"number": 2, "condition": "order.total > 100"}},
                {"node": {"number": 1, "condition": "order.present"}},
            ]
        },
    }
    moved = await admin.data(REORDER, ids=[second, first])
    assert moved["intakeRulesReorder"]["rules"] == [{"name": "Inne", "position": 1}, {"name": "Zwroty", "position": 2}]
    assert (await admin.data(REORDER, ids=[second]))["intakeRulesReorder"] == {"code": "INTAKE_ORDER_INCOMPLETE"}
    gone = await admin.data(ARCHIVE, id=second)
    assert gone["intakeRuleArchive"]["rule"] == {"position": None, "archivedAt": AT}
    left = await admin.data("{ intakeRules { edges { node { name position } } } }")
    assert [edge["node"] for edge in left["intakeRules"]["edges"]] == [
        {"name": "Zwroty", "position": 1},
        {"name": "Inne", "position": None},
    ]
    in_force = await admin.data(LIST, archived=False)
    assert [edge["node"]["name"] for edge in in_force["intakeRules"]["edges"]] == ["Zwroty"]
    late = await admin.data(UPDATE, input={"ruleId": second, "condition": "true", "effects": {"priority": 8}})
    assert late["intakeRuleUpdate"] == {"code": "INTAKE_RULE_IS_ARCHIVED", "path": None}


@pytest.mark.parametrize(
    ("language", "message"),
    [
        (Language.EN, "Line 2, column 3: there is no “ticket.chanel” that conditions could use."),
        (Language.PL, "Wiersz 2, kolumna 3: nie ma „ticket.chanel”, czego warunki mogłyby użyć."),
    ],
)
async def test_a_bad_condition_says_where_it_is_bad_in_the_callers_language(
    world: World, admin: Asker, language: Language, message: str
) -> None:
    admin.language = language
    condition = "ticket.hour > 8 &&\n  ticket.chanel == 'EMAIL'"
    refused = await admin.data(CREATE, input={"name": "x", "condition": condition, "effects": {"priority": 1}})
    assert refused["intakeRuleCreate"] == {
        "__typename": "ConditionRefused",
        "code": "CONDITION_REFUSED",
        "message": message,
        "path": None,
        "position": {"line": 2, "column": 3},
        "problem": "UNKNOWN_NAME",
        "near": "ticket.chanel",
    }
    tried = await admin.ask(DRY_RUN, condition=condition, effects={"priority": 1}, last=10)
    assert tried["data"] == {"ruleDryRun": None}
    assert (tried["errors"][0]["message"], tried["errors"][0]["extensions"]) == (
        message,
        {
            "code": "CONDITION_REFUSED",
            "problem": "UNKNOWN_NAME",
            "position": {"line": 2, "column": 3},
            "near": "ticket.chanel",
        },
    )
    assert (await admin.data(LIST, archived=None))["intakeRules"]["totalCount"] == 0


async def test_a_refused_condition_is_replayed_as_it_was(world: World, admin: Asker) -> None:
    admin.idempotency_key = "once"
    input = {"name": "x", "condition": "order.total", "effects": {"priority": 1}}
    first = await admin.data(CREATE, input=input)
    assert first["intakeRuleCreate"]["problem"] == "NO_YES_OR_NO"
    assert await admin.data(CREATE, input=input) == first


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"effects": {}}, "INVALID_INPUT", ["effects"]),
        ({"effects": {"priority": 10}}, "INVALID_INPUT", ["effects", "priority"]),
        ({"effects": {"tags": ["a", "b,c"]}}, "INVALID_INPUT", ["effects", "tags", "1"]),
        ({"effects": {"teamId": spelled("team", new_id())}}, "TEAM_NOT_FOUND", None),
        ({"effects": {"skills": [{"skillId": spelled("team", new_id())}]}}, "SKILL_NOT_FOUND", None),
        (
            {"effects": {"skills": [{"skillId": spelled("skill", TWICE)}] * 2}},
            "INVALID_INPUT",
            ["effects", "skills", "1", "skillId"],
        ),
        ({"effects": {"skills": [{"skillId": "x", "level": 6}]}}, "INVALID_INPUT", ["effects", "skills"]),
        ({"effects": {"language": "polski"}}, "INVALID_INPUT", ["effects", "language"]),
        ({"condition": "  "}, "INVALID_INPUT", ["condition"]),
        ({"name": "  "}, "INVALID_INPUT", ["name"]),
    ],
)
async def test_what_is_no_rule_is_refused_by_name(
    world: World, admin: Asker, changes: dict[str, Any], code: str, path: list[str] | None
) -> None:
    input = {"name": "x", "condition": "true", "effects": {"priority": 1}, **changes}
    refused = (await admin.data(CREATE, input=input))["intakeRuleCreate"]
    assert (refused["code"], refused["path"]) == (code, path)


async def test_a_ticket_tells_what_rules_did_to_it_and_is_found_by_its_tags(world: World, admin: Asker) -> None:
    one = await rule(world, "ticket.channel == 'EMAIL'", priority=7, tags=("zwrot", "pilne"))
    await rule(world, "order.total > 0", name="Duże", priority=9)
    await opened(world)
    async with world.database.reading(world.tenant_id) as session:
        version = (await session.connection()).exec_driver_sql
        row = await version(f"SELECT id FROM intake_rule_version WHERE rule_id = '{one}'")
        version_id = row.scalar_one()
    found = await admin.data(TICKETS, tags=["ZWROT", "nic"])
    assert found["tickets"]["totalCount"] == 1
    ticket = found["tickets"]["edges"][0]["node"]
    assert ticket == {
        "number": 1,
        "priority": 7,
        "tags": {
            "totalCount": 2,
            "edges": [
                {"node": {"tag": "pilne", "at": AT, "ticket": {"number": 1}}},
                {"node": {"tag": "zwrot", "at": AT, "ticket": {"number": 1}}},
            ],
        },
        "intake": {
            "acts": [
                {
                    "versionId": spelled("intake_rule_version", version_id),
                    "sets": {"priority": 7},
                    "tags": ["zwrot", "pilne"],
                    "stopped": False,
                }
            ],
            "before": {
                "teamId": spelled("team", world.teams["first-line"]),
                "priority": 0,
                "skills": [],
                "language": None,
                "needsContact": True,
            },
            "at": AT,
        },
        "intakeFailures": {"edges": [{"node": {"why": "NO_VALUE", "version": {"rule": {"name": "Duże"}}}}]},
    }
    for tags, count in ((["nic"], 0), ([], 0), (None, 1)):
        assert (await admin.data(TICKETS, tags=tags))["tickets"]["totalCount"] == count
    rules = (await admin.data(LIST, archived=False))["intakeRules"]["edges"]
    assert [edge["node"]["current"]["failures"] for edge in rules] == [
        {"totalCount": 0, "edges": []},
        {"totalCount": 1, "edges": [{"node": {"why": "NO_VALUE", "detail": "order.total", "ticket": {"number": 1}}}]},
    ]


async def test_a_dry_run_shows_what_would_have_been_and_changes_nothing(world: World, admin: Asker) -> None:
    await opened(world)
    await opened(world, topic="payment", order_id=await order(world, total_amount=500))
    before = await everything(world.database, world.tenant_id)
    found = await admin.data(
        DRY_RUN, condition="order.total > 100", effects={**effects(world), "tags": ["drogie"]}, last=1000
    )
    run = found["ruleDryRun"]
    assert 0 <= run.pop("milliseconds") < 5_000
    assert sorted(run.pop("changes"), key=lambda change: str(change["field"])) == [
        {
            "field": "PRIORITY",
            "from": "0",
            "to": "7",
            **NEITHER,
            "tickets": 1,
        },
        {
            "field": "TAGS",
            "from": None,
            "to": "drogie",
            **NEITHER,
            "tickets": 1,
        },
    ]
    asked = {"team": {"key": "accounting"}, "skills": [PAYMENTS], "language": None, "needsContact": False}
    assert run == {
        "lookedAt": 2,
        "matched": 1,
        "details": ["order.total"],
        "failures": [{"why": "NO_VALUE", "tickets": 1}],
        "tickets": [
            {
                "ticket": {"number": 2},
                "before": {**asked, "priority": 0, "tags": []},
                "after": {**asked, "priority": 7, "tags": ["drogie"]},
            }
        ],
    }
    moved = await admin.data(DRY_RUN, condition="ticket.topic == 'delivery'", effects=effects(world), last=1000)
    assert {
        "field": "TEAM",
        "from": spelled("team", world.teams["first-line"]),
        "to": spelled("team", world.teams["accounting"]),
        "fromTeam": {"key": "first-line"},
        "toTeam": {"key": "accounting"},
        "fromSkills": [],
        "toSkills": [],
        "tickets": 1,
    } in moved["ruleDryRun"]["changes"]
    asking = {"skills": [{"skillId": spelled("skill", world.skills["payments"]), "level": 3}], "language": "uk"}
    asked_for = await admin.data(DRY_RUN, condition="ticket.topic == 'payment'", effects=asking, last=1000)
    changes = {change.pop("field"): change for change in asked_for["ruleDryRun"]["changes"]}
    payments = spelled("skill", world.skills["payments"])
    assert changes == {
        "SKILLS": {
            "from": f"{payments} 1",
            "to": f"{payments} 3",
            "fromTeam": None,
            "toTeam": None,
            "fromSkills": [PAYMENTS],
            "toSkills": [{**PAYMENTS, "level": 3}],
            "tickets": 1,
        },
        "LANGUAGE": {
            "from": None,
            "to": "uk",
            **NEITHER,
            "tickets": 1,
        },
    }
    (shown,) = asked_for["ruleDryRun"]["tickets"]
    assert (shown["after"]["skills"], shown["after"]["language"]) == ([{**PAYMENTS, "level": 3}], "uk")
    assert await everything(world.database, world.tenant_id) == before


async def test_a_dry_run_takes_a_few_statements_however_many_tickets(
    world: World, admin: Asker, statements: CountStatements
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(5):
            await opened(world, order_id=await order(world))
        with statements() as sent:
            await admin.data(DRY_RUN, condition="true", effects={"priority": 3}, last=1000)
        counts.append(len(sent))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("last", [0, 1_001])
async def test_a_dry_run_looks_at_a_thousand_tickets_at_most(world: World, admin: Asker, last: int) -> None:
    assert await admin.codes(DRY_RUN, condition="true", effects={"priority": 1}, last=last) == ["INVALID_INPUT"]


async def test_a_dry_run_in_the_place_of_a_rule_that_is_not_there_is_refused(
    world: World, admin: Asker, database: Database, found_shop: FoundShop
) -> None:
    other = await World.found(database, await found_shop())
    theirs = spelled("intake_rule", await rule(other, "true", priority=1))
    for id in (theirs, spelled("intake_rule", new_id()), "nonsense"):
        asked = {"condition": "true", "effects": {"priority": 1}, "last": 10, "rule": id}
        assert await admin.codes(DRY_RUN, **asked) == ["INTAKE_RULE_NOT_FOUND"]
    asked = {"condition": "true", "effects": {"teamId": spelled("team", other.teams["accounting"])}, "last": 10}
    assert await admin.codes(DRY_RUN, **asked) == ["TEAM_NOT_FOUND"]


async def test_a_dry_run_sees_the_callers_shop_alone(
    world: World, admin: Asker, database: Database, found_shop: FoundShop
) -> None:
    other = await World.found(database, await found_shop())
    await rule(other, "true", stops=True)
    await opened(other)
    found = (await admin.data(DRY_RUN, condition="true", effects={"priority": 1}, last=10))["ruleDryRun"]
    assert (found["lookedAt"], found["matched"]) == (0, 0)
    await opened(world)
    found = (await admin.data(DRY_RUN, condition="true", effects={"priority": 1}, last=10))["ruleDryRun"]
    assert (found["lookedAt"], found["matched"]) == (1, 1)


@pytest.mark.parametrize(
    "permissions", [permitted(Role.SUPERVISOR, seated=True), permitted(Role.AGENT, seated=True), CLIENT_SCOPES]
)
async def test_only_who_may_write_rules_may_try_them_and_all_who_see_tickets_may_read_them(
    world: World, queries: Schema, permissions: frozenset[Permission]
) -> None:
    await rule(world, "true", priority=1)
    asker = Asker(queries, world.database, world.tenant_id, permissions)
    assert await asker.codes(DRY_RUN, condition="true", effects={"priority": 1}, last=10) == ["NOT_PERMITTED"]
    assert (await asker.data(LIST, archived=False))["intakeRules"]["totalCount"] == 1
    blind = Asker(queries, world.database, world.tenant_id, frozenset({Permission.ORDERS_READ}))
    assert await blind.codes(LIST, archived=False) == ["NOT_PERMITTED"]


async def test_a_dry_run_costs_as_much_as_it_is(world: World, admin: Asker) -> None:
    one = 'ruleDryRun(condition: "true", effects: {priority: 1}) { matched }'
    affordable = LIMITS.cost // 5_000 - 1
    many = " ".join(f"r{index}: {one}" for index in range(affordable))
    assert len(await admin.data(f"{{ {many} }}")) == affordable
    too_many = " ".join(f"r{index}: {one}" for index in range(affordable + 2))
    assert await admin.codes(f"{{ {too_many} }}") == ["QUERY_TOO_COMPLEX"]


def test_the_schema_says_every_variable_that_conditions_can_use() -> None:
    version: Any = schema()._schema.type_map["IntakeRuleVersion"]
    told = version.fields["condition"].description
    assert [name for name in VARIABLES if f"`{name}`" not in told] == []
