"""The API over HTTP: a token while it lasts, each mutation once however often it is sent, patience within bounds."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx2

from domain.kit.idempotency import IdempotencyKeyInUse
from infra.commands.imports.access import Access
from infra.embedded.errors import CannotRun

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds between the tries of one request: a service that restarts is waited for, one that is gone is not."""

LONGEST_PAUSE = 60.0
PASSING = frozenset({429, 502, 503, 504})
"""Answers of a service, or of a proxy before it, that cannot at the moment."""

EARLY = 60.0
"""Seconds before its end at which a token is replaced: none ends on the way."""

TIMEOUT = httpx2.Timeout(10.0, read=120.0)
T = TypeVar("T")
HEADERS = {"Accept-Language": "en", "User-Agent": "sezon-import"}


class TooLarge(Exception):
    """The request has more bytes than the service, or a proxy before it, takes."""


class Stopped(Exception):
    """The person asked to stop while a request was waiting for its next try."""


class _Passing(Exception):
    """It may go better in a moment; `pause` is when the service said."""

    def __init__(self, why: str, *, pause: float | None = None) -> None:
        super().__init__(why)
        self.pause = pause


class _TokenRefused(Exception):
    pass


class Service:
    """One API, spoken to as one client by several requests at once.

    Whatever cannot be mended by trying again raises CannotRun in one sentence.
    """

    def __init__(
        self,
        access: Access,
        http: httpx2.AsyncClient,
        *,
        stopping: asyncio.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access, self._http, self._stopping, self._clock = access, http, stopping, clock
        self._token, self._good_until = "", 0.0
        self._signing_in = asyncio.Lock()

    async def sign_in(self, *, scopes: frozenset[str]) -> None:
        """Get a token, and see that it may do all that is going to be asked for."""
        granted = await self._patiently(self._new_token)
        missing = sorted(scopes - granted)
        if missing:
            raise CannotRun(
                f"The API client {self._access.client_id} lacks the scopes {', '.join(missing)}; "
                "create one that has them."
            )

    async def do(self, document: str, *, input: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The outcome of one mutation, which happens once under its key.

        Raises TooLarge, Stopped.
        """
        body = json.dumps({"query": document, "variables": {"input": input}}, ensure_ascii=False).encode()

        async def attempt() -> dict[str, Any]:
            token = await self._current_token()
            try:
                return await self._outcome(body, key=key, token=token)
            except _TokenRefused:
                await self._renew(instead_of=token)
            try:
                return await self._outcome(body, key=key, token=self._token)
            except _TokenRefused:
                raise CannotRun(f"{self._access.url} does not take tokens from {self._access.token_url}.") from None

        return await self._patiently(attempt)

    async def _patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        for pause in (*PAUSES, None):
            try:
                return await attempt()
            except _Passing as failed:
                if pause is None:
                    raise CannotRun(f"{failed}, and still after {len(PAUSES) + 1} tries.") from None
                await self._wait(min(failed.pause or pause, LONGEST_PAUSE))
        raise AssertionError("The last try returns or raises.")

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise Stopped

    async def _current_token(self) -> str:
        if self._clock() >= self._good_until:
            await self._renew(instead_of=self._token)
        return self._token

    async def _renew(self, *, instead_of: str) -> None:
        """Replace a token, once for all requests that found it spent."""
        async with self._signing_in:
            if self._token == instead_of:
                await self._new_token()

    async def _new_token(self) -> frozenset[str]:
        """Get a token; the scopes that it has."""
        asked_at = self._clock()
        response = await self._post(
            self._access.token_url,
            data={"grant_type": "client_credentials"},
            auth=httpx2.BasicAuth(self._access.client_id, self._access.client_secret),
        )
        told = _json(response)
        if response.status_code in (400, 401) and "error" in told:
            said = told.get("error_description") or told["error"]
            raise CannotRun(f"{self._access.token_url} does not know this client id and secret: {said}")
        token = told.get("access_token")
        if response.status_code != 200 or not isinstance(token, str):
            raise CannotRun(f"{self._access.token_url} gives no token (it answered {response.status_code}).")
        lasts = float(told.get("expires_in", 0))
        self._token, self._good_until = token, asked_at + max(lasts - EARLY, lasts / 2)
        return frozenset(str(told.get("scope", "")).split())

    async def _outcome(self, body: bytes, *, key: str, token: str) -> dict[str, Any]:
        response = await self._post(
            self._access.url,
            content=body,
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                "Idempotency-Key": key,
            },
        )
        if response.status_code == 401:
            raise _TokenRefused
        if response.status_code == 413:
            raise TooLarge
        told = _json(response)
        for error in told.get("errors", ()):
            self._raise(error)
        outcome = (told.get("data") or {}).get("outcome")
        if response.status_code != 200 or not isinstance(outcome, dict):
            raise CannotRun(f"{self._access.url} is no GraphQL address of Sezon (it answered {response.status_code}).")
        if outcome.get("code") == IdempotencyKeyInUse.code():
            raise _Passing(f"{self._access.url} is still busy with an earlier try")
        if "code" in outcome:
            raise CannotRun(f"The service refuses: {outcome['message']}")
        return outcome

    def _raise(self, error: Mapping[str, Any]) -> None:
        told = error.get("extensions", {})
        if told.get("code") == "UNAUTHENTICATED":
            raise _TokenRefused
        if told.get("code") == "INTERNAL":
            raise _Passing(f"{self._access.url} failed inside (reference {told.get('reference')})")
        raise CannotRun(f"{self._access.url} does not understand the request: {error.get('message')}")

    async def _post(self, url: str, **request: Any) -> httpx2.Response:
        try:
            response = await self._http.post(url, **request)
        except httpx2.TransportError as error:
            raise _Passing(f"{url} cannot be reached ({str(error) or type(error).__name__})") from None
        except httpx2.InvalidURL as error:
            raise CannotRun(f"{url} is no address: {error}.") from None
        if response.status_code in PASSING or response.status_code == 500:
            raise _Passing(f"{url} answers {response.status_code}", pause=_retry_after(response))
        return response


def client_for(access: Access) -> httpx2.AsyncClient:
    """A client for the access; the proxy of the environment, if any, is passed over for this machine."""
    return httpx2.AsyncClient(timeout=TIMEOUT, headers=HEADERS, trust_env=not access.is_local)


def _retry_after(response: httpx2.Response) -> float | None:
    said = response.headers.get("retry-after", "")
    return float(said) if said.isdigit() else None


def _json(response: httpx2.Response) -> dict[str, Any]:
    try:
        told = response.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
