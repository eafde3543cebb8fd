"""How long what waits will wait."""

from datetime import timedelta

import pytest

from domain.tickets.waits import expected_wait


@pytest.mark.parametrize(
    ("minutes", "agents", "wait"),
    [
        (6, 1, timedelta(minutes=6)),
        (18, 4, timedelta(minutes=4, seconds=30)),
        (7, 6, timedelta(seconds=70)),
        (10, 7, timedelta(seconds=86)),  # never less than it is
        (0, 3, timedelta(0)),
        (6, 0, None),
        (0, 0, None),
    ],
)
def test_what_waits_is_worked_off_by_all_who_are_at_work(minutes: int, agents: int, wait: timedelta | None) -> None:
    assert expected_wait(minutes, agents) == wait
