"""What was handed over too often is found in its queue without reading the rest of it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ticket_passed_on",
        "ticket",
        ["tenant_id", "team_id", "need_id", sa.text("priority DESC"), "due_at", "arrived_at", "id"],
        postgresql_where=sa.text("state = 'QUEUED' AND handed_over >= 2"),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_passed_on", "ticket")
