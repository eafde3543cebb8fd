"""Selections of one thing from several places, under keys of all kinds."""

import pytest

from tests.api.graphql.differential.cases import Case, holds, named
from tests.api.graphql.differential.conftest import World

LONG = "a" * 70
DEEP = (
    "{ customers(first: 2) { edges { node { orders(first: 2) { edges { node { tickets(first: 2) { edges { node { "
    "lastEntry { sender { name } } } } } } } } } } } }"
)

CASES = [
    Case("a leaf twice", "{ ticket(number: 3) { number number } }", data={"ticket": {"number": 3}}),
    Case(
        "a relation twice",
        "{ ticket(number: 3) { customer { externalId } customer { id __typename } } }",
        data={
            "ticket": {
                "customer": {"externalId": "c-2", "id": "<customer 2>", "__typename": "Customer"},
            }
        },
    ),
    Case(
        "a list twice, merged three levels down",
        "{ tickets(first: 3) { edges { node { entries(first: 2) { edges { node { id } } } } } edges { cursor node { "
        "entries(first: 2) { totalCount edges { node { kind delivery { state } } } } } } } }",
    ),
    Case(
        "the order of keys is that of their first places",
        "{ ticket(number: 3) { number customer { externalId } priority ... on Ticket { customer { id } number } } }",
        data={"ticket": {"number": 3, "customer": {"externalId": "c-2", "id": "<customer 2>"}, "priority": 0}},
    ),
    Case(
        "twins of a single row",
        "{ ticket(number: 3) { customer { name } again: customer { email phone } more: customer { id } } }",
    ),
    Case(
        "twins of a list with other pages",
        "{ ticket(number: 3) { a: entries(first: 1) { edges { node { id } } } b: entries(last: 2) { edges { node { "
        "id } } } entries(first: 1) { totalCount } } }",
    ),
    Case(
        "twins of a list with one page and other selections",
        "{ tickets(first: 4) { edges { node { a: entries(first: 2) { edges { cursor } } b: entries(first: 2) { "
        "pageInfo { endCursor } edges { node { kind } } } } } } }",
    ),
    Case(
        "twins of twins",
        "{ a: tickets(first: 2) { x: edges { p: node { number } q: node { subject } } y: edges { cursor } } "
        "b: tickets(last: 2) { x: edges { node { id } } } }",
    ),
    Case(
        "twins of how a page lies",
        "{ tickets(first: 2) { a: pageInfo { hasNextPage } b: pageInfo { c: endCursor d: endCursor startCursor } } }",
    ),
    Case(
        "a root field twice",
        "{ tickets(first: 1) { totalCount } tickets(first: 1) { edges { cursor } } }",
    ),
    Case(
        "a root field under many keys",
        "{ a: ticket(number: 1) { id } b: ticket(number: 2) { id } c: ticket(number: 1) { id } d: ticket(number: "
        "999) { id } }",
        data={"a": {"id": "<ticket 0>"}, "b": {"id": "<ticket 1>"}, "c": {"id": "<ticket 0>"}, "d": None},
    ),
    Case(
        "names that are taken by others",
        "{ ticket(number: 3) { number: subject subject: number id: priority priority: id } }",
    ),
    Case(
        "names that statements and rows use themselves",
        "{ tickets(first: 2) { edges { node { _id: number key: subject parent: state position_0: id tenant_id: "
        "channel now: dueAt t0: team { id: name } t1: team { rows: id } rows: priority length: number limits: number "
        "} } } }",
    ),
    Case(
        "names that differ in their case alone",
        "{ tickets(first: 2) { edges { node { a: number A: subject Team: team { Id: id ID: key id: name } } } } }",
    ),
    Case(
        "names longer than those of the database",
        f"{{ tickets(first: 2) {{ edges {{ node {{ {LONG}1: number {LONG}2: subject {LONG}3: team {{ name }} "
        f"{LONG}4: team {{ key }} {LONG}5: entries(first: 1) {{ totalCount }} {LONG}6: entries {{ totalCount }} }} "
        f"}} }} }}",
    ),
    Case(
        "words of other languages as names",
        "{ tickets(first: 1) { edges { node { select: number class: number None: number def: team { lambda: key } "
        "constructor: number true: number null: number query: number } } } }",
    ),
    Case(
        "a fragment and the same beside it",
        "{ ticket(number: 3) { ...F customer { id } number } } fragment F on Ticket { number customer { name } }",
    ),
    Case(
        "fragments inside of fragments",
        "{ tickets(first: 2) { ...A } } fragment A on TicketConnection { edges { ...B } totalCount } fragment B on "
        "TicketEdge { cursor node { ...C ...D } } fragment C on Ticket { id team { ...E } } fragment D on Ticket { "
        "team { key ...E } } fragment E on Team { name agents(first: 1) { edges { node { name } } } }",
    ),
    Case(
        "a fragment in many places",
        "{ a: ticket(number: 1) { ...F } b: ticket(number: 3) { ...F ...F } tickets(first: 2) { edges { node { ...F "
        "} } } } fragment F on Ticket { number lastEntry { kind } }",
    ),
    Case(
        "fragments without a condition, one in another",
        "{ ticket(number: 3) { ... { number ... { subject ... { team { key } } } } team { name } } }",
    ),
    Case(
        "fragments on the type itself and on the interface",
        "{ ticket(number: 3) { ... on Ticket { number } ... on Node { id } team { ... on Node { id } ... on Team { "
        "key } } } }",
    ),
    Case(
        "a named fragment on the interface, in types and in the interface",
        '{ node(id: "<ticket 2>") { ...F ... on Ticket { customer { ...F } topic { ...F key } } } team(key: '
        '"team-1") { ...F } } fragment F on Node { id __typename }',
    ),
    Case(
        "an interface with other types asked for than there are",
        '{ node(id: "<order 1>") { id ... on Ticket { number } ... on Order { number: externalId lines(first: 2) { '
        "totalCount } } ... on Team { key } } }",
        codes={"INVALID_REQUEST": 1},
        by_reference=True,
    ),
    Case(
        "an interface with several types",
        '{ node(id: "<order 1>") { id ... on Ticket { number state } ... on Order { status lines(first: 2) { '
        "totalCount } } ... on Team { key name } } }",
    ),
    Case(
        "several things, some of them nothing, some twice",
        '{ nodes(ids: ["<ticket 0>", "<order 1>", "<odd team 0>", "<odd team 1>", "<ticket 0>", "x", "<tenant 0>"]) '
        "{ __typename id ... on Ticket { number team { key } } ... on Order { currency } ... on Tenant { slug } } }",
        by_reference=True,
    ),
    Case(
        "the type's name everywhere",
        "{ __typename is: __typename tickets(first: 1) { __typename edges { __typename node { __typename team { "
        "__typename is: __typename } entries(first: 1) { __typename } } } pageInfo { __typename } } }",
    ),
    Case("the type's name and nothing else", "{ __typename }", data={"__typename": "Query"}, by_reference=True),
    Case("as deep as it goes", DEEP),
    Case(
        "an object that is computed, in parts",
        "{ orders(first: 9) { edges { node { whereabouts { code } again: whereabouts { late missingAmount } "
        "whereabouts { promisedOn } } } } }",
    ),
    Case(
        "round in circles",
        '{ agent(id: "<agent 0>") { member { agent { member { agent { name member { email } } } } } } }',
    ),
    Case(
        "who asks",
        "{ viewer { kind role permissions language tenant { name } member { email } again: member { agent { id } } "
        "client { name } agent { name } seat { kind licence { label } } } }",
    ),
    Case(
        "who asks, if a program",
        "{ viewer { kind role permissions tenant { slug } member { email } client { id name scopes } agent { name } "
        "seat { kind } } }",
        caller="client: nothing",
    ),
]


@pytest.mark.parametrize(**named(CASES))
async def test_selections_are_merged_alike(world: World, case: Case) -> None:
    await holds(world, case)
