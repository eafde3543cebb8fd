"""`POST /graphql` over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx2
import orjson
import pytest
from starlette.types import ASGIApp

from api.context import RequestContext
from api.graphql import view
from api.graphql.reading.planned import Reads
from api.graphql.schema import Schema
from api.graphql.view import LARGEST_BODY, LARGEST_OF_A_STRANGER, LARGEST_QUERY, Endpoint
from api.http.authentication import CredentialsMissing, Unauthenticated
from api.http.beside import Beside
from api.http.requests import Head
from domain.kit.errors import Language
from tests.api.graphql.conftest import Asker

JSON = {"content-type": "application/json"}
VIEWER = {"query": "{ viewer { kind } }"}


ENDED: list[str] = []
"""How the operations of these tests ended, as the endpoint told."""


def app(schema: Schema, asker: Asker) -> ASGIApp:
    def done(outcome: str, seconds: float, fallbacks: Iterable[str]) -> None:
        assert seconds >= 0
        ENDED.append(" ".join([outcome, *fallbacks]))

    async def context_for(head: Head) -> RequestContext:
        if head.header(b"authorization") is None:
            raise Unauthenticated(CredentialsMissing(), Language.EN)
        return asker.context()

    return answering(Endpoint(schema, context_for=context_for, done=done))


def answering(endpoint: Endpoint) -> ASGIApp:
    return Beside(endpoint.answer, handlers={})


def client(app: ASGIApp, **headers: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://sezon.example", headers=headers)


@pytest.fixture
async def http(queries: Schema, asker: Asker) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(app(queries, asker), authorization="Bearer token") as opened:
        yield opened


async def test_a_query_is_answered_in_json(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/graphql", json=VIEWER)
    assert (answer.status_code, answer.json()) == (200, {"data": {"viewer": {"kind": "MEMBER"}}})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_variables_and_the_operations_name_are_taken(http: httpx2.AsyncClient) -> None:
    document = "query one($n: Int!) { ticket(number: $n) { number } } query two { viewer { kind } }"
    asked = {"query": document, "variables": {"n": 2}, "operationName": "one", "extensions": {}}
    assert (await http.post("/graphql", json=asked)).json() == {"data": {"ticket": {"number": 2}}}
    asked["operationName"] = "three"
    answer = await http.post("/graphql", json=asked)
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["INVALID_REQUEST"]


async def test_an_unknown_caller_is_refused(queries: Schema, asker: Asker) -> None:
    async with client(app(queries, asker)) as stranger:
        answer = await stranger.post("/graphql", json=VIEWER)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["error"] == "CREDENTIALS_MISSING"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (orjson.dumps([VIEWER, VIEWER]), 400),
        (b'"{ viewer { kind } }"', 400),
        (b"{}", 400),
        (b'{"query": 5}', 400),
        (b'{"query": "  "}', 400),
        (b'{"query": "{ a }", "variables": []}', 400),
        (b'{"query": "{ a }", "operationName": 1}', 400),
        (b'{"query": "\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b'{"query": "{ a }", "variables": null, "operationName": null}', 200),
    ],
)
async def test_what_is_no_request_is_refused(body: bytes, status: int, http: httpx2.AsyncClient) -> None:
    answer = await http.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/graphql", ""])
async def test_only_json_is_taken(kind: str, http: httpx2.AsyncClient) -> None:
    answer = await http.post("/graphql", content=orjson.dumps(VIEWER), headers={"content-type": kind})
    assert answer.status_code == 415


async def test_a_body_that_turns_out_too_large_is_refused_while_it_is_read(queries: Schema, asker: Asker) -> None:
    sent = 0
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(b"content-type", b"application/json"), (b"authorization", b"x"), (b"content-length", b"10")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await app(queries, asker)(scope, receive, send)
    assert answers[0]["status"] == 413
    assert sent == LARGEST_BODY // 65_536 + 1


async def test_a_stranger_is_refused_before_a_long_body_is_read(queries: Schema, asker: Asker) -> None:
    sent = 0
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await app(queries, asker)(scope, receive, send)
    assert answers[0]["status"] == 401
    assert sent == LARGEST_OF_A_STRANGER // 65_536 + 1


async def test_a_long_body_opens_nothing_but_its_own_rest(queries: Schema, asker: Asker) -> None:
    """Rights are read once more when it is here: the token may have ended meanwhile."""
    asked = 0

    async def context_for(_: Head) -> RequestContext:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Unauthenticated(CredentialsMissing(), Language.EN)
        return asker.context()

    async with client(answering(Endpoint(queries, context_for=context_for, done=lambda *_: None))) as http:
        answer = await http.post("/graphql", json={**VIEWER, "variables": {"long": "x" * LARGEST_OF_A_STRANGER}})
    assert (answer.status_code, asked) == (401, 2)


async def test_what_is_long_belongs_into_the_variables(http: httpx2.AsyncClient) -> None:
    long = "x" * (LARGEST_BODY - 200)
    answer = await http.post("/graphql", json={**VIEWER, "variables": {"long": long}})
    assert (answer.status_code, answer.json()) == (200, {"data": {"viewer": {"kind": "MEMBER"}}})
    query = "{ viewer { kind } }".ljust(LARGEST_QUERY)
    assert (await http.post("/graphql", json={"query": query})).status_code == 200
    answer = await http.post("/graphql", json={"query": query + " "})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_REQUEST")


async def test_a_body_of_the_largest_size_is_taken(http: httpx2.AsyncClient) -> None:
    body = orjson.dumps(VIEWER)
    answer = await http.post("/graphql", content=body + b" " * (LARGEST_BODY - len(body)), headers=JSON)
    assert answer.status_code == 200
    answer = await http.post("/graphql", content=body + b" " * (LARGEST_BODY - len(body) + 1), headers=JSON)
    assert answer.status_code == 413


async def test_get_is_refused(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/graphql", params={"query": "{ viewer { kind } }"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "viewer" not in answer.text


async def test_how_each_operation_ended_is_told(http: httpx2.AsyncClient) -> None:
    ENDED.clear()
    await http.post("/graphql", json=VIEWER)
    await http.post("/graphql", json={"query": "{ nothing }"})
    await http.get("/graphql")
    assert ENDED == ["ok", "error"]


async def test_who_it_is_is_asked_when_the_body_is_here_so_a_slow_one_carries_no_right_past_its_end(
    queries: Schema, asker: Asker
) -> None:
    order: list[str] = []

    async def context_for(_: Head) -> RequestContext:
        order.append("who")
        return asker.context()

    async def slowly() -> AsyncIterator[bytes]:
        whole = orjson.dumps(VIEWER)
        for part in (whole[:5], whole[5:]):
            order.append("body")
            yield part

    async with client(answering(Endpoint(queries, context_for=context_for, done=lambda *_: None))) as caller:
        answer = await caller.post("/graphql", content=slowly(), headers=JSON)
    assert answer.status_code == 200
    assert order == ["body", "body", "who"]


async def test_a_body_that_does_not_come_is_not_waited_for(
    queries: Schema, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "PATIENCE", 0.05)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with client(app(queries, asker)) as caller:
        answer = await caller.post("/graphql", content=never(), headers={**JSON, "authorization": "yes"})
    assert answer.status_code == 408


async def test_why_a_field_was_not_read_by_a_plan_is_told(http: httpx2.AsyncClient) -> None:
    ENDED.clear()
    query = "{ tickets(first: 1) { edges { node { entries(first: -1) { totalCount } } } } }"
    await http.post("/graphql", json={"query": query})
    assert ENDED == ["error argument"]


async def test_without_plans_the_executor_reads_it_all(queries: Schema, asker: Asker) -> None:
    async def context_for(_: Head) -> RequestContext:
        return context

    context = asker.context()
    told: list[tuple[str, list[str]]] = []
    endpoint = Endpoint(
        queries, context_for=context_for, done=lambda how, _, why: told.append((how, list(why))), planned=False
    )
    async with client(answering(endpoint)) as opened:
        await opened.post("/graphql", json={"query": "{ tickets { totalCount } }"})
    assert (told, Reads in context.kept) == ([("ok", [])], False)
