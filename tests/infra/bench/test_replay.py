"""The replay plays every data set under every rule, and tells of it in a table, a plot and JSON."""

from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest
from typer.testing import CliRunner

from infra.bench.replay import AS_IT_WAS, DATA, NAMES, DataSet, command, replay
from infra.simulation.rules import RuleName
from tests.infra.simulation.data import needs_data, written


def test_one_table_one_plot_and_all_figures(tmp_path: Path) -> None:
    plot, figures = tmp_path / "plot.svg", tmp_path / "figures.json"
    options = ["--data", str(written(tmp_path)), "--contacts", "50", "--plot", str(plot), "--json", str(figures)]
    shown = CliRunner().invoke(command, options)
    assert shown.exit_code == 0, shown.output
    assert all(shown.output.count(name) >= 2 for name in NAMES.values())
    desk, friday = orjson.loads(figures.read_bytes())["data"]
    assert (desk["name"], desk["tickets"], desk["people"]) == ("Help desk", 3, 2)
    assert (friday["name"], friday["tickets"], friday["people"]) == ("Black Friday", 50, 20)
    assert set(desk["rules"]) == {*NAMES.values(), AS_IT_WAS}
    assert set(friday["rules"]) == set(NAMES.values())
    assert desk["rules"]["Sezon"]["overtakings"] == friday["rules"]["Sezon"]["overtakings"] == 0
    ElementTree.parse(plot)


def test_data_sets_and_rules_can_be_chosen_and_the_seed_decides(tmp_path: Path) -> None:
    written(tmp_path)
    figures = [tmp_path / f"{run}.json" for run in range(3)]
    for file, seed in zip(figures, ("3", "3", "4"), strict=True):
        options = ["--data-set", "black-friday", "--rule", "round-robin", "--contacts", "50", "--seed", seed]
        assert CliRunner().invoke(command, [*options, "--data", str(tmp_path), "--json", str(file)]).exit_code == 0
    once, again, other = (orjson.loads(file.read_bytes())["data"] for file in figures)
    assert once == again != other
    assert [(each["name"], list(each["rules"])) for each in once] == [("Black Friday", ["round robin"])]


def test_without_the_data_it_says_which_file_it_looked_for(tmp_path: Path) -> None:
    refused = CliRunner().invoke(command, ["--data", str(tmp_path)])
    assert refused.exit_code == 2
    assert "--data names another folder" in refused.output.replace("\n", " ")


@pytest.mark.slow
@needs_data
@pytest.mark.timeout(300)
def test_on_the_real_days_nobody_is_overtaken_and_more_customers_meet_whom_they_know() -> None:
    """The whole log of a help desk, and a Black Friday."""
    rules = [RuleName.SEZON, RuleName.ROUND_ROBIN, RuleName.LEAST_ACTIVE, RuleName.FIRST_COME]
    desk, friday = replay(DATA, list(DataSet), rules, contacts=800, seed=1)
    assert len(desk.scenario.tickets) == 4049
    for played in (desk, friday):
        ours, *others = (told for name, told in played.figures().items() if name != AS_IT_WAS)
        assert ours.overtakings == 0
        assert all(ours.to_previous > 2 * other.to_previous for other in others)
        assert all(ours.unassigned == other.unassigned for other in others)
