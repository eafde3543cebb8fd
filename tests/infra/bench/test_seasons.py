"""Seasons that begin and end in several shops at once: rights are there and gone at the instant, the passes follow."""

import io

import orjson
import pytest
from rich.console import Console

from infra.bench.seasons import FIGURES, ROWS, Report, run, table

SOON = 60.0
"""Seconds within which every pass is to have finished."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return run(tmp_path_factory.mktemp("bench"), tenants=(2, 20), seats=5)


def test_the_passes_of_all_shops_have_finished_soon(report: Report) -> None:
    """That everybody could work at the very instants, and nobody outside them, was asked on the way."""
    for tenants in (2, 20):
        assert 0 < report.median(tenants, "start_done") < SOON
        assert 0 < report.median(tenants, "end_done") < SOON


def test_a_seat_costs_no_more_because_there_are_other_shops(report: Report) -> None:
    assert report.ratio("start_cpu_ms") < 2
    assert report.ratio("end_cpu_ms") < 2


def test_the_figures_can_be_read_by_people_and_programs(report: Report) -> None:
    written = io.StringIO()
    Console(file=written, width=120).print(table(report))
    assert all(words in written.getvalue() for words in ROWS.values())
    assert list(ROWS) == FIGURES
    told = orjson.loads(orjson.dumps(report.as_json()))
    assert [(shops["tenants"], len(shops["rounds"])) for shops in told["shops"]] == [(2, 1), (20, 1)]
