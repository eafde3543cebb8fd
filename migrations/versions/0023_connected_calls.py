"""Since when, and with whom, the caller of a call talks."""

import sqlalchemy as sa
from alembic import op

from migrations.support import grant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call", sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("call", sa.Column("connected_to_id", sa.UUID(), nullable=True))
    op.add_column("call", sa.Column("connected_version", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_call_connected"),
        "call",
        "num_nonnulls(connected_at, connected_to_id, connected_version) IN (0, 3)",
    )
    op.create_foreign_key(
        op.f("fk_call_tenant_id_connected_to_id"),
        "call",
        "agent",
        ["tenant_id", "connected_to_id"],
        ["tenant_id", "id"],
    )
    grant("call", "UPDATE (connected_at, connected_to_id, connected_version)")


def downgrade() -> None:
    op.drop_column("call", "connected_version")
    op.drop_column("call", "connected_to_id")
    op.drop_column("call", "connected_at")
