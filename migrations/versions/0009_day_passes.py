"""Day passes: who comes in on them, and the ledger of those added, taken back and spent."""

import sqlalchemy as sa
from alembic import op

from migrations.support import grant, protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RIGHTS = {
    "pass_holder": "SELECT, INSERT, UPDATE (version, kind, added_at, added_by_id, removed_at)",
    "pass_entry": "SELECT, INSERT",
}
"""What `app` may do with each. A pass that was spent stays spent."""


def upgrade() -> None:
    op.create_table(
        "pass_holder",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.UUID(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "added_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_pass_holder_tenant_id_added_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_pass_holder_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_pass_holder_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pass_holder")),
        sa.UniqueConstraint("tenant_id", "agent_id", name=op.f("uq_pass_holder_tenant_id_agent_id")),
    )
    op.create_table(
        "pass_entry",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "MEMBER",
                "CLIENT",
                "CUSTOMER",
                "SYSTEM",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("agent_id", sa.UUID(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("licence_id", sa.UUID(), nullable=True),
        sa.Column("assignment_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("agent_id IS NULL OR count = -1", name=op.f("ck_pass_entry_spent_one")),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_pass_entry_balance")),
        sa.CheckConstraint("count <> 0", name=op.f("ck_pass_entry_count")),
        sa.CheckConstraint(
            "num_nulls(agent_id, day, licence_id, assignment_id) IN (0, 4)", name=op.f("ck_pass_entry_spent_whole")
        ),
        sa.CheckConstraint("position > 1 OR (position = 1 AND balance = count)", name=op.f("ck_pass_entry_first")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_pass_entry_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "assignment_id", "agent_id", "kind"],
            ["seat_assignment.tenant_id", "seat_assignment.id", "seat_assignment.agent_id", "seat_assignment.kind"],
            name=op.f("fk_pass_entry_tenant_id_assignment_id_agent_id_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "licence_id"],
            ["seat_licence.tenant_id", "seat_licence.id"],
            name=op.f("fk_pass_entry_tenant_id_licence_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_pass_entry_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pass_entry")),
        sa.UniqueConstraint("tenant_id", "agent_id", "day", name=op.f("uq_pass_entry_tenant_id_agent_id_day")),
        sa.UniqueConstraint("tenant_id", "assignment_id", name=op.f("uq_pass_entry_tenant_id_assignment_id")),
        sa.UniqueConstraint("tenant_id", "kind", "position", name=op.f("uq_pass_entry_tenant_id_kind_position")),
        sa.UniqueConstraint("tenant_id", "licence_id", name=op.f("uq_pass_entry_tenant_id_licence_id")),
    )
    op.create_index("ix_pass_entry_at", "pass_entry", ["tenant_id", "at", "id"], unique=False)
    for table, rights in RIGHTS.items():
        protect(table)
        grant(table, rights)


def downgrade() -> None:
    op.drop_table("pass_entry")
    op.drop_table("pass_holder")
