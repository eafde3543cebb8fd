"""Days in a shop's zone as instants."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.kit.errors import InvalidInput
from domain.seats.days import Days, beginning_of, days, end_of, last_day_of
from tests.conftest import NOW

WARSAW = ZoneInfo("Europe/Warsaw")


def test_both_days_are_whole_and_counted() -> None:
    assert days(first=date(2026, 11, 3), last=date(2027, 1, 15), zone=WARSAW, now=NOW) == Days(
        start=datetime(2026, 11, 2, 23, tzinfo=UTC), end=datetime(2027, 1, 15, 23, tzinfo=UTC), count=74, at_once=False
    )


@pytest.mark.parametrize(
    ("first", "last", "count", "hours"),
    [
        (date(2027, 3, 27), date(2027, 3, 29), 3, 71),  # the clocks go forward on the 28th
        (date(2027, 10, 30), date(2027, 11, 1), 3, 73),  # and back on the 31st
    ],
)
def test_a_change_of_the_clocks_makes_no_day_more_or_less(first: date, last: date, count: int, hours: int) -> None:
    found = days(first=first, last=last, zone=WARSAW, now=NOW)
    assert found.end is not None
    assert (found.count, found.end - found.start) == (count, timedelta(hours=hours))


def test_today_begins_now_and_in_the_shops_zone() -> None:
    late = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)  # half past midnight in Warsaw
    assert days(first=date(2026, 11, 3), last=None, zone=WARSAW, now=late) == Days(late, None, None, True)
    with pytest.raises(InvalidInput) as refused:
        days(first=date(2026, 11, 2), last=None, zone=WARSAW, now=late)
    assert refused.value.field == "from"


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_move() -> None:
    assert beginning_of(date(2022, 9, 11), ZoneInfo("America/Santiago")) == datetime(2022, 9, 11, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 11, 5), date(2026, 11, 4), "to"),
        (date(2026, 11, 5), date(9999, 12, 31), "to"),
        (date(9999, 12, 31), None, "from"),
        (date(1, 1, 1), None, "from"),
    ],
)
def test_days_that_nobody_means_are_refused(first: date, last: date | None, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        days(first=first, last=last, zone=WARSAW, now=NOW)
    assert refused.value.field == field


@pytest.mark.parametrize("day", [date(2026, 11, 3), date(2027, 3, 28), date(2027, 10, 31), date(2199, 12, 31)])
def test_the_end_of_a_day_is_after_it_and_its_last_instant_in_it(day: date) -> None:
    assert end_of(day, WARSAW) == beginning_of(day + timedelta(days=1), WARSAW)
    assert last_day_of(end_of(day, WARSAW), WARSAW) == day
    assert last_day_of(end_of(day, WARSAW) + timedelta(microseconds=1), WARSAW) == day + timedelta(days=1)
