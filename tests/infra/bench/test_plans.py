"""The page is read through its indexes, and touches no row that it does not show."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import event, text

from api.context import Caller, RequestContext
from api.graphql.execution import execute
from api.graphql.schema import schema
from api.graphql.types.tickets import IS_OPEN
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats.rights import Standing
from domain.tenants.permissions import Permission
from domain.tickets import lifecycle
from infra.bench.data import Size
from infra.bench.pages.inbox import GRAPHQL
from tests.conftest import NOW

Node = dict[str, Any]
Plans = dict[str, list[Node]]


async def ask(database: Database, size: Size) -> dict[str, Any]:
    tenant_id = size.shares()[0].tenant_id
    standing = Standing(
        actor=Actor(ActorKind.MEMBER, new_id()),
        permissions=frozenset(Permission),
        language=Language.EN,
        role=Role.OWNER,
    )
    context = RequestContext(
        database=database,
        caller=Caller(tenant_id=tenant_id, actor=standing.actor, standing=standing),
        now=NOW,
        trace_id="",
        language=Language.EN,
    )
    return await execute(schema(), query=GRAPHQL, context=context)


@pytest.fixture(scope="module", params=["force_custom_plan", "force_generic_plan"])
async def plans(request: pytest.FixtureRequest, database: Database, bench_data: Size) -> Plans:
    """How PostgreSQL runs each statement of the page as `app`: the nodes of its plan, by the table that it is about."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        answer = await ask(database, bench_data)
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert len(answer["data"]["tickets"]["edges"]) == 50
    found: Plans = {}
    async with database.reading(bench_data.shares()[0].tenant_id) as session:
        await session.execute(text(f"SET LOCAL plan_cache_mode = {request.param}"))
        connection = await session.connection()
        for statement, parameters in asked:
            said = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            plan = said.scalar_one()
            nodes = list(walk((orjson.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
            found[next(node["Relation Name"] for node in nodes if "Relation Name" in node)] = nodes
    return found


def walk(node: Node) -> Iterator[Node]:
    yield node
    for inner in node.get("Plans", ()):
        yield from walk(inner)


def touched(nodes: list[Node], table: str) -> list[tuple[str, str | None, float]]:
    """Each scan of a table: how, by which index (of a bitmap, its first), and how many rows it looked at."""
    looked_at = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return [
        (
            node["Node Type"],
            next((inner["Index Name"] for inner in walk(node) if "Index Name" in inner), None),
            node["Actual Loops"] * sum(node.get(rows, 0) for rows in looked_at),
        )
        for node in nodes
        if node.get("Relation Name") == table
    ]


async def test_the_page_reads_tickets_from_the_index_of_the_open_ones_and_one_row_more_than_it_shows(
    plans: Plans,
) -> None:
    assert touched(plans["ticket"], "ticket") == [("Index Scan", "ix_ticket_open", 51)]
    assert not [node for node in plans["ticket"] if node["Node Type"] == "Sort"]


async def test_the_last_entry_of_each_is_one_row_at_the_end_of_its_index(plans: Plans) -> None:
    assert touched(plans["entry"], "entry") == [("Index Scan", "ix_entry_ticket_id", 50)]


async def test_customers_and_orders_are_found_by_their_keys(plans: Plans) -> None:
    for table in ("customer", "order"):
        [(_, _, rows)] = touched(plans[table], table)
        assert rows <= 50


def test_open_is_what_the_lifecycle_says() -> None:
    listed = ", ".join(f"'{state}'" for state in ("QUEUED", "ASSIGNED", "WAITING"))
    assert str(IS_OPEN) == f"ticket.state IN ({listed})"
    assert {"QUEUED", "ASSIGNED", "WAITING"} == lifecycle.OPEN
