"""A process that starts before its database waits for it, and no longer than it was told."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import pytest

from domain.kit.database import engine_for, refuse_if_app_can_bypass
from infra.embedded.ports import LOOPBACK, free_ports
from tests.servers import Servers


def at(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@{LOOPBACK}:{port}"))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


async def test_a_database_that_comes_late_is_waited_for(servers: Servers) -> None:
    (port,) = free_ports(None)
    there = urlsplit(servers.app_url)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(there.hostname, there.port)
        await asyncio.gather(pump(reader, to_server), pump(from_server, writer))

    engine = engine_for(at(servers.app_url, port), pool_size=1)
    starting = asyncio.create_task(refuse_if_app_can_bypass(engine, patience=20))
    _, still = await asyncio.wait([starting], timeout=0.3)
    assert still == {starting}
    async with await asyncio.start_server(forward, LOOPBACK, port):
        await starting
        await engine.dispose()


async def test_a_database_that_does_not_come_is_said_so(servers: Servers) -> None:
    engine = engine_for(at(servers.app_url, free_ports(None)[0]), pool_size=1)
    with pytest.raises(OSError, match="Connect call failed"):
        await refuse_if_app_can_bypass(engine)
    await engine.dispose()
