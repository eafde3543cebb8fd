"""What the texts in a shop's cells mean."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from infra.commands.imports import values
from infra.commands.imports.rows import Unreadable

WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        ("-12", "-12"),
        ("12.5", "12.5"),
        ("12,5", "12.5"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50", "1234.50"),
        ("1\u202f234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.8"),
        ("1234,567", "1234.567"),
        ("0,125", "0.125"),
        ("0.001", "0.001"),
    ],
)
def test_a_number_is_read_whatever_marks_its_decimals_and_thousands(text: str, number: str) -> None:
    assert values.decimal(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "x", "1e5", "NaN", "12,", ",5", "1,2,3", "1.2,3.4", "12 zł", "1.2345,6", "9" * 31]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        values.decimal(text)
    assert refused.value.problem == "must be a number"


def test_a_number_that_can_be_read_in_two_ways_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        values.decimal("1,234")
    assert refused.value.problem == "can be thousands or decimals: write it without a separator of thousands"


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("199.9", "BRL", 19_990),
        ("0.07", "PLN", 7),
        ("1 234,50", "PLN", 123_450),
        ("500", "JPY", 500),
        ("0,1", "KWD", 100),
    ],
)
def test_an_amount_is_exact_in_the_minor_unit_of_its_currency(text: str, currency: str, amount: int) -> None:
    assert values.minor_units(text, currency=currency) == amount


def test_a_part_of_a_minor_unit_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        values.minor_units("0.001", currency="GBP")
    assert refused.value.problem == "must have at most 2 decimals in GBP"


def test_pieces_are_whole() -> None:
    assert values.whole("6.0") == 6
    with pytest.raises(Unreadable) as refused:
        values.whole("1,5")
    assert refused.value.problem == "must be a whole number"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21 10:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2026-07-21T10:00:30", datetime(2026, 7, 21, 8, 0, 30, tzinfo=UTC)),
        ("2026-11-21T10:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 20, 23, tzinfo=UTC)),
        ("21.11.2026 9:05", datetime(2026, 11, 21, 8, 5, tzinfo=UTC)),
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the clocks show it twice
    ],
)
def test_a_local_time_is_an_instant_on_its_zones_clocks(text: str, moment: datetime) -> None:
    assert values.instant(text, zone=WARSAW).astimezone(UTC) == moment


def test_another_form_of_dates_is_read_when_it_is_named() -> None:
    with pytest.raises(Unreadable):
        values.instant("12/01/2010 8:26", zone=WARSAW)
    assert values.instant("12/01/2010 8:26", zone=WARSAW, formats=["%m/%d/%Y %H:%M"]) == datetime(
        2010, 12, 1, 8, 26, tzinfo=WARSAW
    )


def test_a_day_leaves_its_time_out() -> None:
    assert values.day("2016-10-04 00:00:00") == values.day("04.10.2016") == date(2016, 10, 4)
