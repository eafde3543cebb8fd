"""Seats that change, and reminders before they end."""

import sqlalchemy as sa
from alembic import op

from migrations.support import grant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_delivery_pending",
        "delivery",
        ["tenant_id", "entry_id"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    grant("planned_invitation", "UPDATE (kind)")


def downgrade() -> None:
    op.drop_index("ix_delivery_pending", table_name="delivery")
    op.execute("REVOKE UPDATE (kind) ON planned_invitation FROM app")
