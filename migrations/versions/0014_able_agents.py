"""What agents speak, and who of them is a senior."""

import sqlalchemy as sa
from alembic import op

from migrations.support import grant, protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_language",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint("language ~ '^[a-z]{2}$'", name=op.f("ck_agent_language_language")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_agent_language_tenant_id_agent_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agent_language_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "agent_id", "language", name=op.f("pk_agent_language")),
    )
    protect("agent_language")
    grant("agent_language", "SELECT, INSERT, DELETE")
    op.add_column("agent", sa.Column("senior", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("agent", "senior", server_default=None)


def downgrade() -> None:
    op.drop_column("agent", "senior")
    op.drop_table("agent_language")
