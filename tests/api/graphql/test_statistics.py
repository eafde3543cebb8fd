"""Statistics through the API: what they show, to whom, of whose shop, and at what price."""

from datetime import timedelta
from typing import Any

import pytest

from api.graphql import ids
from api.graphql.limits import LIMITS
from api.graphql.schema import Schema
from domain.agents.roles import Role, permitted
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.planning.statistics import StatisticsTooWide
from domain.tenants.permissions import CLIENT_SCOPES, Permission
from tests.api.graphql.conftest import Asker
from tests.conftest import NOW, CountStatements, FoundShop
from tests.domain.planning.test_statistics import a_morning
from tests.domain.world import World

DAY = {"from": "2026-11-02T10:00:00+01:00", "to": "2026-11-03T00:00:00Z"}
QUERY = """query ($from: DateTime!, $to: DateTime!, $by: StatisticsBy!) {
    statistics(from: $from, to: $to, groupBy: $by) {
        from to groupBy
        total { ...Figures }
        groups { key name seatKind agent { id name } team { id key } season { id } figures { ...Figures } }
    }
}
fragment Figures on StatisticsFigures {
    owned resolved reopened workMinutes
    firstReply { samples p50Seconds p90Seconds } resolution { samples p50Seconds p90Seconds }
}"""

NONE = {"samples": 0, "p50Seconds": None, "p90Seconds": None}
NOTHING = {
    "owned": 0, "resolved": 0, "reopened": 0, "workMinutes": 0.0, "firstReply": NONE, "resolution": NONE,
}  # fmt: skip
BOTH = {
    "owned": 3,
    "resolved": 2,
    "reopened": 1,
    "workMinutes": 80.0,
    "firstReply": {"samples": 1, "p50Seconds": 1_800.0, "p90Seconds": 1_800.0},
    "resolution": {"samples": 2, "p50Seconds": 7_350.0, "p90Seconds": 8_190.0},
}


@pytest.fixture
async def world(database: Database, found_shop: FoundShop) -> World:
    return await World.found(database, await found_shop())


def asker_of(schema: Schema, world: World, permissions: frozenset[Permission] = frozenset(Permission)) -> Asker:
    """Somebody there, the day after."""
    asker = Asker(schema, world.database, world.tenant_id, permissions)
    asker.now = NOW + timedelta(days=1)
    return asker


async def report(asker: Asker, by: str, **other: Any) -> Any:
    return (await asker.data(QUERY, **{**DAY, "by": by, **other}))["statistics"]


async def test_a_report_says_what_it_is_about_and_everybodys_figures(queries: Schema, world: World) -> None:
    await a_morning(world)
    found = await report(asker_of(queries, world), "SEASON")
    nobody = {"key": None, "name": None, "seatKind": None, "agent": None, "team": None, "season": None}
    assert found == {
        "from": "2026-11-02T09:00:00Z",
        "to": "2026-11-03T00:00:00Z",
        "groupBy": "SEASON",
        "total": BOTH,
        "groups": [{**nobody, "figures": BOTH}],
    }


async def test_groups_lead_to_whom_they_are_of(queries: Schema, world: World) -> None:
    anna, lena = await a_morning(world)
    asker = asker_of(queries, world)
    agents = (await report(asker, "AGENT"))["groups"]
    spelled = [ids.spell("agent", person.agent_id) for person in (anna, lena)]
    assert [(group["key"], group["agent"]["id"], group["team"]) for group in agents] == [
        (id, id, None) for id in spelled
    ]
    assert [group["name"] for group in agents] == ["Jan Nowak", "Jan Nowak"]
    [team] = (await report(asker, "TEAM"))["groups"]
    first_line = ids.spell("team", world.teams["first-line"])
    assert (team["key"], team["team"]) == (first_line, {"id": first_line, "key": "first-line"})
    kinds = (await report(asker, "SEAT_KIND"))["groups"]
    assert [(group["key"], group["seatKind"], group["name"]) for group in kinds] == [
        ("FULL", "FULL", None),
        ("LIGHT", "LIGHT", None),
    ]
    assert [group["figures"]["workMinutes"] for group in kinds] == [50.0, 30.0]


