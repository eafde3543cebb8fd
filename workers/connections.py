"""How the relay reaches the database: as `platform`, which crosses tenants in the few tables granted to it."""

from typing import Any, TypeAlias

import asyncpg

Pool: TypeAlias = asyncpg.Pool
Connection: TypeAlias = asyncpg.Connection

_OPTIONS: dict[str, Any] = {
    "timeout": 5.0,
    "server_settings": {
        "application_name": "sezon-relay",
        # A relay that hangs must not keep its locks: others are to go on.
        "idle_in_transaction_session_timeout": "10000",
    },
}


def open_pool(url: str) -> Pool:
    """A few connections, made when they are used; enter it."""
    return asyncpg.create_pool(url, min_size=0, max_size=4, command_timeout=30.0, **_OPTIONS)


async def connect(url: str) -> Connection:
    """A connection of its own, for listening."""
    return await asyncpg.connect(url, **_OPTIONS)
