import pytest

from domain.kit.errors import InvalidInput
from domain.tickets.calls.numbers import number, tail


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+48 600 100 200", "+48600100200"),
        ("0048 600-100-200", "+48600100200"),
        ("600.100.200", "600100200"),
        ("(22) 123 45 67", "221234567"),
        ("112", "112"),
    ],
)
def test_a_number_is_kept_in_one_spelling(text: str, kept: str) -> None:
    assert number(text, field="number") == kept


@pytest.mark.parametrize(
    "text", ["", "anonymous", "12", "+", "600 100 20x", "+4860010020060010020", "١٢٣٤٥٦٧٨٩", "6+00100200", "600\n\0"]
)
def test_what_nobody_can_be_called_at_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        number(text, field="number")
    assert refused.value.field == "number"


def test_a_number_ends_the_same_with_its_countrys_code_and_without() -> None:
    assert tail("+48600100200") == tail("600100200") == "600100200"
    assert tail("112") is None
