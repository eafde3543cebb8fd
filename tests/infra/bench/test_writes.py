"""The benchmark of writes sends calls that do all they are to do, and inserts the very rows that each of them left."""

import io

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from domain.kit.imports import MOST_ROWS
from domain.tickets.founding import TOPICS as USUAL_TOPICS
from infra.bench import writes
from infra.bench.mutations import ORDERS_A_CALL, TOPICS, WRITES, WriteName
from infra.bench.report import Report, table
from infra.bench.writes import WORDS, Wanted, Way, run

pytestmark = pytest.mark.slow

ROWS = {
    WriteName.ORDER_CREATE: 10,  # customer, mailbox, order, two lines, payment and its entry, three events
    WriteName.TICKET_OPEN: 5,  # ticket, transition, entry, two events
    WriteName.ORDERS_IMPORT: 12 * MOST_ROWS,  # the same as an order, a parcel and its event
}

MOST_JOBS = {WriteName.ORDER_CREATE: 0, WriteName.TICKET_OPEN: 4, WriteName.ORDERS_IMPORT: 0}
"""That which finds somebody for a ticket is one for all who come while it waits, but for two who come at once."""


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Report:
    wanted = Wanted(connections=(2,), rounds=1, seconds=0.3, warm_up=0.1)
    return run(tmp_path_factory.mktemp("bench"), wanted, say=said.append)


def test_a_call_imports_as_many_orders_as_it_may_and_tickets_are_about_the_usual_topics() -> None:
    assert ORDERS_A_CALL == MOST_ROWS
    assert set(TOPICS) == set(USUAL_TOPICS)


def test_each_mutation_is_measured_at_every_number_of_connections(report: Report, said: list[str]) -> None:
    assert said == ["Round 1 of 1 ..."]
    assert [(each.what, each.connections) for each in report.measured] == [
        (write, connections) for write in WriteName for connections in (2,)
    ]


@pytest.mark.parametrize("write", WriteName)
def test_each_call_leaves_its_rows_which_are_inserted_again(report: Report, write: WriteName) -> None:
    measured = report.of(write, 2)
    [bare], [api] = measured.rounds[Way.BARE], measured.rounds[Way.API]
    assert bare.requests == api.requests
    jobs = round(bare.rows_per_request * bare.requests) - ROWS[write] * bare.requests
    assert 0 <= jobs <= MOST_JOBS[write]


@pytest.mark.parametrize("write", WriteName)
def test_the_figures_of_a_round_agree(report: Report, write: WriteName) -> None:
    measured = report.of(write, 2)
    again = [Way.AGAIN] if WRITES[write].again else []
    assert list(measured.rounds) == [Way.API, *again, Way.BARE]
    assert measured.compared == [*again, Way.BARE]
    api, bare = measured.median(Way.API), measured.median(Way.BARE)
    for each in (api, bare):
        assert each.requests_per_second > 0
        assert 0 < each.p50_ms <= each.p99_ms
    assert api.server_memory_mb > 10 > bare.server_memory_mb == 0 == bare.server_cpu_ms < api.server_cpu_ms
    assert measured.rate_ratio(Way.BARE).median == api.requests_per_second / bare.requests_per_second < 1
    assert measured.cpu_ratio(Way.BARE).median == api.cpu_ms / bare.cpu_ms > 1


def test_the_same_import_again_changes_nothing_and_costs_less(report: Report) -> None:
    measured = report.of(WriteName.ORDERS_IMPORT, 2)
    [api], [again] = measured.rounds[Way.API], measured.rounds[Way.AGAIN]
    assert again.requests == api.requests
    assert again.cpu_ms < api.cpu_ms


def test_the_figures_can_be_read_by_people_and_programs(report: Report) -> None:
    shown = io.StringIO()
    Console(file=shown, width=120).print(table(report.of(WriteName.ORDER_CREATE, 2), WORDS))
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.getvalue().splitlines()]
    assert "orderCreate at 2 connections" in shown.getvalue()
    assert ["rows written", "0", "10"] in lines
    told = orjson.loads(orjson.dumps(report.as_json()))
    assert told["orders_per_import"] == MOST_ROWS
    assert [(each["what"], each["connections"], list(each["ways"])) for each in told["measured"][-1:]] == [
        ("ordersImport", 2, list(Way)),
    ]
    assert (
        told["measured"][0]["api_over"]["bare"]["cpu"]["median"]
        == report.of(WriteName.ORDER_CREATE, 2).cpu_ratio(Way.BARE).median
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--connections", "many"], "many is no list of whole numbers"),
        (["--write", "orderLose"], "'orderLose' is not one of"),
        (["--seconds", "0"], "'--seconds'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: list[str], said: str) -> None:
    ended = CliRunner().invoke(writes.command, options, env={"COLUMNS": "200"})
    assert ended.exit_code == 2
    assert said in ended.output
