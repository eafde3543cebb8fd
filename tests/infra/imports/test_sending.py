"""Rows on their way: each is counted once, whatever becomes of its request."""

import asyncio
import json
from collections import Counter
from typing import Any

import httpx2
import pytest

from infra.commands.imports import service as speaking
from infra.commands.imports.access import Access
from infra.commands.imports.graphql import ORDERS
from infra.commands.imports.rows import Fault, Refused, Row
from infra.commands.imports.sending import AT_ONCE, Sending
from infra.commands.imports.service import Service
from infra.commands.imports.tally import Tally
from infra.embedded.errors import CannotRun

ACCESS = Access("https://sezon.example/graphql", "https://sezon.example/oauth/token", "szc_1", "s")


class Meter:
    through = 0

    def advance(self, rows: int) -> None:
        self.through += rows


class Api:
    """Takes every order but those whose name says otherwise; notes what it was sent."""

    def __init__(self, *, most: int = 250, breaks_at: int | None = None) -> None:
        self.most, self.breaks_at = most, breaks_at
        self.batches: list[list[str]] = []
        self.keys: list[str] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == ACCESS.token_url:
            return httpx2.Response(200, json={"access_token": "t", "expires_in": 3600, "scope": "orders:write"})
        await asyncio.sleep(0)
        sent = json.loads(request.content)["variables"]["input"]
        assert sent["policy"] == "SKIP_FAILED"
        names = [order["externalId"] for order in sent["orders"]]
        if self.breaks_at == len(self.batches):
            return httpx2.Response(404)
        if len(names) > self.most or "huge" in names:
            return httpx2.Response(413)
        self.batches.append(names)
        self.keys.append(request.headers["idempotency-key"])
        rows = [_told(index, name) for index, name in enumerate(names)]
        return httpx2.Response(200, json={"data": {"outcome": {"__typename": "OrdersImported", "rows": rows}}})


def _told(index: int, name: str) -> dict[str, Any]:
    if not name.startswith("bad"):
        return {"index": index, "outcome": "UNCHANGED" if name == "known" else "CREATED", "failures": []}
    place = f"lines[{name.removeprefix('bad')}].quantity"
    failure = {"code": "INVALID_INPUT", "field": place, "message": f"{place}: must be 1 to 1,000,000"}
    return {"index": index, "outcome": "REFUSED", "failures": [failure]}


async def send(api: Api, rows: list[Row | Refused], *, stopping: asyncio.Event | None = None) -> tuple[Tally, Meter]:
    tally, meter, stopped = Tally(), Meter(), stopping or asyncio.Event()
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(api)) as http:
        service = Service(ACCESS, http, stopping=stopped)
        await Sending(ORDERS, service, tally, meter, "run", stopped).send(rows)
    return tally, meter


def orders(*names: str) -> list[Row | Refused]:
    return [Row(name, {"externalId": name}, [number]) for number, name in enumerate(names, start=2)]


def many(count: int) -> list[Row | Refused]:
    return orders(*(f"o{number}" for number in range(count)))


async def test_every_row_is_counted_and_the_refused_ones_say_why() -> None:
    here = Refused("unread", [Fault("UNREADABLE", "price", "must be a number")], [9])
    tally, meter = await send(Api(), [*orders("o1", "bad0", "known", "bad7"), here])
    assert tally.outcomes == Counter(CREATED=1, UNCHANGED=1, REFUSED=3)
    assert (tally.through, meter.through) == (5, 5)
    assert tally.counts() == "1 created, 0 updated, 1 unchanged, 3 refused"
    assert [(row.external_id, row.lines) for row in tally.refused] == [("unread", [9]), ("bad0", [3]), ("bad7", [5])]
    assert list(tally.reasons()) == [
        "      2  INVALID_INPUT  lines[…].quantity: must be 1 to 1,000,000  (bad0, bad7)",
        "      1  UNREADABLE  price: must be a number  (unread)",
    ]


async def test_reasons_name_the_first_rows_alone_and_the_rest_by_count() -> None:
    tally = Tally()
    for number in range(5):
        tally.refuse(Refused(f"o{number}", [Fault("NO_CUSTOMER", "customer_id", "is blank")], [number]))
    for number in range(40):
        tally.refuse(Refused(f"x{number}", [Fault("INVALID", f"part{number}", "is wrong")], [number]))
    told = list(tally.reasons())
    assert told[0] == "      5  NO_CUSTOMER  customer_id: is blank  (o0, o1, o2, …)"
    assert (len(told), told[-1]) == (31, "         and 11 other reasons")


