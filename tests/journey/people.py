"""The users of a running Sezon; `infra.bench.people` has them, for they are not only tests that play them."""

from infra.bench.people import (
    Refused,
    User,
    invitation_token,
    mails,
    personal_token,
    program,
    recipient,
    signed_in,
    text_of,
    until,
)

__all__ = [
    "Refused",
    "User",
    "invitation_token",
    "mails",
    "personal_token",
    "program",
    "recipient",
    "signed_in",
    "text_of",
    "until",
]
