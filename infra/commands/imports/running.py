"""One run of `sezon import`, from the first row to the summary."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import typer

from infra.commands.imports.access import Access
from infra.commands.imports.graphql import Kind
from infra.commands.imports.progress import meter
from infra.commands.imports.rows import Refused, Row
from infra.commands.imports.sending import Sending
from infra.commands.imports.service import Service, client_for
from infra.commands.imports.tally import Tally


@dataclass
class Load:
    """The rows of one kind that are to be sent, and what becomes of them."""

    kind: Kind
    total: int
    rows: Callable[[], Iterable[Row | Refused]]
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0

    def say(self) -> None:
        """Tell what became of the rows."""
        name, through = self.kind.name.capitalize(), self.tally.through
        typer.echo(f"{name}: {through:,} of {self.total:,} through ({self._pace()}): {self.tally.counts()}.")
        if self.tally.refused:
            typer.echo(f"Refused {self.kind.name}, by reason:")
            for reason in self.tally.reasons():
                typer.echo(reason)

    def _pace(self) -> str:
        if not self.seconds:
            return "not begun"
        if self.seconds < 1:
            return "in less than a second"
        return f"{self.seconds:,.1f} s, {self.tally.through / self.seconds:,.0f} a second"


def run(loads: Sequence[Load], access: Access) -> int:
    """Send the loads, one after the other, and say what became of them; the exit code.

    It is 0 when every row is in, 1 when some were refused, 130 when it was stopped. Raises CannotRun.
    """
    try:
        stopped = asyncio.run(_send(loads, access))
    except KeyboardInterrupt:
        stopped = True
    finally:
        for load in loads if any(load.seconds for load in loads) else ():
            load.say()
    if stopped:
        typer.echo("Stopped. The same command goes on from here: what is in already is found unchanged.")
        return 130
    return 1 if any(load.tally.refused for load in loads) else 0


async def _send(loads: Sequence[Load], access: Access) -> bool:
    """Send the loads; whether the person stopped it."""
    stopping = _stop_on_ctrl_c()
    async with client_for(access) as http:
        service = Service(access, http, stopping=stopping)
        await service.sign_in(scopes=frozenset(load.kind.scope for load in loads))
        named = uuid4().hex[:12]
        for load in loads:
            begun = time.monotonic()
            try:
                with meter(load.kind.name, total=load.total) as shown:
                    await Sending(load.kind, service, load.tally, shown, named, stopping).send(load.rows())
            finally:
                load.seconds = time.monotonic() - begun
            if stopping.is_set():
                return True
    return False


def _stop_on_ctrl_c() -> asyncio.Event:
    """Set by Ctrl-C, so that requests under way are finished; by the second one nothing is waited for."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)  # the next one is Python's own: a KeyboardInterrupt
        stopping.set()

    loop.add_signal_handler(signal.SIGINT, stop)
    return stopping
