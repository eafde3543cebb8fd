"""How many connections a request holds, and that it gives them back however it ends."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import QueuePool, func, select

from api.app import create_app
from api.graphql import view
from api.graphql.view import LARGEST_OF_A_STRANGER
from domain.agents.passwords import Passwords
from domain.kit.database import Database, engine_for
from domain.kit.straight import Prepared, Record, Straight
from domain.orders.models import Customer
from domain.tenants.permissions import Permission
from migrations.run import head
from tests.api.http.conftest import URL, HandClock, make_client, settings_for
from tests.api.http.test_authentication import access_token
from tests.conftest import CountStatements, Shop
from tests.servers import Servers

READ = {"query": "{ customers(first: 3) { edges { node { name } } } }"}
WRITE = """mutation ($input: CustomersImportInput!) { customersImport(input: $input) {
    __typename ... on CustomersImported { created } } }"""


def write(number: int) -> dict[str, Any]:
    customer = {"externalId": f"c-{number}", "name": f"Customer {number}"}
    return {"query": WRITE, "variables": {"input": {"customers": [customer]}}}


@dataclass(frozen=True)
class Narrow:
    """The API on a single connection, and a client of the shop that may read and write orders."""

    app: FastAPI
    database: Database
    http: httpx2.AsyncClient

    @property
    def held(self) -> int:
        pool = self.database.engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()

    async def ask(self, body: Mapping[str, Any]) -> Any:
        answer = await self.http.post("/graphql", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


@pytest.fixture
async def narrow(
    servers: Servers, database: Database, shop: Shop, clock: HandClock, passwords: Passwords
) -> AsyncIterator[Narrow]:
    only = Database(engine_for(servers.app_url, pool_size=1, pool_wait=20))
    app = create_app(settings_for(servers), only, clock, revision=head(), passwords=passwords)
    client, _ = await make_client(database, shop, Permission.ORDERS_READ, Permission.ORDERS_WRITE)
    headers = {"Authorization": f"Bearer {await access_token(database, shop, client)}"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL, headers=headers) as http:
        yield Narrow(app, only, http)
    await only.close()


async def test_a_query_reads_in_the_transaction_in_which_its_caller_was_found(
    http: httpx2.AsyncClient, database: Database, shop: Shop, statements: CountStatements
) -> None:
    client, _ = await make_client(database, shop, Permission.ORDERS_READ)
    bearer = {"Authorization": f"Bearer {await access_token(database, shop, client)}"}
    with statements() as sent:
        answer = await http.post("/graphql", json=READ, headers=bearer)
    assert answer.json() == {"data": {"customers": {"edges": []}}}
    assert [one.startswith("SELECT") for one in sent] == [True, True]


async def test_requests_of_all_kinds_share_a_single_connection(narrow: Narrow, database: Database, shop: Shop) -> None:
    both = {"query": "{ a: customers(first: 1) { edges { node { name } } } viewer { kind } }"}
    bodies = [body for number in range(10) for body in (READ, write(number), both)]
    answers = await asyncio.gather(*(narrow.ask(body) for body in bodies))
    assert [answer["customersImport"]["created"] for answer in answers if "customersImport" in answer] == [1] * 10
    assert narrow.held == 0
    async with database.reading(shop.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Customer)) == 10


async def test_who_finds_no_connection_is_told_to_come_again(narrow: Narrow, shop: Shop) -> None:
    url = narrow.database.engine.url.render_as_string(hide_password=False)
    await narrow.database.close()
    narrow.database.engine = engine_for(url, pool_size=1, pool_wait=0.05)
    async with narrow.database.straight(shop.tenant_id):
        answer = await narrow.http.post("/graphql", json=READ)
    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (503, {"error": "BUSY"}, "1")
    assert (await narrow.http.post("/graphql", json=READ)).status_code == 200


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"query": "{ nothing }"}', b'{"query": "{ __typename }"}'])
async def test_what_reads_nothing_holds_nothing_after_its_answer(narrow: Narrow, content: bytes) -> None:
    answer = await narrow.http.post("/graphql", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400)
    assert narrow.held == 0


async def test_who_is_refused_holds_nothing(narrow: Narrow) -> None:
    for bearer in (f"szat_{'0' * 32}_{'0' * 32}_{'x' * 43}", "x"):
        answer = await narrow.http.post("/graphql", json=READ, headers={"Authorization": f"Bearer {bearer}"})
        assert answer.status_code == 401
        assert narrow.held == 0


async def test_what_goes_wrong_inside_gives_its_connection_back(
    narrow: Narrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object, **__: object) -> dict[str, Any]:
        assert narrow.held == 1
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patching:
        patching.setattr(view, "execute", failing)
        answer = await narrow.http.post("/graphql", json=READ)
    assert (answer.status_code, answer.json()["error"]) == (500, "INTERNAL")
    assert narrow.held == 0
    assert await narrow.ask(READ) == {"customers": {"edges": []}}


@pytest.mark.parametrize("statement", [1, 2], ids=["finding the caller", "reading"])
async def test_what_is_cancelled_gives_its_connection_back(
    narrow: Narrow, monkeypatch: pytest.MonkeyPatch, statement: int
) -> None:
    reached, asked, rows = asyncio.Event(), 0, Straight.rows

    async def stopping(self: Straight, prepared: Prepared, values: Mapping[str, Any]) -> list[Record]:
        nonlocal asked
        asked += 1
        if asked == statement:
            reached.set()
            await asyncio.Event().wait()
        return await rows(self, prepared, values)

    with monkeypatch.context() as patching:
        patching.setattr(Straight, "rows", stopping)
        task = asyncio.create_task(narrow.ask(READ))
        await reached.wait()
        assert narrow.held == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert narrow.held == 0
    assert await narrow.ask(READ) == {"customers": {"edges": []}}


async def test_who_goes_away_before_the_body_is_here_opened_nothing(narrow: Narrow) -> None:
    sent: list[Any] = []

    async def gone() -> dict[str, Any]:
        assert narrow.held == 0
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "scheme": "http", "path": "/graphql", "headers": headers}
    await narrow.app(scope, gone, send)
    assert (sent[0]["status"], narrow.held) == (400, 0)


async def test_no_connection_is_held_while_the_rest_of_a_long_body_comes(narrow: Narrow) -> None:
    body = orjson.dumps({**write(1), "more": "x" * LARGEST_OF_A_STRANGER})
    held: list[int] = []

    async def slowly() -> AsyncIterator[bytes]:
        yield body[: LARGEST_OF_A_STRANGER + 1]
        held.append(narrow.held)
        yield body[LARGEST_OF_A_STRANGER + 1 :]

    answer = await narrow.http.post("/graphql", content=slowly(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, held, narrow.held) == (200, [0], 0)


async def test_an_answer_is_sent_without_a_connection(narrow: Narrow) -> None:
    """However slowly the caller takes it."""
    held: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": orjson.dumps(READ), "more_body": False}

    async def send(message: Any) -> None:
        held.append(narrow.held)

    given = {**narrow.http.headers, "content-type": "application/json"}
    headers = [(name.lower().encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "method": "POST", "scheme": "http", "path": "/graphql", "headers": headers}
    await narrow.app(scope, receive, send)
    assert held == [0, 0]
