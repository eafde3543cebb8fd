"""One document again and again: with other values, other flags, other literals, by other callers, for its other parts.

A plan is made for the first of them and kept; the others have to be answered by it, or by one of their own.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pytest

from tests.api.graphql.differential.cases import Case, holds
from tests.api.graphql.differential.conftest import World

Values = Sequence[Mapping[str, Any]]

FLAGS: Values = [{"a": a, "b": b} for a, b in product((True, False), repeat=2)]
TICKETS = [f"<cursor Query.tickets {order} {place}>" for order in ("NEWEST_FIRST", "QUEUE") for place in (0, 7)]
STATES: tuple[Any, ...] = (None, [], ["QUEUED"], ["QUEUED", "CLOSED"], "WAITING", ["QUEUED", "QUEUED"])

VARIANTS: dict[str, tuple[str, Values]] = {
    "a field": (
        "query ($a: Boolean!, $b: Boolean!) { ticket(number: 3) { id @skip(if: $a) number @include(if: $b) } }",
        FLAGS,
    ),
    "a relation": (
        "query ($a: Boolean!, $b: Boolean!) { tickets(first: 3) { edges { node { number customer @skip(if: $a) { "
        "name } order { number lines(first: 1) @include(if: $b) { totalCount } } } } } }",
        FLAGS,
    ),
    "one relation in two places": (
        "query ($a: Boolean!, $b: Boolean!) { tickets(first: 3) { edges { node { team @skip(if: $a) { name } team "
        "@include(if: $b) { key } } } } }",
        FLAGS,
    ),
    "parts of a page": (
        "query ($a: Boolean!, $b: Boolean!) { tickets(first: 2) { edges @skip(if: $a) { cursor @include(if: $b) node "
        "{ id @include(if: $b) } } pageInfo @include(if: $a) { endCursor } totalCount @skip(if: $b) } }",
        FLAGS,
    ),
    "parts of the rows' pages": (
        "query ($a: Boolean!, $b: Boolean!) { customers(first: 3) { edges { node { orders(first: 2) { edges "
        "@skip(if: $a) { node { number @skip(if: $b) } } pageInfo @include(if: $b) { hasNextPage } totalCount "
        "@include(if: $a) } } } } }",
        FLAGS,
    ),
    "fragments": (
        "query ($a: Boolean!, $b: Boolean!) { tickets(first: 2) { edges { node { ...F @skip(if: $a) ... @include(if: "
        "$b) { subject team { name } } ... on Node @skip(if: $b) { id } ...F @include(if: $b) } } } } fragment F on "
        "Ticket { number team { key @include(if: $a) } }",
        FLAGS,
    ),
    "the root": (
        "query ($a: Boolean!, $b: Boolean!) { tickets(first: 1) @skip(if: $a) { totalCount } ticket(number: 1) "
        "@include(if: $b) { id } __typename @skip(if: $a) ... @include(if: $b) { orders { totalCount } } }",
        FLAGS,
    ),
    "both conditions": (
        "query ($a: Boolean!, $b: Boolean!) { ticket(number: 1) { id @skip(if: $a) @include(if: $b) team "
        "@include(if: $a) @skip(if: $b) { key } } }",
        FLAGS,
    ),
    "flags with defaults": (
        "query ($a: Boolean = true, $b: Boolean! = false) { ticket(number: 1) { id @skip(if: $a) number @include(if: "
        "$b) } }",
        [{}, {"a": False}, {"b": True}, {"a": False, "b": True}],
    ),
    "sizes": (
        "query ($n: Int) { tickets(first: $n) { totalCount edges { node { number } } pageInfo { hasNextPage } } }",
        [{"n": n} for n in (2, 1, 0, 25, 24, 250, None, 2.0)] + [{}],
    ),
    "sizes of the rows' pages": (
        "query ($n: Int = 2, $m: Int) { tickets(first: 4) { edges { node { a: entries(first: $n) { totalCount edges "
        "{ cursor } pageInfo { hasNextPage } } b: entries(last: $m) { edges { cursor } pageInfo { hasPreviousPage } "
        "} } } } }",
        [{}, {"n": 0}, {"n": 1, "m": 1}, {"n": None, "m": 0}, {"n": 9, "m": 250}, {"n": 8, "m": 9}],
    ),
    "places": (
        "query ($c: String) { tickets(first: 3, after: $c) { edges { node { number } } pageInfo { hasPreviousPage } "
        "} }",
        [{}, {"c": None}, {"c": TICKETS[0]}, {"c": TICKETS[1]}, {"c": TICKETS[0]}],
    ),
    "ends": (
        "query ($f: Int, $l: Int) { tickets(first: $f, last: $l) { edges { node { number } } } }",
        [{"f": 2}, {"l": 2}, {"f": 2, "l": None}, {"f": None, "l": 3}, {}],
    ),
    "orders": (
        'query ($o: TicketOrdering = QUEUE) { tickets(first: 4, order: $o) { edges { cursor } } team(key: "team-0") '
        "{ tickets(first: 4, order: $o) { edges { cursor } } } }",
        [{}, {"o": "NEWEST_FIRST"}, {"o": "OLDEST_FIRST"}, {"o": "QUEUE"}],
    ),
    "filters": (
        "query ($f: TicketFilter) { tickets(filter: $f) { totalCount edges { node { number } } } }",
        [
            {},
            {"f": None},
            {"f": {}},
            *({"f": {"state": state}} for state in STATES),
            *({"f": {"open": value, "assigned": other}} for value, other in product((None, True, False), repeat=2)),
            {"f": {"arrivedAt": {"from": "2026-11-02T09:00:00Z"}}},
            {"f": {"arrivedAt": {"to": "2026-11-02T10:00:00+01:00"}, "dueAt": {}}},
            {"f": {"arrivedAt": {"from": "1970-01-01T00:00:00Z", "to": "2199-12-31T23:59:59.999999Z"}}},
            {"f": {"teamId": "<team 0>", "topicId": "<odd topic 0>"}},
            {"f": {"customerId": "<customer 0>", "orderId": None, "channel": ["EMAIL", "CHAT"]}},
            {"f": {"number": 2**31 - 1}},
        ],
    ),
    "filters of the rows' lists": (
        "query ($f: TicketFilter, $s: [TicketState!]) { teams(first: 3) { edges { node { a: tickets(filter: $f) { "
        "totalCount } b: tickets(filter: {state: $s, open: true}) { edges { node { number } } } } } } }",
        [
            {},
            {"f": {"state": []}, "s": []},
            {"f": {"open": False}, "s": ["QUEUED"]},
            {"f": {"assigned": True}, "s": None},
        ],
    ),
    "values inside of filters": (
        "query ($n: Int, $t: ID, $d: DateTime) { tickets(filter: {number: $n, teamId: $t, dueAt: {from: $d}}) { "
        "edges { node { number } } } }",
        [{}, {"n": 3}, {"n": None, "t": "<team 2>"}, {"t": "nothing"}, {"d": "2026-11-02T09:00:00Z", "n": 1}],
    ),
    "ids": (
        "query ($i: ID) { ticket(id: $i) { number customer { name } } }",
        [{"i": "<ticket 0>"}, {"i": "<ticket 4>"}, {"i": "<order 0>"}, {"i": "<odd ticket 1>"}, {"i": ""}, {"i": 5}],
    ),
    "keys": (
        "query ($n: Int) { ticket(number: $n) { id lastEntry { kind } } }",
        [{"n": n} for n in (1, 2, 3, 999, 0, -1, 2**31 - 1, -(2**31))],
    ),
    "things by their ids": (
        """query ($i: ID!) {
            node(id: $i) { id ... on Ticket { number } ... on Order { currency lines { totalCount } } } }""",
        [{"i": id} for id in ("<ticket 0>", "<order 2>", "<team 0>", "<odd order 1>", "x", "<ticket 1>")],
    ),
    "several things": (
        "query ($i: [ID!]!) { nodes(ids: $i) { id ... on Ticket { number } ... on Team { key } } }",
        [
            {"i": []},
            {"i": ["<ticket 0>"]},
            {"i": "<team 0>"},
            {"i": ["<team 0>", "<ticket 1>", "<odd team 0>", "<team 0>"]},
        ],
    ),
    "values that are not used": (
        "query ($n: Int) { tickets(first: $n) { totalCount } }",
        [{"n": 1}, {"n": 1, "more": [1, {"a": None}]}, {"n": 1, "more": None}],
    ),
}


@pytest.mark.parametrize(("text", "values"), VARIANTS.values(), ids=VARIANTS)
async def test_a_document_is_answered_alike_with_whatever_values(world: World, text: str, values: Values) -> None:
    for given in (*values, *reversed(values)):
        await holds(world, Case("variant", text, given, by_reference="nodes(" in text or not world_reads(given)))


def world_reads(given: Mapping[str, Any]) -> bool:
    """Whether something is left to read: where all of the root is skipped, nothing is."""
    return given != {"a": True, "b": False}


LITERALS = (
    "{{ ticket(number: {}) {{ id entries(first: {}) {{ edges {{ node {{ kind }} }} }} }} }}",
    "{{ ticket(number: {}) {{ id, entries(first: {}) {{ edges {{ node {{ kind }} }} }} }} }} # a note",
    "query Named {{ ticket(number: {}) {{ id entries(first: {}) {{ edges {{ node {{ kind }} }} }} }} }}",
)


@pytest.mark.parametrize("text", LITERALS)
async def test_the_same_selection_is_answered_alike_with_other_literals(world: World, text: str) -> None:
    for number, first in product((1, 3, 2, 999), (0, 1, 9)):
        await holds(world, Case("literal", text.format(number, first)))


async def test_each_operation_of_a_document_is_answered_alike(world: World) -> None:
    text = (
        "query A($n: Int) { tickets(first: $n) { ...F } } query B { tickets(last: 2) { ...F } } query C { viewer { "
        "kind } } query D($n: Int = 3) { same: tickets(first: $n) { ...F } } fragment F on TicketConnection { "
        "totalCount edges { cursor } }"
    )
    for name in "ABCDCBADB":
        await holds(world, Case(name, text, {"n": 1}, operation=name, by_reference=name == "C"))


BY_CALLERS = (
    "{ tickets(first: 3) { edges { node { number customer { name orders(first: 1) { totalCount } } order { "
    "totalAmount } assignee { name currentSeat { kind } } lastEntry { authorMember { email } delivery { address } } "
    "} } } }",
    "{ agents(first: 3) { edges { node { name member { email invitations { totalCount } } teams(first: 1) { edges { "
    "node { name tickets(first: 1) { totalCount } } } } seatAssignments(first: 1) { edges { node { licence { season "
    "{ name people { totalCount } } } } } } } } } }",
    "{ orders(first: 3) { edges { node { externalId customer { email tickets { totalCount } } payments { totalCount "
    "} tickets(first: 1) { edges { node { id } } } } } } viewer { permissions member { name } client { name } tenant "
    "{ name } } prices { totalCount } events { totalCount } }",
)


@pytest.mark.parametrize("text", BY_CALLERS)
async def test_a_document_is_answered_alike_to_whoever_asks(world: World, text: str) -> None:
    for name in (*world.askers, *reversed(world.askers)):
        await same(world, Case(name, text, caller=name))


async def same(world: World, case: Case) -> None:
    """Both ways end alike, however that is."""
    await holds(world, case.of(codes=None))
