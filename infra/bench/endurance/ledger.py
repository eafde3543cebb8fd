"""What the service has acknowledged: the client's own book, which the database is held against."""

import asyncio
import time
from collections import Counter, defaultdict
from typing import Any

import httpx2

from infra.bench.people import Refused, User

PATIENCE = 180.0
"""Seconds in which a write must be acknowledged, whatever is broken meanwhile."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0

UNAUTHORIZED = 401
SHUT_OUT: dict[str, Any] = {"code": "SHUT_OUT"}
"""Instead of an answer, for somebody whose seat has ended."""

REPEAT_EVERY = 10
"""One acknowledged write in so many is sent once more, as a client does that has lost the answer."""


class Unacknowledged(Exception):
    """A write was tried for too long."""


class Contradicted(Exception):
    """The service answered a repeated write otherwise than the first time."""


class Ledger:
    """Writes until it is told that the write is there, under one key; keeps the ids of what it was told."""

    def __init__(self) -> None:
        self.written: dict[str, set[str]] = defaultdict(set)
        """By kind of write, the ids that the answers named."""
        self.acknowledged: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        """Writes that the service refused for a reason of the shop, such as a ticket that is another's by now."""
        self.unanswered: Counter[str] = Counter()
        """By kind, attempts whose outcome nobody could know; each was made again under its key."""
        self.unknown: Counter[str] = Counter()
        """By kind of write and of id, outcomes that stay unknown: the caller's seat ended before an answer came."""
        self.repeated = 0
        self.longest_wait = 0.0

    async def write(
        self, user: User, kind: str, mutation: str, selection: str, /, *, key: str, into: dict[str, str], **input: Any
    ) -> dict[str, Any] | None:
        """The mutation's success, or None when it was refused; `into` names the kind of each id in the answer.

        Raises Unacknowledged.
        """
        begun = time.monotonic()
        outcome = await self._answer(user, kind, mutation, selection, key, input, into)
        self.longest_wait = max(self.longest_wait, time.monotonic() - begun)
        if "code" in outcome:
            self.refused[f"{kind}: {outcome['code']}"] += 1
            return None
        ids = _ids(outcome, into)
        if self.acknowledged[kind] % REPEAT_EVERY == 0:
            again = await self._answer(user, kind, mutation, selection, key, input, {})
            if again != SHUT_OUT and _ids(again, into) != ids:
                raise Contradicted(f"{kind} {key}: first {ids}, then {again}")
            self.repeated += 1
        self.acknowledged[kind] += 1
        for name, those in ids.items():
            self.written[name] |= those
        return outcome

    async def _answer(
        self,
        user: User,
        kind: str,
        mutation: str,
        selection: str,
        key: str,
        input: dict[str, Any],
        into: dict[str, str],
    ) -> dict[str, Any]:
        """What the service says of the write in the end."""
        deadline, pause, attempts = time.monotonic() + PATIENCE, FIRST_PAUSE, 0
        while True:
            try:
                outcome = await user.do(mutation, selection, key, **input)
            except (httpx2.HTTPError, Refused, ValueError) as error:
                if isinstance(error, Refused) and error.status == UNAUTHORIZED:
                    if attempts:
                        self.unknown.update([kind, *into.values()])
                    return SHUT_OUT
                attempts += 1
                self.unanswered[kind] += 1
                if time.monotonic() > deadline:
                    raise Unacknowledged(f"{kind} {key} was not acknowledged in {PATIENCE:g} s: {error!r}") from error
            else:
                if outcome.get("code") != "IDEMPOTENCY_KEY_IN_USE":
                    return outcome
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _ids(outcome: dict[str, Any], into: dict[str, str]) -> dict[str, set[str]]:
    """The ids at the named places of an answer: `entry` is one thing, `rows` are several, some of them refused."""
    found = {}
    for place, name in into.items():
        there = outcome[place]
        found[name] = {each["id"] for each in (there if isinstance(there, list) else [there]) if each["id"]}
    return found
