"""Pages through the whole API, beside the same pages by one statement each; see `infra/bench/reads --help`."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from infra.bench.asking import Asked, Cookies, asked_for, signed_in
from infra.bench.comparing import PagesDiffer, compare
from infra.bench.data import Size, fill, look_again
from infra.bench.driving import Round, drive, measure
from infra.bench.load import Reading
from infra.bench.options import numbers
from infra.bench.pages import PAGES
from infra.bench.pages.page import Page, PageName
from infra.bench.report import Measured, Report, table
from infra.bench.statements import Statements, statements_of
from infra.bench.ways import WORDS, Server, Way, plan_of, servers
from infra.embedded.data_folder import write_private
from infra.embedded.errors import CannotRun
from infra.embedded.stack import Stack

MARK = "bench-data"
"""The file that says which data a kept folder holds, once it holds all of it."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be measured."""

    size: Size
    pages: Sequence[PageName] = tuple(PageName)
    connections: Sequence[int] = (16,)
    ways: Sequence[Way] = tuple(Way)
    rounds: int = 5
    seconds: float = 5.0
    warm_up: float = 1.0


def run(folder: Path, wanted: Wanted, *, say: Callable[[str], None] = lambda _line: None) -> Report:
    """Fill the folder's database unless it holds this very data, compare the pages, and measure.

    Raises PagesDiffer, CannotRun.
    """
    kept = _keeps(folder, wanted.size)
    with Stack(folder, port=0, demo=False, fast=True, edges=("api",)) as stack, ExitStack() as open_until_the_end:
        here = stack.addresses
        if kept:
            asyncio.run(look_again(here.owner_url))
        else:
            _fill(stack, wanted.size, say)
        serving = open_until_the_end.enter_context(servers(stack, wanted.ways))
        cookies = asyncio.run(signed_in(here.database_url, wanted.size.shares()))
        courses: list[_Course] = []
        for name in wanted.pages:
            asked = asyncio.run(_compared(PAGES[name], here.database_url, cookies, serving))
            say(f"{len(cookies)} shops give the same {name} by every way.")
            courses += _prepared(stack, wanted, asked, serving)
        for number in range(1, wanted.rounds + 1):
            say(f"Round {number} of {wanted.rounds} ...")
            for course in courses:
                course.measure(number, postgres_pid=stack.pids()["postgres"])
    return Report({"size": asdict(wanted.size)}, [course.measured for course in courses])


def _keeps(folder: Path, size: Size) -> bool:
    """Whether this very data is in the folder already. Raises CannotRun when other data is."""
    try:
        found = (folder / MARK).read_text(encoding="ascii")
    except FileNotFoundError:
        found = ""
    if found != size.mark() and folder.exists() and any(folder.iterdir()):
        raise CannotRun(f"{folder} holds other data; remove it or name another folder.")
    return found == size.mark()


def _fill(stack: Stack, size: Size, say: Callable[[str], None]) -> None:
    here = stack.addresses
    say(f"Filling {size.tenants} shops with {size.orders:,} orders and {size.tickets:,} tickets ...")
    filling = fill(size, owner_url=here.owner_url, app_url=here.database_url, superuser_url=here.superuser_url)
    asyncio.run(filling)
    write_private(stack.folder.path / MARK, size.mark())


async def _compared(page: Page, database_url: str, cookies: Cookies, serving: Mapping[Way, Server]) -> list[Asked]:
    asked = await asked_for(page, database_url, cookies)
    await compare(asked, serving, database_url=database_url)
    return asked


@dataclass(frozen=True)
class _Course:
    """One page at one number of connections: what drives each way, and what it did so far."""

    measured: Measured
    plans: Mapping[Way, Reading]
    pids: Mapping[Way, int | None]
    rounds: dict[str, list[Round]] = field(default_factory=dict)

    def measure(self, number: int, *, postgres_pid: int) -> None:
        """Let every way have its turn, each round another one first."""
        ways = list(self.plans)
        turn = number % len(ways)
        for way in ways[turn:] + ways[:turn]:
            seen = measure(self.plans[way], server_pid=self.pids[way], postgres_pid=postgres_pid)
            self.rounds[way].append(seen)


def _prepared(stack: Stack, wanted: Wanted, asked: Sequence[Asked], serving: Mapping[Way, Server]) -> list[_Course]:
    """A course for each number of connections, the servers warm."""

    def plans(connections: int, seconds: float) -> dict[Way, Reading]:
        return {
            way: plan_of(
                way,
                asked,
                server=serving.get(way),
                database_url=stack.addresses.database_url,
                connections=connections,
                seconds=seconds,
            )
            for way in wanted.ways
        }

    statements: dict[str, Statements] = {}
    for way, plan in plans(max(wanted.connections), wanted.warm_up).items():
        statements[way] = statements_of(stack, plan)
        drive(plan)
    courses = []
    for connections in wanted.connections:
        rounds: dict[str, list[Round]] = {way: [] for way in wanted.ways}
        measured = Measured(asked[0].page.name, connections, rounds, statements)
        pids = {way: serving[way].pid if way in serving else None for way in wanted.ways}
        courses.append(_Course(measured, plans(connections, wanted.seconds), pids, rounds))
    return courses


def main(
    page: Annotated[list[PageName] | None, typer.Option(help="What to read; may be given more than once.")] = None,
    connections: Annotated[str, typer.Option(help="One number or several, as in 1,16,64.")] = "16",
    way: Annotated[list[Way] | None, typer.Option(help="How to read it; may be given more than once.")] = None,
    keep: Annotated[Path | None, typer.Option(help="A folder that keeps the data for the next run.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each way in each round.")] = 5.0,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    tenants: Annotated[int, typer.Option(min=1)] = Size.tenants,
    orders: Annotated[int, typer.Option(min=1)] = Size.orders,
    tickets: Annotated[int, typer.Option(min=1)] = Size.tickets,
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
    bar: Annotated[float, typer.Option(help="Fail when the API does less, times what is bare.")] = 0.0,
) -> None:
    """Measure pages in alternating rounds: through GraphQL, through its reference executor, by one statement behind a
    bare HTTP handler, and by that statement alone. The inbox has the 50 newest open tickets with customer, agent, order
    and last entry; an order all that is known of it and of ten tickets; seats 50 licences and who sat there."""
    console = Console(stderr=True)
    wanted = Wanted(
        size=Size(tenants, orders, tickets),
        pages=list(dict.fromkeys(page or PageName)),
        connections=numbers(connections),
        ways=list(dict.fromkeys(way or Way)),
        rounds=rounds,
        seconds=seconds,
    )
    with tempfile.TemporaryDirectory(prefix="sezon-bench-", ignore_cleanup_errors=True) as scratch:
        try:
            report = run(keep or Path(scratch), wanted, say=console.print)
        except (CannotRun, PagesDiffer) as error:
            console.print(f"reads: {error}", markup=False)
            sys.exit(2)
    out = Console(width=max(Console().width, 110))
    for measured in report.measured:
        out.print(table(measured, WORDS))
    if json is not None:
        json.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))
    missed = report.under(bar, Way.BARE)
    for sentence in missed:
        console.print(sentence, markup=False)
    if missed:
        sys.exit(1)


command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
command.command()(main)

if __name__ == "__main__":
    command()
