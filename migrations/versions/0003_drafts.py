"""What becomes of drafts, and tickets that agents take by themselves."""

import sqlalchemy as sa
from alembic import op

from migrations.support import grant, protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = ("INBOUND", "OUTBOUND", "INTERNAL", "DRAFT", "SYSTEM")
REASONS = ("ONLY_CANDIDATE", "LEAST_LOADED", "LONGEST_IDLE", "NOBODY_ELIGIBLE")


def upgrade() -> None:
    op.create_unique_constraint("uq_entry_id_ticket_id_kind", "entry", ["tenant_id", "id", "ticket_id", "kind"])
    op.create_index("ix_entry_draft", "entry", ["tenant_id", "ticket_id"], postgresql_where=sa.text("kind = 'DRAFT'"))
    op.create_table(
        "draft_decision",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("entry_kind", _one_of("entry_kind", *KINDS), nullable=False),
        sa.Column("outcome", _one_of("draftoutcome", "APPROVED", "RETURNED", "REPLACED"), nullable=False),
        sa.Column("result_id", sa.UUID(), nullable=False),
        sa.Column("result_kind", _one_of("result_kind", *KINDS), nullable=False),
        sa.Column("assignment_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("seat_kind", _one_of("seatkind", "FULL", "LIGHT"), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("entry_kind = 'DRAFT'", name=op.f("ck_draft_decision_of_a_draft")),
        sa.CheckConstraint(
            "result_kind = CASE outcome WHEN 'APPROVED' THEN 'OUTBOUND' WHEN 'RETURNED' THEN 'INTERNAL'"
            " ELSE 'DRAFT' END",
            name=op.f("ck_draft_decision_result"),
        ),
        sa.CheckConstraint("outcome = 'REPLACED' OR seat_kind = 'FULL'", name=op.f("ck_draft_decision_on_a_full_seat")),
        sa.CheckConstraint("NOT edited OR outcome = 'APPROVED'", name=op.f("ck_draft_decision_edited")),
        sa.CheckConstraint("result_id <> entry_id", name=op.f("ck_draft_decision_another")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_draft_decision_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id", "ticket_id", "entry_kind"],
            ["entry.tenant_id", "entry.id", "entry.ticket_id", "entry.kind"],
            name=op.f("fk_draft_decision_tenant_id_entry_id_ticket_id_entry_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "result_id", "ticket_id", "result_kind"],
            ["entry.tenant_id", "entry.id", "entry.ticket_id", "entry.kind"],
            name=op.f("fk_draft_decision_tenant_id_result_id_ticket_id_result_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "assignment_id", "agent_id", "seat_kind"],
            ["seat_assignment.tenant_id", "seat_assignment.id", "seat_assignment.agent_id", "seat_assignment.kind"],
            name=op.f("fk_draft_decision_tenant_id_assignment_id_agent_id_seat_kind"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_draft_decision")),
        sa.UniqueConstraint("tenant_id", "entry_id", name=op.f("uq_draft_decision_tenant_id_entry_id")),
        sa.UniqueConstraint("tenant_id", "result_id", name=op.f("uq_draft_decision_tenant_id_result_id")),
    )
    protect("draft_decision")
    grant("draft_decision", "SELECT, INSERT")
    _reasons(*REASONS, "TAKEN")


def downgrade() -> None:
    """Refused by PostgreSQL once somebody has taken a ticket: its decision would say what no older version knows."""
    _reasons(*REASONS)
    op.drop_table("draft_decision")
    op.drop_index("ix_entry_draft", "entry")
    op.drop_constraint("uq_entry_id_ticket_id_kind", "entry")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _reasons(*values: str) -> None:
    op.drop_constraint("ck_routing_decision_routingreason", "routing_decision")
    known = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("ck_routing_decision_routingreason"), "routing_decision", f"reason IN ({known})")
