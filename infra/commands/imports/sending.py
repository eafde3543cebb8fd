"""Rows on their way: a few requests at once, each row counted when its outcome is known."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from infra.commands.imports.batches import Batch, batched
from infra.commands.imports.graphql import Kind
from infra.commands.imports.progress import Meter
from infra.commands.imports.rows import Fault, Refused, Row
from infra.commands.imports.service import Service, Stopped, TooLarge
from infra.commands.imports.tally import Tally

AT_ONCE = 3
"""Requests under way: enough to keep the service busy while one answer travels, too few to be in anybody's way."""


@dataclass(frozen=True)
class Sending:
    """Sends rows of one kind. `run` names this run of the command; `stopping` ends it after the requests under way."""

    kind: Kind
    service: Service
    tally: Tally
    meter: Meter
    run: str
    stopping: asyncio.Event
    failing: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: dict[asyncio.Event, frozenset[str]] = field(default_factory=dict)
    """The customers of each batch that was taken; its event is set when it is through, or never will be."""

    async def send(self, rows: Iterable[Row | Refused]) -> None:
        """Send all rows, or as many as there is time for.

        Raises CannotRun once the other requests under way have ended, so that what they did is counted.
        """
        batches = batched(self._to_send(rows))
        ended = await asyncio.gather(*(self._work(batches) for _ in range(AT_ONCE)), return_exceptions=True)
        for failure in ended:
            if failure is not None:
                raise failure

    def _to_send(self, rows: Iterable[Row | Refused]) -> Iterator[Row]:
        """The rows that can be sent; the others are counted on the way."""
        for row in rows:
            if isinstance(row, Row):
                yield row
            else:
                self.tally.refuse(row)
                self.meter.advance(1)

    async def _work(self, batches: Iterator[Batch]) -> None:
        while not self._ended and (batch := next(batches, None)) is not None:
            try:
                async with self._after_those_before(batch):
                    if not self._ended:
                        await self._deliver(batch)
            except Stopped:
                return
            except BaseException:
                self.failing.set()
                raise

    @property
    def _ended(self) -> bool:
        return self.stopping.is_set() or self.failing.is_set()

    @asynccontextmanager
    async def _after_those_before(self, batch: Batch) -> AsyncIterator[None]:
        """Begins when earlier batches with a customer of this one are through."""
        customers, through = batch.customers, asyncio.Event()
        before = [done for done, theirs in self.under_way.items() if theirs & customers]
        self.under_way[through] = customers
        try:
            for done in before:
                await done.wait()
            yield
        finally:
            del self.under_way[through]
            through.set()

    async def _deliver(self, batch: Batch) -> None:
        try:
            outcome = await self.service.do(
                self.kind.document, input=self.kind.input([row.input for row in batch.rows]), key=batch.key(self.run)
            )
        except TooLarge:
            await self._deliver_less(batch)
            return
        self.tally.note(batch, outcome["rows"])
        self.meter.advance(len(batch.rows))

    async def _deliver_less(self, batch: Batch) -> None:
        if len(batch.rows) > 1:
            for half in batch.halves():
                await self._deliver(half)
            return
        row = batch.rows[0]
        self.tally.refuse(Refused(row.external_id, [Fault("TOO_LARGE", None, "is too large to be sent")], row.lines))
        self.meter.advance(1)
