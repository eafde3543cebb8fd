"""A shop on a busy day, until it is told to stop."""

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Set
from functools import partial

import httpx2

from infra.bench.endurance.ledger import Ledger
from infra.bench.endurance.shop import Shop
from infra.bench.endurance.staff import AGENTS, Staff
from infra.bench.people import program
from infra.embedded.stack import Stack

SHOP_WRITERS = 2
LEAST_TURNS = 3
"""Each writer has so many, also where everything was down most of the time."""

AFTERWARDS = 90.0
"""Seconds that a kind of write is waited for, which was not acknowledged while things were broken."""

BREATH = 0.05
"""Seconds between two turns of one writer."""


class Load:
    """Everybody who writes into the demo shop of a stack, each turn after turn."""

    def __init__(
        self, stack: Stack, http: httpx2.AsyncClient, ledger: Ledger, *, seed: int, kinds: Set[str] = frozenset()
    ) -> None:
        """`kinds` are those of the ledger that are waited for with nothing broken any more, where one is missing."""
        self._http, self._demo, self._ledger, self._kinds = http, stack.demo, ledger, kinds
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._stopping = asyncio.Event()
        self._staff = Staff(http, self._demo, ledger, mail_folder=stack.mail_folder, chance=self._chance)

    async def prepare(self) -> None:
        """Have everybody there before anything breaks."""
        self._shop = Shop(await program(self._http, self._demo), self._ledger, chance=self._chance)
        await self._staff.arrives()

    def stop(self) -> None:
        """Have every writer end after its turn, once each of `kinds` was acknowledged, or after AFTERWARDS."""
        self._stopping.set()
        self._longest = time.monotonic() + AFTERWARDS

    async def run(self) -> None:
        """Write until told to stop; returns when all of it is acknowledged.

        Raises what the ledger raises.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again_and_again(self._staff.season))
            for writer in range(SHOP_WRITERS):
                group.create_task(self._again_and_again(partial(self._shop.turn, writer)))
            for name in AGENTS:
                group.create_task(self._again_and_again(partial(self._staff.works, name)))

    async def _again_and_again(self, turn: Callable[[int], Awaitable[None]]) -> None:
        for number in itertools.count():
            if self._stopping.is_set() and number >= LEAST_TURNS and self._has_all_kinds():
                return
            await turn(number)
            await asyncio.sleep(BREATH)

    def _has_all_kinds(self) -> bool:
        return self._kinds <= self._ledger.acknowledged.keys() or time.monotonic() > self._longest
