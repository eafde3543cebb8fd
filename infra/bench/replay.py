"""The router beside other rules, with the same tickets and people; see `infra/bench/replay --help`."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from infra.simulation import black_friday, helpdesk
from infra.simulation.measures import Figures, Waits, hour_of, measure, wait_by_hour, work_by_person
from infra.simulation.plot import Row, draw
from infra.simulation.rules import RuleName, rule
from infra.simulation.running import Outcome, play
from infra.simulation.world import Scenario

DATA = Path(__file__).parents[3] / "shared" / "data"
AS_IT_WAS = "as it was"
NAMES = {
    RuleName.SEZON: "Sezon",
    RuleName.STRANGERS: "Sezon, knowing nobody",
    RuleName.ROUND_ROBIN: "round robin",
    RuleName.LEAST_ACTIVE: "least active",
    RuleName.FIRST_COME: "first come",
}


class DataSet(StrEnum):
    HELPDESK = "helpdesk"
    BLACK_FRIDAY = "black-friday"


@dataclass(frozen=True)
class Played:
    """A scenario, and by the name of each rule what came of it."""

    scenario: Scenario
    outcomes: dict[str, Outcome]

    def figures(self) -> dict[str, Figures]:
        return {name: measure(self.scenario, outcome) for name, outcome in self.outcomes.items()}


class NoData(Exception):
    """The data is not where it was looked for."""


def replay(data: Path, sets: Sequence[DataSet], rules: Sequence[RuleName], *, contacts: int, seed: int) -> list[Played]:
    """Play each data set under each rule. Raises NoData."""
    try:
        return [_replay(data, each, rules, contacts=contacts, seed=seed) for each in sets]
    except FileNotFoundError as error:
        raise NoData(f"There is no {error.filename}; --data names another folder.") from error


def _replay(data: Path, data_set: DataSet, rules: Sequence[RuleName], *, contacts: int, seed: int) -> Played:
    if data_set is DataSet.HELPDESK:
        rows = helpdesk.read(data / helpdesk.FILE)
        scenario = helpdesk.scenario(rows)
        before = {AS_IT_WAS: helpdesk.as_it_was(scenario, rows)}
    else:
        scenario, before = black_friday.scenario(data, contacts=contacts, seed=seed), {}
    return Played(scenario, {NAMES[name]: play(scenario, rule(name)) for name in rules} | before)


def table(all_played: Sequence[Played]) -> Table:
    """All rules with all data sets, for people."""
    shown = Table(
        title="The same tickets and people under different rules",
        caption="Minutes; percentiles as p50/p95/p99. Fair: Jain's index of work per hour of being there, by usual "
        "minutes of a day, real minutes of a day, and of all days. Known: given to whom the customer had before.",
    )
    shown.add_column("rule")
    for column in ("wait for an agent", "until work begins", "calls and chats", "in time", "fair", "occupancy"):
        shown.add_column(column, justify="right")
    for column in ("overtaken", "known", "left"):
        shown.add_column(column, justify="right")
    for played in all_played:
        shown.add_section()
        tickets, people = len(played.scenario.tickets), len(played.scenario.people)
        shown.add_row(f"[bold]{played.scenario.name}[/]", f"{tickets:,} tickets", f"{people} people")
        for name, told in played.figures().items():
            shown.add_row(
                name,
                _waits(told.assigned),
                _waits(told.begun),
                _waits(told.live) if told.live.p99 else "-",
                f"{told.within_due:.1%}",
                f"{told.fair_as_told:.2f} {told.fair_by_day:.2f} {told.fair_in_all:.2f}",
                f"{told.occupancy:.0%} ({told.least_occupied:.0%}-{told.most_occupied:.0%})",
                f"{told.overtakings:,}",
                f"{told.to_previous:.0%}",
                f"{told.unassigned:,}",
            )
    return shown


def _waits(told: Waits) -> str:
    return f"{told.mean:,.1f}; {told.p50:,.0f}/{told.p95:,.0f}/{told.p99:,.0f}"


def as_json(all_played: Sequence[Played], *, contacts: int, seed: int) -> dict[str, Any]:
    """All figures for programs."""
    told = [
        {
            "name": played.scenario.name,
            "tickets": len(played.scenario.tickets),
            "people": len(played.scenario.people),
            "rules": {name: asdict(figures) for name, figures in played.figures().items()},
        }
        for played in all_played
    ]
    return {"seed": seed, "contacts": contacts, "data": told}


def plotted(all_played: Sequence[Played]) -> str:
    """The plot, as SVG text."""
    rows = [_row(played) for played in all_played]
    names = [*NAMES.values(), AS_IT_WAS]
    return draw(rows, [name for name in names if any(name in row.waits for row in rows)])


def _row(played: Played) -> Row:
    scenario, outcomes = played.scenario, played.outcomes
    arrivals = [hour_of(scenario, ticket) for ticket in scenario.tickets]
    hours = range(min(arrivals), max(arrivals) + 1)
    waits = {name: wait_by_hour(scenario, outcome.courses) for name, outcome in outcomes.items()}
    return Row(
        scenario.name,
        hours,
        {name: [by_hour.get(hour) for hour in hours] for name, by_hour in waits.items()},
        [person.name for person in scenario.people],
        {name: work_by_person(scenario, outcome.courses) for name, outcome in outcomes.items()},
    )


def main(
    data_set: Annotated[list[DataSet] | None, typer.Option(help="May be given more than once; both at first.")] = None,
    rules: Annotated[
        list[RuleName] | None, typer.Option("--rule", help="May be given more than once; all at first.")
    ] = None,
    contacts: Annotated[int, typer.Option(min=10, help="Of Black Friday and the night before.")] = 800,
    seed: Annotated[int, typer.Option(help="Of Black Friday.")] = 1,
    data: Annotated[Path, typer.Option(help="The folder with tickets/ and arrivals/.")] = DATA,
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Where to write the plot, an SVG file.")] = None,
) -> None:
    """Play a help desk of which the log is known, and a shop's Black Friday, in simulated time under the product's
    router, round robin, least active and first come: waits, fairness and occupancy, in a table and a plot."""
    try:
        played = replay(data, data_set or list(DataSet), rules or list(RuleName), contacts=contacts, seed=seed)
    except NoData as error:
        Console(stderr=True).print(f"replay: {error}", markup=False)
        sys.exit(2)
    Console(width=max(Console().width, 180)).print(table(played))
    if json is not None:
        json.write_bytes(orjson.dumps(as_json(played, contacts=contacts, seed=seed), option=orjson.OPT_INDENT_2))
    if plot is not None:
        plot.write_text(plotted(played), encoding="utf-8")


command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
command.command()(main)

if __name__ == "__main__":
    command()
