"""E-mail addresses as Sezon keeps them: trimmed, in lower case, one mailbox, no display name."""

import re

from domain.kit.errors import InvalidInput

MAX_LENGTH = 254
_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SHAPE = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_HOST}(?:\.{_HOST})*")


def normalised(address: str) -> str:
    """The address as it is compared and stored; for a look-up, where a wrong one simply finds nobody."""
    return address.strip().lower().replace("\x00", "")  # which PostgreSQL takes in no text


def email_address(text: str, *, field: str) -> str:
    """The address that the text spells, normalised. Raises InvalidInput naming `field` when it spells none."""
    address = text.strip().lower()
    if len(address) > MAX_LENGTH or _SHAPE.fullmatch(address) is None:
        raise InvalidInput(field, "is not an e-mail address", "to nie jest adres e-mail")
    return address
