"""Waiting for what another transaction does, without guessing how long it takes."""

import asyncio

from sqlalchemy import text

from domain.kit.database import Database

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = current_user")


async def blocked(database: Database) -> None:
    """Return once some other transaction of this database waits for a lock."""
    async with asyncio.timeout(30):
        while True:
            async with database.engine.connect() as connection:
                if (await connection.execute(WAITING)).scalar_one():
                    return
            await asyncio.sleep(0.01)
