"""How long what waits will wait."""

from datetime import timedelta

import pytest

from domain.tickets.waits import expected_wait


@pytest.mark.parametrize(
    ("minutes", "agents", "wait"),
    [
        (0, 0, None),
        (60, 0, None),
        (0, 3, timedelta(0)),
        (60, 1, timedelta(hours=1)),
        (60, 8, timedelta(minutes=7, seconds=30)),
    ],
)
def test_work_is_shared_by_those_who_are_there_and_nobody_does_none(
    minutes: int, agents: int, wait: timedelta | None
) -> None:
    assert expected_wait(minutes, agents) == wait
