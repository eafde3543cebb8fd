"""What cannot be answered: each error at its own place, and null as far up as the schema asks for."""

import pytest

from tests.api.graphql.differential.cases import Case, holds, named
from tests.api.graphql.differential.conftest import World

TICKETS, ORDERS, NOBODY = "client: tickets", "client: orders", "client: nothing"

DENIED = [
    Case(
        "at the root", "{ tickets { totalCount } }", caller=ORDERS, codes={"NOT_PERMITTED": 1}, data={"tickets": None}
    ),
    Case(
        "at the root, beside what may be seen",
        "{ a: tickets { totalCount } orders(first: 1) { totalCount } ticket(number: 1) { id } b: tickets { "
        "totalCount } }",
        caller=ORDERS,
        codes={"NOT_PERMITTED": 3},
        data={"a": None, "orders": {"totalCount": 16}, "ticket": None, "b": None},
    ),
    Case(
        "everything",
        '{ tickets { totalCount } orders { totalCount } agents { totalCount } node(id: "<ticket 0>") { id } }',
        caller=NOBODY,
        codes={"NOT_PERMITTED": 4},
    ),
    Case(
        "of each row of a list",
        "{ tickets(first: 7) { edges { node { number customer { name } } } } }",
        caller=TICKETS,
        codes={"NOT_PERMITTED": 7},
    ),
    Case(
        "of each row of a list, twice",
        "{ tickets(first: 3) { edges { node { customer { name } again: customer { id } order { id } assignee { id } "
        "} } } }",
        caller=TICKETS,
        codes={"NOT_PERMITTED": 12},
    ),
    Case(
        "of each row of lists in lists",
        "{ teams(first: 5) { edges { node { tickets(first: 3) { edges { node { customer { name } lastEntry { "
        "authorMember { name } } } } } } } } }",
        caller=TICKETS,
        codes={"NOT_PERMITTED": 9},
    ),
    Case(
        "of rows that are not there",
        "{ tickets(filter: {number: 999}) { edges { node { customer { name } } } } ticket(number: 999) { customer { "
        "name } } }",
        caller=TICKETS,
        data={"tickets": {"edges": []}, "ticket": None},
    ),
    Case(
        "in fragments, skipped and not",
        "{ tickets(first: 2) { edges { node { ...F ... @skip(if: true) { customer { id } } order @include(if: false) "
        "{ id } } } } } fragment F on Ticket { customer { name } ... { customer { id } } }",
        caller=TICKETS,
        codes={"NOT_PERMITTED": 2},
    ),
    Case(
        "a list beyond rows",
        "{ teams(first: 3) { edges { node { key agents(first: 2) { edges { node { name } } } } } } }",
        caller=TICKETS,
        codes={"NOT_PERMITTED": 3},
    ),
    Case(
        "one value of a row",
        "{ tickets(first: 25) { edges { node { entries { edges { node { delivery { address messageId } } } } } } } }",
        caller=TICKETS,
        codes={"NOT_PERMITTED": 18},
    ),
    Case(
        "a list whose arguments are wrong as well",
        "{ teams(first: 2) { edges { node { agents(first: -1) { totalCount } } } } agents(first: -1) { totalCount } }",
        caller=TICKETS,
        codes={"NOT_PERMITTED": 3},
    ),
    Case(
        "things by their ids",
        '{ a: node(id: "<order 0>") { id } b: node(id: "<odd order 0>") { id } c: node(id: "x") { id } }',
        caller=TICKETS,
        codes={"NOT_PERMITTED": 2},
        data={"a": None, "b": None, "c": None},
    ),
    Case(
        "one of several things",
        '{ nodes(ids: ["<ticket 0>", "<order 0>"]) { id } }',
        caller=TICKETS,
        codes={"NOT_PERMITTED": 1},
        data=None,
        by_reference=True,
    ),
    Case(
        "one's own rows are no secret, what they lead to is",
        "{ viewer { client { name } tenant { name } seat { agent { id } } } apiClients { totalCount } }",
        caller=TICKETS,
        codes={"NOT_PERMITTED": 1},
    ),
    Case(
        "in another language",
        "{ prices { totalCount } invitations { totalCount } events { totalCount } }",
        caller="supervisor",
        codes={"NOT_PERMITTED": 2},
    ),
    Case(
        "to somebody without a seat",
        "{ viewer { permissions } tickets { totalCount } }",
        caller="agent without a seat",
        codes={"NOT_PERMITTED": 1},
    ),
    Case(
        "what one's own row always has and one may not see",
        "{ viewer { kind agent { name member { name } } } }",
        caller="agent without a seat",
        codes={"NOT_PERMITTED": 1},
        data={"viewer": {"kind": "MEMBER", "agent": None}},
    ),
    Case(
        "lists that one's own row always has and one may not see",
        "{ viewer { agent { skills { totalCount } } } more: viewer { agent { skillLevels { level } } } }",
        caller="agent without a seat",
        codes={"NOT_PERMITTED": 2},
        data={"viewer": {"agent": {"skills": None}}, "more": {"agent": None}},
    ),
]

