"""Seats are read in the order of their time: all of a shop, those of a licence, and those of an agent."""

from alembic import op
from sqlalchemy import text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begun = text("lower(period)")
    op.create_index("ix_seat_licence_begun", "seat_licence", ["tenant_id", begun, "id"])
    op.create_index("ix_seat_assignment_licence_id", "seat_assignment", ["tenant_id", "licence_id", begun, "id"])
    op.create_index("ix_seat_assignment_agent_id", "seat_assignment", ["tenant_id", "agent_id", begun, "id"])


def downgrade() -> None:
    op.drop_index("ix_seat_assignment_agent_id", "seat_assignment")
    op.drop_index("ix_seat_assignment_licence_id", "seat_assignment")
    op.drop_index("ix_seat_licence_begun", "seat_licence")
