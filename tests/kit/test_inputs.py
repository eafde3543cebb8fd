"""What can never be right, by name and place."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.kit import inputs, texts
from domain.kit.errors import InvalidInput
from domain.kit.inputs import MOST_FAULTS, Faults


def test_a_fault_is_named_from_the_outside_in() -> None:
    with pytest.raises(InvalidInput) as refused, inputs.inside("receipts"), inputs.inside(0):
        raise InvalidInput("amount", "must be positive", "musi być dodatnia")
    assert refused.value.field == "receipts.0.amount"


@pytest.mark.parametrize("year", [1, 1969, 2200, 9999])
def test_a_year_that_nobody_means_is_refused(year: int) -> None:
    with pytest.raises(InvalidInput):
        inputs.instant(datetime(year, 6, 1, tzinfo=UTC), field="at")
    with pytest.raises(InvalidInput):
        inputs.day(date(year, 6, 1), field="on")


@pytest.mark.parametrize("year", [1970, 2026, 2199])
def test_other_years_are_taken(year: int) -> None:
    moment = datetime(year, 6, 1, tzinfo=UTC)
    assert inputs.instant(moment, field="at") is moment
    assert inputs.day(moment.date(), field="on") == date(year, 6, 1)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidInput):
        inputs.instant(datetime(2026, 6, 1), field="at")  # noqa: DTZ001


NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_what_has_happened_is_not_ahead_of_our_clock_by_more_than_clocks_differ() -> None:
    for moment in (NOW - timedelta(days=900), NOW, NOW + timedelta(days=1)):
        assert inputs.happened(moment, field="at", now=NOW) is moment
    with pytest.raises(InvalidInput) as refused:
        inputs.happened(NOW + timedelta(days=1, microseconds=1), field="at", now=NOW)
    assert (refused.value.field, refused.value.problem) == ("at", "must not be in the future")


@pytest.mark.parametrize("moment", [datetime(1969, 6, 1, tzinfo=UTC), datetime(2026, 6, 1)])  # noqa: DTZ001
def test_what_has_happened_is_an_instant(moment: datetime) -> None:
    with pytest.raises(InvalidInput):
        inputs.happened(moment, field="at", now=NOW)


def test_numbers_are_bounded_and_said_as_people_write_them() -> None:
    assert inputs.whole(3, field="n", least=1, most=3) == 3
    with pytest.raises(InvalidInput) as refused:
        inputs.whole(0, field="n", least=1, most=1_000_000)
    assert (refused.value.problem, refused.value.problem_pl) == ("must be 1 to 1,000,000", "musi być od 1 do 1 000 000")


@pytest.mark.parametrize("text", ["PL1", "pln", "PLNN", "ZŁO", "", "PLN\n"])
def test_a_currency_is_three_capital_letters(text: str) -> None:
    with pytest.raises(InvalidInput):
        texts.currency(text, field="currency")
    assert texts.currency("PLN", field="currency") == "PLN"


@pytest.mark.parametrize("text", ["a\x00", "a\x85b", "\ud800", "a\nb", "a\u2028b"])
def test_a_label_is_one_line_that_can_be_stored(text: str) -> None:
    with pytest.raises(InvalidInput):
        texts.label(text, field="name")


def test_a_blank_text_that_may_be_left_out_is_none() -> None:
    assert [texts.optional_label(text, field="phone") for text in (None, "", " ", " 1 ")] == [None, None, None, "1"]


def test_all_that_is_wrong_is_collected_by_its_place() -> None:
    faults = Faults()
    assert faults.take(texts.label, " a ", field="number") == "a"
    with faults.inside("lines", 0):
        assert faults.take(inputs.whole, 0, field="quantity", least=1, most=3) == 0
        with faults.inside("more"):
            faults.note(InvalidInput("sku", "is wrong", "jest złe"))
    assert faults.take(texts.label, " ", field="externalId") == " "
    assert [fault.field for fault in faults.found] == ["lines.0.quantity", "lines.0.more.sku", "externalId"]
    with pytest.raises(InvalidInput) as refused:
        faults.raise_first()
    assert refused.value.field == "lines.0.quantity"
    Faults().raise_first()


def test_more_faults_than_are_told_are_not_kept() -> None:
    faults = Faults()
    for number in range(MOST_FAULTS + 1):
        assert faults.full is (number == MOST_FAULTS)
        faults.note(InvalidInput(f"{number}", "is wrong", "jest złe"))
    assert [fault.field for fault in faults.found] == [f"{number}" for number in range(MOST_FAULTS)]
