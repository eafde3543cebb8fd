"""Hearing the signal that ends the process, beside the server that hears it as before."""

import asyncio
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from api.http.stopping import told_to_stop

Heard = list[int]


@pytest.fixture
def server() -> Iterator[Heard]:
    """What a server heard that listens for SIGINT; for SIGTERM nobody does."""
    heard: Heard = []

    def hears(number: int, _: FrameType | None) -> None:
        heard.append(number)

    before = signal.signal(signal.SIGINT, hears)
    yield heard
    signal.signal(signal.SIGINT, before)


async def test_both_are_told_and_afterwards_the_server_alone(server: Heard) -> None:
    listening, stopped = signal.getsignal(signal.SIGINT), asyncio.Event()
    with told_to_stop(stopped.set):
        signal.raise_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            await stopped.wait()
        assert server == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is listening
    stopped.clear()
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(0)
    assert (server, stopped.is_set()) == ([signal.SIGINT, signal.SIGINT], False)


async def test_where_nobody_listens_a_signal_does_what_it_did(server: Heard) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with told_to_stop(lambda: None):
        assert callable(before) or signal.getsignal(signal.SIGTERM) is before


async def test_outside_the_main_thread_nobody_is_told(server: Heard) -> None:
    listening = signal.getsignal(signal.SIGINT)

    def elsewhere() -> None:
        with told_to_stop(lambda: None):
            assert signal.getsignal(signal.SIGINT) is listening

    await asyncio.to_thread(elsewhere)
