"""When agents are at work by plan."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import grant, protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_shift",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.CheckConstraint(
            "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)"
            " AND NOT lower_inf(period) AND NOT upper_inf(period)",
            name=op.f("ck_agent_shift_period"),
        ),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("agent_id"), "="),
            (sa.column("period"), "&&"),
            using="gist",
            name="ex_agent_shift_agent",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_shift_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agent_shift_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_shift")),
    )
    op.create_index("ix_agent_shift_agent_id", "agent_shift", ["tenant_id", "agent_id", sa.text("lower(period)"), "id"])
    protect("agent_shift")
    grant("agent_shift", "SELECT, INSERT, DELETE")


def downgrade() -> None:
    op.drop_table("agent_shift")
