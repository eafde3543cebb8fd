"""Queues of which much is said and little, and times when lines helped out: over, going on, at the same instant."""

from datetime import timedelta

from domain.tickets.overflow.lines import Cause
from domain.tickets.overflow.models import WEEK, OverflowEpisode, OverflowLine, QueueSetting
from tests.api.graphql.differential.data.values import INSTANTS, nth
from tests.api.graphql.filled import Filled

LONGEST = 2**31 - 1


def add(filled: Filled) -> None:
    """Three queues, the first with two lines, and seven episodes."""
    teams = filled.ids("team")
    for index, team_id in enumerate(teams[:3]):
        relax = nth((None, 1, WEEK), index)
        filled.add(QueueSetting, team_id=team_id, priority=nth((9, 0), index), delay=nth((0, WEEK), index), relax=relax)
    for place, line_id in enumerate(teams[1:3], 1):
        oldest = (900, 1) if place == 1 else (None, None)
        filled.add(
            OverflowLine,
            team_id=teams[0],
            line_id=line_id,
            place=place,
            enter_oldest=oldest[0],
            leave_oldest=oldest[1],
            enter_expected=WEEK,
            leave_expected=WEEK,
            dwell=nth((0, WEEK), place),
            kept=nth((1000, 0), place),
        )
    for index in range(7):
        began = nth(INSTANTS, index // 2)
        filled.add(
            OverflowEpisode,
            team_id=nth(teams[:3], index),
            line_id=nth(teams[3:6], index // 3),
            cause=nth(tuple(Cause), index),
            oldest=nth((0, 900, LONGEST), index),
            expected=nth((None, 0, LONGEST), index),
            moved=nth((0, 17, LONGEST), index),
            began_at=began,
            ended_at=None if index in (2, 5) else began + timedelta(seconds=index),
        )
