"""The same shop many times: a tenant is copied row by row, which takes a fraction of what furnishing it anew does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from sqlalchemy import Table

from domain.kit.ids import new_id
from domain.metadata import metadata
from domain.tenants.models import Tenant
from tests.servers import Servers


class Cloner:
    """Copies a tenant with everything in it; the ids stay as they are, for every key begins with the tenant's."""

    def __init__(self, connection: asyncpg.Connection, tenant_id: UUID, filled: list[Table]) -> None:
        self._connection, self._tenant_id, self._filled = connection, tenant_id, filled

    async def clone(self) -> UUID:
        """A new tenant like the one that was there when this was made."""
        clone_id = new_id()
        statements = "".join(_copy(table, self._tenant_id, clone_id) for table in self._filled)
        await self._connection.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {statements} COMMIT;")
        return clone_id


@asynccontextmanager
async def cloner_of(servers: Servers, tenant_id: UUID) -> AsyncIterator[Cloner]:
    """Copies of the tenant as it is now; it is to stay like that."""
    connection = await asyncpg.connect(servers.superuser_url)  # past the policies, and without foreign keys' checks
    try:
        filled = [
            table
            for table in metadata.sorted_tables
            if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table.name}" WHERE {_which(table, tenant_id)})')
        ]
        yield Cloner(connection, tenant_id, filled)
    finally:
        await connection.close()


def _which(table: Table, tenant_id: UUID) -> str:
    return f"{'id' if table is Tenant.__table__ else 'tenant_id'} = '{tenant_id}'"


def _copy(table: Table, tenant_id: UUID, clone_id: UUID) -> str:
    columns = {column.name: f'"{column.name}"' for column in table.columns if column.computed is None}
    values = dict(columns)
    if table is Tenant.__table__:
        values |= {"id": f"'{clone_id}'", "slug": f"'shop-{clone_id.hex[-12:]}'"}
    else:
        values |= {"tenant_id": f"'{clone_id}'"}
    return (
        f'INSERT INTO "{table.name}" ({", ".join(columns.values())}) SELECT {", ".join(values.values())} '
        f'FROM "{table.name}" WHERE {_which(table, tenant_id)}; '
    )
