"""Lists: every page of every list in every order, from both ends; and pages inside of pages."""

from typing import Any

import pytest

from tests.api.graphql.differential.cases import Case, holds, named
from tests.api.graphql.differential.conftest import World
from tests.api.graphql.differential.tables import Field, tables

ROOTS = [field for field in tables().types["Query"].fields.values() if field.connection]
INSIDE = [
    field
    for type in tables().types.values()
    for field in type.fields.values()
    if field.connection and type.name != "Query"
]
LONGEST = {
    "Agent.openTickets": ("agent", 2),
    "Agent.shifts": ("agent", 3),
    "Ticket.transitions": ("ticket", 3),
    "Ticket": ("ticket", 2),
    "Order": ("order", 2),
    "Customer": ("customer", 0),
    "Agent": ("agent", 0),
    "Team": ("team", 0),
    "Skill": ("skill", 0),
    "Member": ("member", 8),
    "SeatLicence": ("seat_licence", 5),
    "Season": ("season", 1),
    "IntakeRule": ("intake_rule", 2),
    "IntakeRuleVersion": ("intake_rule_version", 0),
    "Payment": ("payment", 0),
    "Invoice": ("invoice", 0),
}
"""Of which row of a type its lists are walked through."""


def listed(fields: list[Any]) -> dict[str, Any]:
    """A field in each of its orders, as arguments of `pytest.mark.parametrize`."""
    pairs = [(field, order) for field in fields for order in list(field.orders)[1:] or [""]]
    names = [f"{field.parent}.{field.name} {order}".strip() for field, order in pairs]
    return {"argnames": ("field", "order"), "argvalues": pairs, "ids": names}


async def walk(
    world: World, field: Field, order: str, *, around: tuple[str, str] = ("", ""), forward: bool
) -> list[str]:
    """The cursors of the whole list, read in pages of three from one of its ends."""
    places: list[str] = []
    for _ in range(30):
        size, cursor = ("first", "after") if forward else ("last", "before")
        end = "" if not places else f', {cursor}: "{places[-1 if forward else 0]}"'
        sort = f", order: {order}" if order else ""
        text = (
            f"{{ {around[0]} {field.name}({size}: 3{end}{sort}) {{ edges {{ cursor node {{ id }} }} pageInfo {{ "
            f"hasNextPage hasPreviousPage startCursor endCursor }} totalCount }} {around[1]} }}"
        )
        found = (await holds(world, Case("walk", text))).whole["data"]
        found = found if not around[0] else next(iter(found.values()))
        page = [edge["cursor"] for edge in found[field.name]["edges"]]
        places = [*places, *page] if forward else [*page, *places]
        if not found[field.name]["pageInfo"]["hasNextPage" if forward else "hasPreviousPage"]:
            assert len(places) == found[field.name]["totalCount"]
            return places
    raise AssertionError("The list does not end.")


@pytest.mark.parametrize(**listed([field for field in ROOTS if "last" in field.arguments]))
async def test_every_list_is_walked_through_alike(world: World, field: Field, order: str) -> None:
    forward = await walk(world, field, order, forward=True)
    assert forward == await walk(world, field, order, forward=False)
    assert len(forward) == len(set(forward)) > 1


async def test_the_stream_is_walked_through_alike(world: World) -> None:
    assert len(await walk(world, tables().types["Query"].fields["events"], "", forward=True)) == 13


@pytest.mark.parametrize(**listed(INSIDE))
async def test_every_list_of_a_row_is_walked_through_alike(world: World, field: Field, order: str) -> None:
    prefix, place = LONGEST.get(f"{field.parent}.{field.name}") or LONGEST[field.parent]
    around = f'node(id: "{world.samples.ids[prefix][place]}") {{ ... on {field.parent} {{', "} }"
    forward = await walk(world, field, order, around=around, forward=True)
    assert forward == await walk(world, field, order, around=around, forward=False)
    assert len(forward) == len(set(forward)) > 0


