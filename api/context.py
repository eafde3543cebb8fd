"""What a request carries through the API: who calls, at which instant, and the doors to the data."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.kit.clock import Clock
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.kit.events import ActorKind
from domain.kit.straight import Straight
from domain.seats.callers import Caller
from domain.seats.rights import Standing, standing_of_client, standing_of_member

__all__ = ["Caller", "Recheck", "RequestContext"]

Recheck = Callable[[TenantSession, datetime], Awaitable[Standing | None]]


@dataclass
class RequestContext:
    """One request: its caller, its instant, its trace, its language."""

    database: Database
    caller: Caller
    now: datetime
    trace_id: str
    language: Language
    idempotency_key: str | None = None
    clock: Clock | None = None
    recheck: Recheck | None = None
    """Looks at the credential once more, in a transaction and at an instant; None when it is worth nothing any more."""
    kept: dict[Any, Any] = field(default_factory=dict)
    """What an edge keeps for the length of the request, under a key of its own."""

    opened: Straight | None = None
    """The transaction in which the caller was found, as long as it is open."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[TenantSession]:
        """One transaction of the caller's tenant: committed at the end of the block, undone by an exception."""
        await self.leave()
        async with self.database.writing(self.caller.tenant_id, trace_id=self.trace_id) as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[TenantSession]:
        """A short transaction of the caller's tenant for one batch of reads."""
        await self.leave()
        async with self.database.reading(self.caller.tenant_id) as session:
            yield session

    @asynccontextmanager
    async def straight(self) -> AsyncIterator[Straight]:
        """The transaction in which the caller was found while that is open, else a new one for the block; in turns.

        So whatever reads side by side takes one connection, not all there are, and may not wait for another inside.
        An exception ends the transaction, for the next to begin with one that works.
        """
        async with self._turn:
            opened = self.opened
            if opened is None:
                async with self.database.straight(self.caller.tenant_id) as straight:
                    yield straight
                return
            try:
                yield opened
            except BaseException:
                self.opened = None
                await opened.end()
                raise

    async def leave(self) -> None:
        """End the transaction in which the caller was found, for nobody to hold two connections, and at the latest
        when the request ends; ending it twice changes nothing."""
        if self.opened is None:
            return
        async with self._turn:
            opened, self.opened = self.opened, None
            if opened is not None:
                await opened.end()

    async def end(self) -> None:
        """The request is over: leave, and forget what was kept, which leads back here and so would be garbage for
        the collector to find."""
        self.kept.clear()
        await self.leave()

    def look_at_the_clock(self) -> None:
        """Bring `now` up to date: what changes something does so when it is done, not when it was asked for."""
        if self.clock is not None:
            self.now = max(self.now, self.clock.now())

    async def standing_in(self, session: TenantSession) -> Standing | None:
        """The caller's standing read inside a transaction, at the request's instant; None when it has none any more."""
        caller = self.caller
        if self.recheck is not None:
            return await self.recheck(session, self.now)
        if caller.actor.id is None:
            return None
        if caller.actor.kind is ActorKind.CLIENT:
            return await standing_of_client(session, client_id=caller.actor.id, scopes=caller.scopes or frozenset())
        return await standing_of_member(session, member_id=caller.actor.id, now=self.now)
