"""A page reads what its rows lead to level by level, each in one transaction, and says what it would have said."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import bindparam, cast, literal, select, types
from sqlalchemy.exc import DBAPIError

from api.graphql.reading.together import Together
from domain.tenants.permissions import Permission
from tests.api.graphql.conftest import EVERYTHING, Asker
from tests.conftest import CountStatements

AHEAD = """{ tickets(first: 10) { edges { node {
    number team { name } customer { name } assignee { name member { email } }
    lastEntry { body sender { member { name } } delivery { state } }
} } } }"""
ONE_BY_ONE = AHEAD.replace(" {", " @include(if: true) {").replace(
    "{ tickets(first: 10) @include(if: true)", "{ tickets"
)


@pytest.fixture
def asker(asker: Asker) -> Asker:
    """Everything here is of the reference executor."""
    asker.planned = False
    return asker


def transactions(statements: list[str]) -> int:
    return sum(statement.startswith("SET LOCAL app.tenant_id") for statement in statements)


async def test_what_was_read_ahead_is_what_each_row_would_have_asked_for(asker: Asker) -> None:
    assert "team @include(if: true) { name }" in ONE_BY_ONE
    ahead = await asker.data(AHEAD)
    assert ahead == await asker.data(ONE_BY_ONE)
    assert any(edge["node"]["assignee"] for edge in ahead["tickets"]["edges"])
    assert any(edge["node"]["lastEntry"] for edge in ahead["tickets"]["edges"])


async def test_a_level_is_one_transaction_however_many_relations_it_has(
    asker: Asker, statements: CountStatements
) -> None:
    with statements() as seen:
        await asker.data("{ tickets { edges { node { team { id } topic { id } customer { id } lastEntry { id } } } } }")
    assert (transactions(seen), len(seen)) == (2, 2 + 5)


@pytest.mark.parametrize(
    "nodes",
    [
        "node { ...Who ...Who }",
        "node { ... { customer { name } } } ... on TicketEdge { node { customer { email } } }",
        "node { ... on Ticket { customer { name } } ... on Node { id } }",
        "...Edge",
    ],
)
async def test_selections_in_fragments_are_read_ahead(nodes: str, asker: Asker, statements: CountStatements) -> None:
    fragments = "fragment Who on Ticket { customer { name } } fragment Edge on TicketEdge { node { ...Who } }"
    used = f"{fragments if '...Edge' in nodes else fragments.partition(' fragment')[0] if '...Who' in nodes else ''}"
    with statements() as seen:
        data = await asker.data(f"{{ tickets(first: 3) {{ edges {{ {nodes} }} }} }} {used}")
    assert all(edge["node"]["customer"] for edge in data["tickets"]["edges"])
    assert (transactions(seen), len(seen)) == (2, 2 + 2)


async def test_what_the_caller_may_not_see_is_not_read_and_the_rest_is(
    asker: Asker, statements: CountStatements
) -> None:
    without = EVERYTHING - {Permission.ORDERS_READ}
    limited = Asker(asker.schema, asker.database, asker.tenant_id, without)
    with statements() as seen:
        answer = await limited.ask("{ tickets(first: 2) { edges { node { customer { id } team { id } } } } }")
    nodes = [edge["node"] for edge in answer["data"]["tickets"]["edges"]]
    assert [node["customer"] for node in nodes] == [None, None]
    assert all(node["team"] for node in nodes)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_PERMITTED", "NOT_PERMITTED"]
    assert not [statement for statement in seen if "FROM customer" in statement]


def answering(text: str) -> Any:
    """Gives the text back; as a number, so that one that is none fails."""
    return select(cast(cast(literal(text), types.Text), types.Integer), bindparam("tenant"))


async def test_a_statement_that_fails_takes_no_other_with_it(asker: Asker) -> None:
    together = Together(asker.context())
    found = await asyncio.gather(
        *(together.read(answering(text), {"tenant": "x"}) for text in ("1", "one", "2", "two", "3")),
        return_exceptions=True,
    )
    assert [isinstance(one, DBAPIError) for one in found] == [False, True, False, True, False]
    assert [one[0][0] for one in found if not isinstance(one, BaseException)] == [1, 2, 3]


async def test_without_a_connection_all_fail_alike_and_the_next_reads_again(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = asker.context()
    together = Together(context)
    with monkeypatch.context() as patch:

        def refuse() -> Any:
            raise ConnectionRefusedError

        patch.setattr(type(context), "reading", lambda _: refuse())
        asked = [together.read(answering("1"), {"tenant": "x"}) for _ in range(3)]
        found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in found] == [ConnectionRefusedError] * 3
    assert (await together.read(answering("4"), {"tenant": "x"}))[0][0] == 4
