"""What each migration that makes a table says about it: who may see which rows, and who may do what."""

from alembic import op

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
