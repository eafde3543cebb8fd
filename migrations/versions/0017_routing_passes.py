"""The router looks at its queues as a whole: what it saw is kept, and how much work each agent was given and when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import each_tenant, grant, protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

RIGHTS = {
    "routing_pass": "SELECT, INSERT",
    "agent_day": "SELECT, INSERT, UPDATE (tickets, minutes)",
    "agent_online": "SELECT, INSERT",
}
"""What `app` may do with each."""

BEFORE = ("ONLY_CANDIDATE", "LEAST_LOADED", "LONGEST_IDLE", "NOBODY_ELIGIBLE", "TAKEN")
AFTER = ("ONLY_CANDIDATE", "PREVIOUS_AGENT", "LEAST_WORK", "LONGEST_IDLE", "NOBODY_ELIGIBLE", "TAKEN")


def upgrade() -> None:
    _routing_pass()
    _agent_day()
    _agent_online()
    op.add_column("ticket", sa.Column("handed_over", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("ticket", "handed_over", server_default=None)
    op.add_column("routing_decision", sa.Column("pass_id", sa.UUID(), nullable=True))
    op.add_column("routing_decision", sa.Column("place", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_routing_decision_tenant_id_pass_id"),
        "routing_decision",
        "routing_pass",
        ["tenant_id", "pass_id"],
        ["tenant_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_routing_decision_place"), "routing_decision", "(pass_id IS NULL) = (place IS NULL)"
    )
    op.create_unique_constraint(
        op.f("uq_routing_decision_tenant_id_pass_id_place"), "routing_decision", ["tenant_id", "pass_id", "place"]
    )
    _rename_reason("LEAST_LOADED", "LEAST_WORK", allowed=AFTER)
    for _ in each_tenant():
        # One job looks at all queues now; what was asked of the other is done by it.
        op.execute("UPDATE outbox SET actor = 'route_sweep', payload = '{}' WHERE actor = 'route_ticket'")
    for table, rights in RIGHTS.items():
        protect(table)
        grant(table, rights)


def _routing_pass() -> None:
    op.create_table(
        "routing_pass",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saw", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_routing_pass_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_routing_pass")),
    )
    op.create_index("ix_routing_pass_at", "routing_pass", ["tenant_id", "at"])


def _agent_day() -> None:
    op.create_table(
        "agent_day",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("team_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("tickets > 0 AND minutes > 0", name=op.f("ck_agent_day_given")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_day_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_agent_day_tenant_id_team_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agent_day_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "agent_id", "team_id", "day", name=op.f("pk_agent_day")),
    )
    op.create_index("ix_agent_day_day", "agent_day", ["tenant_id", "day", "agent_id"])


def _agent_online() -> None:
    op.create_table(
        "agent_online",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.CheckConstraint(
            "NOT isempty(period) AND lower(period) IS NOT NULL AND upper(period) IS NOT NULL",
            name=op.f("ck_agent_online_period"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_online_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agent_online_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_online")),
    )
    op.create_index("ix_agent_online_until", "agent_online", ["tenant_id", sa.text("upper(period)"), "agent_id"])


def _rename_reason(before: str, after: str, *, allowed: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_routing_decision_routingreason"), "routing_decision")
    for _ in each_tenant():
        op.execute(f"UPDATE routing_decision SET reason = '{after}' WHERE reason = '{before}'")
    names = ", ".join(f"'{name}'" for name in allowed)
    op.create_check_constraint(op.f("ck_routing_decision_routingreason"), "routing_decision", f"reason IN ({names})")


def downgrade() -> None:
    for _ in each_tenant():
        op.execute("UPDATE routing_decision SET reason = 'LONGEST_IDLE' WHERE reason = 'PREVIOUS_AGENT'")
    _rename_reason("LEAST_WORK", "LEAST_LOADED", allowed=BEFORE)
    op.drop_constraint(op.f("uq_routing_decision_tenant_id_pass_id_place"), "routing_decision")
    op.drop_constraint(op.f("ck_routing_decision_place"), "routing_decision")
    op.drop_column("routing_decision", "place")
    op.drop_column("routing_decision", "pass_id")
    op.drop_column("ticket", "handed_over")
    for table in ("agent_online", "agent_day", "routing_pass"):
        op.drop_table(table)
