"""Tickets that are given back by who has not begun with them, and alarms for what nobody takes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import each_tenant, grant, protect

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

RIGHTS = {
    "ticket_given_back": "SELECT, INSERT",
    "routing_alarm": "SELECT, INSERT, UPDATE (version, ended_at, told_at)",
}
"""What `app` may do with each. Why an alarm was raised stays written."""


def upgrade() -> None:
    op.add_column("ticket", sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_ticket_answer_by"), "ticket", "answer_by IS NULL OR state = 'ASSIGNED'")
    op.create_index(
        "ix_ticket_answer_by", "ticket", ["tenant_id", "answer_by"], postgresql_where=sa.text("answer_by IS NOT NULL")
    )
    op.add_column("channel_setting", sa.Column("answer_seconds", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_channel_setting_answer_seconds"), "channel_setting", "answer_seconds BETWEEN 10 AND 86400"
    )
    op.drop_constraint(op.f("ck_agent_day_given"), "agent_day")
    op.create_check_constraint(op.f("ck_agent_day_given"), "agent_day", "tickets >= 0 AND minutes >= 0")
    _given_back()
    _alarm()
    for table, rights in RIGHTS.items():
        protect(table)
        grant(table, rights)


def _given_back() -> None:
    op.create_table(
        "ticket_given_back",
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("tenant_id", "id", "ticket_id", "agent_id")),
        sa.Column(
            "why",
            sa.Enum(
                "DECLINED",
                "UNANSWERED",
                "LEFT",
                name="gaveback",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("ticket_given_back", "ticket", "agent"),
    )
    op.create_index("ix_ticket_given_back_at", "ticket_given_back", ["tenant_id", "at"])
    op.create_index("ix_ticket_given_back_ticket_id", "ticket_given_back", ["tenant_id", "ticket_id", "agent_id", "at"])


def _alarm() -> None:
    op.create_table(
        "routing_alarm",
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("tenant_id", "id")),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("team_id", "need_id", "ticket_id")),
        sa.Column(
            "cause",
            sa.Enum(
                "NOBODY_FITS",
                "GIVEN_BACK",
                "OVERDUE",
                name="alarmcause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at >= raised_at", name=op.f("ck_routing_alarm_period")),
        *_keys("routing_alarm", "team", "need", "ticket"),
        postgresql.ExcludeConstraint(
            ("tenant_id", "="),
            ("team_id", "="),
            ("need_id", "="),
            ("cause", "="),
            (sa.func.tstzrange(sa.column("raised_at"), sa.column("ended_at")), "&&"),
            name=op.f("ex_routing_alarm_one_at_a_time"),
        ),
    )
    op.create_index("ix_routing_alarm_raised_at", "routing_alarm", ["tenant_id", "raised_at", "id"])
    op.create_index(
        "ix_routing_alarm_open", "routing_alarm", ["tenant_id"], postgresql_where=sa.text("ended_at IS NULL")
    )


def _keys(table: str, *targets: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id")),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{target}_id"],
                [f"{target}.tenant_id", f"{target}.id"],
                name=op.f(f"fk_{table}_tenant_id_{target}_id"),
            )
            for target in targets
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    for table in RIGHTS:
        op.drop_table(table)
    for _ in each_tenant():
        op.execute("DELETE FROM agent_day WHERE tickets = 0 OR minutes = 0")
    op.drop_constraint(op.f("ck_agent_day_given"), "agent_day")
    op.create_check_constraint(op.f("ck_agent_day_given"), "agent_day", "tickets > 0 AND minutes > 0")
    op.drop_column("channel_setting", "answer_seconds")
    op.drop_column("ticket", "answer_by")