async def test_however_many_groups_there_are_what_they_lead_to_is_one_more_statement(
    queries: Schema, world: World, statements: CountStatements
) -> None:
    await a_morning(world)
    asker = asker_of(queries, world)
    with statements() as seen:
        assert len((await report(asker, "AGENT"))["groups"]) == 2
    assert len([statement for statement in seen if statement.startswith(("SELECT", "WITH"))]) == 3


async def test_another_shop_has_its_own(
    queries: Schema, world: World, database: Database, found_shop: FoundShop
) -> None:
    await a_morning(world)
    other = asker_of(queries, await World.found(database, await found_shop()))
    for by in ("AGENT", "TEAM", "SEAT_KIND", "SEASON"):
        found = await report(other, by)
        assert (found["total"], found["groups"]) == (NOTHING, [])


def test_whoever_leads_sees_them_and_agents_do_not() -> None:
    def see(*, seated: bool) -> list[Role]:
        return [role for role in Role if Permission.STATISTICS_READ in permitted(role, seated=seated)]

    assert see(seated=True) == [Role.OWNER, Role.ADMIN, Role.SUPERVISOR]
    assert see(seated=False) == [Role.OWNER, Role.ADMIN]
    assert Permission.STATISTICS_READ in CLIENT_SCOPES


async def test_a_name_takes_no_more_than_the_statistics_and_the_agent_behind_it_does(
    queries: Schema, world: World
) -> None:
    await a_morning(world)
    asker = asker_of(queries, world, frozenset({Permission.STATISTICS_READ}))
    answer = await asker.ask(QUERY.replace("team { id key } season { id }", ""), **DAY, by="AGENT")
    groups = answer["data"]["statistics"]["groups"]
    assert [(group["name"], group["agent"]) for group in groups] == [("Jan Nowak", None)] * 2
    assert [error["extensions"]["permission"] for error in answer["errors"]] == ["people:read"] * 2


@pytest.mark.parametrize(
    ("to", "message"),
    [
        (DAY["from"], "to: musi być późniejsze niż „from”"),
        ("2028-01-01T00:00:00Z", "to: musi być w ciągu 400 dni od „from”"),
    ],
)
async def test_a_time_that_is_none_or_too_long_is_refused(queries: Schema, world: World, to: str, message: str) -> None:
    asker = asker_of(queries, world)
    asker.language = Language.PL
    answer = await asker.ask(QUERY, **{**DAY, "to": to}, by="TEAM")
    assert answer["data"] == {"statistics": None}
    [error] = answer["errors"]
    assert (error["message"], error["extensions"]) == (message, {"code": "INVALID_INPUT"})


async def test_what_takes_too_long_to_count_is_refused(
    queries: Schema, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_wide(*_: object, **__: object) -> None:
        raise StatisticsTooWide

    monkeypatch.setattr("domain.planning.statistics.statistics", too_wide)
    assert await asker_of(queries, world).codes(QUERY, **DAY, by="TEAM") == ["STATISTICS_TOO_WIDE"]


async def test_few_of_them_can_be_asked_for_at_once(queries: Schema, world: World) -> None:
    asker = asker_of(queries, world)
    one = 'statistics(from: "2026-11-02T00:00:00Z", to: "2026-11-03T00:00:00Z", groupBy: TEAM) { total { owned } }'
    several = [f"{{ {' '.join(f'a{i}: {one}' for i in range(count))} }}" for count in (3, 4)]
    assert [await asker.codes(query) for query in several] == [[], ["QUERY_TOO_COMPLEX"]]
    assert LIMITS.cost == 20_000