WRONG = [
    Case("too small a page", "{ tickets(first: -1) { totalCount } }", codes={"BAD_PAGE": 1}, data={"tickets": None}),
    Case("too large a page", "{ tickets(last: 251) { totalCount } }", codes={"BAD_PAGE": 1}),
    Case("both ends", "{ tickets(first: 1, last: 1) { totalCount } }", codes={"BAD_PAGE": 1}),
    Case("an end and the other's cursor", '{ tickets(last: 1, after: "x") { totalCount } }', codes={"BAD_PAGE": 1}),
    Case("both cursors", '{ tickets(before: "x", after: "x") { totalCount } }', codes={"BAD_PAGE": 1}),
    Case("no cursor", '{ tickets(after: "x") { totalCount } }', codes={"BAD_CURSOR": 1}),
    Case(
        "another order's cursor",
        '{ tickets(after: "<cursor Query.tickets QUEUE 3>") { totalCount } }',
        codes={"BAD_CURSOR": 1},
    ),
    Case("a text that nothing has", '{ orders(filter: {number: "\\u0000"}) { totalCount } }', codes={"BAD_FILTER": 1}),
    Case(
        "a key that nothing has",
        '{ order(externalId: "\\u0000") { id } team(key: "") { id } customer(id: "\\u0000") { id } }',
        data={"order": None, "team": None, "customer": None},
    ),
    Case(
        "no key, two, and null",
        '{ a: ticket { id } b: ticket(id: "x", number: 1) { id } c: ticket(id: null, number: 1) { id } d: ticket(id: '
        "null) { id } }",
        codes={"BAD_KEY": 3},
        data={"a": None, "b": None, "c": {"id": "<ticket 0>"}, "d": None},
    ),
    Case(
        "in a list that may be null, of each row",
        "{ agents(first: 4) { edges { node { name teams(first: 251) { totalCount } } } } }",
        codes={"BAD_PAGE": 4},
    ),
    Case(
        "in a list that may not be null, all the way up",
        "{ orders(first: 4) { totalCount edges { node { lines(first: -1) { totalCount } } } } teams(first: 1) { "
        "totalCount } }",
        codes={"BAD_PAGE": 1},
        data={"orders": None, "teams": {"totalCount": 9}},
    ),
    Case(
        "in a list that may not be null, up to a row that may",
        "{ tickets(first: 9) { edges { node { number order { number lines(last: 251) { totalCount } } } } } }",
        codes={"BAD_PAGE": 7},
    ),
    Case(
        "a cursor in lists in lists",
        '{ teams(first: 3) { edges { node { agents(first: 2) { edges { node { name openTickets(after: "x") { '
        "totalCount } } } } } } } }",
        codes={"BAD_CURSOR": 6},
    ),
    Case(
        "a filter in lists that may not be null",
        '{ customers(first: 3) { edges { node { name orders(filter: {number: "\\u0000"}) { totalCount } } } } }',
        codes={"BAD_FILTER": 1},
        data={"customers": None},
    ),
    Case(
        "several at one row",
        "{ agents(first: 2) { edges { node { teams(first: -1) { totalCount } skills(last: -1) { totalCount } "
        "openTickets(first: 1, last: 1) { totalCount } name } } } }",
        codes={"BAD_PAGE": 6},
    ),
    Case(
        "of lists beside each other, one of which may not be null",
        '{ team(key: "team-0") { agents(first: -1) { totalCount } tickets(first: -1) { totalCount } name } }',
        codes={"BAD_PAGE": 2},
        data={"team": None},
    ),
    Case(
        "where nothing is read",
        "{ tickets(filter: {number: 999}) { edges { node { entries(first: -1) { totalCount } } } } }",
        data={"tickets": {"edges": []}},
        by_reference=True,
    ),
    Case(
        "a place past every number",
        '{ tickets(order: QUEUE, after: "<extreme Query.tickets QUEUE 1>") { totalCount edges { cursor } } }',
        codes={"INTERNAL": 1},
        by_reference=True,
    ),
    Case(
        "a place past every number, beside what can be read",
        '{ team(key: "team-0") { name tickets(order: QUEUE, after: "<extreme Query.tickets QUEUE 0>") { edges { '
        "cursor } } } teams { totalCount } }",
        codes={"INTERNAL": 1},
        by_reference=True,
    ),
    Case(
        "a place past every time",
        '{ tickets(after: "<extreme Query.tickets NEWEST_FIRST 0>") { edges { cursor } } orders(before: "<extreme '
        'Query.orders NEWEST_FIRST 0>", last: 2) { edges { cursor } } }',
    ),
]

