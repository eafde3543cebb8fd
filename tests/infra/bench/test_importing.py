"""The import benchmark sends orders that are taken in, and inserts the very rows that they left."""

import io

import orjson
import pytest
from rich.console import Console

from domain.kit.imports import MOST_ROWS
from infra.bench.importing import WAYS, Report, run, table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return run(tmp_path_factory.mktemp("bench"), connections=(1, 2), calls=1, rounds=1)


def test_each_way_is_measured_on_each_number_of_connections(report: Report) -> None:
    assert list(report.rounds) == [(connections, way) for connections in (1, 2) for way in WAYS]
    for connections, way in report.rounds:
        assert report.median(connections, way, "orders_per_second") > 0
    for connections in (1, 2):
        through_the_api, bare = (report.median(connections, way, "api_cpu_ms") for way in ("new", "bare"))
        assert through_the_api > bare


def test_an_order_leaves_twelve_rows_which_are_inserted_again(report: Report) -> None:
    """Customer and mailbox, order, two lines, payment and its entry, parcel, four events."""
    assert report.rows_per_order == 12
    assert report.ratio(1) > 0 < report.ratio(2)


def test_the_figures_can_be_read_by_people_and_programs(report: Report) -> None:
    written = io.StringIO()
    Console(file=written, width=120).print(table(report, (1, 2)))
    assert f"{MOST_ROWS} orders a call, 12 rows an order" in written.getvalue()
    assert all(words in written.getvalue() for words in WAYS.values())
    told = orjson.loads(orjson.dumps(report.as_json()))
    assert [(way["connections"], way["way"], len(way["rounds"])) for way in told["ways"]] == [
        (connections, way, 1) for connections in (1, 2) for way in WAYS
    ]
