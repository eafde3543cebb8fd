"""What the router saw is kept for a while, and what it decided for ever; so a decision may outlive its pass."""

import sqlalchemy as sa
from alembic import op

from migrations.support import each_tenant, grant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = ("ticket_transition", "routing_stay")


def upgrade() -> None:
    _lock()
    for table in TABLES:
        op.drop_constraint(op.f(f"fk_{table}_tenant_id_pass_id"), table, type_="foreignkey")
    grant("routing_pass", "DELETE")


def _lock() -> None:
    """All at once, in the order in which a sweep comes to them."""
    op.execute("LOCK TABLE routing_pass, routing_stay, ticket_transition IN ACCESS EXCLUSIVE MODE")


def downgrade() -> None:
    _lock()
    op.execute("REVOKE DELETE ON routing_pass FROM app")
    for _ in each_tenant():
        for table in TABLES:
            op.execute(
                sa.text(
                    f"""
                    UPDATE {table} told SET pass_id = NULL, place = NULL
                    WHERE pass_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM routing_pass p WHERE p.tenant_id = told.tenant_id AND p.id = told.pass_id)
                    """
                )
            )
    for table in TABLES:
        op.create_foreign_key(
            op.f(f"fk_{table}_tenant_id_pass_id"),
            table,
            "routing_pass",
            ["tenant_id", "pass_id"],
            ["tenant_id", "id"],
        )
