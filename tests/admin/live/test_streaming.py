"""How events are put on the wire, how a quiet stream is kept alive, and what becomes of a reader who does not read."""

import asyncio
from collections.abc import Collection
from uuid import UUID

import pytest
from starlette.responses import Response

from admin.live.streaming import Stream, event
from admin.live.watching import NEEDS, Parts, Sight, Watcher, Watching
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.seats.rights import Standing
from domain.tickets.live import Live
from tests.admin.live.reading import WITHIN, Reader, reading
from tests.conftest import NOW

NOBODYS = Live(NOW, "Europe/Warsaw", queues=[], agents=[], episodes=[], alarms=[], quarters=[])


async def look(_: UUID, credentials: Collection[Credential]) -> Sight:
    return Sight(NOBODYS, {each: Standing(SYSTEM, frozenset({NEEDS}), Language.EN) for each in credentials})


def draw(_: Live, language: Language, root: str) -> Parts:
    return {"figures": f"{language} {root}"}


@pytest.fixture
def watching() -> Watching:
    return Watching(look, draw, every=0.02)


def stream(watching: Watching, *, heartbeat: float = 60.0, patience: float = 60.0) -> Stream:
    watcher = Watcher(Credential(Prefix.SESSION, new_id(), new_id(), "x"), new_id(), Language.EN, "/admin")
    return Stream(
        watching,
        watcher,
        farewell=lambda *_: "",
        refusal=lambda _: Response(status_code=503),
        headers={},
        heartbeat=heartbeat,
        patience=patience,
    )


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("", "event: a\ndata: \n\n"),
        ("one\ntwo", "event: a\ndata: one\ndata: two\n\n"),
        ("one\r\ntwo\rthree\n", "event: a\ndata: one\ndata: two\ndata: three\ndata: \n\n"),
        ("one\u2028two\x0bthree", "event: a\ndata: one\u2028two\x0bthree\n\n"),
    ],
)
def test_each_line_of_the_data_is_a_field_of_its_own(text: str, sent: str) -> None:
    assert event("a", text) == sent


async def test_a_quiet_stream_has_a_heartbeat(watching: Watching) -> None:
    async with reading(stream(watching, heartbeat=0.02)) as reader:
        await reader.until("event: beat\ndata: \n\n")
        assert reader.events()[:2] == [("figures", "EN /admin"), ("beat", "")]
    await watching.rest()


async def test_nobody_is_told_that_nothing_is_new_while_nobody_can_look() -> None:
    looks = iter([True])

    async def once(tenant_id: UUID, credentials: Collection[Credential]) -> Sight:
        if not next(looks, False):
            raise ConnectionError("The database is away.")
        return await look(tenant_id, credentials)

    watching = Watching(once, draw, every=0.02)
    async with reading(stream(watching, heartbeat=0.02)) as reader:
        await reader.until(":\n\n:\n\n:\n\n")
        assert [name for name, _ in reader.events()].count("beat") <= 1  # of the look that did not fail
    await watching.rest()


async def test_whoever_does_not_read_is_let_go_of(watching: Watching) -> None:
    never, reader = asyncio.Event(), Reader()

    async def send(message: object) -> None:
        if isinstance(message, dict) and message["type"] == "http.response.body":
            await never.wait()

    async with asyncio.timeout(WITHIN):
        await stream(watching, patience=0.02)({"type": "http", "method": "GET"}, reader.receive, send)
        await watching.rest()
    assert watching.shops == set()


async def test_whoever_asks_for_the_head_alone_gets_it(watching: Watching) -> None:
    async with reading(stream(watching), method="HEAD") as reader:
        assert await reader.end() == ""
        assert (reader.status, reader.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    assert watching.shops == set()


async def test_whoever_comes_while_the_process_ends_is_sent_away_to_come_again(watching: Watching) -> None:
    watching.stop()
    async with reading(stream(watching)) as reader:
        assert await reader.end() == "retry: 3000\n\n"
    await watching.rest()
