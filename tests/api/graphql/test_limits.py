"""What is too large is refused before anything expensive looks at it."""

import time
from typing import Any

import pytest
from graphql import get_introspection_query, parse

from api.graphql.limits import LIMITS, MAX_TOKENS, Complexity, Measure
from api.graphql.schema import Schema
from domain.kit.database import Database
from domain.kit.ids import new_id
from tests.api.graphql.conftest import Asker
from tests.conftest import CountStatements

PAGES_IN_PAGES = """query pages($n: Int!) { tickets(first: $n) { edges { node {
    entries(first: $n) { edges { node { body } } }
} } } }"""


@pytest.fixture
def nobody(queries: Schema, database: Database) -> Asker:
    """A caller for whom nothing is read."""
    return Asker(queries, database, new_id())


def measured(schema: Schema, query: str, **variables: Any) -> Measure:
    return Complexity(schema._schema, parse(query), variables=variables, operation=None)._total()


async def refusal(asker: Asker, query: str, **variables: Any) -> dict[str, Any]:
    answer = await asker.ask(query, **variables)
    assert "data" not in answer
    [error] = answer["errors"]
    found: dict[str, Any] = error["extensions"]
    return found


async def quickest_refusal(asker: Asker, query: str) -> tuple[float, dict[str, Any]]:
    """The refusal, and the least time that it took of five, each of a text never seen before: machines have moods."""
    taken = []
    for attempt in range(5):
        started = time.perf_counter()
        found = await refusal(asker, f"{query} # {attempt} {new_id()}")
        taken.append(time.perf_counter() - started)
    return min(taken), found


def bomb(levels: int, *, fields: str = "id") -> str:
    fragments = [f"fragment f{i} on Ticket {{ ...f{i + 1} ...f{i + 1} }}" for i in range(levels)]
    return f"{{ ticket(number: 1) {{ ...f0 }} }} {' '.join(fragments)} fragment f{levels} on Ticket {{ {fields} }}"


async def test_a_fragment_bomb_of_150_levels_is_refused_in_under_a_tenth_of_a_second(nobody: Asker) -> None:
    seconds, found = await quickest_refusal(nobody, bomb(150))
    assert seconds < 0.1
    assert found == {"code": "QUERY_TOO_COMPLEX", "limit": "fields", "measured": 2**53, "allowed": LIMITS.fields}


async def test_a_bomb_that_no_operation_spreads_is_refused_too(nobody: Asker) -> None:
    seconds, found = await quickest_refusal(nobody, bomb(150).replace("{ ...f0 }", "{ id }", 1))
    assert seconds < 0.1
    assert found["code"] == "QUERY_TOO_COMPLEX"


async def test_a_bomb_below_the_fields_of_a_connection_is_refused(nobody: Asker) -> None:
    fragments = [
        f"fragment f{i} on Ticket {{ customer {{ tickets(first: 1) {{ edges {{ node {{ ...f{i + 1} }} }} }} }} }}"
        for i in range(40)
    ]
    found = await refusal(
        nobody, f"{{ ticket(number: 1) {{ ...f0 }} }} {' '.join(fragments)} fragment f40 on Ticket {{ id }}"
    )
    assert (found["code"], found["limit"], found["measured"]) == ("QUERY_TOO_COMPLEX", "depth", 162)


@pytest.mark.parametrize(
    "text",
    [
        "{ ticket(number: 1) { ...a } } fragment a on Ticket { ...a }",
        "{ ticket(number: 1) { ...a } } fragment a on Ticket { ...b } fragment b on Ticket { id ...a }",
        "{ ticket(number: 1) { id } } fragment a on Ticket { customer { tickets { edges { node { ...a } } } } }",
    ],
)
async def test_fragments_that_spread_themselves_are_refused(text: str, nobody: Asker) -> None:
    assert (await refusal(nobody, text))["code"] == "QUERY_TOO_COMPLEX"


@pytest.mark.parametrize(
    "text",
    [
        "{" + " viewer { kind }" * 600 + "}",
        "{ a" + "a" * MAX_TOKENS + " }" + " # comment" + "\n{ a }" * MAX_TOKENS,
    ],
)
async def test_too_many_tokens_are_refused(text: str, nobody: Asker) -> None:
    found = await refusal(nobody, text)
    assert found == {"code": "TOO_MANY_TOKENS", "measured": MAX_TOKENS + 1, "allowed": MAX_TOKENS}


@pytest.mark.parametrize(
    "text",
    [
        "{ nodes(ids: " + "[" * 900 + "]" * 900 + ") { id } }",
        "{ viewer " * 600 + "{ kind }" + "}" * 600,
        "{ __schema { types " + "{ ofType " * 400 + "{ name }" + "}" * 402,
    ],
)
async def test_what_is_nested_too_deeply_for_the_parser_is_refused(text: str, nobody: Asker) -> None:
    seconds, found = await quickest_refusal(nobody, text)
    assert found["code"] == "QUERY_TOO_COMPLEX"
    assert seconds < 0.3


async def test_too_many_fields_are_refused(nobody: Asker) -> None:
    found = await refusal(nobody, "{" + " __typename" * (LIMITS.fields + 1) + "}")
    assert (found["limit"], found["measured"], found["allowed"]) == ("fields", LIMITS.fields + 1, LIMITS.fields)


