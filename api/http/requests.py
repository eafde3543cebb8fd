"""What every route reads from a request in the same way."""

import re
import secrets

from fastapi import Request

from domain.agents.browser import cookie_name, is_own_origin
from domain.kit.errors import Language
from domain.kit.languages import preferred
from domain.kit.settings import Settings

OWN_REQUEST = "x-sezon-request"
"""The header that a page of ours sets, with the value 1, and that no other site's page can."""

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")


def trace_id_of(traceparent: str | None) -> str:
    """The trace that the caller is in (W3C Trace Context), or a new one."""
    match = _TRACEPARENT.fullmatch((traceparent or "").strip())
    return match.group(1) if match and not match.string.startswith("ff") else secrets.token_hex(16)


def trace_of(request: Request) -> str:
    """The trace of this request, the same one however often it is asked for."""
    if not hasattr(request.state, "trace_id"):
        request.state.trace_id = trace_id_of(request.headers.get("traceparent"))
    trace_id: str = request.state.trace_id
    return trace_id


def language_of(request: Request) -> Language:
    """The language that the caller's program asks for."""
    return preferred(request.headers.get("accept-language"))


def settings_of(request: Request) -> Settings:
    told: Settings = request.app.state.settings
    return told


def is_https(request: Request) -> bool:
    return request.url.scheme == "https"


def session_cookie(request: Request) -> str | None:
    """What the session cookie holds."""
    return request.cookies.get(cookie_name(https=is_https(request)))


def from_own_page(request: Request) -> bool:
    """Whether a page of ours sent it: its Origin is this service and it set a header that other sites cannot."""
    return request.headers.get(OWN_REQUEST) == "1" and is_own_origin(
        request.headers.get("origin"),
        public_url=settings_of(request).public_url,
        scheme=request.url.scheme,
        host=request.headers.get("host", ""),
    )
