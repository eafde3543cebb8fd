"""The comparison itself: it sees what differs, and shows no more of a request than it takes."""

from typing import Any

import orjson
import pytest
from graphql import parse, validate

from api.graphql.schema import schema
from tests.api.graphql.differential.answers import Answer, Asked, difference
from tests.api.graphql.differential.reducing import reduced

REFUSED = {"message": "No.", "path": ["a"], "locations": [{"line": 1, "column": 3}], "extensions": {"code": "NO"}}
MASKED = {"message": "Internal error", "path": ["a", 0], "extensions": {"code": "INTERNAL", "reference": "1"}}


def answer(**whole: Any) -> Answer:
    return Answer.read(orjson.dumps(whole))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"data": {"a": 1}}, {"data": {"a": 1.0}}),
        ({"data": {"a": 1}}, {"data": {"a": True}}),
        ({"data": {"a": 1, "b": 2}}, {"data": {"b": 2, "a": 1}}),
        ({"data": {"a": None}}, {"data": {}}),
        ({"data": None}, {}),
        ({"data": {"a": None}, "errors": [REFUSED]}, {"data": {"a": None}}),
        ({"errors": [REFUSED, REFUSED]}, {"errors": [REFUSED]}),
        ({"errors": [REFUSED]}, {"errors": [{**REFUSED, "path": ["b"]}]}),
        ({"errors": [REFUSED]}, {"errors": [{**REFUSED, "extensions": {"code": "NO", "limit": 1}}]}),
        ({"errors": [MASKED]}, {"errors": [{**MASKED, "path": ["a", 1]}]}),
    ],
)
def test_what_differs_is_seen(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert difference(answer(**one), answer(**other)) is not None
    assert difference(answer(**one), answer(**one)) is None


def test_neither_the_order_of_errors_nor_their_references_matter() -> None:
    other = {**MASKED, "extensions": {"reference": "2", "code": "INTERNAL"}}
    assert difference(answer(errors=[REFUSED, MASKED]), answer(errors=[other, REFUSED])) is None


def test_a_request_that_fails_is_reduced_to_what_it_fails_by() -> None:
    asked = Asked(
        "query Main($v0: Int, $v1: Boolean!, $v2: String) { viewer { kind } again: tickets(first: $v0, after: $v2) "
        "{ totalCount ...F0 @include(if: $v1) } } fragment F0 on TicketConnection { edges { ... { cursor node { id "
        "priority } } } } query Other { viewer { kind } }",
        {"v0": 3, "v1": True},
        "Main",
    )

    def fails(tried: Asked) -> bool:
        valid = bool(tried.text) and not validate(schema()._schema, parse(tried.text))
        return valid and "priority" in tried.text and "first" in tried.text

    smallest = reduced(asked, fails)
    smaller = "query Main($v0: Int) { tickets(first: $v0) { edges { node { priority } } } }"
    assert " ".join(smallest.text.split()) == smaller
    assert (smallest.variables, smallest.operation) == ({"v0": 3}, "Main")