async def test_as_many_fields_as_are_allowed_are_validated_quickly(nobody: Asker) -> None:
    one = " ".join(["name"] * LIMITS.repeats)
    parts = [f'a{i}: node(id: "x") {{ ... on Customer {{ {one} }} }}' for i in range(LIMITS.fields // 21)]
    text = "{" + " ".join(parts) + "}"
    started = time.perf_counter()
    assert set((await nobody.data(text)).values()) == {None}
    assert time.perf_counter() - started < 1.5


async def test_one_name_too_often_in_one_selection_is_refused_for_validation_compares_every_pair(nobody: Asker) -> None:
    found = await refusal(nobody, "{" + " __typename" * (LIMITS.repeats + 1) + "}")
    assert (found["limit"], found["measured"], found["allowed"]) == ("repeats", LIMITS.repeats + 1, LIMITS.repeats)


async def test_a_page_costs_its_rows_whether_its_edges_or_its_page_info_are_read(nobody: Asker) -> None:
    inner = " ".join(f"a{i}: lines(first: 250) {{ pageInfo {{ endCursor }} }}" for i in range(25))
    found = await refusal(nobody, f"{{ orders(first: 250) {{ edges {{ node {{ {inner} }} }} }} }}")
    assert found["limit"] == "cost"
    assert found["measured"] > 250 * 25 * 250


async def test_long_texts_cost_more(nobody: Asker) -> None:
    inner = " ".join(f"a{i}: entries(first: 122) {{ edges {{ node {{ body }} }} }}" for i in range(49))
    assert (await refusal(nobody, f"{{ ticket(number: 1) {{ {inner} }} }}"))["limit"] == "cost"


async def test_too_many_aliases_are_refused(nobody: Asker) -> None:
    text = "{" + " ".join(f"a{i}: __typename" for i in range(LIMITS.aliases + 1)) + "}"
    found = await refusal(nobody, text)
    assert (found["limit"], found["measured"], found["allowed"]) == ("aliases", LIMITS.aliases + 1, LIMITS.aliases)


async def test_the_standard_introspection_query_passes(nobody: Asker) -> None:
    data = await nobody.data(get_introspection_query(input_value_deprecation=True, specified_by_url=True))
    assert data["__schema"]["queryType"]["name"] == "Query"


async def test_introspection_again_and_again_is_refused(nobody: Asker) -> None:
    operation, _, fragments = get_introspection_query().partition("fragment FullType")
    inside = operation.partition("{")[2].rpartition("}")[0]
    text = f"{{ {inside} {inside.replace('__schema', 'again: __schema')} }} fragment FullType {fragments}"
    assert (await refusal(nobody, text))["code"] == "QUERY_TOO_COMPLEX"


async def test_introspection_that_goes_round_is_refused(nobody: Asker) -> None:
    round_and_round = "{ type { fields " * 6 + "{ name }" + "} }" * 6
    text = f"{{ __schema {{ types {{ fields {round_and_round} }} }} }}"
    assert await nobody.codes(text) == ["QUERY_TOO_COMPLEX"]


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ viewer { kind } }", {}, 2),
        ("{ tickets { totalCount } }", {}, 2),
        ("{ tickets { edges { node { id } } } }", {}, 1 + 50 * 3),
        ("{ tickets(first: 10) { totalCount edges { node { id } } pageInfo { endCursor } } }", {}, 1 + 3 + 10 * 3),
        ("query ($n: Int) { tickets(last: $n) { edges { cursor } } }", {"n": 7}, 1 + 7 * 2),
        ("query ($n: Int = 9) { tickets(first: $n) { edges { cursor } } }", {}, 1 + 9 * 2),
        ("query ($n: Int) { tickets(first: $n) { edges { cursor } } }", {"n": "x"}, 1 + 250 * 2),
        ("{ tickets(first: 99999) { edges { cursor } } }", {}, 1 + 250 * 2),
        (
            "{ tickets(first: 10) { ...page } } fragment page on TicketConnection { edges { node { ...history } } } "
            "fragment history on Ticket { entries(first: 3) { edges { cursor } } }",
            {},
            1 + 10 * (1 + 1 + 1 + 3 * 2),
        ),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b", "c"]}, 1 + 3),
    ],
)
def test_cost_counts_every_field_on_every_item_of_a_page(
    query: str, variables: dict[str, Any], cost: int, queries: Schema
) -> None:
    assert measured(queries, query, **variables).cost == cost


async def test_the_cost_of_another_operation_with_the_same_variable_is_not_mistaken(
    queries: Schema, database: Database
) -> None:
    cheap = "query cheap($n: Int = 1) { tickets(first: $n) { edges { cursor } } }"
    dear = PAGES_IN_PAGES.replace("Int!", "Int = 250")
    complexity = Complexity(queries._schema, parse(cheap + dear), variables={}, operation="pages")
    assert complexity._total().cost > LIMITS.cost


async def test_what_is_too_dear_reads_nothing(nobody: Asker, statements: CountStatements) -> None:
    with statements() as seen:
        found = await refusal(nobody, PAGES_IN_PAGES, n=250)
    assert (found["limit"], found["allowed"]) == ("cost", LIMITS.cost)
    assert seen == []


async def test_the_same_text_is_measured_anew_for_other_variables(nobody: Asker) -> None:
    text = (
        "query ($n: Int!) { tickets(first: $n) { edges { node { entries(first: $n) { edges { node { body } } } } } } }"
    )
    assert await nobody.codes(text, n=2) == []
    assert await nobody.codes(text, n=250) == ["QUERY_TOO_COMPLEX"]
    assert await nobody.codes(text, n=2) == []


async def test_a_text_that_was_valid_is_not_validated_again(nobody: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{{ viewer {{ kind }} }} # {new_id()}"
    assert await nobody.codes(text) == []
    monkeypatch.setattr("api.graphql.admission.validate", None)
    assert await nobody.codes(text) == []
