"""`POST /graphql`: JSON in, JSON out, one operation a request.

It is a small endpoint of our own because strawberry's router reads a body of any size, takes multipart uploads,
batches and GET by default, and resolves its context inside FastAPI's dependencies, which end after the response.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.context import RequestContext
from api.graphql.execution import execute, invalid, written
from api.graphql.schema import Schema
from api.http.authentication import Unauthenticated

LARGEST_OF_A_STRANGER = 256 * 1024
"""Bytes that are read of a body before anybody knows who sends it."""

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a caller whose credential was looked at when that many had come; an import takes them."""

LARGEST_QUERY = 256 * 1024
"""Characters of a document: what is long belongs into its variables."""

PATIENCE = 10.0
"""Seconds within which a body has to be here."""

ContextFor = Callable[[Request], Awaitable[RequestContext]]
Done = Callable[[str, float], None]
Endpoint = Callable[[Request], Awaitable[Response]]


Known = Callable[[], Awaitable[object]]


class BodyTooLarge(Exception):
    pass


def endpoint(schema: Schema, *, context_for: ContextFor, done: Done) -> Endpoint:
    """The endpoint; it takes POSTs alone, and there is no editor on it: such a page runs scripts beside our cookies.

    `context_for` authenticates, once the body is here: when it raises Unauthenticated, the answer is 401. It is asked
    before as well where the body is longer than a stranger's may be, and that answer opens nothing but the rest of it.
    `done` is told how each operation ended (`ok` or `error`) and how many seconds it took.
    """

    async def graphql(request: Request) -> Response:
        if request.method != "POST":
            return _json(invalid("Send a POST."), status=405, headers={"Allow": "POST"})
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _json(invalid("Send the request as application/json."), status=415)
        try:
            async with asyncio.timeout(PATIENCE):
                body = await _body(request, known=lambda: context_for(request))
        except TimeoutError:
            return _json(invalid(f"The body did not arrive within {PATIENCE:.0f} seconds."), status=408)
        except Unauthenticated as refused:
            return refused.response()
        except BodyTooLarge:
            return _json(invalid(f"A request has at most {LARGEST_BODY} bytes."), status=413)
        except ClientDisconnect:
            return Response(status_code=400)
        # Who it is, and what instant it is, only now: a slow body must not carry rights past their end.
        try:
            context = await context_for(request)
        except Unauthenticated as refused:
            return refused.response()
        return await _answer(schema, body, context, done)

    return graphql


async def _answer(schema: Schema, body: bytes, context: RequestContext, done: Done) -> Response:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _json(invalid("The body is no JSON."), status=400)
    fault = _fault(asked)
    if fault is not None:
        return _json(invalid(fault), status=400)
    variables, operation = asked.get("variables"), asked.get("operationName")
    started = time.perf_counter()
    answer = await execute(schema, query=asked["query"], variables=variables, operation_name=operation, context=context)
    done("error" if "errors" in answer else "ok", time.perf_counter() - started)
    return _json(answer)


async def _body(request: Request, *, known: Known) -> bytes:
    """The body, refused as soon as it turns out too large: what it says of its own length is not trusted.

    Raises BodyTooLarge and, for a body that only a known caller may send, what `known` raises.
    """
    body, most = bytearray(), LARGEST_OF_A_STRANGER
    async for chunk in request.stream():
        body += chunk
        if len(body) > most and most == LARGEST_OF_A_STRANGER:
            await known()
            most = LARGEST_BODY
        if len(body) > most:
            raise BodyTooLarge
    return bytes(body)


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


def _json(content: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    told = {"Cache-Control": "no-store", **(headers or {})}
    return Response(written(content), status_code=status, media_type="application/json", headers=told)
