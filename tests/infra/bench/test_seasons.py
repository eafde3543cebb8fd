"""Seasons that begin and end in several shops at once: rights are there and gone at the instant, the passes follow."""

import io

import orjson
import pytest
from rich.console import Console

from domain.kit.database import Database
from domain.seasons.provisioning import provision
from domain.tickets.departures import expire_due_seats
from domain.tickets.sweeping import route_sweep
from infra.bench.crowds import gather
from infra.bench.seasons import FIGURES, ROWS, Report, run, table
from tests.conftest import NOW, CountStatements
from tests.servers import Servers

SOON = 60.0
"""Seconds within which every pass is to have finished."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return run(tmp_path_factory.mktemp("bench"), tenants=(2, 20), seats=5)


@pytest.mark.slow
def test_the_passes_of_all_shops_have_finished_soon(report: Report) -> None:
    """That everybody could work at the very instants, and nobody outside them, was asked on the way."""
    for tenants in (2, 20):
        assert 0 < report.median(tenants, "start_done") < SOON
        assert 0 < report.median(tenants, "end_done") < SOON


@pytest.mark.slow
def test_a_seat_costs_no_more_because_there_are_other_shops(report: Report) -> None:
    assert report.ratio("start_cpu_ms") < 2
    assert report.ratio("end_cpu_ms") < 2


async def test_a_pass_sends_no_more_statements_for_more_seats(
    database: Database, servers: Servers, statements: CountStatements
) -> None:
    assert await sent(database, servers, statements, seats=3) == await sent(database, servers, statements, seats=12)


async def sent(database: Database, servers: Servers, statements: CountStatements, *, seats: int) -> list[int]:
    """How many statements the passes of one shop send at the beginning and at the end of its season."""
    crowd = await gather(
        database, tenants=1, seats=seats, scheduled=False, superuser_url=servers.superuser_url, now=NOW
    )
    counted = []
    for recorded in (
        lambda session: provision(session, key="k" * 32, now=crowd.start),
        lambda session: route_sweep(session, now=crowd.start),
        lambda session: expire_due_seats(session, now=crowd.end),
    ):
        with statements() as seen:
            async with database.writing(crowd.tenant_ids[0]) as session:
                await recorded(session)
        counted.append(len(seen))
    return counted


@pytest.mark.slow
def test_the_figures_can_be_read_by_people_and_programs(report: Report) -> None:
    written = io.StringIO()
    Console(file=written, width=120).print(table(report))
    assert all(words in written.getvalue() for words in ROWS.values())
    assert list(ROWS) == FIGURES
    told = orjson.loads(orjson.dumps(report.as_json()))
    assert [(shops["tenants"], len(shops["rounds"])) for shops in told["shops"]] == [(2, 1), (20, 1)]
