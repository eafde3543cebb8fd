"""When a line begins to help and when it stops: at two different waits, and never twice within its dwell."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.kit.ids import new_id
from domain.tickets.overflow.lines import Cause, Line, Standing, Waits, begins, ends, turns_at
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
LINE = Line(
    team_id=new_id(),
    enter_oldest=10 * MINUTE,
    leave_oldest=4 * MINUTE,
    enter_expected=20 * MINUTE,
    leave_expected=5 * MINUTE,
    dwell=15 * MINUTE,
    kept=1,
)
IDLE = Standing()
HELPING = Standing(helps=True, since=NOW - 15 * MINUTE)


def test_it_begins_at_the_wait_it_was_told_and_says_which_it_was() -> None:
    assert begins(LINE, Waits(10 * MINUTE - timedelta(seconds=1)), IDLE, now=NOW) is None
    assert begins(LINE, Waits(10 * MINUTE), IDLE, now=NOW) is Cause.OLDEST
    assert begins(LINE, Waits(MINUTE, 20 * MINUTE), IDLE, now=NOW) is Cause.EXPECTED
    assert begins(LINE, Waits(MINUTE, None), IDLE, now=NOW) is Cause.EXPECTED  # nobody of the queue's own is at work
    assert begins(LINE, Waits(10 * MINUTE), HELPING, now=NOW) is None


def test_it_ends_only_when_every_wait_is_short_again() -> None:
    assert not ends(LINE, Waits(4 * MINUTE, MINUTE), HELPING, now=NOW)
    assert not ends(LINE, Waits(MINUTE, 5 * MINUTE), HELPING, now=NOW)
    assert not ends(LINE, Waits(MINUTE, None), HELPING, now=NOW)
    assert ends(LINE, Waits(4 * MINUTE - timedelta(seconds=1), MINUTE), HELPING, now=NOW)
    assert ends(LINE, Waits(), HELPING, now=NOW)
    assert not ends(LINE, Waits(), IDLE, now=NOW)


def test_it_stays_as_it_is_until_its_dwell_is_over() -> None:
    just = NOW - 15 * MINUTE + timedelta(seconds=1)
    assert not ends(LINE, Waits(), Standing(True, just), now=NOW)
    assert begins(LINE, Waits(60 * MINUTE), Standing(False, just), now=NOW) is None
    assert begins(LINE, Waits(60 * MINUTE), Standing(False, NOW - 15 * MINUTE), now=NOW) is Cause.OLDEST


def test_it_is_known_when_to_look_again() -> None:
    since = NOW - 3 * MINUTE
    assert turns_at(LINE, since, IDLE) == [NOW + 7 * MINUTE]
    assert turns_at(LINE, since, Standing(False, NOW)) == [NOW + 15 * MINUTE, NOW + 7 * MINUTE]
    assert turns_at(LINE, since, Standing(True, NOW)) == [NOW + 15 * MINUTE]
    assert turns_at(LINE, None, IDLE) == []


waits = st.builds(
    Waits,
    oldest=st.integers(0, 30).map(lambda minutes: minutes * MINUTE),
    expected=st.none() | st.integers(0, 40).map(lambda minutes: minutes * MINUTE),
)


@given(
    st.lists(st.tuples(st.integers(1, 600).map(lambda seconds: timedelta(seconds=seconds)), waits), max_size=80),
    st.integers(0, 30).map(lambda minutes: minutes * MINUTE),
)
def test_waits_that_swing_around_the_thresholds_begin_one_episode_in_a_dwell_at_most(
    moments: list[tuple[timedelta, Waits]], dwell: timedelta
) -> None:
    line = Line(LINE.team_id, 10 * MINUTE, 4 * MINUTE, 20 * MINUTE, 5 * MINUTE, dwell, 0)
    standing, now = IDLE, NOW
    changes: list[tuple[datetime, bool]] = []
    for pause, wait in moments:
        now += pause
        cause = begins(line, wait, standing, now=now)
        over = ends(line, wait, standing, now=now)
        assert not (cause is not None and over)
        if cause is not None or over:
            standing = Standing(cause is not None, now)
            changes.append((now, standing.helps))
    assert [helps for _, helps in changes] == [place % 2 == 0 for place in range(len(changes))]
    assert all(later - earlier >= dwell for (earlier, _), (later, _) in pairwise(changes))
