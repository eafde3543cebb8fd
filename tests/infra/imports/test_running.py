"""What a person reads when a run has ended."""

import pytest

from infra.commands.imports.graphql import ORDERS
from infra.commands.imports.running import Load


@pytest.mark.parametrize(
    ("seconds", "pace"),
    [(0.0, "not begun"), (0.03, "in less than a second"), (1.0, "1.0 s, 3 a second"), (2.0, "2.0 s, 2 a second")],
)
def test_a_pace_is_told_of_what_took_a_second(seconds: float, pace: str, capsys: pytest.CaptureFixture[str]) -> None:
    load = Load(ORDERS, 3, list, seconds=seconds)
    load.tally.outcomes["CREATED"] = 3
    load.say()
    told = f"Orders: 3 of 3 through ({pace}): 3 created, 0 updated, 0 unchanged, 0 refused.\n"
    assert capsys.readouterr().out == told
