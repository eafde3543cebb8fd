"""E-mail addresses as Sezon keeps them: trimmed, in lower case, one mailbox, no display name, no relay inside."""

import re

from domain.kit.errors import InvalidInput

MAX_LENGTH = 254
_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SHAPE = re.compile(rf"[a-z0-9.#$&'*+/=?^_`{{|}}~-]{{1,64}}@{_HOST}(?:\.{_HOST})*")


def normalised(address: str) -> str:
    """The address as it is compared and stored; for a look-up, where a wrong one simply finds nobody."""
    return address.strip().lower().replace("\x00", "")  # which PostgreSQL takes in no text


DOTS_MEAN_NOTHING = frozenset({"gmail.com", "googlemail.com"})


def mailbox(address: str) -> str:
    """The mailbox that an address reaches, to compare addresses by: without a `+tag`, and one spelling per provider."""
    local, _, host = normalised(address).rpartition("@")
    local = local.partition("+")[0] or local
    host = host.rstrip(".")
    if host in DOTS_MEAN_NOTHING:
        local, host = local.replace(".", ""), "gmail.com"
    return f"{local}@{host}"


def email_address(text: str, *, field: str) -> str:
    """The address that the text spells, normalised. Raises InvalidInput naming `field` when it spells none."""
    address = text.strip().lower()
    if len(address) > MAX_LENGTH or _SHAPE.fullmatch(address) is None:
        raise InvalidInput(field, "is not an e-mail address", "to nie jest adres e-mail")
    return address
