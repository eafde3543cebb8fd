"""What goes wrong inside stays inside, under a reference."""

from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from tests.api.graphql.conftest import Asker

DETAIL = "password=hunter2 at /srv/sezon"


class Broken(Exception):
    def __init__(self) -> None:
        super().__init__(DETAIL)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> Any:
        raise Broken

    monkeypatch.setattr("api.graphql.reading.loaders.Loaders._read", fail)


@pytest.mark.usefixtures("broken")
async def test_an_unexpected_error_is_masked_and_logged_under_its_reference(asker: Asker) -> None:
    asker.planned = False
    with capture_logs() as logs:
        answer = await asker.ask("{ ticket(number: 1) { id } }")
    [error] = answer["errors"]
    assert answer["data"] == {"ticket": None}
    assert error["message"] == "Internal error"
    assert error["path"] == ["ticket"]
    assert set(error["extensions"]) == {"code", "reference"}
    assert error["extensions"]["code"] == "INTERNAL"
    assert UUID(error["extensions"]["reference"]).version == 4
    assert DETAIL not in str(answer)
    [log] = [log for log in logs if log["event"] == "graphql.internal_error"]
    assert log["reference"] == error["extensions"]["reference"]
    assert str(log["exc_info"]) == DETAIL
    assert log["log_level"] == "error"


@pytest.mark.usefixtures("broken")
async def test_one_cause_has_one_reference_however_many_fields_it_broke(asker: Asker) -> None:
    with capture_logs() as logs:
        answer = await asker.ask(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[f"ticket_{i:032x}" for i in range(1, 4)]
        )
    assert len(answer["errors"]) == 1 or len({e["extensions"]["reference"] for e in answer["errors"]}) == 1
    assert len([log for log in logs if log["event"] == "graphql.internal_error"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "",
        "{ tickt { id } }",
        "{ ticket(numbr: 1) { id } }",
        "{ tickets(order: NEWEST) { totalCount } }",
        '{ ticket(number: "one") { id } }',
        "query ($order: TicketOrdering!) { tickets(order: $order) { totalCount } }",
        "mutation { anything }",
        "subscription { anything }",
        "query a { viewer { kind } } query b { viewer { kind } } fragment c on Viewer { kind }",
        "fragment a on Viewer { kind }",
    ],
)
async def test_a_wrong_document_is_explained_without_suggestions(query: str, asker: Asker) -> None:
    answer = await asker.ask(query, order="NEWEST")
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"INVALID_REQUEST"}
    assert "Did you mean" not in str(answer)


@pytest.mark.parametrize(
    "value", ["2026-11-02T09:00:00", "yesterday", "0001-01-01T00:00:00+14:00", 5, "2026-11-02", None]
)
async def test_an_instant_without_its_zone_is_refused(value: Any, asker: Asker) -> None:
    query = "query ($at: DateTime) { tickets(filter: { arrivedAt: { from: $at } }) { totalCount } }"
    answer = await asker.ask(query, at=value)
    assert [error["extensions"]["code"] for error in answer.get("errors", [])] == (
        [] if value is None else ["INVALID_REQUEST"]
    )


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 1.5, "1", True])
async def test_a_long_has_64_bits(value: Any, asker: Asker) -> None:
    query = "query ($after: Long) { events(afterSequence: $after) { totalCount } }"
    assert await asker.codes(query, after=value) == ["INVALID_REQUEST"]


async def test_a_long_at_its_bounds_is_taken(asker: Asker) -> None:
    query = "query ($after: Long) { events(afterSequence: $after) { totalCount } }"
    assert (await asker.data(query, after=2**63 - 1))["events"] == {"totalCount": 0}
    assert (await asker.data("{ events(afterSequence: 9223372036854775807) { totalCount } }"))["events"] == {
        "totalCount": 0
    }


@pytest.mark.parametrize("arguments", ["", '(id: "x", number: 1)', "(id: null)"])
async def test_one_thing_is_asked_for_by_exactly_one_key(arguments: str, asker: Asker) -> None:
    assert await asker.codes(f"{{ ticket{arguments} {{ id }} }}") == ["BAD_KEY"]


async def test_a_text_that_nothing_stored_has_finds_nothing(asker: Asker) -> None:
    assert await asker.data("query ($key: String) { team(key: $key) { id } }", key="a\0") == {"team": None}
    query = "query ($key: String) { orders(filter: { number: $key }) { totalCount } }"
    assert await asker.codes(query, key="a\0") == ["BAD_FILTER"]