async def test_a_reason_names_the_column_of_the_file() -> None:
    columns = {"lines.quantity": "pieces", "customer.externalId": "customer_id (blank here, so a@b.example)"}
    tally, _ = await send(Api(), [Row("bad3", {"externalId": "bad3"}, [2], columns)])
    assert list(tally.reasons()) == ["      1  INVALID_INPUT  pieces: must be 1 to 1,000,000  (bad3)"]


class Reluctant(Api):
    """Keeps each request under way until a later one has come, or there is none for a while; notes who is in."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[set[str]] = []
        self.together = 0
        self.told: list[tuple[str, str]] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == ACCESS.token_url:
            return await super().__call__(request)
        orders = json.loads(request.content)["variables"]["input"]["orders"]
        customers = {order["customer"]["externalId"] for order in orders}
        assert all(not customers & others for others in self.inside)
        self.inside.append(customers)
        self.together = max(self.together, len(self.inside))
        for _ in range(50):  # turns in which others could come in
            await asyncio.sleep(0)
        self.told += [(order["customer"]["externalId"], order["externalId"]) for order in orders]
        self.inside.remove(customers)
        return await super().__call__(request)


async def test_the_orders_of_one_customer_are_sent_in_their_order_and_others_meanwhile() -> None:
    def order(batch: int, place: int) -> Row:
        """Every batch has rows of its own customers; every other one has the same customer first."""
        customer = "often" if place == 0 and batch % 2 == 0 else f"c{batch}-{place}"
        name = f"o{batch:02}-{place:03}"
        return Row(name, {"externalId": name, "customer": {"externalId": customer}}, [place])

    api = Reluctant()
    tally, _ = await send(api, [order(batch, place) for batch in range(8) for place in range(250)])
    assert tally.outcomes == Counter(CREATED=2_000)
    assert [name for customer, name in api.told if customer == "often"] == [f"o{n:02}-000" for n in (0, 2, 4, 6)]
    assert api.together > 1


async def test_what_waits_for_a_request_that_fails_for_good_is_not_sent() -> None:
    tally, asked = Tally(), []

    async def broken(request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == ACCESS.token_url:
            return await Api()(request)
        asked.append(request)
        await asyncio.sleep(0)
        return httpx2.Response(404)

    rows = [Row(f"o{n}", {"externalId": f"o{n}", "customer": {"externalId": "c"}}, [n]) for n in range(1_000)]
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(broken)) as http:
        service = Service(ACCESS, http, stopping=asyncio.Event())
        with pytest.raises(CannotRun):
            await Sending(ORDERS, service, tally, Meter(), "run", asyncio.Event()).send(rows)
    assert (tally.through, len(asked)) == (0, 1)


async def test_a_request_that_is_too_large_is_sent_in_halves_down_to_the_row_that_is() -> None:
    api = Api(most=100)
    tally, meter = await send(api, [*many(300), *orders("huge")])
    assert tally.outcomes == Counter(CREATED=300, REFUSED=1)
    assert meter.through == 301
    assert sorted(name for batch in api.batches for name in batch) == sorted(f"o{number}" for number in range(300))
    assert max(len(batch) for batch in api.batches) <= 100
    assert len(set(api.keys)) == len(api.keys)
    assert tally.refused == [Refused("huge", [Fault("TOO_LARGE", None, "is too large to be sent")], [2])]


async def test_when_one_request_fails_for_good_those_under_way_are_counted_and_no_more_are_sent() -> None:
    api = Api(breaks_at=2)
    tally, meter = Tally(), Meter()
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(api)) as http:
        service = Service(ACCESS, http, stopping=asyncio.Event())
        with pytest.raises(CannotRun):
            await Sending(ORDERS, service, tally, meter, "run", asyncio.Event()).send(many(5_000))
    assert tally.through == meter.through == sum(len(batch) for batch in api.batches)
    assert len(api.batches) < 2 + AT_ONCE


async def test_after_a_stop_nothing_more_is_sent() -> None:
    api, stopping = Api(), asyncio.Event()
    stopping.set()
    tally, _ = await send(api, many(1_000), stopping=stopping)
    assert (tally.through, api.batches) == (0, [])


async def test_a_stop_ends_requests_that_wait_for_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "PAUSES", (60.0,))
    stopping = asyncio.Event()

    async def busy(request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == ACCESS.token_url:
            return httpx2.Response(200, json={"access_token": "t", "expires_in": 3600, "scope": "orders:write"})
        stopping.set()
        return httpx2.Response(503)

    tally = Tally()
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(busy)) as http:
        service = Service(ACCESS, http, stopping=stopping)
        await Sending(ORDERS, service, tally, Meter(), "run", stopping).send(many(1_000))
    assert tally.through == 0
