"""Somebody who reads a stream of this process as it comes, or does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

WITHIN = 10.0
"""Seconds within which a busy machine has sent what a stream promises."""


@dataclass
class Reader:
    """What has come so far: `text` grows, `done` says that the answer is complete."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    pieces: int = 0
    done: bool = False
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.room.set()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.room.wait()
        async with self.came:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                self.text += message.get("body", b"").decode()
                self.pieces += 1
                self.done = not message.get("more_body", False)
            self.came.notify_all()

    async def until(self, text: str) -> str:
        """All that came once the text is in it."""
        return await self._until(lambda: text in self.text)

    async def end(self) -> str:
        """All that came once it is complete."""
        return await self._until(lambda: self.done)

    async def _until(self, holds: Any) -> str:
        async with asyncio.timeout(WITHIN), self.came:
            await self.came.wait_for(holds)
        return self.text

    def events(self) -> list[tuple[str, str]]:
        """Name and data of each event."""
        found = []
        for block in self.text.split("\n\n"):
            lines = block.split("\n")
            if lines[0].startswith("event: "):
                found.append((lines[0][7:], "\n".join(line.removeprefix("data: ") for line in lines[1:])))
        return found


@asynccontextmanager
async def reading(
    app: ASGIApp, path: str = "/admin/live/stream", *, cookie: str = "", method: str = "GET"
) -> AsyncIterator[Reader]:
    """Ask for a path, and leave at the end of the block."""
    reader = Reader()
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"cookie", f"sezon-session={cookie}".encode())],
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1),
        "state": {},
    }
    answering = asyncio.create_task(_answer(app, scope, reader))
    try:
        yield reader
    finally:
        reader.left.set()
        reader.room.set()
        await gone(answering)


async def gone(answering: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(WITHIN):
        await answering


async def _answer(app: ASGIApp, scope: Any, reader: Reader) -> None:
    await app(scope, reader.receive, reader.send)
