from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

import pytest

from workers.failures import Undeliverable
from workers.letter import compose

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def letter(**changed: Any) -> bytes:
    said: dict[str, Any] = {
        "sender_name": "Łucja Żak (Bombka)",
        "sender_address": "pomoc@bombka.example",
        "recipient": "zofia@klient.example",
        "subject": "Gdzie jest moja paczka? [#7]",
        "body": "Dzień dobry,\npaczka jedzie.\n",
        "message_id": "<1@sezon>",
        "at": AT,
    }
    return compose(**{**said, **changed}).content


def received(raw: bytes) -> EmailMessage:
    """As the reader's program sees it, from the bytes alone."""
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    return mail


def test_a_letter_carries_every_header_that_a_reply_needs() -> None:
    mail = received(letter())
    assert mail["From"].addresses[0].display_name == "Łucja Żak (Bombka)"
    assert mail["From"].addresses[0].addr_spec == "pomoc@bombka.example"
    assert str(mail["To"]) == "zofia@klient.example"
    assert str(mail["Subject"]) == "Gdzie jest moja paczka? [#7]"
    assert mail["Date"].datetime == AT
    assert str(mail["Message-ID"]) == "<1@sezon>"
    assert "Auto-Submitted" not in mail


def test_mail_that_no_person_wrote_says_so() -> None:
    assert received(letter(automatic=True))["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "body",
    [
        "Zażółć gęślą jaźń. ZAŻÓŁĆ GĘŚLĄ JAŹŃ.\n",
        "„Cudzysłów” – półpauza… 12 zł, 5 €\n",
        "Emoji 🎄 and 日本語\n",
        "From here\n.\n..two dots\nlast line\n",
        "one very long line " + "ąćęłńóśźż " * 500 + "\n",
    ],
)
def test_a_body_arrives_as_it_was_written(body: str) -> None:
    assert received(letter(body=body)).get_content().replace("\r\n", "\n") == body


@pytest.mark.parametrize(
    "subject", ["Zażółć gęślą jaźń [#12]", "ź" * 300 + " [#12]", "słowo " * 60 + "[#12]", "=?utf-8?q?x?= [#1]"]
)
def test_a_subject_of_any_length_arrives_as_it_was_written(subject: str) -> None:
    assert str(received(letter(subject=subject))["Subject"]) == subject


@pytest.mark.parametrize("name", ['"Ola" <x@y>', "Żółw, Jan; inni", "a" * 200, "Ż" * 120, "Sklep „Bombka”"])
def test_a_sender_of_any_name_arrives_as_it_is_called(name: str) -> None:
    sender = str(make_header(decode_header(message_from_bytes(letter(sender_name=name))["From"])))
    shown, address = parseaddr(sender) if name.isascii() else sender.rsplit(" ", 1)
    assert (shown, address.strip("<>")) == (name, "pomoc@bombka.example")


@pytest.mark.parametrize("field", ["subject", "sender_name", "message_id"])
@pytest.mark.parametrize("between", ["\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_header_can_be_added_through_another(field: str, between: str) -> None:
    with pytest.raises(Undeliverable):
        letter(**{field: f"Hello{between}Bcc: everybody@elsewhere.example"})


@pytest.mark.parametrize("field", ["recipient", "sender_address"])
@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "Zofia <a@b.example>",
        "a@b.example> SIZE=1 RCPT TO:<c@d.example",
        "a b@c.example",
        "żółw@klient.example",
        "@b.example",
        "",
    ],
)
def test_an_address_is_one_address_and_nothing_else(field: str, address: str) -> None:
    with pytest.raises(Undeliverable):
        letter(**{field: address})


def test_the_envelope_names_the_addresses_of_the_headers() -> None:
    sent = compose(
        sender_name="Bombka",
        sender_address=" Pomoc@Bombka.example",
        recipient="Zofia@klient.example\n",
        subject="x",
        body="x",
        message_id="<1@sezon>",
        at=AT,
    )
    mail = received(sent.content)
    assert (sent.sender, sent.recipient) == ("pomoc@bombka.example", "zofia@klient.example")
    assert (mail["From"].addresses[0].addr_spec, str(mail["To"])) == (sent.sender, sent.recipient)
