"""An index of the open tickets, the newest of which are what a desk shows first."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ticket_open",
        "ticket",
        ["tenant_id", "arrived_at", "id"],
        postgresql_where=sa.text("state IN ('QUEUED', 'ASSIGNED', 'WAITING')"),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_open", table_name="ticket")
