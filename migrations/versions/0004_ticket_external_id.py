"""The shop's own id of a ticket, for tickets that come in by the hundred and may come again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("external_id", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_ticket_tenant_id_external_id"), "ticket", ["tenant_id", "external_id"])


def downgrade() -> None:
    op.drop_column("ticket", "external_id")
