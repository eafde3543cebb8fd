"""Queries are read by plans: one statement a root field, made once for what is asked, whatever the values are."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from graphql import parse
from structlog.testing import capture_logs

from api.graphql import ids
from api.graphql.admission import COSTS, EACH, REMEMBERED, VARIANTS, Known, Memory
from api.graphql.reading import plans
from api.graphql.reading.planned import Reads
from api.graphql.reading.planner import MOST_PLANS
from api.graphql.schema import Schema
from api.graphql.variables import Inputs
from domain.kit.database import Database, engine_for
from domain.kit.straight import Prepared, Straight
from domain.tenants.permissions import Permission
from tests.api.graphql.conftest import Asker, execute
from tests.api.graphql.filled import Filled
from tests.conftest import CountStatements

PAGE = """query ($size: Int = 3) { tickets(first: $size) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id number
    customer { name orders(first: 1) { edges { node { number } } } } assignee { name member { email } }
    lastEntry { body } entries(first: 2) { totalCount edges { node { body author: authorMember { name } } } }
} } } }"""


async def read(asker: Asker, query: str, **variables: Any) -> tuple[dict[str, Any], Reads]:
    """The response, and how it was read."""
    context = asker.context()
    answer = await execute(asker.schema, query=query, variables=variables, context=context)
    return answer, context.kept[Reads]


async def by_reference(asker: Asker, query: str, **variables: Any) -> dict[str, Any]:
    return await execute(asker.schema, query=query, variables=variables, context=asker.context(), planned=False)


def selects(seen: list[str]) -> list[str]:
    return [statement for statement in seen if not statement.startswith("SET")]


async def test_a_page_with_its_relations_and_lists_is_one_statement_and_one_for_its_length(
    asker: Asker, statements: CountStatements
) -> None:
    with statements() as seen:
        answer, reads = await read(asker, PAGE)
    assert (len(selects(seen)), reads.answered, reads.fallbacks) == (2, 1, [])
    assert len(answer["data"]["tickets"]["edges"]) == 3
    assert answer == await by_reference(asker, PAGE)


async def test_several_root_fields_are_one_statement_each(asker: Asker, statements: CountStatements) -> None:
    query = (
        "{ a: ticket(number: 1) { number } b: orders { edges { node { number } } } __typename teams { totalCount } }"
    )
    with statements() as seen:
        answer, reads = await read(asker, query)
    assert (len(selects(seen)), reads.answered) == (4, 3)
    assert answer == await by_reference(asker, query)


async def test_documents_that_ask_for_the_same_share_a_plan(asker: Asker) -> None:
    await asker.data("{ tickets(first: 2, filter: {number: 1}) { edges { node { id number } } } }")
    known = len(asker.schema.planner._plans)
    for query in (
        "{ tickets(filter: {number: 2}, first: 2) { edges { node { id number } } } }",
        "query Named { tickets(first: 3, filter: {number: 77}) { edges { node { id } } edges { node { number } } } }",
        """{ ...Root } fragment Root on Query { tickets(first: 4, filter: {number: 3}) { ...Page } }
        fragment Page on TicketConnection { edges { node { ... on Node { id } ... on Ticket { number } } } }""",
    ):
        await asker.data(query)
    assert len(asker.schema.planner._plans) == known
    await asker.data("{ tickets(first: 2, filter: {number: 2}) { edges { node { number id } } } }")
    assert len(asker.schema.planner._plans) == known + 1


async def test_what_a_root_field_is_called_makes_no_plan_of_its_own(asker: Asker) -> None:
    await asker.data("{ tickets(first: 2) { edges { node { number subject } } } }")
    known = set(asker.schema.planner._plans)
    for name in ("a", "b", "t0"):
        answer = await asker.data(f"{{ {name}: tickets(first: 2) {{ edges {{ node {{ number subject }} }} }} }}")
        assert len(answer[name]["edges"]) == 2
    assert set(asker.schema.planner._plans) == known


@pytest.mark.parametrize("prefix", ["t", "c", "k", "p0_", "p1_", "known", "given"])
async def test_keys_like_the_names_in_our_statements_are_keys_like_any_others(asker: Asker, prefix: str) -> None:
    def called(selection: str) -> str:
        return " ".join(f"{prefix}{number}: {selection}" for number in range(9))

    for inner in ("body", "ticket { number }", "authorMember { name }"):
        entries = f"entries(first: 2) {{ edges {{ node {{ {called(inner)} }} }} }}"
        query = f"{{ tickets(first: 2) {{ edges {{ node {{ {entries} }} }} }} }}"
        answer, reads = await read(asker, query)
        assert (reads.answered, answer) == (1, await by_reference(asker, query))
    listed = called("edges { node { body } }")
    query = f"{{ tickets(first: 2) {{ edges {{ node {{ entries(first: 2) {{ {listed} }} }} }} }} }}"
    answer, reads = await read(asker, query)
    assert (reads.answered, answer) == (1, await by_reference(asker, query))


async def test_more_tables_than_postgresql_plans_quickly_are_left_to_the_executor(asker: Asker) -> None:
    def customers(count: int) -> str:
        relations = " ".join(f"c{number}: customer {{ name }}" for number in range(count))
        return f"{{ ticket(number: 1) {{ number {relations} }} }}"

    few, many = customers(plans.MOST_TABLES - 1), customers(plans.MOST_TABLES)
    answer, reads = await read(asker, few)
    assert (reads.answered, reads.fallbacks, answer) == (1, [], await by_reference(asker, few))
    answer, reads = await read(asker, many)
    assert (reads.answered, reads.fallbacks, answer) == (0, ["tables"], await by_reference(asker, many))


async def test_a_statement_that_postgresql_does_not_understand_is_answered_by_the_executor_and_told(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "{ ticket(number: 1) { number subject } }"
    await read(asker, query)
    [plan] = [plan for plan in asker.schema.planner._plans.values() if isinstance(plan, plans.Plan)][-1:]
    monkeypatch.setattr(plan.statement, "text", "SELECT nonsense")
    with capture_logs() as logged:
        answer, reads = await read(asker, query)
    assert (reads.fallbacks, answer) == (["statement"], await by_reference(asker, query))
    assert [entry["code"] for entry in logged if entry["event"] == "statement_refused"] == ["42703"]


async def test_one_text_has_an_outline_for_each_turn_of_its_directives(asker: Asker) -> None:
    query = (
        "query ($with: Boolean!) { teams { edges { node { key name @include(if: $with) ...A @skip(if: $with) } } } }"
    )
    query += " fragment A on Team { agents { totalCount } }"
    for turn in (True, False, True):
        answer, reads = await read(asker, query, **{"with": turn})
        assert (reads.answered, answer) == (1, await by_reference(asker, query, **{"with": turn}))
        [first, *_] = [edge["node"] for edge in answer["data"]["teams"]["edges"]]
        assert set(first) == ({"key", "name"} if turn else {"key", "agents"})


async def test_what_the_caller_may_not_see_is_null_with_an_error_at_every_place(asker: Asker) -> None:
    asker.standing = _only(asker, Permission.TICKETS_READ, Permission.PEOPLE_READ)
    answer, reads = await read(asker, PAGE)
    assert (reads.answered, reads.fallbacks) == (1, [])
    reference = await by_reference(asker, PAGE)
    assert answer["data"] == reference["data"]
    assert sorted(map(str, answer["errors"])) == sorted(map(str, reference["errors"]))
    paths = [error["path"] for error in answer["errors"]]
    assert paths == [["tickets", "edges", row, "node", "customer"] for row in range(3)]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"NOT_PERMITTED"}


async def test_plans_are_not_shared_by_callers_with_other_permissions(asker: Asker) -> None:
    full = await asker.ask(PAGE)
    narrow = Asker(asker.schema, asker.database, asker.tenant_id, frozenset({Permission.TICKETS_READ}))
    assert {edge["node"]["customer"] for edge in (await narrow.ask(PAGE))["data"]["tickets"]["edges"]} == {None}
    assert await asker.ask(PAGE) == full


async def test_another_shops_rows_are_not_found_by_any_plan(asker: Asker, neighbour: Asker, filled: Filled) -> None:
    theirs = ids.spell("ticket", filled.rows["ticket"][0].id)
    query = """query ($id: ID!) { node(id: $id) { ... on Ticket { number } } ticket(id: $id) { number }
        tickets { totalCount edges { node { number } } } agents { edges { node { name } } } }"""
    answer, reads = await read(neighbour, query, id=theirs)
    assert (reads.answered, reads.fallbacks) == (4, [])
    assert answer["data"]["node"] is answer["data"]["ticket"] is None
    assert answer["data"]["tickets"] == {"totalCount": 0, "edges": []}
    assert (await asker.data(query, id=theirs))["node"]["number"] == (await asker.data(query, id=theirs))["ticket"][
        "number"
    ]


async def test_anything_by_its_id_is_read_by_the_plan_of_its_type(asker: Asker, filled: Filled) -> None:
    query = """query ($id: ID!) {
        node(id: $id) { __typename id ... on Ticket { subject } ... on Order { total: totalAmount } } }"""
    for prefix in ("ticket", "order", "team"):
        id = ids.spell(prefix, filled.rows[prefix][0].id)
        answer, reads = await read(asker, query, id=id)
        assert (reads.answered, answer["data"]["node"]["id"]) == (1, id)
        assert answer == await by_reference(asker, query, id=id)
    for nothing in ("ticket_1", "", "pear_" + "0" * 32, ids.spell("ticket", ids.NOTHING)):
        assert await asker.data(query, id=nothing) == {"node": None}


async def test_json_is_read_wherever_it_stands(asker: Asker) -> None:
    query = """{ events(first: 2) { edges { node { data } } }
        tickets { edges { node { routingDecisions { edges { node { detail } } } } } } }"""
    answer, reads = await read(asker, query)
    assert (reads.answered, answer) == (2, await by_reference(asker, query))
    pages = [edge["node"]["routingDecisions"]["edges"] for edge in answer["data"]["tickets"]["edges"]]
    details = [edge["node"]["detail"] for page in pages for edge in page]
    assert details
    assert all(isinstance(detail, dict) for detail in details)


async def test_what_no_plan_reads_falls_to_the_executor_and_is_told(asker: Asker) -> None:
    answer, reads = await read(asker, "{ tickets(first: 1) { edges { node { entries(first: -1) { totalCount } } } } }")
    assert (reads.answered, reads.fallbacks) == (0, ["argument"])
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_PAGE"}


async def test_the_rest_of_an_operation_is_planned_beside_what_the_executor_resolves(
    asker: Asker, statements: CountStatements
) -> None:
    query = """{ viewer { kind tenant { name } } tickets(first: 1) { edges { node { customer { name } } } }
        __schema { __typename } }"""
    with statements() as seen:
        answer, reads = await read(asker, query)
    assert (len(selects(seen)), reads.answered, reads.fallbacks) == (2, 2, [])
    assert answer == await by_reference(asker, query)


async def test_a_list_of_the_executors_is_read_in_batches(
    asker: Asker, filled: Filled, statements: CountStatements
) -> None:
    wanted = [ids.spell("ticket", row.id) for row in filled.rows["ticket"][:3]]
    with statements() as seen:
        await read(asker, "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Ticket { team { name } } } }", ids=wanted)
    assert len(selects(seen)) == 2


@pytest.mark.parametrize(
    "error", [asyncpg.QueryCanceledError("statement timeout"), asyncpg.ConnectionDoesNotExistError("gone")]
)
async def test_a_database_that_fails_is_an_error_of_its_field_and_is_not_asked_twice(
    error: Exception, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Straight.rows
    asked: list[str] = []

    async def failing(self: Straight, prepared: Prepared, values: Any) -> Any:
        asked.append(prepared.text)
        if 'FROM "order"' in prepared.text:
            raise error
        return await whole(self, prepared, values)

    monkeypatch.setattr(Straight, "rows", failing)
    with capture_logs() as logs:
        answer = await asker.ask("{ orders { edges { node { id } } } ticket(number: 1) { number } }")
    assert answer["data"] == {"orders": None, "ticket": {"number": 1}}
    [told] = answer["errors"]
    assert (told["path"], told["locations"]) == (["orders"], [{"line": 1, "column": 3}])
    assert told["extensions"]["code"] == "INTERNAL"
    assert [log["exc_info"] for log in logs if log["event"] == "graphql.internal_error"] == [error]
    assert len(asked) == 2


async def test_a_plan_that_cannot_be_built_is_answered_by_the_executor(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(plans.Planning, "_object", broken)
    asker.schema.planner._plans.clear()
    with capture_logs() as logs:
        for _ in range(2):
            answer, reads = await read(asker, "{ ticket(number: 1) { number } }")
            assert (answer["data"], reads.fallbacks) == ({"ticket": {"number": 1}}, ["failed"])
    assert [log["event"] for log in logs] == ["plan_failed"]
    asker.schema.planner._plans.clear()


async def test_a_value_that_the_schema_does_not_allow_is_answered_by_the_executor(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    await asker.data("{ ticket(number: 1) { number } }")
    for plan in asker.schema.planner._plans.values():
        if isinstance(plan, plans.Plan):
            monkeypatch.setitem(plan.__dict__, "build", broken)
    answer, reads = await read(asker, "{ ticket(number: 1) { number } }")
    assert (answer["data"], reads.answered) == ({"ticket": {"number": 1}}, 0)
    assert set(reads.fallbacks) == {"unwritable"}


async def test_plans_are_bounded_and_those_used_last_are_kept(queries: Schema, asker: Asker) -> None:
    first = "{ teams { edges { node { key } } } }"
    await asker.data(first)
    kept = next(reversed(queries.planner._plans))
    for number in range(MOST_PLANS + 5):
        if number % 50 == 0:
            await asker.data(first)
        await asker.data(f"{{ teams {{ edges {{ node {{ a{number}: key }} }} }} }}")
    assert len(queries.planner._plans) == MOST_PLANS
    assert kept in queries.planner._plans


async def test_what_is_remembered_of_a_text_is_bounded(asker: Asker) -> None:
    turning = " ".join(f"t{i}: key @include(if: $v{i})" for i in range(6))
    given = ", ".join(f"$v{i}: Boolean!" for i in range(6))
    query = f"query ({given}, $size: Int) {{ teams(first: $size) {{ edges {{ node {{ id {turning} }} }} }} }}"
    for number in range(100):
        turns = {f"v{i}": bool(number >> i & 1) for i in range(6)}
        await asker.data(query, size=number, **turns, unused=list(range(number)))
    known: Known = asker.schema.memory.known(query)
    assert len(known._drawn) == VARIANTS
    assert len(known._allowed) == COSTS


async def test_a_key_of_idempotency_is_nothing_that_an_outline_depends_on(asker: Asker) -> None:
    query = "query ($key: String!) { ticket(number: 1) @tag(key: $key) { number } }"
    known = Known(asker.schema._schema, parse(query), Inputs(asker.schema._schema))
    assert known._turns({"key": "one"}) == known._turns({"key": "other"}) == ()


async def test_a_text_that_is_not_valid_is_not_remembered_and_a_short_one_counts_for_more(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(asker.schema._schema)
    monkeypatch.setattr(asker.schema, "memory", memory)
    for _ in range(2):
        await asker.data("{ __typename }")
        assert await asker.codes("{ nothing }") == ["INVALID_REQUEST"]
    assert (list(memory._known), memory._length) == (["{ __typename }"], len("{ __typename }") + EACH)
    for number in range(1_100):
        await asker.data(f"{{ a{number}: __typename }}")
    assert REMEMBERED - 400 < memory._length <= REMEMBERED
    assert memory._length == sum(len(text) + EACH for text in memory._known)


async def test_what_one_operation_is_allowed_says_nothing_of_another_in_its_text(asker: Asker) -> None:
    query = """query Small($size: Int) { tickets(first: $size) { edges { node { number } } } }
        query Large($size: Int) { tickets(first: $size) { edges { node { entries(first: 250) {
            edges { node { kind } } } } } } }"""
    assert await asker.codes_of(query, "Small", size=250) == []
    assert await asker.codes_of(query, "Large", size=1) == []
    assert await asker.codes_of(query, "Large", size=250) == ["QUERY_TOO_COMPLEX"]
    assert await asker.codes_of(query, "Small", size=250) == []


async def test_a_page_of_any_size_reads_as_many_rows_as_it_shows_and_one(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_rows: list[Any] = []
    whole = Straight.rows

    async def noting(self: Straight, prepared: Prepared, values: Any) -> Any:
        read_rows.append(await whole(self, prepared, values))
        return read_rows[-1]

    monkeypatch.setattr(Straight, "rows", noting)
    for size in (0, 1, 2):
        data = await asker.data("query ($n: Int) { tickets(first: $n) { edges { node { number } } } }", n=size)
        assert (len(read_rows[-1]), len(data["tickets"]["edges"])) == (size + 1, size)


async def test_concurrent_requests_share_plans_and_nothing_else(asker: Asker, neighbour: Asker) -> None:
    expected, empty = await asker.ask(PAGE), await neighbour.ask(PAGE)
    answers = await asyncio.gather(*(one.ask(PAGE) for one in (asker, neighbour) * 8))
    assert answers[::2] == [expected] * 8
    assert answers[1::2] == [empty] * 8


async def test_one_connection_is_enough_for_whatever_is_asked_at_once(
    asker: Asker, neighbour: Asker, database: Database, filled: Filled
) -> None:
    id = ids.spell("ticket", filled.rows["ticket"][0].id)
    query = """{ viewer { tenant { name } member { name } } nodes(ids: ["ID"]) { ... on Ticket { team { key } } }
        a: tickets { edges { node { customer { name } } } } orders { totalCount } dayPassBalances { left } }"""
    query = query.replace("ID", id)
    expected = await asker.ask(query)
    asker.database = neighbour.database = Database(
        engine_for(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    )
    try:
        async with asyncio.timeout(10):
            answers = await asyncio.gather(*(one.ask(query) for one in (asker, neighbour) * 4))
    finally:
        await asker.database.close()
    assert answers[::2] == [expected] * 4
    assert answers[1]["data"]["orders"] == {"totalCount": 0}


def test_ids_of_the_driver_are_written_as_ours() -> None:
    given = UUID("0190c2e7-0000-7000-8000-00000000000a")
    assert ids.spell("ticket", given) == "ticket_0190c2e70000700080000000000000" + "0a"


def _only(asker: Asker, *permissions: Permission) -> Any:
    return replace(asker.standing, permissions=frozenset(permissions))
