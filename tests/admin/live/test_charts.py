"""The pictures of the live page, as numbers."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from admin.live.charts import Column, Tick, flow_of, waits_of
from admin.statistics.charts import Bar
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.tickets.flow import QUARTER, QUARTERS, Quarter
from domain.tickets.live import Live, Queue
from tests.conftest import NOW

WARSAW = ZoneInfo("Europe/Warsaw")
MINUTE = timedelta(minutes=1)


def test_all_lanes_are_on_one_scale_and_a_bar_stands_where_its_quarter_is() -> None:
    quarters = [Quarter(NOW + place * QUARTER) for place in range(QUARTERS)]
    quarters[0] = Quarter(quarters[0].start, arrived=8, taken=2)
    quarters[24] = Quarter(quarters[24].start, resolved=4)
    drawn = flow_of(quarters, zone=WARSAW)
    assert [(lane.tone, lane.total, lane.y, lane.ground) for lane in drawn.lanes] == [
        ("live_arrived", 8, 0, 66),
        ("live_taken", 2, 76, 142),
        ("live_resolved", 4, 152, 218),
    ]
    assert [lane.columns for lane in drawn.lanes] == [
        (Column("live_arrived", 1.667, 22, 44, 0.0),),
        (Column("live_taken", 1.667, 131, 11, 0.0),),
        (Column("live_resolved", 1.667, 196, 22, 50.0),),
    ]
    assert (drawn.most, drawn.height) == (8, 248)


def test_every_third_hour_of_the_shops_clock_is_written_below() -> None:
    drawn = flow_of([Quarter(NOW + place * QUARTER) for place in range(QUARTERS)], zone=WARSAW)
    assert drawn.ticks == (Tick("12:00", 16.667), Tick("15:00", 41.667), Tick("18:00", 66.667))
    assert drawn.most == 0
    assert [lane.columns for lane in drawn.lanes] == [(), (), ()]


def queue(name: str, *, oldest: int | None = None, minutes: int = 0, able: int = 1) -> Queue:
    since = None if oldest is None else NOW - oldest * MINUTE
    waiting = 0 if oldest is None else 1
    return Queue(new_id(), name, waiting, since, None, 0, minutes, able, able, able)


def test_waits_are_drawn_the_longest_first_and_who_waits_for_nobody_says_so() -> None:
    queues = [
        queue("Empty"),
        queue("Short", oldest=6, minutes=60, able=2),
        queue("Long", oldest=60, minutes=60, able=0),
        queue("Later", oldest=-1),  # it came after the minute that is shown
    ]
    drawn = waits_of(Live(NOW, "Europe/Warsaw", queues, [], [], [], []), Language.EN)
    assert [(row.name, row.said.replace("\N{NO-BREAK SPACE}", " ")) for row in drawn.rows] == [
        ("Long", "1 h · nobody can take it"),
        ("Short", "6 min · 30 min"),
    ]
    assert [row.bars for row in drawn.rows] == [
        (Bar("live_oldest", 100.0, 20, 7), Bar("live_expected", 0.0, 27, 7)),
        (Bar("live_oldest", 10.0, 66, 7), Bar("live_expected", 50.0, 73, 7)),
    ]
