"""How many decimals currencies have, wherever an amount is read or written."""

import pytest

from admin import looks
from domain.kit.errors import Language
from domain.kit.money import digits_of, written
from infra.commands.imports.values import minor_units


@pytest.mark.parametrize(
    ("currency", "digits"), [("PLN", 2), ("EUR", 2), ("JPY", 0), ("UGX", 0), ("RWF", 0), ("KWD", 3)]
)
def test_an_amount_that_is_imported_is_shown_with_the_decimals_of_its_currency(currency: str, digits: int) -> None:
    assert digits_of(currency) == digits
    amount = minor_units("43", currency=currency)
    assert amount == 43 * 10**digits
    shown = looks.spelled(Language.EN, amount, currency)
    assert shown == f"43{'.' if digits else ''}{'0' * digits}\N{NO-BREAK SPACE}{currency}"


@pytest.mark.parametrize(
    ("minor", "currency", "number"),
    [
        (1290050, "PLN", "12900,50"),
        (-5, "PLN", "-0,05"),
        (0, "PLN", "0,00"),
        (43, "JPY", "43"),
        (-1001, "KWD", "-1,001"),
    ],
)
def test_an_amount_can_be_written_as_a_plain_number(minor: int, currency: str, number: str) -> None:
    assert written(minor, currency, point=",") == number
    assert written(minor, currency) == number.replace(",", ".")
