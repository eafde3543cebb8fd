"""What a tenant's tables hold, whole: a refused call must leave it as it was."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from domain.kit.database import Database
from domain.kit.events import EventRow
from domain.kit.outbox import OutboxRow
from domain.metadata import metadata

EVERYTHING = text(
    " UNION ALL ".join(
        f"SELECT '{table.name}' AS name, ARRAY(SELECT x\\:\\:text FROM \"{table.name}\" x ORDER BY 1) AS rows"
        for table in metadata.sorted_tables
    )
)


async def everything(database: Database, tenant_id: UUID) -> dict[str, list[str]]:
    """Every row of every table that the tenant can see, as PostgreSQL writes it, in one statement."""
    async with database.reading(tenant_id) as session:
        return {row.name: row.rows for row in await session.execute(EVERYTHING)}


async def events_of(database: Database, tenant_id: UUID, *, aggregate: str) -> list[tuple[str, int, dict[str, Any]]]:
    """Name, version and data of the events about one kind of aggregate, in the order of their making."""
    async with database.reading(tenant_id) as session:
        rows = await session.scalars(select(EventRow).where(EventRow.aggregate == aggregate).order_by(EventRow.id))
        return [(row.name, row.aggregate_version, row.data) for row in rows]


async def jobs_of(database: Database, tenant_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    """Actor and payload of the jobs that wait, in the order of their making."""
    async with database.reading(tenant_id) as session:
        rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        return [(row.actor, row.payload) for row in rows]
