"""A backlog put into hands with every reason kept, beside one statement without; see `infra/bench/routing --help`."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import orjson
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from domain.agents.models import Agent
from domain.kit import garbage
from domain.kit.database import Database, engine_for
from domain.kit.events import SYSTEM
from domain.seats.rights import hold_seat
from domain.tickets.sweeping import route_sweep
from domain.tickets.taking import take_next
from infra.bench.backlog import Backlog, backlog
from infra.bench.cpu import cpu_seconds
from infra.bench.options import numbers
from infra.embedded.errors import CannotRun
from infra.embedded.stack import Stack

WARM, TAKEN = 5, 20
"""How many agents ask for the next ticket before it is measured, and then."""

BARE = """
    WITH hands AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS number
        FROM agent WHERE tenant_id = $1 AND presence = 'ONLINE'
    ), waiting AS (
        SELECT id, row_number() OVER (ORDER BY priority DESC, due_at, arrived_at, id) - 1 AS place
        FROM ticket WHERE tenant_id = $1 AND state = 'QUEUED'
    ), given AS (
        UPDATE ticket t SET state = 'ASSIGNED', assignee_id = hands.id, version = version + 1, state_since = $2
        FROM waiting JOIN hands ON hands.place = waiting.place % hands.number
        WHERE t.tenant_id = $1 AND t.id = waiting.id
        RETURNING t.id, t.version, t.team_id, t.assignee_id
    ), told AS (
        INSERT INTO ticket_transition
            (tenant_id, id, ticket_id, position, from_state, to_state, team_id, assignee_id, reason, actor_kind, at)
        SELECT $1, gen_random_uuid(), id, version, 'QUEUED', 'ASSIGNED', team_id, assignee_id, 'routed', 'SYSTEM', $2
        FROM given
    )
    INSERT INTO event
        (tenant_id, id, name, aggregate, aggregate_id, aggregate_version, actor_kind, at, data, trace_id)
    SELECT $1, gen_random_uuid(), 'TicketMoved', 'ticket', id, version, 'SYSTEM', $2,
        jsonb_build_object('from_state', 'QUEUED', 'to_state', 'ASSIGNED', 'team_id', team_id,
            'assignee_id', assignee_id, 'reason', 'routed'), ''
    FROM given
"""
"""In turns, whoever can what: the ticket, its history and its event, as the product keeps them, and no reason."""


@dataclass(frozen=True)
class Run:
    """What it took to empty the queues, from the first statement to the last commit."""

    tickets_per_second: float
    cpu_ms: float
    passes: int


@dataclass(frozen=True)
class Report:
    """Runs by length of the backlog, each routed and each by the bare statement; and how many milliseconds it took to
    take the next ticket out of the whole backlog, for agents who asked for it one after another."""

    agents: int
    routed: dict[int, list[Run]]
    bare: dict[int, list[Run]]
    taken: dict[int, list[float]]

    def ratio(self, length: int) -> float:
        """The router's tickets per second over the statement's: the median of each round's own ratio."""
        pairs = zip(self.routed[length], self.bare[length], strict=True)
        return statistics.median(one.tickets_per_second / other.tickets_per_second for one, other in pairs)

    def as_json(self) -> dict[str, Any]:
        return {
            "cores": os.cpu_count(),
            "agents": self.agents,
            "backlogs": [
                {
                    "tickets": length,
                    "routed": [asdict(each) for each in runs],
                    "bare": [asdict(each) for each in self.bare[length]],
                    "taken_ms": self.taken[length],
                }
                for length, runs in self.routed.items()
            ],
        }


def run(
    folder: Path, *, lengths: Sequence[int], agents: int, rounds: int, say: Callable[[str], None] = lambda _line: None
) -> Report:
    """Route backlogs of these lengths, in alternating rounds with the bare statement. Raises CannotRun."""
    report = Report(
        agents, {each: [] for each in lengths}, {each: [] for each in lengths}, {each: [] for each in lengths}
    )
    with Stack(folder, port=0, demo=False, fast=True, edges=()) as stack:
        for length in lengths:
            asyncio.run(_measure(stack, report, length, agents=agents, rounds=rounds, say=say))
    return report


async def _measure(
    stack: Stack, report: Report, length: int, *, agents: int, rounds: int, say: Callable[[str], None]
) -> None:
    here = stack.addresses
    database = Database(engine_for(here.database_url, pool_size=1, name="sezon-bench"))
    app: Any = await asyncpg.connect(here.database_url)
    try:
        say(f"A backlog of {length:,} tickets ...")
        made = await backlog(
            database, agents=agents, tickets=length, superuser_url=here.superuser_url, now=datetime.now(UTC)
        )
        ways = [(report.routed, lambda: _route(database, made)), (report.bare, lambda: _assign(app, made))]
        for number in range(rounds + 1):
            for runs, way in ways[number % 2 :] + ways[: number % 2]:
                await made.restore(here.superuser_url)
                seen = await _timed(stack, made, way)
                if number:  # the first only warms up
                    runs[length].append(seen)
        await made.restore(here.superuser_url)
        report.taken[length].extend(await _taken(database, made))
    finally:
        await app.close()
        await database.close()


