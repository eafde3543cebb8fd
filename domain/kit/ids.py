"""Identifiers: UUIDv7 made by the application, so that new rows land at the end of their index."""

from uuid import UUID

import uuid_utils
from asyncpg.pgproto.pgproto import UUID as DriversUUID


def new_id() -> UUID:
    """A fresh UUIDv7; ids made later by the same process sort later.

    It is of the driver's class, as ids that are read are, which is made, hashed and written in a fraction of the time.
    """
    made: UUID = DriversUUID(uuid_utils.uuid7().bytes)
    return made
