"""Keyset pages: however a list is cut, the pages put together are the list."""

from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest
from sqlalchemy import UniqueConstraint

from api.graphql.reading import cursors
from api.graphql.reading.keysets import Keyset
from api.graphql.reading.sources import ToMany
from api.graphql.schema import Schema
from api.graphql.types.tickets import TicketOrdering
from domain.kit.database import Database
from domain.tickets.models import Ticket
from tests.api.graphql.conftest import Asker
from tests.api.graphql.declared import relations
from tests.api.graphql.filled import Filled, fill
from tests.conftest import NOW, FoundShop

MANY = 13


@pytest.fixture(scope="module")
async def many(database: Database, found_shop: FoundShop) -> Filled:
    """Tickets of which several tie in each column that they are ordered by; nothing is changed here."""
    return await fill(database, await found_shop(), tickets=MANY, entries=7)


@pytest.fixture
def reader(queries: Schema, database: Database, many: Filled) -> Asker:
    return Asker(queries, database, many.tenant_id)


def in_order(many: Filled, order: str) -> list[int]:
    def place(ticket: Ticket) -> Any:
        match order:
            case "NEWEST_FIRST":
                return -ticket.arrived_at.timestamp(), -ticket.id.int
            case "OLDEST_FIRST":
                return ticket.arrived_at, ticket.id.int
            case _:
                return -ticket.priority, ticket.due_at, ticket.arrived_at, ticket.id.int

    return [ticket.number for ticket in sorted(many.rows["ticket"], key=place)]


FORWARD = """query ($order: TicketOrdering!, $size: Int!, $cursor: String) {
    tickets(order: $order, first: $size, after: $cursor) {
        edges { cursor node { number } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}"""
BACKWARD = FORWARD.replace("first:", "last:").replace("after:", "before:")


@pytest.mark.parametrize("order", list(TicketOrdering.__members__))
@pytest.mark.parametrize("size", [1, 2, 5, MANY - 1, MANY, MANY + 1])
async def test_pages_forward_put_together_are_the_list(order: str, size: int, many: Filled, reader: Asker) -> None:
    found: list[int] = []
    cursor, more = None, True
    while more:
        page = (await reader.data(FORWARD, order=order, size=size, cursor=cursor))["tickets"]
        found += [edge["node"]["number"] for edge in page["edges"]]
        info = page["pageInfo"]
        assert info["startCursor"] == page["edges"][0]["cursor"]
        assert info["hasPreviousPage"] is (cursor is not None)
        cursor, more = info["endCursor"], info["hasNextPage"]
    assert found == in_order(many, order)


@pytest.mark.parametrize("order", list(TicketOrdering.__members__))
@pytest.mark.parametrize("size", [1, 2, 5, MANY - 1, MANY, MANY + 1])
async def test_pages_backward_put_together_are_the_list(order: str, size: int, many: Filled, reader: Asker) -> None:
    found: list[int] = []
    cursor, more = None, True
    while more:
        page = (await reader.data(BACKWARD, order=order, size=size, cursor=cursor))["tickets"]
        found = [edge["node"]["number"] for edge in page["edges"]] + found
        info = page["pageInfo"]
        assert info["endCursor"] == page["edges"][-1]["cursor"]
        assert info["hasNextPage"] is (cursor is not None)
        cursor, more = info["startCursor"], info["hasPreviousPage"]
    assert found == in_order(many, order)


@pytest.mark.parametrize(("arguments", "expected"), [("first: 4", [0, 1, 2, 3]), ("last: 4", [3, 4, 5, 6])])
async def test_every_parent_gets_a_page_of_its_own(arguments: str, expected: list[int], reader: Asker) -> None:
    data = await reader.data(
        f"{{ tickets {{ edges {{ node {{ entries({arguments}) {{ edges {{ node {{ body }} }} }} }} }} }} }}"
    )
    pages = [
        [edge["node"]["body"] for edge in ticket["node"]["entries"]["edges"]] for ticket in data["tickets"]["edges"]
    ]
    assert pages == [[f"Wpis {index}" for index in expected]] * MANY


