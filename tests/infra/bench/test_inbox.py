"""The inbox benchmark compares what is the same page, counts what reaches PostgreSQL, and keeps its data."""

import io
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from infra.bench import inbox
from infra.bench.data import Size
from infra.bench.inbox import PagesDiffer, Report, Statements, run, table
from infra.bench.page import SQL
from infra.embedded.errors import CannotRun

pytestmark = pytest.mark.slow

SIZE = Size(tenants=2, orders=100, tickets=400)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def report(folder: Path, said: list[str]) -> Report:
    return run(folder, size=SIZE, rounds=1, seconds=0.5, connections=4, say=said.append)


def test_every_shop_gives_the_same_page_both_ways(report: Report, said: list[str]) -> None:
    assert said == [
        "Filling 2 shops with 100 orders and 400 tickets ...",
        "2 shops give the same page both ways.",
        "Round 1 of 1 ...",
    ]


def test_the_page_is_one_statement_and_its_reader_two(report: Report) -> None:
    """Session and standing; tickets; customers, agents, orders and last entries."""
    assert report.statements == {
        "api": Statements(reading=3, control=5),
        "bare": Statements(reading=1, control=2),
        "sql": Statements(reading=1, control=2),
    }


def test_each_way_is_measured(report: Report) -> None:
    for way in ("api", "bare", "sql"):
        median = report.median(way)
        assert median.requests_per_second > 0
        assert 0 < median.p50_ms <= median.p99_ms
        assert median.bytes_per_response > 1_000
    assert report.ratio("api") == report.cpu_ratio("api") == 1
    assert report.ratio("bare") > 1 < report.cpu_ratio("bare")
    assert (
        report.median("api").server_cpu_ms
        > report.median("bare").server_cpu_ms
        >= 0
        == report.median("sql").server_cpu_ms
    )


def test_the_report_is_a_table_for_people_and_json_for_programs(report: Report) -> None:
    shown = io.StringIO()
    Console(width=100, file=shown).print(table(report))
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.getvalue().splitlines()]
    assert "Inbox at 4 connections" in shown.getvalue()
    assert ["statements", "3", "1", "1"] in lines
    assert ["BEGIN, SET, ROLLBACK", "5", "2", "2"] in lines
    written = orjson.loads(orjson.dumps(report.as_json()))
    assert written["size"] == {"tenants": 2, "orders": 100, "tickets": 400}
    assert written["ways"]["api"]["statements"] == {"reading": 3, "control": 5}
    assert len(written["ways"]["bare"]["rounds"]) == 1


def test_pages_that_differ_are_not_measured(report: Report, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "SQL", SQL.replace("LIMIT 50", "LIMIT 3"))
    said: list[str] = []
    with pytest.raises(PagesDiffer, match="shop "):
        run(folder, size=SIZE, rounds=1, seconds=0.5, say=said.append)
    assert said == [], "the kept data was used again"


def test_a_folder_with_other_data_is_refused(report: Report, folder: Path) -> None:
    with pytest.raises(CannotRun, match="holds other data; remove it or name another folder"):
        run(folder, size=Size(2, 100, 401), rounds=1, seconds=0.5)
