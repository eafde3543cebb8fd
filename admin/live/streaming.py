"""A stream of server-sent events to one open page: what is new to it, and a heartbeat when nothing is."""

import asyncio
import re
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from admin.live.watching import Ending, Watcher, Watching
from domain.kit.errors import DomainError

HEARTBEAT = 15.0
"""Seconds after which something is sent, so that nobody between takes the connection for dead."""

BEAT = "beat"
"""The event that says that nothing is new: what the page shows is so at this time."""

PATIENCE = 30.0
"""Seconds that a reader may take until there is room for more."""

RETRY = "retry: 3000\n\n"
"""Milliseconds after which a browser that lost its stream asks for another."""

_LINES = re.compile("\r\n|\r|\n")
"""What ends a line for a browser: a carriage return in somebody's name must not begin a field of ours."""


def event(name: str, text: str) -> str:
    """An event with such data."""
    lines = "".join(f"data: {line}\n" for line in _LINES.split(text))
    return f"event: {name}\n{lines}\n"


class Stream(Response):
    """Goes on until the reader leaves, may not see it any more, or reads nothing; or until the process stops.

    Nothing is kept for a slow reader: it is told the newest state once it has read what was sent before.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        watching: Watching,
        watcher: Watcher,
        *,
        farewell: Callable[[Watcher, Ending], str],
        refusal: Callable[[DomainError], Response],
        headers: dict[str, str],
        heartbeat: float = HEARTBEAT,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(headers={**headers, "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._watching = watching
        self._watcher = watcher
        self._farewell = farewell
        self._refusal = refusal
        self._heartbeat = heartbeat
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        if scope["method"] == "HEAD":
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            with self._watching.joined(self._watcher):
                await send(start)
                await self._go_on(receive, send)
        except DomainError as error:
            await self._refusal(error)(scope, receive, send)

    async def _go_on(self, receive: Receive, send: Send) -> None:
        watcher = self._watcher
        gone = asyncio.create_task(_gone(receive))
        gone.add_done_callback(lambda _: watcher.woken.set())
        text = RETRY
        try:
            while not gone.done():
                ended = watcher.ending is not None
                async with asyncio.timeout(self._patience):
                    await send({"type": "http.response.body", "body": text.encode(), "more_body": not ended})
                if ended:
                    return
                text = await self._next()
        except TimeoutError:
            return  # the server closes what was not brought to its end
        finally:
            gone.cancel()

    async def _next(self) -> str:
        """What to send next, once there is something."""
        watcher = self._watcher
        try:
            await asyncio.wait_for(watcher.woken.wait(), self._heartbeat)
        except TimeoutError:
            if not watcher.fresh:
                return ":\n\n"  # for whoever is between: the page finds out that what it shows grows old
            watcher.fresh = False
            return event(BEAT, "")
        if watcher.ending is not None:
            return event("end", said) if (said := self._farewell(watcher, watcher.ending)) else ""
        return "".join(event(name, text) for name, text in watcher.news().items()) or ":\n\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