ODD = "owner of the odd shop"
UNTOLD = [
    Case(
        "a number past 32 bits",
        "{ tickets { totalCount edges { node { number } } } }",
        caller=ODD,
        codes={"INTERNAL": 1},
    ),
    Case("but not asked for", "{ tickets { edges { node { id subject } } } }", caller=ODD),
    Case(
        "a number below what may be null",
        "{ orders { edges { node { externalId tickets { edges { node { number } } } } } } }",
        caller=ODD,
        codes={},
    ),
    Case(
        "numbers below many that may be null",
        "{ customers(order: OLDEST_FIRST) { edges { node { externalId tickets { edges { node { number } } } } } } }",
        caller=ODD,
        codes={"INTERNAL": 3},
    ),
    Case(
        "days at the ends of the calendar, which PostgreSQL calls infinite, in a list of a row",
        '{ customer(externalId: "c-1") { orders { edges { node { promisedOn } } } } }',
        caller=ODD,
        data={"customer": {"orders": {"edges": [{"node": {"promisedOn": "0001-01-01"}}]}}},
    ),
    Case(
        "an amount past 64 bits",
        "{ orders { edges { node { totalAmount paidAmount whereabouts { code missingAmount } } } } }",
        caller=ODD,
        codes={"INTERNAL": 1},
    ),
    Case(
        "amounts past 64 bits below what may be null",
        "{ tickets { edges { node { order { whereabouts { missingAmount } } } } } }",
        caller=ODD,
        codes={"INTERNAL": 3},
    ),
    Case(
        "a function that fails", "{ apiClients { edges { node { name scopes } } } }", caller=ODD, codes={"INTERNAL": 1}
    ),
    Case(
        "beside what can be told",
        "{ a: apiClients { edges { node { scopes } } } b: apiClients { edges { node { name } } } tickets(first: 1, "
        "filter: {number: 1}) { edges { node { number } } } }",
        caller=ODD,
        codes={"INTERNAL": 1},
    ),
    Case("days at the ends of time", "{ orders { edges { node { promisedOn placedAt } } } }", caller=ODD),
]

INVALID = [
    Case("a variable that is no number", "query ($n: Int) { tickets(first: $n) { totalCount } }", {"n": "1"}),
    Case("a variable that is missing", "query ($n: ID!) { node(id: $n) { id } }", {}),
    Case("a variable that is null", "query ($n: ID!) { node(id: $n) { id } }", {"n": None}),
    Case("a value past 32 bits", "query ($n: Int) { ticket(number: $n) { id } }", {"n": 2**31}),
    Case("a literal past 32 bits", "{ ticket(number: 2147483648) { id } }"),
    Case("a field that is not there", "{ ticket(number: 1) { nothing } }"),
    Case("a key of two meanings", "{ ticket(number: 1) { a: id a: number } }"),
    Case("a list of two meanings", "{ ticket(number: 1) { entries(first: 1) { totalCount } entries { totalCount } } }"),
    Case("no text at all", ""),
    Case("half a text", "{ ticket(number: 1) { id }"),
    Case("no such operation", "query A { __typename } query B { __typename }", operation="C"),
    Case("which operation", "query A { __typename } query B { __typename }"),
    Case("what is not offered", "subscription { __typename }"),
    Case("a state that is not there", "{ tickets(filter: {state: [LOST]}) { totalCount } }"),
    Case("an instant without a zone", '{ tickets(filter: {dueAt: {from: "2026-11-02T09:00:00"}}) { totalCount } }'),
]

TOO_MUCH = [
    Case(
        "too deep",
        "{ ticket(number: 1) " + "{ customer { tickets { edges { node " * 3 + "{ id }" + "} } } } " * 3 + "}",
    ),
    Case("too costly", "{ tickets(first: 250) { edges { node { entries(first: 250) { edges { node { id } } } } } } }"),
    Case(
        "too costly with these variables",
        "query ($n: Int) { tickets(first: $n) { edges { node { entries(first: $n) { edges { node { id } } } } } } }",
        {"n": 250},
    ),
    Case("too often", "{ " + "viewer { kind } " * 21 + "}"),
    Case("too many aliases", "{ " + " ".join(f"a{n}: __typename" for n in range(51)) + " }"),
]


@pytest.mark.parametrize(**named(DENIED))
async def test_what_a_caller_may_not_see_is_refused_alike(world: World, case: Case) -> None:
    await holds(world, case)


@pytest.mark.parametrize(**named(WRONG))
async def test_wrong_arguments_are_refused_alike(world: World, case: Case) -> None:
    await holds(world, case)


@pytest.mark.parametrize(**named(UNTOLD))
async def test_what_cannot_be_told_is_an_error_in_its_place_alike(world: World, case: Case) -> None:
    await holds(world, case.of(by_reference=True))


@pytest.mark.parametrize(**named(INVALID))
async def test_what_is_no_request_is_refused_alike(world: World, case: Case) -> None:
    answer = await holds(world, case.of(codes={"INVALID_REQUEST": 1}, by_reference=True))
    assert "data" not in answer.whole


@pytest.mark.parametrize(**named(TOO_MUCH))
async def test_what_is_too_much_is_refused_alike(world: World, case: Case) -> None:
    await holds(world, case.of(codes={"QUERY_TOO_COMPLEX": 1}, by_reference=True))
