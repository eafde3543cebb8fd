"""The benchmark of the router puts every ticket into hands, by both ways, and says what that took."""

import io
from pathlib import Path

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from infra.bench.routing import Report, Run, command, run, table


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder: Path = tmp_path_factory.mktemp("routing")
    return run(folder / "data", lengths=(5, 40), agents=3, rounds=1)


def test_every_backlog_is_emptied_by_both_ways(report: Report) -> None:
    assert list(report.routed) == list(report.bare) == [5, 40]
    for length in (5, 40):
        [routed], [bare] = report.routed[length], report.bare[length]
        assert (routed.passes, bare.passes) == (1, 1)
        assert min(routed.tickets_per_second, routed.cpu_ms, bare.tickets_per_second, bare.cpu_ms) > 0
        assert min(report.taken[length]) > 0
        assert report.ratio(length) == routed.tickets_per_second / bare.tickets_per_second


def test_the_report_is_a_table_for_people_and_json_for_programs() -> None:
    runs = {10: [Run(40, 0.5, 1), Run(60, 0.25, 1)]}
    told = Report(3, runs, {10: [Run(80, 0.1, 1), Run(80, 0.2, 1)]}, {10: [2.5, 3.5, 9.0]})
    shown = io.StringIO()
    Console(file=shown, width=120).print(table(told))
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.getvalue().splitlines()]
    assert ["10", "50", "0.375", "1", "80", "0.150", "0.62", "3.5"] in lines
    assert told.ratio(10) == 0.625
    assert orjson.loads(orjson.dumps(told.as_json()))["backlogs"][0]["tickets"] == 10


def test_what_is_no_list_of_numbers_is_refused() -> None:
    refused = CliRunner().invoke(command, ["--tickets", "many"])
    assert refused.exit_code == 2
    assert "many is no list of whole numbers" in refused.output
