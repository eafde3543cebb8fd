"""From a ticket's creation to its assignment, under load, on a whole stack; see `infra/bench/arrivals --help`."""

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from infra.bench.arriving import Arrivals, Seen
from infra.bench.options import numbers
from infra.embedded.errors import CannotRun
from infra.embedded.stack import Stack

WARM_UP = 3.0
"""Seconds of load that are not told."""


@dataclass(frozen=True)
class Report:
    """Rounds at each rate in one shop; of many shops before a flood of one of them, while it lasts, and in a rush."""

    rates: dict[int, list[Seen]]
    tenants: int
    flood: int
    before: list[Seen]
    during: list[Seen]
    all_due: list[Seen]
    """While the recurring jobs of all shops have come at once."""

    def as_json(self) -> dict[str, Any]:
        return {
            "cores": os.cpu_count(),
            **asdict(self),
            "rates": {str(rate): each for rate, each in self.rates.items()},
        }


@dataclass(frozen=True)
class Wanted:
    """What is to be measured."""

    rates: Sequence[int] = (1, 50, 200)
    seconds: float = 20.0
    agents: int = 50
    tenants: int = 1000
    flood: int = 5000
    others: float = 10.0
    """Tickets a second of all other shops together."""
    rounds: int = 1
    scheduled: bool = True


def run(folder: Path, wanted: Wanted, *, say: Callable[[str], None] = lambda _line: None) -> Report:
    """Measure on a stack of the folder's own. Raises CannotRun."""
    report = Report({rate: [] for rate in wanted.rates}, wanted.tenants, wanted.flood, [], [], [])
    with Stack(folder, port=0, demo=False, fast=True) as stack:
        asyncio.run(_measure(stack, wanted, report, say))
    return report


async def _measure(stack: Stack, wanted: Wanted, report: Report, say: Callable[[str], None]) -> None:
    async with Arrivals(stack) as arrivals:
        if wanted.rates:
            await _rates(arrivals, wanted, report, say)
        if wanted.tenants > 1:
            await _crowd(arrivals, wanted, report, say)


async def _rates(arrivals: Arrivals, wanted: Wanted, report: Report, say: Callable[[str], None]) -> None:
    shop = await arrivals.found(agents=wanted.agents, customers=500, scheduled=wanted.scheduled)
    credentials = await arrivals.credentials(shop)
    await arrivals.over_the_api(shop, credentials, rate=max(wanted.rates), seconds=WARM_UP, seed=-1)
    for place in range(wanted.rounds):
        for rate in wanted.rates:
            say(f"{rate} tickets a second ...")
            seen = await arrivals.over_the_api(shop, credentials, rate=rate, seconds=wanted.seconds, seed=place)
            report.rates[rate].append(seen)


async def _crowd(arrivals: Arrivals, wanted: Wanted, report: Report, say: Callable[[str], None]) -> None:
    say(f"{wanted.tenants:,} shops ...")
    one = await arrivals.found(agents=5, customers=20, scheduled=wanted.scheduled)
    shops = await arrivals.copies(one, wanted.tenants - 1)
    await arrivals.among(shops, one, rate=wanted.others, seconds=WARM_UP, seed=-1)
    for place in range(wanted.rounds):

        async def seen(words: str, *, seed: int = place, flood: int = 0) -> Seen:
            say(words)
            return await arrivals.among(shops, one, rate=wanted.others, seconds=wanted.seconds, seed=seed, flood=flood)

        report.before.append(await seen("One ticket now and then ..."))
        report.during.append(await seen(f"{wanted.flood:,} tickets at once in one of them ...", flood=wanted.flood))
        if wanted.scheduled:
            await arrivals.everything_is_due()
            report.all_due.append(await seen("All recurring jobs at once ..."))


def table(report: Report) -> Table:
    """The report for people."""
    shown = Table(
        title=f"From a ticket's creation to its assignment, {os.cpu_count()} cores for everything",
        caption="Milliseconds from commit to commit, by the database's clock; medians of rounds.",
    )
    shown.add_column("load")
    for column in ("tickets/s", "p50", "p99", "longest", "until its pass began, p50 / p99", "cores busy", "left"):
        shown.add_column(column, justify="right")
    for rate, rounds in report.rates.items():
        _add(shown, f"one shop, {rate}/s", rounds)
    _add(shown, f"{report.tenants:,} shops", report.before)
    _add(shown, f"the others, {report.flood:,} tickets in one", report.during)
    _add(shown, "all, every recurring job due at once", report.all_due)
    return shown


def _add(shown: Table, load: str, rounds: Sequence[Seen]) -> None:
    if not rounds:
        return

    def median(figure: Callable[[Seen], float]) -> float:
        return statistics.median(map(figure, rounds))

    shown.add_row(
        load,
        f"{median(lambda each: each.rate):.1f}",
        f"{median(lambda each: each.assigned.p50):,.0f}",
        f"{median(lambda each: each.assigned.p99):,.0f}",
        f"{max(each.assigned.longest for each in rounds):,.0f}",
        f"{median(lambda each: each.assigned.until_begun_p50):,.0f} / "
        f"{median(lambda each: each.assigned.until_begun_p99):,.0f}",
        f"{median(lambda each: each.cores):.2f}",
        f"{sum(each.assigned.left for each in rounds):,}",
    )


def main(
    rates: Annotated[str, typer.Option(help="Tickets a second in one shop: one number or several.")] = "1,50,200",
    seconds: Annotated[float, typer.Option(min=1, help="Of each load in each round.")] = 20.0,
    agents: Annotated[int, typer.Option(min=1, help="Of the one shop.")] = 50,
    tenants: Annotated[int, typer.Option(min=0, help="Shops, of which one is flooded; 0: none.")] = 1000,
    flood: Annotated[int, typer.Option(min=1, help="Tickets in one shop at once.")] = 5000,
    others: Annotated[float, typer.Option(min=0.1, help="Tickets a second of the others together.")] = 10.0,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    scheduled: Annotated[bool, typer.Option(help="Let the recurring jobs of all those shops run as well.")] = True,
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
) -> None:
    """Measure how long tickets wait for an agent who has room, on a whole stack. In one shop they come over the API, at
    more than 20 a second several in a call; then in many shops by the operation, of which one is flooded."""
    console = Console(stderr=True)
    wanted = Wanted(numbers(rates) if rates else [], seconds, agents, tenants, flood, others, rounds, scheduled)
    with tempfile.TemporaryDirectory(prefix="sezon-bench-", ignore_cleanup_errors=True) as folder:
        try:
            report = run(Path(folder), wanted, say=console.print)
        except CannotRun as error:
            console.print(f"arrivals: {error}", markup=False)
            sys.exit(2)
    Console(width=max(Console().width, 130)).print(table(report))
    if json is not None:
        json.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))


command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
command.command()(main)

if __name__ == "__main__":
    command()
