"""Seasons that begin and end in many shops in the same second; see `infra/bench/seasons --help`."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
import typer
from rich.console import Console
from rich.table import Table

from domain.kit.clock import OffsetClock
from domain.kit.database import Database, engine_for
from domain.seats.rights import standing_of_member
from infra.bench.cpu import cpu_seconds
from infra.bench.crowds import Crowd, gather
from infra.embedded.errors import CannotRun
from infra.embedded.stack import Stack

WITHIN = 600.0
"""Seconds after which passes that have not finished count as failed."""

TICK = timedelta(microseconds=1)
LANES = 4

UNSTARTED = "SELECT count(*) FROM seat_assignment WHERE started_at IS NULL"
UNENDED = "SELECT count(*) FROM seat_assignment WHERE ended_at IS NULL"
QUEUED = "SELECT count(*) FROM ticket WHERE state = 'QUEUED'"
IN_HANDS = "SELECT count(*) FROM ticket WHERE assignee_id IS NOT NULL"
SIGNED_IN = "SELECT count(*) FROM sign_in_session WHERE ended_at IS NULL"
BUSY = "SELECT count(*) FROM outbox WHERE due_at <= $1 AND dead_at IS NULL"
UNSTAMPED = "SELECT count(*) FROM event WHERE sequence IS NULL"
FAILED = "SELECT count(*) FROM outbox WHERE attempts > 0"

STAY_SIGNED_IN = "UPDATE sign_in_session SET expires_at = $1"
TOLD_BEFORE = """
    INSERT INTO seat_reminder (tenant_id, id, assignment_id, hours, ends_at, told_at)
    SELECT tenant_id, gen_random_uuid(), id, 24, upper(period), lower(period) FROM seat_assignment
"""
"""A day before, when the reminders went out, is another hour's work."""


@dataclass(frozen=True)
class Round:
    """Seconds from the instant until every seat's beginning or end was recorded, every ticket given or handed over, and
    nothing was left to do; and milliseconds of CPU per seat of everybody, for all of that."""

    started: float
    routed: float
    start_done: float
    start_cpu_ms: float
    ended: float
    signed_out: float
    handed_over: float
    end_done: float
    end_cpu_ms: float


FIGURES = [field.name for field in fields(Round)]


@dataclass(frozen=True)
class Report:
    """All rounds by number of shops."""

    seats: int
    rounds: dict[int, list[Round]]

    def median(self, tenants: int, figure: str) -> float:
        return float(statistics.median(asdict(each)[figure] for each in self.rounds[tenants]))

    def ratio(self, figure: str) -> float:
        """A figure of the most shops, times that of the fewest."""
        return self.median(max(self.rounds), figure) / self.median(min(self.rounds), figure)

    def as_json(self) -> dict[str, Any]:
        return {
            "cores": os.cpu_count(),
            "seats_per_shop": self.seats,
            "shops": [{"tenants": tenants, "rounds": rounds} for tenants, rounds in self.rounds.items()],
        }


class NotAtOnce(Exception):
    """Somebody had a right too early, too late or too long."""


