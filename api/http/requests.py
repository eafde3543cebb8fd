"""What every route reads from the head of a request in the same way."""

import re
from os import urandom
from typing import Self

from starlette.requests import cookie_parser
from starlette.types import Scope

from domain.agents.browser import cookie_name, is_own_origin
from domain.kit.errors import Language
from domain.kit.languages import preferred
from domain.kit.settings import Settings

OWN_REQUEST = b"x-sezon-request"
"""The header that a page of ours sets, with the value 1, and that no other site's page can."""

_KEY = "sezon.head"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")


class Head:
    """The head of a request. Of a header that comes twice the first counts."""

    __slots__ = ("_headers", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """The head of this request, read once however often it is asked for."""
        found: Self | None = scope.get(_KEY)
        if found is None:
            found = scope[_KEY] = cls(scope)
        return found

    def header(self, name: bytes) -> str | None:
        """A header by its name in lower case."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def is_https(self) -> bool:
        return bool(self.scope["scheme"] == "https")

    @property
    def language(self) -> Language:
        """The language that the caller's program asks for."""
        return preferred(self.header(b"accept-language"))

    @property
    def trace_id(self) -> str:
        """The trace of this request, the same one however often it is asked for."""
        state: dict[str, str] = self.scope.setdefault("state", {})
        found = state.get("trace_id")
        if found is None:
            found = state["trace_id"] = trace_id_of(self.header(b"traceparent"))
        return found

    @property
    def session_cookie(self) -> str | None:
        """What the session cookie holds."""
        if b"cookie" not in self._headers:
            return None
        name, found = cookie_name(https=self.is_https), None
        for header, value in self.scope["headers"]:
            if header == b"cookie":
                found = cookie_parser(value.decode("latin-1")).get(name, found)
        return found

    @property
    def is_from_own_page(self) -> bool:
        """Whether a page of ours sent it: its Origin is this service and it set a header that other sites cannot."""
        settings: Settings = self.scope["app"].state.settings
        return self.header(OWN_REQUEST) == "1" and is_own_origin(
            self.header(b"origin"),
            public_url=settings.public_url,
            scheme=self.scope["scheme"],
            host=self.header(b"host") or "",
        )


def trace_id_of(traceparent: str | None) -> str:
    """The trace that the caller is in (W3C Trace Context), or a new one."""
    if traceparent is not None:
        match = _TRACEPARENT.fullmatch(traceparent.strip())
        if match and not match.string.startswith("ff"):
            return match.group(1)
    return urandom(16).hex()
