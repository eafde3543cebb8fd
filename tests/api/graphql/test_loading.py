"""One statement for a relation, however many parents ask for it."""

import asyncio
from typing import Any

import pytest

from api.graphql import ids
from api.graphql.reading.fields import SourceField
from api.graphql.reading.sources import ToOne, reading_of
from api.graphql.schema import Schema
from domain.kit.database import Database
from tests.api.graphql.conftest import Asker
from tests.api.graphql.declared import graphql_name, leaves, node_types, relations, selection
from tests.api.graphql.filled import Filled, fill
from tests.conftest import CountStatements, FoundShop

RELATIONS = [pytest.param(cls, field, id=f"{cls.__name__}.{name}") for cls, name, field in relations()]
TYPES = [pytest.param(cls, id=cls.__name__) for cls in node_types()]


@pytest.fixture(scope="module")
async def filled(database: Database, found_shop: FoundShop) -> Filled:
    """One for all: nothing is changed here."""
    return await fill(database, await found_shop())


@pytest.fixture
def asker(asker: Asker) -> Asker:
    """Everything here is of the reference executor."""
    asker.planned = False
    return asker


def spelled(filled: Filled, cls: type) -> list[str]:
    """The typed ids of all rows of the type that the API shows."""
    prefix = reading_of(cls).prefix
    if prefix == "tenant":
        return [ids.spell(prefix, filled.tenant_id)]
    rows = [row for row in filled.rows[prefix] if getattr(row, "sequence", 0) is not None]
    return [ids.spell(prefix, row.id) for row in rows]


def selects(statements: list[str]) -> list[str]:
    return [statement for statement in statements if not statement.startswith("SET ")]


@pytest.mark.parametrize("cls", TYPES)
async def test_each_type_is_read_with_all_its_columns_in_one_statement(
    cls: type, asker: Asker, queries: Schema, filled: Filled, statements: CountStatements
) -> None:
    asked = spelled(filled, cls)
    shown = leaves(queries._schema, cls.__name__)
    with statements() as seen:
        data = await asker.data(
            f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {cls.__name__} {{ {shown} }} }} }}", ids=asked
        )
    assert [node["id"] for node in data["nodes"]] == asked
    assert {node["__typename"] for node in data["nodes"]} == {cls.__name__}
    assert len(selects(seen)) == 1


@pytest.mark.parametrize(("cls", "field"), RELATIONS)
async def test_each_relation_takes_one_statement_for_all_parents(
    cls: type, field: SourceField, asker: Asker, queries: Schema, filled: Filled, statements: CountStatements
) -> None:
    asked, name = spelled(filled, cls), graphql_name(field)
    graphql: Any = queries._schema.get_type(cls.__name__)
    inside = selection(queries._schema, graphql.fields[name].type).replace("totalCount", "")
    with statements() as seen:
        data = await asker.data(
            f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {cls.__name__} {{ {name} {inside} }} }} }}", ids=asked
        )
    among_the_parents = isinstance(field.source, ToOne) and field.target is reading_of(cls)
    assert len(selects(seen)) == (1 if among_the_parents else 2), selects(seen)
    assert any(node[name] for node in data["nodes"]), "nothing was read, so nothing was proved"
    if cls.__name__ != "Tenant":
        assert len(asked) > 1


async def test_the_whole_list_is_counted_for_all_parents_at_once(asker: Asker, statements: CountStatements) -> None:
    with statements() as seen:
        data = await asker.data("{ tickets { edges { node { entries(first: 1) { totalCount } } } } }")
    assert [edge["node"]["entries"]["totalCount"] for edge in data["tickets"]["edges"]] == [3, 3, 3]
    assert len(selects(seen)) == 2


async def test_a_page_that_is_only_counted_is_not_read(asker: Asker, statements: CountStatements) -> None:
    with statements() as seen:
        assert await asker.data("{ tickets { totalCount } }") == {"tickets": {"totalCount": 3}}
    assert len(selects(seen)) == 1
    assert "count(*)" in selects(seen)[0]


async def test_two_ways_to_the_same_rows_on_one_level_share_a_statement(
    asker: Asker, statements: CountStatements
) -> None:
    with statements() as seen:
        await asker.data("{ invitations { edges { node { member { id } invitedBy { id } } } } }")
    assert len(selects(seen)) == 2


async def test_deep_documents_take_a_statement_a_level_and_relation(asker: Asker, statements: CountStatements) -> None:
    with statements() as seen:
        await asker.data(
            """{ orders(first: 10) { edges { node {
                customer { tickets(first: 5) { edges { node { topic { name } } } } }
                lines { edges { node { sku } } }
                payments(first: 5) { edges { node { entries(first: 5) { edges { node { amount } } } } } }
            } } } }"""
        )
    assert len(selects(seen)) == 7


async def test_a_relation_without_a_far_side_is_null_and_reads_nothing(
    asker: Asker, statements: CountStatements
) -> None:
    with statements() as seen:
        data = await asker.data("{ ticket(number: 1) { number assignee { id } } }")
    assert data["ticket"] == {"number": 1, "assignee": None}
    assert len(selects(seen)) == 1


async def test_every_statement_names_its_tenant(asker: Asker, statements: CountStatements) -> None:
    with statements() as seen:
        await asker.data(
            "{ tickets { totalCount edges { node { customer { id } lastEntry { id } entries { totalCount } } } } }"
        )
    assert selects(seen)
    assert all("tenant_id = " in statement for statement in selects(seen))


async def test_many_requests_at_once_share_the_connections_that_there_are(asker: Asker) -> None:
    query = """{ tickets(first: 3) { totalCount edges { node {
        customer { id } team { id } topic { id } lastEntry { id } entries { totalCount }
    } } } }"""
    alone = await asker.ask(query)
    assert "errors" not in alone
    assert await asyncio.gather(*(asker.ask(query) for _ in range(60))) == [alone] * 60
