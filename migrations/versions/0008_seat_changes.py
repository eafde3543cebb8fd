"""Seats that change, and reminders before they end."""

import sqlalchemy as sa
from alembic import op

from migrations.support import grant, protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


SCHEDULE = """
    INSERT INTO schedule (tenant_id, id, actor, every_seconds, due_at)
    SELECT id, gen_random_uuid(), 'remind_seats', 300, now() FROM tenant
"""
"""What a shop that is there already has done for it from now on, as a new one does."""


def upgrade() -> None:
    op.create_table(
        "seat_reminder",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("assignment_id", sa.UUID(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hours IN (24, 72)", name=op.f("ck_seat_reminder_hours")),
        sa.CheckConstraint("told_at < ends_at", name=op.f("ck_seat_reminder_in_time")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "assignment_id"],
            ["seat_assignment.tenant_id", "seat_assignment.id"],
            name=op.f("fk_seat_reminder_tenant_id_assignment_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_seat_reminder_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_seat_reminder")),
        sa.UniqueConstraint(
            "tenant_id",
            "assignment_id",
            "hours",
            "ends_at",
            name=op.f("uq_seat_reminder_tenant_id_assignment_id_hours_ends_at"),
        ),
    )
    op.create_index("ix_seat_reminder_ends_at", "seat_reminder", ["tenant_id", "ends_at", "hours"], unique=False)
    # The owner sees every tenant until this transaction ends, which nobody else notices: it has the tables locked.
    for table in ("tenant", "schedule"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(SCHEDULE)
    for table in ("tenant", "schedule"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    protect("seat_reminder")
    grant("seat_reminder", "SELECT, INSERT")
    op.create_index(
        "ix_delivery_pending",
        "delivery",
        ["tenant_id", "entry_id"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    grant("planned_invitation", "UPDATE (kind)")


def downgrade() -> None:
    op.execute("ALTER TABLE schedule NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM schedule WHERE actor = 'remind_seats'")
    op.execute("ALTER TABLE schedule FORCE ROW LEVEL SECURITY")
    op.drop_table("seat_reminder")
    op.drop_index("ix_delivery_pending", table_name="delivery")
    op.execute("REVOKE UPDATE (kind) ON planned_invitation FROM app")
