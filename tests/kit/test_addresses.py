"""Which addresses are addresses, and which reach the same mailbox."""

import pytest

from domain.kit.addresses import email_address, mailbox
from domain.kit.errors import InvalidInput


@pytest.mark.parametrize("text", ["a@b.example", " A.B+c@B.Example ", "o'neil@b.example"])
def test_an_address_is_kept_trimmed_and_in_lower_case(text: str) -> None:
    assert email_address(text, field="email") == text.strip().lower()


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@", "@b", "a b@c.example", "a@b..example", "a%c@b.example", "c!a@b.example", "a@b\n.example", "ą@b.pl"],
)
def test_what_is_no_address_of_one_mailbox_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        email_address(text, field="email")
    assert refused.value.field == "email"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zofia@klient.example", "Zofia+Sezon@klient.example"),
        ("zo.fia@gmail.com", "zofia+x@googlemail.com"),
        ("zofia@klient.example", " zofia@KLIENT.example. "),
    ],
)
def test_spellings_of_one_mailbox_are_the_same(one: str, other: str) -> None:
    assert mailbox(one) == mailbox(other)


def test_two_mailboxes_are_two() -> None:
    assert mailbox("z.ofia@klient.example") != mailbox("zofia@klient.example")
    assert mailbox("+zofia@klient.example") == "+zofia@klient.example"
