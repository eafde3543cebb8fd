"""What time costs, worked out by hand; and what must hold of any time at any price."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import Range

from domain.billing.errors import PriceMissing
from domain.billing.models import PriceUnit
from domain.billing.months import Month, by_month, length
from domain.billing.proration import Portion, PriceList, Rate, of_pass, of_time, rounded
from domain.kit.ids import new_id
from domain.seats.days import beginning_of
from domain.seats.models import Period, SeatKind
from domain.seats.periods import start_of

WARSAW = ZoneInfo("Europe/Warsaw")
HOUR = 3_600_000_000
MICROSECOND = timedelta(microseconds=1)
LIGHT, FULL = SeatKind.LIGHT, SeatKind.FULL


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=WARSAW).astimezone(UTC)


LONG_AGO = local(2020, 1, 1)


def rate(amount: int, *, since: datetime = LONG_AGO, unit: PriceUnit = PriceUnit.MONTH, kind: SeatKind = LIGHT) -> Rate:
    return Rate(new_id(), kind, unit, amount, "PLN", since)


def span(start: datetime, end: datetime | None) -> Period:
    return Range(start, end, bounds="[)")


def told(portions: list[Portion]) -> list[tuple[str, int, int, int]]:
    return [(str(portion.month), portion.quantity, portion.whole, portion.amount) for portion in portions]


def portions(start: datetime, end: datetime, *rates: Rate) -> list[Portion]:
    return list(of_time(LIGHT, span(start, end), prices=PriceList(rates), zone=WARSAW))


@pytest.mark.parametrize(
    ("amount", "quantity", "whole", "cost"),
    [(1, 1, 2, 0), (3, 1, 2, 2), (5, 1, 2, 2), (1, 2, 3, 1), (1, 1, 3, 0), (2900, 1, 1, 2900), (0, 5, 7, 0)],
)
def test_a_half_goes_to_the_even_neighbour(amount: int, quantity: int, whole: int, cost: int) -> None:
    assert rounded(amount, quantity, whole) == cost


def test_months_are_cut_at_midnight_of_the_shops_zone() -> None:
    cut = list(by_month(span(local(2026, 11, 2), local(2027, 1, 15)), WARSAW))
    assert [(str(month), part) for month, part in cut] == [
        ("2026-11", span(local(2026, 11, 2), local(2026, 12, 1))),
        ("2026-12", span(local(2026, 12, 1), local(2027, 1, 1))),
        ("2027-01", span(local(2027, 1, 1), local(2027, 1, 15))),
    ]
    assert local(2026, 12, 1) == datetime(2026, 11, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("month", "hours"),
    [
        (Month(2027, 3), 743),  # the clocks go forward on the 28th
        (Month(2027, 10), 745),  # and back on the 31st
        (Month(2028, 2), 29 * 24),
        (Month(2027, 2), 28 * 24),
        (Month(2026, 11), 30 * 24),
    ],
)
def test_a_whole_month_costs_its_price_however_long_it_is(month: Month, hours: int) -> None:
    whole = month.period(WARSAW)
    assert length(whole) == hours * HOUR
    assert told(list(of_time(LIGHT, whole, prices=PriceList([rate(2900)]), zone=WARSAW))) == [
        (str(month), hours * HOUR, hours * HOUR, 2900)
    ]


def test_the_day_on_which_the_clocks_go_forward_costs_23_of_743_hours() -> None:
    found = portions(local(2027, 3, 28), local(2027, 3, 29), rate(14900))
    assert told(found) == [("2027-03", 23 * HOUR, 743 * HOUR, 461)]  # 461.24
    assert found[0].exact == Fraction(14900 * 23, 743)


def test_the_day_on_which_the_clocks_go_back_costs_25_of_745_hours() -> None:
    found = portions(local(2027, 10, 31), local(2027, 11, 1), rate(14900))
    assert told(found) == [("2027-10", 25 * HOUR, 745 * HOUR, 500)]
    assert found[0].exact == 500


def test_a_season_over_three_months_costs_each_months_share() -> None:
    assert told(portions(local(2026, 11, 1), local(2027, 1, 16), rate(2900))) == [
        ("2026-11", 720 * HOUR, 720 * HOUR, 2900),
        ("2026-12", 744 * HOUR, 744 * HOUR, 2900),
        ("2027-01", 360 * HOUR, 744 * HOUR, 1403),  # 1403.23
    ]


def test_a_second_of_a_light_seat_is_a_line_that_costs_nothing() -> None:
    start = local(2026, 11, 2, 9)
    assert told(portions(start, start + timedelta(seconds=1), rate(2900))) == [("2026-11", 1_000_000, 720 * HOUR, 0)]


def test_a_day_of_a_leap_february_costs_a_29th() -> None:
    assert told(portions(local(2028, 2, 29), local(2028, 3, 1), rate(2900))) == [
        ("2028-02", 24 * HOUR, 696 * HOUR, 100)
    ]


def test_a_price_that_changes_inside_a_month_makes_two_portions() -> None:
    found = portions(
        local(2026, 11, 1),
        local(2026, 12, 1),
        rate(2900),
        rate(3900, since=local(2026, 11, 11)),
        rate(1, since=local(2026, 12, 1)),
    )
    assert told(found) == [("2026-11", 240 * HOUR, 720 * HOUR, 967), ("2026-11", 480 * HOUR, 720 * HOUR, 2600)]
    assert [portion.period.lower for portion in found] == [local(2026, 11, 1), local(2026, 11, 11)]


def test_a_started_day_is_a_day_and_the_hour_that_is_missing_makes_no_difference() -> None:
    daily = rate(190, unit=PriceUnit.DAY)
    assert told(portions(local(2027, 3, 27, 23, 59), local(2027, 3, 29, 0, 1), daily)) == [("2027-03", 3, 1, 570)]
    assert told(portions(local(2026, 11, 30, 10), local(2026, 12, 1), daily)) == [("2026-11", 1, 1, 190)]
    assert told(portions(local(2026, 11, 30, 23), local(2026, 12, 1, 1), daily)) == [
        ("2026-11", 1, 1, 190),
        ("2026-12", 1, 1, 190),
    ]


def test_a_price_list_may_go_from_months_to_days() -> None:
    found = portions(
        local(2026, 11, 1),
        local(2026, 12, 1),
        rate(3000),
        rate(100, since=local(2026, 11, 29), unit=PriceUnit.DAY),
    )
    assert [(portion.rate.unit, portion.quantity, portion.amount) for portion in found] == [
        (PriceUnit.MONTH, 28 * 24 * HOUR, 2800),
        (PriceUnit.DAY, 2, 200),
    ]


def test_a_pass_costs_the_price_of_the_day_on_which_it_was_spent() -> None:
    prices = PriceList(
        [rate(2900), rate(290, unit=PriceUnit.PASS), rate(390, unit=PriceUnit.PASS, since=local(2026, 11, 3))]
    )
    spent = span(local(2026, 11, 2, 9), local(2026, 11, 3))
    assert told([of_pass(LIGHT, spent, prices=prices, zone=WARSAW)]) == [("2026-11", 1, 1, 290)]


def test_time_before_the_first_price_of_a_kind_cannot_be_charged() -> None:
    start = local(2026, 11, 2, 9)
    prices = [rate(2900, since=start), rate(14900, kind=FULL), rate(290, unit=PriceUnit.PASS)]
    with pytest.raises(PriceMissing) as refused:
        portions(start - timedelta(microseconds=1), start, *prices)
    assert (refused.value.kind, refused.value.at) == (LIGHT, start - timedelta(microseconds=1))
    assert str(refused.value) == (
        "There is no price for light seats at 2026-11-02 07:59 UTC. Nothing of that time is invoiced until one is set."
    )


def test_time_without_an_end_has_no_cost() -> None:
    with pytest.raises(ValueError, match="without an end"):
        list(of_time(LIGHT, span(local(2026, 11, 2), None), prices=PriceList([rate(2900)]), zone=WARSAW))


def test_a_year_with_both_changes_of_the_clocks_costs_twelve_months() -> None:
    found = portions(local(2027, 1, 1), local(2028, 1, 1), rate(2900))
    assert [portion.amount for portion in found] == [2900] * 12
    assert sum(portion.quantity for portion in found) == 365 * 24 * HOUR
    assert [portion.whole // HOUR for portion in found] == [744, 672, 743, 720, 744, 720, 744, 744, 720, 745, 720, 744]


ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Warsaw", "America/Santiago", "Australia/Lord_Howe", "UTC")]
)
FIRST, LAST = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
MOMENTS = st.integers(0, (LAST - FIRST) // timedelta(microseconds=1)).map(lambda n: FIRST + timedelta(microseconds=n))
SPANS = st.tuples(MOMENTS, MOMENTS).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: span(*pair))


@dataclass(frozen=True)
class Case:
    """Time of a seat in a zone, and prices that begin at days of it; the first has always been in force."""

    zone: ZoneInfo
    rates: list[Rate]
    span: Period

    def portions(self, *spans: Period) -> list[Portion]:
        prices = PriceList(self.rates)
        return [found for one in spans or (self.span,) for found in of_time(LIGHT, one, prices=prices, zone=self.zone)]


@st.composite
def cases(draw: st.DrawFn, *units: PriceUnit) -> Case:
    zone = draw(ZONES)
    days = sorted(draw(st.sets(st.dates(FIRST.date(), LAST.date()), max_size=4)))
    since = [local(2020, 1, 1), *(beginning_of(day, zone) for day in days)]
    rates = [rate(draw(st.integers(0, 10**7)), since=begin, unit=draw(st.sampled_from(units))) for begin in since]
    return Case(zone, rates, draw(SPANS))


@st.composite
def cut_cases(draw: st.DrawFn, *units: PriceUnit) -> tuple[Case, datetime]:
    """A case, and an instant inside its time."""
    case = draw(cases(*units))
    start, end = start_of(case.span), case.span.upper
    assert end is not None
    assume(end - start >= timedelta(microseconds=2))
    return case, start + timedelta(microseconds=draw(st.integers(1, length(case.span) - 1)))


def integral(case: Case) -> Fraction:
    """Use times price, day by day of the zone: what the time costs, with nothing rounded."""
    cost = Fraction(0)
    start, end = start_of(case.span), case.span.upper
    assert end is not None
    day = start.astimezone(case.zone).date()
    while (begin := beginning_of(day, case.zone)) < end:
        used = min(end, beginning_of(day + timedelta(days=1), case.zone)) - max(start, begin)
        price = max((one for one in case.rates if one.valid_from <= begin), key=lambda one: one.valid_from)
        if price.unit is PriceUnit.DAY:
            cost += price.amount
        else:
            first = day.replace(day=1)
            following = (first + timedelta(days=31)).replace(day=1)
            month = beginning_of(following, case.zone) - beginning_of(first, case.zone)
            cost += price.amount * Fraction(used // MICROSECOND, month // MICROSECOND)
        day += timedelta(days=1)
    return cost


@given(cases(PriceUnit.MONTH, PriceUnit.DAY))
def test_the_portions_are_the_integral_of_use_times_price_and_half_a_unit_each_at_most(case: Case) -> None:
    found = case.portions()
    assert sum(portion.exact for portion in found) == integral(case)
    assert abs(sum(portion.amount for portion in found) - integral(case)) <= Fraction(len(found), 2)


@given(cases(PriceUnit.MONTH, PriceUnit.DAY))
def test_the_portions_are_the_time_itself_without_gap_or_overlap(case: Case) -> None:
    found = case.portions()
    edges = [case.span.lower, *(portion.period.upper for portion in found)]
    assert [portion.period.lower for portion in found] == edges[:-1]
    assert edges[-1] == case.span.upper


@given(cut_cases(PriceUnit.MONTH))
def test_cutting_a_licence_anywhere_moves_the_total_by_one_minor_unit_at_most(cut: tuple[Case, datetime]) -> None:
    case, moment = cut
    whole = sum(portion.amount for portion in case.portions())
    halves = case.portions(span(start_of(case.span), moment), span(moment, case.span.upper))
    assert abs(sum(portion.amount for portion in halves) - whole) <= 1


@given(cut_cases(PriceUnit.DAY))
def test_cutting_a_licence_that_is_paid_by_day_costs_the_day_of_the_cut_once_more_at_most(
    cut: tuple[Case, datetime],
) -> None:
    case, moment = cut
    whole = sum(portion.amount for portion in case.portions())
    halves = case.portions(span(start_of(case.span), moment), span(moment, case.span.upper))
    between_days = beginning_of(moment.astimezone(case.zone).date(), case.zone) == moment
    again = 0 if between_days else PriceList(case.rates).at(LIGHT, moment).amount
    assert sum(portion.amount for portion in halves) - whole == again
