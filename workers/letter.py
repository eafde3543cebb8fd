"""How a mail is written down: headers that nobody can add to, and any language in its body."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.errors import MessageError
from email.header import Header
from email.message import Message
from email.policy import compat32
from email.utils import format_datetime, formataddr

from domain.kit.addresses import email_address
from domain.kit.errors import InvalidInput
from domain.kit.settings import Settings, SmtpSecurity
from workers.failures import Undeliverable

PATIENCE = 10.0
"""Seconds that a mail server has to take a message, from the first connection to its last answer."""

_UTF_8 = Charset("utf-8")
_UTF_8.body_encoding = QP
_WIRE = compat32.clone(linesep="\r\n")

_BREAKING = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's control characters, lone surrogates, line and paragraph separators: none belongs into a header."""


@dataclass(frozen=True)
class MailServer:
    """The mail server that takes this shop's outgoing mail."""

    host: str
    port: int
    security: SmtpSecurity
    username: str | None
    password: str | None

    @classmethod
    def of(cls, told: Settings) -> "MailServer":
        password = told.smtp_password.get_secret_value() if told.smtp_password else None
        return cls(told.smtp_host, told.smtp_port, told.smtp_security, told.smtp_username, password)


@dataclass(frozen=True)
class Letter:
    """A mail as it goes over the wire, 7-bit clean whatever its language, and the addresses of its envelope."""

    sender: str
    recipient: str
    content: bytes


def compose(
    *,
    sender_name: str,
    sender_address: str,
    recipient: str,
    subject: str,
    body: str,
    message_id: str,
    at: datetime,
    automatic: bool = False,
) -> Letter:
    """Write a mail down; `automatic` marks one that no person wrote.

    Raises Undeliverable for a header with a line break or another control character, and for an address that is none.
    """
    sender, to = _address("sender", sender_address), _address("recipient", recipient)
    try:
        # The older classes: the folding of EmailMessage loses the blanks of a long header that is not ASCII.
        letter: Message[Header | str, Header | str] = Message(policy=_WIRE)
        letter.set_payload(body, _UTF_8)
        letter["From"] = _sender(_plain("sender", sender_name), sender)
        letter["To"] = to
        letter["Subject"] = _header("Subject", _plain("subject", subject))
        letter["Date"] = format_datetime(at)
        letter["Message-ID"] = _plain("message id", message_id)
        if automatic:
            letter["Auto-Submitted"] = "auto-generated"
        return Letter(sender, to, letter.as_bytes())
    except (ValueError, MessageError) as error:
        raise Undeliverable(f"the message cannot be written as a mail: {error}") from error


def _sender(name: str, address: str) -> Header:
    if _is_plain(name):
        return Header(formataddr((name, address)), "us-ascii", header_name="From")
    header = Header(name, "utf-8", header_name="From")
    header.append(f"<{address}>", "us-ascii")
    return header


def _header(name: str, text: str) -> Header:
    return Header(text, "us-ascii" if _is_plain(text) else "utf-8", header_name=name)


def _is_plain(text: str) -> bool:
    """Whether the text can stand in a header as it is: ASCII that nobody takes for encoded words."""
    return text.isascii() and "=?" not in text


def _plain(name: str, text: str) -> str:
    if any(unicodedata.category(character) in _BREAKING for character in text):
        raise Undeliverable(f"its {name} holds a line break or another control character")
    return text


def _address(name: str, text: str) -> str:
    try:
        return email_address(text, field=name)
    except InvalidInput as error:
        raise Undeliverable(f"the {name}'s address is not one") from error
