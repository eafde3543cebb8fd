"""Who watches sees whatever leaves this process; otherwise its silence would prove nothing."""

import asyncio
import sys
from contextlib import suppress

import httpx2

from infra.embedded.ports import free_ports
from tests.silence.watching import watched


async def test_a_connection_a_look_up_and_a_program_are_seen() -> None:
    allowed, closed = free_ports(None, None)
    with watched(allowed={allowed}) as watch:
        for port in (allowed, closed):
            with suppress(OSError):
                await asyncio.open_connection("127.0.0.1", port)
            async with httpx2.AsyncClient(trust_env=False) as client:
                with suppress(httpx2.HTTPError):
                    await client.get(f"http://127.0.0.1:{port}/")
        with suppress(OSError):
            await asyncio.open_connection("klient.invalid", 25)
        await (await asyncio.create_subprocess_exec(sys.executable, "-c", "")).wait()
    with suppress(OSError):
        await asyncio.open_connection("127.0.0.1", closed)
    assert watch.strange == [
        *[f"a connection to ('127.0.0.1', {closed})"] * 2,
        "a look-up of klient.invalid",
        f"a program: {sys.executable}",
    ]