def run(
    folder: Path,
    *,
    tenants: Sequence[int] = (100, 1000),
    seats: int = 20,
    rounds: int = 1,
    scheduled: bool = False,
    say: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Play a season in each number of shops, each time on servers of its own. Raises NotAtOnce, CannotRun."""
    measured: dict[int, list[Round]] = {}
    for place in range(rounds):
        for count in tenants:
            say(f"Round {place + 1} of {rounds}: {count:,} shops with {seats} seats each ...")
            season = _Season(folder / f"{place}-{count}", say)
            measured.setdefault(count, []).append(season.play(tenants=count, seats=seats, scheduled=scheduled))
    return Report(seats, measured)


class _Season:
    """One season in a crowd of shops, on a stack whose clock can be moved."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        folder.mkdir(parents=True)
        self._clock_file = folder / "clock"
        self._clock = OffsetClock(self._clock_file)
        self._say = say
        self._stack = Stack(
            folder / "data",
            port=0,
            demo=False,
            environment="test",
            clock_file=self._clock_file,
            fast=True,
            edges=("worker", "relay"),
        )

    def play(self, *, tenants: int, seats: int, scheduled: bool) -> Round:
        with self._stack:
            return asyncio.run(self._play(tenants=tenants, seats=seats, scheduled=scheduled))

    async def _play(self, *, tenants: int, seats: int, scheduled: bool) -> Round:
        superuser: Any = await asyncpg.connect(self._stack.addresses.superuser_url)
        async with _database(self._stack) as database:
            crowd = await gather(
                database,
                tenants=tenants,
                seats=seats,
                scheduled=scheduled,
                superuser_url=self._stack.addresses.superuser_url,
                now=self._clock.now(),
            )
            await self._until_quiet(superuser)
            start = await self._begin(database, superuser, crowd)
            await superuser.execute(STAY_SIGNED_IN, crowd.end + timedelta(hours=1))
            await superuser.execute(TOLD_BEFORE)
            end = await self._finish(database, superuser, crowd)
        if failed := await superuser.fetchval(FAILED):
            raise CannotRun(f"{failed} jobs have failed.")
        await superuser.close()
        return Round(**start, **end)

    async def _begin(self, database: Database, superuser: Any, crowd: Crowd) -> dict[str, float]:
        """The rights are looked at as of the instant while the workers' clock is days before it: no pass has run."""
        await _everybody(database, crowd, now=crowd.start - TICK, sits=None)
        await _everybody(database, crowd, now=crowd.start, sits="LIGHT")
        self._say(f"{crowd.seats:,} people could work at the instant, and not a microsecond before.")
        spent = self._cpu()
        begun = self._move_clock(crowd.start)
        started = await self._until(superuser, UNSTARTED, begun)
        routed = await self._until(superuser, QUEUED, begun)
        done = await self._until_quiet(superuser, begun)
        cpu = 1000 * (self._cpu() - spent) / crowd.seats
        return {"started": started, "routed": routed, "start_done": done, "start_cpu_ms": cpu}

    async def _finish(self, database: Database, superuser: Any, crowd: Crowd) -> dict[str, float]:
        await _everybody(database, crowd, now=crowd.end - TICK, sits="LIGHT")
        await _everybody(database, crowd, now=crowd.end, sits=None)
        self._say(f"{crowd.seats:,} people could work to the last microsecond, and not at the instant.")
        spent = self._cpu()
        begun = self._move_clock(crowd.end)
        ended = await self._until(superuser, UNENDED, begun)
        signed_out = await self._until(superuser, SIGNED_IN, begun)
        handed_over = await self._until(superuser, IN_HANDS, begun)
        done = await self._until_quiet(superuser, begun)
        cpu = 1000 * (self._cpu() - spent) / crowd.seats
        return {
            "ended": ended,
            "signed_out": signed_out,
            "handed_over": handed_over,
            "end_done": done,
            "end_cpu_ms": cpu,
        }

    def _move_clock(self, to: datetime) -> float:
        """Move the clock of all processes; returns when that was."""
        fresh = self._clock_file.with_suffix(".new")
        fresh.write_text(str((to - datetime.now(UTC)).total_seconds()))
        fresh.replace(self._clock_file)
        return time.monotonic()

    async def _until(self, superuser: Any, query: str, begun: float, *values: object) -> float:
        """Seconds since then once a query counts none. Raises CannotRun."""
        while left := await superuser.fetchval(query, *values):
            if time.monotonic() - begun > WITHIN:
                raise CannotRun(f"{left} were left after {WITHIN:.0f} seconds: {query}")
            await asyncio.sleep(0.1)
        return time.monotonic() - begun

    async def _until_quiet(self, superuser: Any, begun: float | None = None) -> float:
        """Seconds since then once no job is due and every event has its place."""
        since = time.monotonic() if begun is None else begun
        done = await self._until(superuser, BUSY, since, self._clock.now())
        await self._until(superuser, UNSTAMPED, since)
        return done

    def _cpu(self) -> float:
        """Of PostgreSQL, Valkey, relay and workers, in seconds."""
        return sum(cpu_seconds(pid) for pid in self._stack.pids().values())


async def _everybody(database: Database, crowd: Crowd, *, now: datetime, sits: str | None) -> None:
    """Ask for everybody's standing at an instant. Raises NotAtOnce unless all sit as they should."""
    waiting = list(crowd.tenant_ids)
    found: Counter[str | None] = Counter()

    async def lane() -> None:
        while waiting:
            found.update(await _standings(database, waiting.pop(), crowd.member_ids, now=now))

    await asyncio.gather(*(lane() for _ in range(LANES)))
    if found != Counter({sits: crowd.seats}):
        raise NotAtOnce(f"At {now.isoformat()} all were to have {sits or 'no seat'}: {dict(found)}.")


async def _standings(
    database: Database, tenant_id: UUID, member_ids: Sequence[UUID], *, now: datetime
) -> list[str | None]:
    async with database.reading(tenant_id) as session:
        standings = [await standing_of_member(session, member_id=member_id, now=now) for member_id in member_ids]
    return [each.seat.kind.value if each is not None and each.seat is not None else None for each in standings]


@asynccontextmanager
async def _database(stack: Stack) -> AsyncIterator[Database]:
    database = Database(engine_for(stack.addresses.database_url, pool_size=LANES, name="sezon-bench"))
    try:
        yield database
    finally:
        await database.close()


ROWS = {
    "started": "every beginning recorded, s",
    "routed": "every ticket in somebody's hands, s",
    "start_done": "nothing left to do, s",
    "start_cpu_ms": "CPU per seat that began, ms",
    "ended": "every end recorded, s",
    "signed_out": "every session closed, s",
    "handed_over": "every ticket handed over, s",
    "end_done": "nothing left to do, s",
    "end_cpu_ms": "CPU per seat that ended, ms",
}


def table(report: Report) -> Table:
    """The report for people."""
    shown = Table(
        title=f"Seasons of {report.seats} light seats that begin and end at once, {os.cpu_count()} cores for all",
        caption="Medians, from the instant on. Rights had come and gone at it, before any pass: everybody was asked.",
    )
    shown.add_column("")
    for tenants in report.rounds:
        shown.add_column(f"{tenants:,} shops", justify="right")
    shown.add_column("ratio", justify="right")
    for figure, words in ROWS.items():
        medians = (f"{report.median(tenants, figure):.1f}" for tenants in report.rounds)
        shown.add_row(words, *medians, f"{report.ratio(figure):.2f}")
    return shown


def main(
    tenants: Annotated[list[int] | None, typer.Option(min=1, help="Shops; may be given more than once.")] = None,
    seats: Annotated[int, typer.Option(min=1, max=200, help="Of each shop's season.")] = 20,
    rounds: Annotated[int, typer.Option(min=1)] = 1,
    scheduled: Annotated[bool, typer.Option(help="Let the recurring jobs of every shop run as well.")] = False,
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
) -> None:
    """Let a season begin, and end, in many shops in the same second (100 and 1,000 by default): everybody is asked at
    both instants, before any pass, who may work; then real workers record it, give out tickets and hand them over."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="sezon-bench-", ignore_cleanup_errors=True) as scratch:
        try:
            report = run(
                Path(scratch),
                tenants=tenants or (100, 1000),
                seats=seats,
                rounds=rounds,
                scheduled=scheduled,
                say=console.print,
            )
        except (CannotRun, NotAtOnce) as error:
            console.print(f"seasons: {error}", markup=False)
            sys.exit(2)
    Console().print(table(report))
    if json is not None:
        json.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    typer.run(main)
