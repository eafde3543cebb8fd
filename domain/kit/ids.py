"""Identifiers: UUIDv7 made by the application, so that new rows land at the end of their index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7; ids made later by the same process sort later."""
    return uuid7()
