"""The benchmark of arrivals: every ticket that came is told of, and a wait is between two commits."""

import io
from random import Random
from typing import Any

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from infra.bench.arrivals import Report, Wanted, command, run, table
from infra.bench.arriving import Seen
from infra.bench.commits import Assigned, rank
from infra.bench.openings import at_rate, moments
from infra.embedded.errors import CannotRun


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_tickets_find_somebody_over_the_api_and_beside_a_flood(tmp_path_factory: pytest.TempPathFactory) -> None:
    wanted = Wanted(rates=(5, 40), seconds=2.0, agents=5, tenants=4, flood=300, others=5.0)
    report = run(tmp_path_factory.mktemp("arrivals") / "data", wanted)
    assert list(report.rates) == [5, 40]
    for rounds in (*report.rates.values(), report.before, report.during, report.all_due):
        [seen] = rounds
        assert seen.assigned.tickets > 0
        assert seen.assigned.left == 0
        assert 0 < seen.assigned.p50 <= seen.assigned.p99 <= seen.assigned.longest
    [during] = report.during
    assert during.assigned.tickets < 300  # those of the flood are not among them


def test_a_wait_is_from_commit_to_commit_and_what_nobody_has_is_left() -> None:
    rows: list[Any] = [{"took": 40 + place, "until_begun": place} for place in range(100)]
    told = Assigned.of([*rows, {"took": None, "until_begun": None}])
    assert told == Assigned(101, 1, p50=89, p99=138, longest=139, until_begun_p50=49, until_begun_p99=98)
    assert Assigned.of([]) == Assigned(0, 0, 0, 0, 0, 0, 0)
    assert [rank([1, 2, 3, 4], share) for share in (1, 25, 26, 100)] == [1, 1, 2, 4]


def test_calls_come_by_chance_so_many_a_second_the_same_for_a_seed() -> None:
    found = moments(50, 20, Random(1))
    assert found == moments(50, 20, Random(1)) != moments(50, 20, Random(2))
    assert found == sorted(found)
    assert len(found) == 1000
    assert 0 <= found[0] < found[-1] <= 20


async def test_calls_are_numbered_and_a_refused_one_ends_it() -> None:
    numbers = []

    async def send(number: int) -> None:
        numbers.append(number)
        if number == 3:
            raise RuntimeError("no")

    with pytest.raises(CannotRun, match="no"):
        await at_rate(send, rate=1000, seconds=0.05, seed=1)
    assert numbers[:5] == [0, 1, 2, 3, 4]


def test_the_report_is_a_table_for_people_and_json_for_programs() -> None:
    def seen(p99: float) -> Seen:
        return Seen(9.5, Assigned(10, 1, 20, p99, 2 * p99, 5, 7), 0.25)

    told = Report({1: [seen(30), seen(50), seen(90)]}, 1000, 5000, [seen(10)], [seen(20)], [seen(40)])
    shown = io.StringIO()
    Console(file=shown, width=130).print(table(told))
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.getvalue().splitlines()]
    assert ["one shop, 1/s", "9.5", "20", "50", "180", "5 / 7", "0.25", "3"] in lines
    assert ["1,000 shops", "9.5", "20", "10", "20", "5 / 7", "0.25", "1"] in lines
    assert ["the others, 5,000 tickets in one", "9.5", "20", "20", "40", "5 / 7", "0.25", "1"] in lines
    assert ["all, every recurring job due at once", "9.5", "20", "40", "80", "5 / 7", "0.25", "1"] in lines
    assert orjson.loads(orjson.dumps(told.as_json()))["rates"]["1"][1]["assigned"]["p99"] == 50


def test_what_is_no_list_of_numbers_is_refused() -> None:
    refused = CliRunner().invoke(command, ["--rates", "many"])
    assert refused.exit_code == 2
    assert "many is no list of whole numbers" in refused.output
