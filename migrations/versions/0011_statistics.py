"""Statistics find what happened in a stretch of time without reading the rest of the history."""

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ticket_transition_at", "ticket_transition", ["tenant_id", "at", "ticket_id"])
    op.create_index("ix_ticket_state_since", "ticket", ["tenant_id", "state_since", "arrived_at", "id"])
    op.create_index(
        "ix_entry_outbound", "entry", ["tenant_id", "at", "ticket_id"], postgresql_where=text("kind = 'OUTBOUND'")
    )


def downgrade() -> None:
    op.drop_index("ix_entry_outbound", "entry")
    op.drop_index("ix_ticket_state_since", "ticket")
    op.drop_index("ix_ticket_transition_at", "ticket_transition")
