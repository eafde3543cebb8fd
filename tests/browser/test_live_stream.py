"""The stream of the live page from the running product: through the server and all that stands around its requests."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

from domain.agents.roles import Role
from domain.seats.models import SeatKind
from infra.embedded.stack import Stack
from tests.browser.conftest import WAIT
from tests.browser.shops import RunningShop
from tests.browser.test_headers import POLICY, policy_of
from tests.browser.visitors import Visitor, enter

WITHIN = WAIT / 1000
STREAM = "/admin/live/stream"


@dataclass
class Listener:
    """A response whose body comes as it comes."""

    response: httpx2.Response
    lines: AsyncIterator[str]

    async def until(self, text: str) -> None:
        """Read on to a line with the text in it."""
        async with asyncio.timeout(WITHIN):
            async for line in self.lines:
                if text in line:
                    return
        raise AssertionError(f"It ended without {text}.")

    async def end(self) -> list[str]:
        """The rest, to a proper end."""
        async with asyncio.timeout(WITHIN):
            return [line async for line in self.lines]


@asynccontextmanager
async def listening(visitor: Visitor, **headers: str) -> AsyncIterator[Listener]:
    sent = {"Cookie": f"sezon-session={visitor.cookie}", "Accept": "text/event-stream", **headers}
    async with visitor.http.stream("GET", STREAM, headers=sent) as response:
        yield Listener(response, response.aiter_lines())


def waiting(number: int) -> str:
    return f"<dt>Waiting</dt><dd>{number}</dd>"


async def supervisor(http: httpx2.AsyncClient, shop: RunningShop) -> Visitor:
    return await enter(http, await shop.person("Sara", role=Role.SUPERVISOR, seat=SeatKind.LIGHT))


async def test_a_ticket_that_arrives_is_told_while_the_answer_is_open(
    http: httpx2.AsyncClient, shop: RunningShop
) -> None:
    order = await shop.order("1001", customer="Zofia")
    async with listening(await supervisor(http, shop), **{"Accept-Encoding": "gzip, br"}) as stream:
        headers = stream.response.headers
        assert stream.response.status_code == 200
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        assert "content-encoding" not in headers
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert policy_of(stream.response).items() >= POLICY.items()
        await stream.until(waiting(0))
        await shop.ticket("Zapłacone?", order=order)
        await stream.until(waiting(1))


async def test_it_ends_when_its_reader_signs_out(http: httpx2.AsyncClient, shop: RunningShop) -> None:
    sara = await supervisor(http, shop)
    async with listening(sara) as stream:
        await stream.until("live-agents")
        assert (await sara.ask("POST", "/admin/sign-out", headers=sara.own)).status_code == 303
        rest = await stream.end()
        assert "event: end" in rest
        assert any("Your session has ended" in line for line in rest)
    assert (await sara.get(STREAM)).status_code == 401


async def test_a_member_has_so_many_and_one_that_was_left_makes_room(
    http: httpx2.AsyncClient, shop: RunningShop
) -> None:
    sara = await supervisor(http, shop)
    async with listening(sara) as first, listening(sara) as second, listening(sara) as third:
        async with listening(sara) as last:
            await last.until("live-agents")
            refused = await sara.get(STREAM)
            assert refused.status_code == 429
            assert "You have 4 live pages open, and there can be no more." in refused.text
        async with asyncio.timeout(WITHIN):
            while True:  # until the server has seen that the last one was left
                async with listening(sara) as again:
                    if again.response.status_code == 200:
                        break
        for stream in (first, second, third):
            assert stream.response.status_code == 200


async def test_when_the_server_stops_streams_end_properly_and_hold_nothing_up(
    http: httpx2.AsyncClient, shop: RunningShop, stack: Stack
) -> None:
    sara = await supervisor(http, shop)
    log = stack.folder.logs / "api.log"
    before = len(log.read_bytes())
    async with listening(sara) as stream:
        await stream.until("live-agents")
        stopping = asyncio.create_task(asyncio.to_thread(stack.restart, "api"))
        try:
            assert "event: end" not in await stream.end()
        finally:
            await stopping
    said = log.read_bytes()[before:].decode()
    assert re.search(r"Cancel \d+ running task|Traceback|without completing", said) is None, said
    async with listening(sara) as again:
        await again.until("live-agents")
