"""One keep-alive connection over HTTP/1.1 that asks again as soon as it is answered."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from infra.embedded.ports import LOOPBACK


@dataclass
class Seen:
    """What came of it: how long each answer took in milliseconds, how long each was, how many rows were
    written if that is known, and what failed."""

    took: list[float] = field(default_factory=list)
    received: int = 0
    rows: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    client_cpu_seconds: float = 0.0
    server_cpu_seconds: float = 0.0
    database_cpu_seconds: float = 0.0

    def answered(self, begun: float, *, length: int = 0, rows: int = 0) -> None:
        self.took.append((time.perf_counter() - begun) * 1000)
        self.received += length
        self.rows += rows


class Talk(asyncio.Protocol):
    """Asks until the time is over or nothing is left to ask for. Answers carry their length."""

    def __init__(self, requests: Iterator[bytes], seen: Seen, *, until: float, success: bytes) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests, self._seen, self._until, self._success = requests, seen, until, success
        self._buffer = bytearray()
        self._begun = 0.0
        self._over = False
        self._transport: Any = None

    @classmethod
    async def have(
        cls, port: int, requests: Iterator[bytes], seen: Seen, *, until: float, success: bytes = b""
    ) -> None:
        """Talk to a server of this machine. `success` is in every answer that is none of a failure."""
        talk = cls(requests, seen, until=until, success=success)
        await asyncio.get_running_loop().create_connection(lambda: talk, LOOPBACK, port)
        await talk.done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = head + 4 + _content_length(self._buffer[:head])
        if len(self._buffer) < length:
            return
        if (
            not self._buffer.startswith(b"HTTP/1.1 200 ")
            or b'"errors":' in self._buffer
            or self._success not in self._buffer
        ):
            self._seen.failures.append(self._buffer[:600].decode(errors="replace"))
        self._seen.answered(self._begun, length=length - head - 4)
        del self._buffer[:length]
        if time.perf_counter() < self._until:
            self._ask()
        else:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._over:
            self._seen.failures.append("the server closed the connection")
        self.done.set_result(None)

    def _ask(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._end()
            return
        self._begun = time.perf_counter()
        self._transport.write(request)

    def _end(self) -> None:
        self._over = True
        self._transport.close()


def _content_length(head: bytearray) -> int:
    _, _, rest = bytes(head).lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])