async def test_a_list_below_another_goes_on_where_it_stopped(reader: Asker) -> None:
    query = """query ($after: String) { ticket(number: 1) {
        entries(first: 3, after: $after) { edges { node { body } } pageInfo { hasNextPage endCursor } }
    } }"""
    found: list[str] = []
    after, more = None, True
    while more:
        page = (await reader.data(query, after=after))["ticket"]["entries"]
        found += [edge["node"]["body"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == [f"Wpis {index}" for index in range(7)]


async def test_a_filter_narrows_the_list_its_count_and_its_pages(reader: Asker, many: Filled) -> None:
    query = """query ($filter: TicketFilter, $after: String) { tickets(first: 2, after: $after, filter: $filter) {
        totalCount edges { node { number } } pageInfo { endCursor hasNextPage }
    } }"""
    held = {"state": ["ASSIGNED"], "arrivedAt": {"to": NOW.isoformat()}}
    found: list[int] = []
    after, more = None, True
    while more:
        page = (await reader.data(query, filter=held, after=after))["tickets"]
        assert page["totalCount"] == MANY // 2
        found += [edge["node"]["number"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == [number for number in in_order(many, "NEWEST_FIRST") if number % 2 == 0]


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ({}, MANY),
        ({"number": 3}, 1),
        ({"state": []}, 0),
        ({"open": True}, MANY),
        ({"open": False}, 0),
        ({"open": False, "state": ["QUEUED"]}, 0),
        ({"assigned": True}, MANY // 2),
        ({"assigned": False}, MANY - MANY // 2),
        ({"teamId": "team_" + "0" * 32}, 0),
        ({"teamId": "nonsense"}, 0),
        ({"arrivedAt": {}}, MANY),
        ({"arrivedAt": {"from": NOW.isoformat()}}, 1),
        ({"channel": ["CHAT"]}, 0),
    ],
)
async def test_filters(filter: dict[str, Any], count: int, reader: Asker) -> None:
    query = "query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount } }"
    assert (await reader.data(query, filter=filter))["tickets"]["totalCount"] == count


async def test_an_email_is_found_however_it_is_written(reader: Asker) -> None:
    query = '{ customers(filter: { email: "C1@Klient.example" }) { edges { node { externalId } } } }'
    assert await reader.data(query) == {"customers": {"edges": [{"node": {"externalId": "c-1"}}]}}


async def test_the_stream_is_read_from_a_place_in_it(reader: Asker) -> None:
    query = "query ($after: Long) { events(afterSequence: $after) { totalCount edges { node { sequence } } } }"
    assert (await reader.data(query))["events"]["edges"] == [{"node": {"sequence": 1}}, {"node": {"sequence": 2}}]
    assert (await reader.data(query, after=1))["events"] == {"totalCount": 1, "edges": [{"node": {"sequence": 2}}]}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: 251", "BAD_PAGE"),
        ("first: -1", "BAD_PAGE"),
        ("last: 251", "BAD_PAGE"),
        ("first: 1, last: 1", "BAD_PAGE"),
        ('first: 1, before: "x"', "BAD_PAGE"),
        ('after: "x"', "BAD_CURSOR"),
        ('after: ""', "BAD_CURSOR"),
        ('after: "źle"', "BAD_CURSOR"),
        ('before: "W10"', "BAD_CURSOR"),
        ('after: "bnVsbA"', "BAD_CURSOR"),
        ('filter: { orderId: "x", number: 1 }', None),
    ],
)
async def test_what_makes_no_sense_is_refused(arguments: str, code: str | None, reader: Asker) -> None:
    answer = await reader.ask(f"{{ tickets({arguments}) {{ edges {{ node {{ id }} }} }} }}")
    assert [error["extensions"]["code"] for error in answer.get("errors", [])] == ([code] if code else [])


async def test_a_page_of_nothing_still_says_if_there_is_more(reader: Asker) -> None:
    data = await reader.data("{ tickets(first: 0) { edges { cursor } pageInfo { hasNextPage endCursor } } }")
    assert data["tickets"] == {"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}


async def test_a_cursor_of_another_order_is_refused(reader: Asker) -> None:
    page = await reader.data("{ tickets(first: 1, order: QUEUE) { pageInfo { endCursor } } }")
    query = "query ($after: String) { tickets(after: $after) { totalCount } }"
    assert await reader.codes(query, after=page["tickets"]["pageInfo"]["endCursor"]) == ["BAD_CURSOR"]


@pytest.mark.parametrize(
    "content",
    [
        [1],
        [2, "mark", "2026-11-02T09:00:00+00:00", "0" * 32],
        [1, "mark", 5, "0" * 32],
        [1, "mark", "2026-11-02", None],
        [1, "mark", "0001-01-01T00:00:00+14:00", "0" * 32],
        [1, "mark", "2026-11-02T09:00:00+00:00", "0" * 32, "more"],
        {"a": 1},
    ],
)
def test_a_forged_cursor_is_refused(content: Any) -> None:
    order: Keyset = TicketOrdering.NEWEST_FIRST.value
    mark = order.mark()
    forged = [mark if part == "mark" else part for part in content] if isinstance(content, list) else content
    with pytest.raises(cursors.BadCursor):
        cursors.decode(order, urlsafe_b64encode(orjson.dumps(forged)).decode())


def test_every_order_ends_in_a_unique_column_and_has_no_nullable_one() -> None:
    orders = [getattr(field.source, "order", getattr(field.source, "by", None)) for _, _, field in relations()]
    orders += [member.value for field in relations() for member in getattr(field[2].source, "orders", None) or ()]
    keysets = [order for order in orders if isinstance(order, Keyset)]
    assert len(keysets) > 30
    for order in keysets:
        columns = [getattr(column.expression, "property", None) for column in order.columns]
        assert not [column for column in columns if column is not None and column.columns[0].nullable]
        assert order.columns[-1].expression.key in ("id", "channel", "position", "skill_id", "language")


def test_positions_are_unique_among_those_of_one_parent() -> None:
    sources = [field.source for _, _, field in relations() if isinstance(field.source, ToMany)]
    numbered = [(source.key, source.order.columns[-1].expression) for source in sources]
    numbered = [(key, position) for key, position in numbered if position.key == "position"]
    assert len(numbered) >= 5
    for key, _ in numbered:
        constraints = [each for each in key.class_.__table__.constraints if isinstance(each, UniqueConstraint)]
        assert ["tenant_id", key.key, "position"] in [[column.name for column in each.columns] for each in constraints]
