"""`POST /graphql`: JSON in, JSON out, one operation a request.

It is a small endpoint of our own because strawberry's router reads a body of any size, takes multipart uploads,
batches and GET by default, and resolves its context inside FastAPI's dependencies, which end after the response.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from api.context import RequestContext
from api.graphql.execution import execute, invalid, written
from api.graphql.reading.planned import Reads
from api.graphql.schema import Schema
from api.http.authentication import Unauthenticated
from api.http.beside import Answer
from api.http.requests import Head

LARGEST_OF_A_STRANGER = 256 * 1024
"""Bytes that are read of a body before anybody knows who sends it."""

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a caller whose credential was looked at when that many had come; an import takes them."""

LARGEST_QUERY = 256 * 1024
"""Characters of a document: what is long belongs into its variables."""

PATIENCE = 10.0
"""Seconds within which a body has to be here."""

ContextFor = Callable[[Head], Awaitable[RequestContext]]
Done = Callable[[str, float, Iterable[str]], None]
Known = Callable[[], Awaitable[None]]


class BodyTooLarge(Exception):
    pass


class BodyTooSlow(Exception):
    pass


class Endpoint:
    """The endpoint; it takes POSTs alone, and there is no editor on it: such a page runs scripts beside our cookies.

    `context_for` authenticates, once the body is here: when it raises Unauthenticated, the answer is 401. It is asked
    before as well where the body is longer than a stranger's may be, and that answer opens nothing but the rest of it.
    Each context is left. `done` is told how each operation ended (`ok` or `error`), how many seconds it took, and why
    fields of it were not read by plans.
    """

    def __init__(self, schema: Schema, *, context_for: ContextFor, done: Done, planned: bool = True) -> None:
        self._schema = schema
        self._context_for = context_for
        self._done = done
        self._planned = planned

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """The answer to a request."""
        head = Head.of(scope)
        if scope["method"] != "POST":
            return _json(invalid("Send a POST."), 405, (b"allow", b"POST"))
        if (head.header(b"content-type") or "").partition(";")[0].strip().lower() != "application/json":
            return _json(invalid("Send the request as application/json."), 415)
        try:
            body = await _in_time(_body(receive, known=lambda: self._know(head)))
            # Who it is, and what instant it is, only now: a slow body must not carry rights past their end.
            context = await self._context_for(head)
        except BodyTooSlow:
            return _json(invalid(f"The body did not arrive within {PATIENCE:.0f} seconds."), 408)
        except Unauthenticated as refused:
            return Answer.of(refused.response())
        except BodyTooLarge:
            return _json(invalid(f"A request has at most {LARGEST_BODY} bytes."), 413)
        except ClientDisconnect:
            return Answer(400)
        try:
            return await self._executed(body, context)
        finally:
            await context.leave()

    async def _know(self, head: Head) -> None:
        context = await self._context_for(head)
        await context.leave()

    async def _executed(self, body: bytearray, context: RequestContext) -> Answer:
        try:
            asked = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _json(invalid("The body is no JSON."), 400)
        fault = _fault(asked)
        if fault is not None:
            return _json(invalid(fault), 400)
        started = time.perf_counter()
        answer = await execute(
            self._schema,
            query=asked["query"],
            variables=asked.get("variables"),
            operation_name=asked.get("operationName"),
            context=context,
            planned=self._planned,
        )
        seconds, reads = time.perf_counter() - started, context.kept.get(Reads)
        self._done("error" if "errors" in answer else "ok", seconds, reads.fallbacks if reads is not None else ())
        return _json(answer)


async def _in_time(body: Awaitable[bytearray]) -> bytearray:
    try:
        async with asyncio.timeout(PATIENCE):
            return await body
    except TimeoutError:
        raise BodyTooSlow from None


async def _body(receive: Receive, *, known: Known) -> bytearray:
    """The body, refused as soon as it turns out too large: what it says of its own length is not trusted.

    Raises BodyTooLarge, ClientDisconnect and, for a body that only a known caller may send, what `known` raises.
    """
    body, most, more = bytearray(), LARGEST_OF_A_STRANGER, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most and most == LARGEST_OF_A_STRANGER:
            await known()
            most = LARGEST_BODY
        if len(body) > most:
            raise BodyTooLarge
    return body


def _fault(asked: Any) -> str | None:
    """What is wrong with a request's shape."""
    if not isinstance(asked, dict):
        return "Send one JSON object: batches are not taken."
    if not isinstance(asked.get("query"), str) or not asked["query"].strip():
        return "`query` is a GraphQL document."
    if len(asked["query"]) > LARGEST_QUERY:
        return f"`query` has at most {LARGEST_QUERY} characters; what is long belongs into `variables`."
    if not isinstance(asked.get("variables"), dict | None):
        return "`variables` is an object."
    if not isinstance(asked.get("operationName"), str | None):
        return "`operationName` is a text."
    return None


def _json(content: dict[str, Any], status: int = 200, *headers: tuple[bytes, bytes]) -> Answer:
    told = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"), *headers)
    return Answer(status, written(content), told)
