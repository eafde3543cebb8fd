"""What each migration that makes a table says about it: who may see which rows, and who may do what."""

from collections.abc import Iterator
from uuid import UUID

from alembic import op
from sqlalchemy import text

IN_TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"


def protect(table: str, *, column: str = "tenant_id") -> None:
    """Enable and force row-level security: rows of the transaction's tenant, to read and to write."""
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(
        f'CREATE POLICY in_tenant ON "{table}" USING ({column} = {IN_TENANT}) WITH CHECK ({column} = {IN_TENANT})'
    )


def grant(table: str, rights: str, *, to: str = "app") -> None:
    """Give a role rights on a table: `grant("event", "SELECT, INSERT")`."""
    op.execute(f'GRANT {rights} ON "{table}" TO {to}')


def each_tenant() -> Iterator[UUID]:
    """The tenants, one after the other, each while the transaction is set to it: a data migration's rows are its own.

    The owner, too, is held by the policies; so a migration that forgets a tenant finds no row and not all rows.
    """
    connection = op.get_bind()
    connection.execute(text("ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY"))  # nobody sees it before the commit
    tenants = [UUID(str(tenant_id)) for tenant_id in connection.scalars(text("SELECT id FROM tenant ORDER BY id"))]
    connection.execute(text("ALTER TABLE tenant FORCE ROW LEVEL SECURITY"))
    for tenant_id in tenants:
        connection.execute(text(f"SET LOCAL app.tenant_id = '{tenant_id}'"))
        yield tenant_id
    connection.execute(text("SET LOCAL app.tenant_id = ''"))
