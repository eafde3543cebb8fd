"""A reply leaves under the subject that it was written under: a ticket's can be corrected meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

READ = ("ticket", "entry", "delivery")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("subject", sa.Text(), nullable=True))
    # The owner sees every tenant's rows until this transaction ends, which nobody else notices: it has the tables locked.
    for table in READ:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """
        UPDATE delivery SET subject = ticket.subject || ' [#' || ticket.number || ']'
        FROM entry JOIN ticket ON ticket.tenant_id = entry.tenant_id AND ticket.id = entry.ticket_id
        WHERE entry.tenant_id = delivery.tenant_id AND entry.id = delivery.entry_id
        """
    )
    for table in READ:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("delivery", "subject", nullable=False)


def downgrade() -> None:
    op.drop_column("delivery", "subject")
