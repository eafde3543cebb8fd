"""Addresses, labels, keys and languages as people and browsers write them."""

import pytest

from domain.kit.addresses import email_address
from domain.kit.errors import InvalidInput, Language
from domain.kit.languages import preferred
from domain.kit.texts import key, label


@pytest.mark.parametrize(
    ("text", "address"),
    [(" Ola@Bombka.Example ", "ola@bombka.example"), ("a+b@localhost", "a+b@localhost"), ("o'x@a-b.pl", "o'x@a-b.pl")],
)
def test_an_address_is_trimmed_and_in_lower_case(text: str, address: str) -> None:
    assert email_address(text, field="email") == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ola",
        "@a.pl",
        "ola@",
        "ola@-a.pl",
        "ola@a..pl",
        "o la@a.pl",
        "Ola <ola@a.pl>",
        "a@b.pl\r\nX: y",
        "a@b.pl,c@d.pl",
        "żółw@a.pl",
        "a@b.pl\x00x",
        "x" * 65 + "@a.pl",
        "a@" + "b" * 260,
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        email_address(text, field="email")
    assert refused.value.field == "email"


@pytest.mark.parametrize("text", ["first-line", "a", "a1_b-2"])
def test_a_key_is_for_programs(text: str) -> None:
    assert key(text, field="key") == text


@pytest.mark.parametrize("text", ["", "First", "a--b", "-a", "a-", "a b", "ż", "a" * 64, "a\n"])
def test_anything_else_is_no_key(text: str) -> None:
    with pytest.raises(InvalidInput):
        key(text, field="key")


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\nb", "a\x00b", "a\u2028b"])
def test_a_label_is_one_line_that_says_something(text: str) -> None:
    with pytest.raises(InvalidInput):
        label(text, field="name")
    assert label(" Żółw ", field="name") == "Żółw"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "EN"),
        ("", "EN"),
        ("pl", "PL"),
        ("pl-PL,pl;q=0.9,en;q=0.8", "PL"),
        ("de,fr;q=0.9", "EN"),
        ("de,pl;q=0.2,en;q=0.1", "PL"),
        ("en-GB;q=0.9, PL ; q=0.95", "PL"),
        ("pl;q=0,en;q=0.1", "EN"),
        ("pl;q=x", "EN"),
        ("pl;q=nan,en", "EN"),
        (";;;,,,", "EN"),
    ],
)
def test_the_best_liked_of_our_languages_is_chosen(header: str | None, language: str) -> None:
    assert preferred(header) is Language(language)
