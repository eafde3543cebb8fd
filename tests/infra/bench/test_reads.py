"""The benchmark of reads compares what is the same full page, counts what reaches PostgreSQL, and keeps its data."""

import io
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from infra.bench import pages, reads
from infra.bench.asking import Asked
from infra.bench.comparing import PagesDiffer, must_be_full
from infra.bench.data import Size
from infra.bench.pages.page import PageName
from infra.bench.reads import Wanted, run
from infra.bench.report import Report, table
from infra.bench.statements import Statements
from infra.bench.ways import WORDS, Way
from infra.embedded.errors import CannotRun

pytestmark = pytest.mark.slow

WANTED = Wanted(size=Size(tenants=2, orders=700, tickets=2_800), connections=(3,), rounds=1, seconds=0.3, warm_up=0.1)

REFERENCE = {
    PageName.INBOX: Statements(reading=6, control=8),
    PageName.ORDER: Statements(reading=11, control=20),
    PageName.SEATS: Statements(reading=8, control=17),
}
"""Who calls in one transaction, then every list and relation."""

BARE = Statements(reading=2, control=2)
"""Who calls, and the page; by the API and by hand, in one transaction."""

ALONE = Statements(reading=1, control=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def report(folder: Path, said: list[str]) -> Report:
    return run(folder, WANTED, say=said.append)


def test_every_page_is_full_and_the_same_by_every_way(report: Report, said: list[str]) -> None:
    assert said == [
        "Filling 2 shops with 700 orders and 2,800 tickets ...",
        "2 shops give the same inbox by every way.",
        "2 shops give the same order by every way.",
        "2 shops give the same seats by every way.",
        "Round 1 of 1 ...",
    ]


def test_every_page_is_measured_at_every_number_of_connections(report: Report) -> None:
    measured = [(each.what, each.connections, list(each.rounds)) for each in report.measured]
    assert measured == [(page, connections, list(Way)) for page in PageName for connections in (3,)]


@pytest.mark.parametrize("page", PageName)
def test_what_reaches_postgresql_is_counted(report: Report, page: PageName) -> None:
    assert report.of(page, 3).statements == {
        Way.API: BARE,
        Way.REFERENCE: REFERENCE[page],
        Way.BARE: BARE,
        Way.SQL: ALONE,
    }


@pytest.mark.parametrize("page", PageName)
def test_the_figures_of_a_round_agree(report: Report, page: PageName) -> None:
    measured = report.of(page, 3)
    for way in Way:
        [only] = measured.rounds[way]
        assert measured.median(way) == only
        assert only.requests_per_second > 0
        assert 0 < only.p50_ms <= only.p99_ms
        assert only.bytes_per_response > 1_000
        assert only.cpu_ms == only.server_cpu_ms + only.database_cpu_ms + only.client_cpu_ms
        assert (only.server_memory_mb > 10) == (only.server_cpu_ms > 0) == (way is not Way.SQL)
    assert measured.compared == [Way.REFERENCE, Way.BARE, Way.SQL]
    for other in measured.compared:
        api, its = measured.median(Way.API), measured.median(other)
        assert measured.rate_ratio(other).median == api.requests_per_second / its.requests_per_second
        assert measured.cpu_ratio(other).median == api.cpu_ms / its.cpu_ms


def test_the_report_is_a_table_for_people_and_json_for_programs(report: Report) -> None:
    shown, measured = io.StringIO(), report.of(PageName.INBOX, 3)
    Console(width=110, file=shown).print(table(measured, WORDS))
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.getvalue().splitlines()]
    assert "inbox at 3 connections" in shown.getvalue()
    assert ["statements", "2", "6", "2", "1"] in lines
    assert ["BEGIN, SET, ROLLBACK", "2", "8", "2", "2"] in lines
    written = orjson.loads(orjson.dumps(report.as_json()))
    assert written["size"] == {"tenants": 2, "orders": 700, "tickets": 2_800}
    first = written["measured"][0]
    assert (first["what"], first["connections"], list(first["ways"])) == ("inbox", 3, list(Way))
    assert first["ways"]["bare"]["statements"] == {"reading": 2, "control": 2}
    assert first["api_over"]["bare"]["requests_per_second"]["median"] == measured.rate_ratio(Way.BARE).median


def test_pages_that_differ_are_not_measured(report: Report, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = pages.PAGES[PageName.INBOX]
    elsewise = replace(inbox, sql=inbox.sql.replace("t.number", "1 + t.number"))
    monkeypatch.setitem(pages.PAGES, PageName.INBOX, elsewise)
    said: list[str] = []
    with pytest.raises(PagesDiffer, match=r"inbox of shop .*:\napi 200 "):
        run(folder, replace(WANTED, pages=[PageName.INBOX], ways=[Way.API]), say=said.append)
    assert said == [], "the kept data was used again"


def test_a_page_that_is_not_full_is_not_measured() -> None:
    asked = Asked(pages.PAGES[PageName.INBOX], WANTED.size.shares()[0].tenant_id, "", {})
    ticket = {"node": {"number": 1}}
    must_be_full(asked, {"data": {"tickets": {"edges": [ticket] * 50}}})
    with pytest.raises(PagesDiffer, match=r"is not full: {'tickets': 49} of at least {'tickets': 50}"):
        must_be_full(asked, {"data": {"tickets": {"edges": [ticket] * 49}}})


def test_a_folder_with_other_data_is_refused(report: Report, folder: Path) -> None:
    with pytest.raises(CannotRun, match="holds other data; remove it or name another folder"):
        run(folder, replace(WANTED, size=Size(2, 700, 2_801)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--connections", "1,x"], "1,x is no list of whole numbers"),
        (["--connections", "0"], "each number is 1 or more"),
        (["--connections", "4,4"], "named once"),
        (["--page", "outbox"], "'outbox' is not one of"),
        (["--way", "magic"], "'magic' is not one of"),
        (["--rounds", "0"], "'--rounds'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: list[str], said: str) -> None:
    ended = CliRunner().invoke(reads.command, options, env={"COLUMNS": "200"})
    assert ended.exit_code == 2
    assert said in ended.output
