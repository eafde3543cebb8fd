"""Around every request: its trace, its line in the log, its place in the counters, safe headers, a bounded body."""

import time
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.metrics import Metrics
from api.http.requests import Head
from domain.kit import logging

log = structlog.get_logger(__name__)

MOST_BYTES = 16 * 1024
MOST_LONG_BYTES = 256 * 1024

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_OVER_HTTPS = (*_HEADERS, (b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
_NAMES = frozenset(name for name, _ in _OVER_HTTPS)
_TRACE = b"x-trace-id"
_QUIET = frozenset({"/livez", "/readyz"})


class Observed:
    """Gives each request its trace, logs and counts it, masks what went wrong, and sets safe headers."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        trace_id = Head.of(scope).trace_id
        status, complete = 0, False

        async def sending(message: Message) -> None:
            nonlocal status, complete
            if message["type"] == "http.response.start":
                status = message["status"]
                _set_headers(message, trace_id=trace_id, https=scope["scheme"] == "https")
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        logging.bind(trace_id=trace_id)
        try:
            await self._app(scope, receive, sending)
        except Exception:
            log.exception("request_failed", route=_route(scope))
            if not status:
                await JSONResponse({"error": "INTERNAL", "reference": trace_id}, 500)(scope, receive, sending)
            elif not complete:
                raise
        finally:
            self._note(scope, status=status, seconds=time.perf_counter() - started)
            logging.unbind()

    def _note(self, scope: Scope, *, status: int, seconds: float) -> None:
        method, route = scope["method"], _route(scope)
        self._metrics.request_answered(method=method, route=route, status=status, seconds=seconds)
        if route not in _QUIET:
            log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _set_headers(message: Message, *, trace_id: str, https: bool) -> None:
    """Add what the answer does not say itself; which trace it belongs to is said by us alone."""
    said = {name for name, _ in message["headers"]}
    safe = _OVER_HTTPS if https else _HEADERS
    if _TRACE in said:
        message["headers"] = [header for header in message["headers"] if header[0] != _TRACE]
    missing = safe if said.isdisjoint(_NAMES) else [header for header in safe if header[0] not in said]
    message["headers"] = [*message["headers"], *missing, (_TRACE, trace_id.encode())]


class BoundedBody:
    """Refuses a body over 16 KiB, announced or not, and over 256 KiB under the paths of `long_texts`.

    The routes in `unless` have a bound of their own.
    """

    def __init__(
        self, app: ASGIApp, *, unless: frozenset[str], most: int = MOST_BYTES, long_texts: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._unless = unless
        self._most = most
        self._long_texts = long_texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._unless:
            await self._app(scope, receive, send)
            return
        most = MOST_LONG_BYTES if scope["path"].startswith(self._long_texts) else self._most
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > most:
            await _too_large(scope, receive, send)
            return
        received, too_large, begun = 0, False, False

        async def receiving() -> Message:
            nonlocal received, too_large
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                too_large = True
                raise _TooLarge
            return message

        async def sending(message: Message) -> None:
            nonlocal begun
            if too_large and not begun:
                return  # what the application makes of a body that broke off
            begun = True
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        except _TooLarge:
            if begun:
                raise
        if too_large and not begun:
            await _too_large(scope, receive, send)


class _TooLarge(Exception):
    pass


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"error": "BODY_TOO_LARGE"}, 413, {"Connection": "close"})(scope, receive, send)


def _route(scope: Scope) -> str:
    """The pattern of the path, never the path itself: that is the caller's text, and may hold a secret."""
    route: Any = scope.get("route")
    if route is None:
        return "unknown"
    root: str = scope.get("root_path", "")
    return root if isinstance(route, Mount) else f"{root}{route.path}"
