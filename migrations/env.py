"""How Alembic reaches the database: as `owner`, one migration run at a time, never waiting long for a lock."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

from domain.kit.database import engine_for
from domain.metadata import metadata

MIGRATION_LOCK = 7_302_911_845
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"


def _run(connection: Connection) -> None:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    context.configure(
        connection=connection, target_metadata=metadata, compare_type=True, transaction_per_migration=True
    )
    with context.begin_transaction():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        context.run_migrations()
    connection.commit()


async def _online() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        raise SystemExit("Migrations need the owner's database address: set SEZON_OWNER_URL.")
    engine = engine_for(url, pool_size=1, name="sezon-migrate")
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


asyncio.run(_online())
