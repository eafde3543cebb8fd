"""What the router decided on a ticket that moved is part of the move; what stays is said in a table of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import each_tenant, grant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

REASONS = ("ONLY_CANDIDATE", "PREVIOUS_AGENT", "LEAST_WORK", "LONGEST_IDLE", "NOBODY_ELIGIBLE", "TAKEN")
NAMES = ("fk_{}_tenant_id", "fk_{}_tenant_id_ticket_id", "fk_{}_tenant_id_team_id", "fk_{}_tenant_id_pass_id",
         "pk_{}", "uq_{}_tenant_id_pass_id_place", "ck_{}_place")  # fmt: skip
"""The keys and checks that a table takes along when it is named anew."""


def upgrade() -> None:
    op.add_column("ticket_transition", sa.Column("routing_reason", _reason(), nullable=True))
    op.add_column("ticket_transition", sa.Column("routing_detail", postgresql.JSONB(), nullable=True))
    op.add_column("ticket_transition", sa.Column("pass_id", sa.UUID(), nullable=True))
    op.add_column("ticket_transition", sa.Column("place", sa.Integer(), nullable=True))
    _to_moves()
    for name, rule in (
        ("routing", "(routing_reason IS NULL) = (routing_detail IS NULL)"),
        ("routed", "routing_reason IS NULL OR to_state = 'ASSIGNED'"),
        ("place", "(pass_id IS NULL) = (place IS NULL)"),
        ("pass", "pass_id IS NULL OR routing_reason IS NOT NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_ticket_transition_{name}"), "ticket_transition", rule)
    op.create_foreign_key(
        op.f("fk_ticket_transition_tenant_id_pass_id"),
        "ticket_transition",
        "routing_pass",
        ["tenant_id", "pass_id"],
        ["tenant_id", "id"],
    )
    op.drop_column("routing_decision", "agent_id")
    op.drop_column("routing_decision", "reason")
    _rename("routing_decision", "routing_stay")
    op.execute(
        """
        CREATE VIEW routing_decision WITH (security_invoker = true) AS
        SELECT tenant_id, id, ticket_id, assignee_id AS agent_id, team_id, pass_id, place, routing_reason AS reason,
            routing_detail AS detail, at
        FROM ticket_transition WHERE routing_reason IS NOT NULL
        UNION ALL
        SELECT tenant_id, id, ticket_id, NULL, team_id, pass_id, place, CAST('NOBODY_ELIGIBLE' AS varchar(32)), detail,
            at
        FROM routing_stay
        """
    )
    grant("routing_decision", "SELECT")


PAIRED = """
    SELECT move.id AS move_id, decision.* FROM (
        SELECT *, row_number() OVER (PARTITION BY ticket_id, agent_id, at ORDER BY id) AS turn
        FROM routing_decision WHERE agent_id IS NOT NULL
    ) decision
    JOIN (
        SELECT id, ticket_id, assignee_id, at,
            row_number() OVER (PARTITION BY ticket_id, assignee_id, at ORDER BY position) AS turn
        FROM ticket_transition WHERE from_state = 'QUEUED' AND to_state = 'ASSIGNED'
    ) move ON move.ticket_id = decision.ticket_id AND move.assignee_id = decision.agent_id AND move.at = decision.at
        AND move.turn = decision.turn
"""
"""Each was written in the transaction of its move, at the same instant."""


def _to_moves() -> None:
    """Every decision on a move becomes part of it; its id is the move's from now on."""
    connection = op.get_bind()
    for tenant_id in each_tenant():
        decided = connection.scalar(sa.text("SELECT count(*) FROM routing_decision WHERE agent_id IS NOT NULL"))
        moved = connection.execute(
            sa.text(
                f"""
                UPDATE ticket_transition t
                SET routing_reason = d.reason, routing_detail = d.detail, pass_id = d.pass_id, place = d.place
                FROM ({PAIRED}) d WHERE d.tenant_id = t.tenant_id AND d.move_id = t.id
                """
            )
        ).rowcount
        if moved != decided:
            raise RuntimeError(
                f"In tenant {tenant_id}, {decided - moved} decisions belong to no move: nothing was done."
            )
        op.execute("DELETE FROM routing_decision WHERE agent_id IS NOT NULL")


def _rename(before: str, after: str) -> None:
    op.rename_table(before, after)
    for name in NAMES:
        op.execute(f"ALTER TABLE {after} RENAME CONSTRAINT {name.format(before)} TO {name.format(after)}")
    op.execute(f"ALTER INDEX ix_{before}_ticket_id RENAME TO ix_{after}_ticket_id")


def _reason() -> sa.Enum:
    return sa.Enum(*REASONS, name="routingreason", native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    op.execute("DROP VIEW routing_decision")
    _rename("routing_stay", "routing_decision")
    op.add_column("routing_decision", sa.Column("agent_id", sa.UUID(), nullable=True))
    op.add_column("routing_decision", sa.Column("reason", _reason(), nullable=False, server_default="NOBODY_ELIGIBLE"))
    op.alter_column("routing_decision", "reason", server_default=None)
    op.create_foreign_key(
        op.f("fk_routing_decision_tenant_id_agent_id"),
        "routing_decision",
        "agent",
        ["tenant_id", "agent_id"],
        ["tenant_id", "id"],
    )
    for _ in each_tenant():
        op.execute(
            """
            INSERT INTO routing_decision
                (tenant_id, id, ticket_id, agent_id, team_id, pass_id, place, reason, detail, at)
            SELECT tenant_id, id, ticket_id, assignee_id, team_id, pass_id, place, routing_reason, routing_detail, at
            FROM ticket_transition WHERE routing_reason IS NOT NULL
            """
        )
    for name in ("place", "pass_id", "routing_detail", "routing_reason"):
        op.drop_column("ticket_transition", name)
