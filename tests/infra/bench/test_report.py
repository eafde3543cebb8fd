"""What is told of rounds: each figure's median, and of ratios their spread as well."""

from dataclasses import fields

import pytest

from infra.bench.driving import Round
from infra.bench.report import Measured, Ratio, Report


def rounds(*rates: float) -> list[Round]:
    others = {each.name: 1 for each in fields(Round) if each.name != "requests_per_second"}
    return [Round(requests_per_second=rate, **others) for rate in rates]


MEASURED = Measured("inbox", 16, {"api": rounds(30, 50, 90), "bare": rounds(50, 100, 100)})


def test_a_ratio_is_the_median_of_each_rounds_own_and_says_how_far_they_lie_apart() -> None:
    assert MEASURED.rate_ratio("bare") == Ratio(0.6, 0.5, 0.9)
    assert str(MEASURED.rate_ratio("bare")) == "0.60 (0.50-0.90)"


@pytest.mark.parametrize(
    ("bar", "told"), [(0.6, []), (0.61, ["inbox at 16 connections: 0.60 (0.50-0.90), which is under 0.61."])]
)
def test_what_is_under_the_bar_is_told(bar: float, told: list[str]) -> None:
    assert Report({}, [MEASURED]).under(bar, "bare") == told
