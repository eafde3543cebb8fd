"""The page is read through its indexes, and touches no row that it does not show."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from api.context import Caller, RequestContext
from api.graphql import ids
from api.graphql.reading.planned import Reads
from api.graphql.schema import schema
from api.graphql.types.tickets import IS_OPEN
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.straight import Prepared, Straight
from domain.seats.rights import Standing
from domain.tenants.permissions import Permission
from domain.tickets import lifecycle
from infra.bench.data import Size
from infra.bench.pages import PAGES
from infra.bench.pages.inbox import GRAPHQL
from infra.bench.pages.page import Page
from tests.api.graphql.conftest import execute
from tests.conftest import NOW

Node = dict[str, Any]


def context_in(database: Database, size: Size) -> RequestContext:
    tenant_id = size.shares()[0].tenant_id
    standing = Standing(
        actor=Actor(ActorKind.MEMBER, new_id()),
        permissions=frozenset(Permission),
        language=Language.EN,
        role=Role.OWNER,
    )
    return RequestContext(
        database=database,
        caller=Caller(tenant_id=tenant_id, actor=standing.actor, standing=standing),
        now=NOW,
        trace_id="",
        language=Language.EN,
    )


async def ask(database: Database, size: Size) -> dict[str, Any]:
    return await execute(schema(), query=GRAPHQL, context=context_in(database, size))


@pytest.fixture(scope="module", params=["force_custom_plan", "force_generic_plan"])
async def plan(request: pytest.FixtureRequest, database: Database, bench_data: Size) -> list[Node]:
    """How PostgreSQL runs the statement of the page as `app`: the nodes of its plan."""
    asked: list[tuple[str, list[Any]]] = []
    whole = Straight.rows

    async def noting(self: Straight, prepared: Prepared, values: Any) -> Any:
        asked.append((prepared.text, prepared.arguments(values)))
        return await whole(self, prepared, values)

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(Straight, "rows", noting)
        answer = await ask(database, bench_data)
    assert len(answer["data"]["tickets"]["edges"]) == 50
    [(statement, arguments)] = asked
    async with database.reading(bench_data.shares()[0].tenant_id) as session:
        await session.execute(text(f"SET LOCAL plan_cache_mode = {request.param}"))
        raw: Any = (await (await session.connection()).get_raw_connection()).driver_connection
        said = await raw.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
    return list(walk(said[0]["Plan"]))


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
    plan: list[Node],
) -> None:
    assert touched(plan, "ticket") == [("Index Scan", "ix_ticket_open", 51)]


async def test_the_last_entry_of_each_is_one_row_at_the_end_of_its_index(plan: list[Node]) -> None:
    assert touched(plan, "entry") == [("Index Scan", "ix_entry_ticket_id", 51)]


async def test_customers_and_orders_are_found_by_their_keys(plan: list[Node]) -> None:
    for table in ("customer", "order"):
        [(_, _, rows)] = touched(plan, table)
        assert rows <= 51


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.name)
async def test_every_page_that_is_measured_is_read_by_one_plan(
    page: Page, database: Database, bench_data: Size
) -> None:
    context = context_in(database, bench_data)
    variables = page.variables or {"id": ids.spell("order", new_id())}
    answer = await execute(schema(), query=page.graphql, variables=variables, context=context)
    reads = context.kept[Reads]
    assert ("errors" in answer, reads.answered, reads.fallbacks) == (False, 1, [])


def test_open_is_what_the_lifecycle_says() -> None:
    listed = ", ".join(f"'{state}'" for state in ("QUEUED", "ASSIGNED", "WAITING"))
    assert str(IS_OPEN) == f"ticket.state IN ({listed})"
    assert {"QUEUED", "ASSIGNED", "WAITING"} == lifecycle.OPEN