async def _timed(stack: Stack, made: Backlog, way: Callable[[], Awaitable[tuple[int, int]]]) -> Run:
    postgres = stack.pids()["postgres"]
    begun, used = time.perf_counter(), time.process_time() + cpu_seconds(postgres)
    moved, passes = await way()
    seconds, spent = time.perf_counter() - begun, time.process_time() + cpu_seconds(postgres) - used
    if moved != made.tickets:
        raise CannotRun(f"{moved} of {made.tickets} tickets were put into hands.")
    return Run(moved / seconds, 1000 * spent / moved, passes)


async def _route(database: Database, made: Backlog) -> tuple[int, int]:
    """As workers do: a sweep is a transaction, and another follows as long as one leaves something to move."""
    moved = passes = 0
    while moved < made.tickets:
        async with database.writing(made.tenant_id) as session:
            now_moved = await route_sweep(session, now=datetime.now(UTC))
        if not now_moved:
            return moved, passes
        moved, passes = moved + now_moved, passes + 1
    return moved, passes


async def _taken(database: Database, made: Backlog) -> list[float]:
    """The milliseconds of each taking, the first of which only warm up; all are rolled back."""
    async with database.reading(made.tenant_id) as session:
        agents = list(await session.scalars(select(Agent.id).order_by(Agent.id).limit(WARM + TAKEN)))
    lasted = []
    for agent_id in agents:
        async with database.reading(made.tenant_id) as session:
            now = datetime.now(UTC)
            seat = await hold_seat(session, agent_id=agent_id, now=now)
            begun = time.perf_counter()
            taken = await take_next(session, seat=seat, by=SYSTEM, now=now)
            lasted.append(1000 * (time.perf_counter() - begun))
        if taken is None:
            raise CannotRun("Nothing was found for an agent who asked for the next ticket.")
    return lasted[min(WARM, len(lasted) - 1) :]


async def _assign(app: Any, made: Backlog) -> tuple[int, int]:
    async with app.transaction():
        await app.execute(f"SET LOCAL app.tenant_id = '{made.tenant_id}'")
        status: str = await app.execute(BARE, made.tenant_id, datetime.now(UTC), timeout=600)
    return int(status.rpartition(" ")[2]), 1


def table(report: Report) -> Table:
    """The report for people."""
    shown = Table(
        title=f"A backlog put into the hands of {report.agents} agents, {os.cpu_count()} cores for everything",
        caption="Medians. The statement gives tickets in turns, whoever can what, and keeps no reason. The next one is "
        "taken by agents who ask for it, out of all of them.",
    )
    for column in (
        "tickets",
        "routed/s",
        "CPU per ticket, ms",
        "passes",
        "statement/s",
        "its CPU, ms",
        "times its own",
        "next one, ms",
    ):
        shown.add_column(column, justify="right")
    for length, runs in report.routed.items():
        bare = report.bare[length]
        shown.add_row(
            f"{length:,}",
            f"{_median(runs, 'tickets_per_second'):,.0f}",
            f"{_median(runs, 'cpu_ms'):.3f}",
            f"{_median(runs, 'passes'):.0f}",
            f"{_median(bare, 'tickets_per_second'):,.0f}",
            f"{_median(bare, 'cpu_ms'):.3f}",
            f"{report.ratio(length):.2f}",
            f"{statistics.median(report.taken[length]):.1f}",
        )
    return shown


def _median(runs: Sequence[Run], figure: str) -> float:
    return float(statistics.median(asdict(each)[figure] for each in runs))


def main(
    tickets: Annotated[str, typer.Option(help="One length or several, as in 100,1000.")] = "100,1000,10000,100000",
    agents: Annotated[int, typer.Option(min=1)] = 500,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
) -> None:
    """Put backlogs into the hands of a shop's agents with every decision kept, beside one SQL statement that gives the
    same tickets in turns and keeps their history and events, but no reason."""
    garbage.settle()  # as a worker has it
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="sezon-bench-", ignore_cleanup_errors=True) as folder:
        try:
            report = run(Path(folder), lengths=numbers(tickets), agents=agents, rounds=rounds, say=console.print)
        except CannotRun as error:
            console.print(f"routing: {error}", markup=False)
            sys.exit(2)
    Console(width=max(Console().width, 110)).print(table(report))
    if json is not None:
        json.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))


command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
command.command()(main)

if __name__ == "__main__":
    command()