CASES = [
    Case("no item", "{ tickets(first: 0) { edges { cursor } totalCount pageInfo { hasNextPage startCursor } } }"),
    Case("no item from the end", "{ tickets(last: 0) { edges { cursor } pageInfo { hasPreviousPage endCursor } } }"),
    Case(
        "no item of each row",
        "{ tickets(first: 3) { edges { node { entries(first: 0) { edges { cursor } totalCount pageInfo { hasNextPage "
        "startCursor } } } } } }",
    ),
    Case("the length alone", "{ tickets { totalCount } }", data={"tickets": {"totalCount": 25}}),
    Case("how it lies alone", "{ tickets(first: 2) { pageInfo { hasNextPage startCursor endCursor } } }"),
    Case("neither items nor length", "{ tickets(first: 2) { __typename edges { __typename } } }"),
    Case(
        "the lengths of the rows' lists alone",
        "{ customers { edges { node { orders { totalCount } tickets { totalCount } } } } }",
    ),
    Case(
        "how the rows' lists lie alone",
        "{ customers { edges { node { orders(first: 1) { pageInfo { hasNextPage } } } } } }",
    ),
    Case("null for everything", "{ tickets(first: null, after: null, last: null, before: null) { totalCount } }"),
    Case(
        "only what precedes",
        '{ tickets(before: "<cursor Query.tickets NEWEST_FIRST 3>") { edges { node { number } } pageInfo { '
        "hasNextPage hasPreviousPage } } }",
    ),
    Case(
        "past the last",
        '{ orders(after: "<cursor Query.orders NEWEST_FIRST 15>") { edges { cursor } totalCount pageInfo { '
        "hasNextPage hasPreviousPage startCursor } } }",
    ),
    Case(
        "before the first",
        '{ orders(last: 2, before: "<cursor Query.orders NEWEST_FIRST 0>") { edges { cursor } pageInfo { hasNextPage '
        "} } }",
    ),
    Case(
        "another row's place in the rows' lists",
        '{ customers { edges { node { tickets(first: 2, after: "<cursor Query.tickets NEWEST_FIRST 9>") { edges { '
        "node { number } } pageInfo { hasPreviousPage } } } } } }",
    ),
    Case(
        "three lists deep",
        "{ orders(first: 9) { edges { node { payments(first: 2) { edges { node { entries(last: 2) { edges { node { "
        "amount at } } totalCount } } } } } } } }",
    ),
    Case(
        "three lists deep, each with its length and place",
        "{ teams(first: 3) { totalCount edges { cursor node { agents(first: 2, order: LONGEST_IDLE_FIRST) { "
        "totalCount edges { cursor node { skills(last: 1) { totalCount edges { cursor } pageInfo { startCursor } } } "
        "} } } } } }",
    ),
    Case(
        "lists beside each other at every level",
        "{ agents(first: 3) { edges { node { teams(first: 2) { edges { node { name } } } skills(first: 2) { edges { "
        "node { name } } } seatAssignments(first: 2) { edges { node { from licence { assignments(first: 1) { "
        "totalCount } } } } } openTickets(first: 1, order: QUEUE) { edges { node { entries(last: 1) { edges { node { "
        "kind } } } } } } capacities { channel items } } } } }",
    ),
    Case(
        "lists without pages",
        "{ seasons { edges { node { teams { key } skills { name agents(first: 1) { totalCount } } capacities { "
        "channel items } again: capacities { items } } } } agents { edges { node { capacities { channel } } } } }",
    ),
    Case(
        "rows that some conditions leave out",
        "{ seasons { edges { node { people(first: 3) { totalCount edges { node { name removedAt agent { name } "
        "plannedInvitation { isHeld } } } } licences(first: 2) { totalCount edges { node { isLive } } } } } } }",
    ),
    Case(
        "the newest of some, of one, of none",
        "{ tickets { edges { node { lastEntry { kind at decision { outcome result { kind } } delivery { state } } } "
        "} } agents { edges { node { currentSeat { isLive kind } member { agent { name } } } } } }",
    ),
    Case(
        "short lists of rows without an id, and what they lead to",
        "{ tickets { edges { node { need { channel needsContact skills { level skill { id key name } } } topic { "
        "skills { skill { agents(first: 1) { totalCount } } level } } } } } topics { edges { node { skills { "
        "__typename skill { __typename name } } } } } }",
    ),
    Case(
        "single rows that are not there",
        "{ tickets { edges { node { order { number } assignee { name } externalId } } } seatLicences { "
        "edges { node { season { name } createdBy { name } currentAssignment { agent { name } } to } } } }",
    ),
    Case(
        "authors who are no members",
        "{ tickets(first: 9) { edges { node { entries { edges { node { authorKind authorId authorMember { name } } } "
        "} transitions { edges { node { actorKind actorId actorMember { name } fromState } } } } } } }",
    ),
    Case(
        "values of all shapes",
        "{ tickets { edges { node { routingDecisions { edges { node { detail } } } } } } events { edges { node { "
        "data aggregateId traceId } } } }",
    ),
    Case(
        "what depends on the instant",
        "{ invitations { edges { node { isOpen expiresAt } } } seasons { edges { node { state from to } } } "
        "seatAssignments { edges { node { isLive from to } } } orders { edges { node { whereabouts { late code } } } "
        "} }",
    ),
    Case(
        "whole numbers at their ends",
        "{ invoices { edges { node { number total lines { edges { node { quantity whole amount unitAmount unit } } } "
        "} } } prepaidEntries { edges { node { quantity amount charge { whole } } } } events(afterSequence: 12) { "
        "edges { node { sequence } } } }",
    ),
    Case(
        "nothing at all",
        "{ tickets { totalCount edges { cursor node { entries { totalCount } } } pageInfo { hasNextPage "
        "hasPreviousPage startCursor endCursor } } orders(last: 3) { edges { node { id } } } ticket(number: 1) { id "
        "} viewer { tenant { name } member { id } seat { id } } }",
        caller="owner of the bare shop",
    ),
    Case(
        "the largest page, with more inside",
        "{ tickets(first: 250) { edges { node { number team { name } entries(first: 9) { edges { node { kind } } } } "
        "} } }",
    ),
    Case(
        "what others than plans read, beside them",
        '{ tickets(first: 1) { totalCount } statistics(from: "2026-10-01T00:00:00Z", to: "2026-12-01T00:00:00Z", '
        "groupBy: TEAM) { groups { key team { name } } } dayPassBalances { kind left } invoicePreview { total } "
        "__schema { queryType { name } } }",
        by_reference=True,
    ),
]


@pytest.mark.parametrize(**named(CASES))
async def test_lists_are_read_alike(world: World, case: Case) -> None:
    await holds(world, case)
