"""A path that is answered beside the application's router, whose way to a function costs more than the answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Header = tuple[bytes, bytes]
Handlers = Mapping[Any, Callable[[Request, Any], Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What leaves the service: a whole body, and its headers but for its length; their names are in lower case."""

    status: int
    body: bytes = b""
    headers: Sequence[Header] = ()

    @classmethod
    def of(cls, response: Response) -> Self:
        """The answer that a response of Starlette's makes."""
        headers = [header for header in response.raw_headers if header[0] != b"content-length"]
        return cls(response.status_code, bytes(response.body), headers)


class Beside:
    """Sends what `answer` makes of each request; an exception is answered by the application's own handlers."""

    def __init__(self, answer: Callable[[Scope, Receive], Awaitable[Answer]], *, handlers: Handlers) -> None:
        self._answer = answer
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except Exception as error:
            answer = await self._handled(error, Request(scope, receive))
        length = (b"content-length", b"%d" % len(answer.body))
        await send({"type": "http.response.start", "status": answer.status, "headers": [length, *answer.headers]})
        await send({"type": "http.response.body", "body": answer.body})

    async def _handled(self, error: Exception, request: Request) -> Answer:
        handler = next((self._handlers[cls] for cls in type(error).__mro__ if cls in self._handlers), None)
        if handler is None:
            raise error
        return Answer.of(await handler(request, error))
