"""The picture of a year, computed."""

from datetime import date, timedelta

import pytest

from admin.seasons.timeline import HEADROOM, LANE, MONTHS, MOST_LANES, PLOT, Run, Span, Timeline, timeline
from domain.kit.ids import new_id
from domain.seats.models import SeatKind

FULL, LIGHT = SeatKind.FULL, SeatKind.LIGHT
TODAY = date(2026, 11, 28)


def picture(*runs: Run, seasons: tuple[Span, ...] = (), year: int = 2026, today: date = TODAY) -> Timeline:
    return timeline(year=year, runs=runs, seasons=seasons, today=today)


def season(first: date, last: date, *, name: str = "Święta", draft: bool = False) -> Span:
    return Span(new_id(), name, first, last, draft)


def stretches(shown: Timeline) -> list[tuple[str, str, int, int]]:
    return [(str(each.first), str(each.last), each.counts[FULL], each.counts[LIGHT]) for each in shown.stretches]


def test_a_year_without_licences_is_one_stretch_of_none() -> None:
    shown = picture()
    assert stretches(shown) == [("2026-01-01", "2026-12-31", 0, 0)]
    assert shown.blocks == []
    assert [tick.count for tick in shown.ticks] == [0, 1, 2, 3, 4, 5]
    assert shown.fullest.total == 0


def test_licences_step_up_on_their_first_day_and_down_after_their_last() -> None:
    shown = picture(
        Run(FULL, date(2025, 5, 1), None, 4),
        Run(LIGHT, date(2026, 11, 1), date(2027, 1, 15), 20),
        Run(FULL, date(2026, 3, 1), date(2026, 3, 1), 1),
    )
    assert stretches(shown) == [
        ("2026-01-01", "2026-02-28", 4, 0),
        ("2026-03-01", "2026-03-01", 5, 0),
        ("2026-03-02", "2026-10-31", 4, 0),
        ("2026-11-01", "2026-12-31", 4, 20),
    ]
    assert (shown.fullest.first, shown.fullest.total) == (date(2026, 11, 1), 24)
    assert shown.now is not None
    assert shown.now.total == 24


def test_runs_of_other_years_are_not_in_the_picture() -> None:
    before, after = Run(FULL, date(2024, 1, 1), date(2025, 12, 31), 3), Run(FULL, date(2027, 1, 1), None, 3)
    assert stretches(picture(before, after)) == [("2026-01-01", "2026-12-31", 0, 0)]


def test_light_ones_stand_upon_full_ones_and_blocks_touch() -> None:
    shown = picture(Run(FULL, date(2026, 1, 1), None, 10), Run(LIGHT, date(2026, 7, 2), None, 30))
    assert shown.ticks[-1].count == 40
    full, more, light = shown.blocks
    assert (full.kind, full.x, full.y, full.height) == (FULL, 0, HEADROOM + PLOT * 0.75, PLOT / 4)
    assert full.width == pytest.approx(100 * 182 / 365)
    assert more.x == pytest.approx(full.x + full.width)
    assert (light.kind, light.x, light.width) == (LIGHT, more.x, more.width)
    assert light.y == HEADROOM
    assert light.y + light.height == pytest.approx(more.y)


@pytest.mark.parametrize(
    ("most", "counts"),
    [
        (1, [0, 1, 2, 3, 4, 5]),
        (6, [0, 1, 2, 3, 4, 5, 6]),
        (7, [0, 2, 4, 6, 8]),
        (24, [0, 5, 10, 15, 20, 25]),
        (1000, [0, 200, 400, 600, 800, 1000]),
        (1003, [0, 200, 400, 600, 800, 1000, 1200]),
    ],
)
def test_the_lines_are_round_numbers_that_reach_the_most(most: int, counts: list[int]) -> None:
    ticks = picture(Run(LIGHT, date(2026, 1, 1), None, most)).ticks
    assert [tick.count for tick in ticks] == counts
    assert (ticks[0].y, ticks[-1].y) == (HEADROOM + PLOT, HEADROOM)


def test_months_are_as_wide_as_they_are_long_and_know_their_most() -> None:
    shown = picture(Run(LIGHT, date(2028, 2, 29), date(2028, 2, 29), 7), year=2028)
    assert [month.number for month in shown.months] == list(range(1, 13))
    january, february, march = shown.months[:3]
    assert february.x == pytest.approx(100 * 31 / 366)
    assert march.x == pytest.approx(100 * 60 / 366)
    assert february.middle == pytest.approx((february.x + march.x) / 2)
    assert [month.total for month in (january, february, march)] == [0, 7, 0]
    assert february.most == {FULL: 0, LIGHT: 7}


def test_today_is_in_the_middle_of_its_day_and_in_no_other_year() -> None:
    assert picture().today_at == pytest.approx(100 * 331.5 / 365)
    assert picture(year=2027).today_at is None
    assert picture(year=2027).now is None


def test_each_season_has_a_lane_of_its_own_cut_at_the_year_with_its_words_where_there_is_room() -> None:
    early = season(date(2025, 12, 1), date(2026, 1, 31), name="Early")
    middle = season(date(2026, 6, 1), date(2026, 7, 31), name="Middle", draft=True)
    late = season(date(2026, 11, 1), date(2027, 1, 15), name="A name of more than twenty letters")
    other = season(date(2027, 2, 1), date(2027, 2, 2))
    shown = picture(seasons=(late, other, middle, early))
    assert [lane.season for lane in shown.lanes] == [early, middle, late]
    assert [lane.anchor for lane in shown.lanes] == ["start", "middle", "end"]
    first, second, third = shown.lanes
    assert (first.x, first.words_at) == (0, 0)
    assert first.width == pytest.approx(100 * 31 / 365)
    assert second.words_at == pytest.approx(second.x + second.width / 2)
    assert third.end == pytest.approx(100)
    assert third.words_at == pytest.approx(100)
    assert third.name == "A name of more than…"
    assert [lane.y for lane in shown.lanes] == [HEADROOM + PLOT + MONTHS + LANE * place for place in range(3)]
    assert shown.height == HEADROOM + PLOT + MONTHS + 3 * LANE


def test_seasons_beyond_the_lanes_are_counted() -> None:
    day = date(2026, 2, 1)
    many = tuple(season(day + timedelta(days=n), day + timedelta(days=n)) for n in range(MOST_LANES + 3))
    shown = picture(seasons=many)
    assert [lane.season for lane in shown.lanes] == list(many[:MOST_LANES])
    assert shown.unseen == 3
