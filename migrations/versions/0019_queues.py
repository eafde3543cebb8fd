"""How queues are served, lines that help each other out and when they did, and since when a ticket asks to be taken."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import each_tenant, grant, protect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

RIGHTS = {
    "queue_setting": "SELECT, INSERT, DELETE",
    "overflow_line": "SELECT, INSERT, DELETE",
    "overflow_episode": "SELECT, INSERT, UPDATE (version, moved, ended_at)",
}
"""What `app` may do with each. What began an episode stays written."""

WEEK = 7 * 24 * 3600


def upgrade() -> None:
    _asked_at()
    _queue_setting()
    _overflow_line()
    _overflow_episode()
    for table, rights in RIGHTS.items():
        protect(table)
        grant(table, rights)


def _asked_at() -> None:
    op.add_column("ticket", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    connection = op.get_bind()
    for _ in each_tenant():
        there = connection.scalar(sa.text("SELECT count(*) FROM ticket"))
        told = connection.execute(
            sa.text(
                "UPDATE ticket SET asked_at = greatest(arrived_at, (SELECT max(t.at) FROM ticket_transition t"
                " WHERE t.tenant_id = ticket.tenant_id AND t.ticket_id = ticket.id"
                " AND t.from_state <> 'QUEUED' AND t.to_state = 'QUEUED'))"
            )
        )
        if told.rowcount != there:
            raise RuntimeError(f"{told.rowcount} tickets say since when they ask, of {there}.")
    op.alter_column("ticket", "asked_at", nullable=False)
    op.create_index(
        "ix_ticket_asked",
        "ticket",
        ["tenant_id", "team_id", "need_id", "asked_at"],
        postgresql_where=sa.text("state = 'QUEUED'"),
    )


def _keys(table: str, **columns: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id")),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{target}.tenant_id", f"{target}.id"],
                name=op.f(f"fk_{table}_tenant_id_{column}"),
            )
            for column, target in columns.items()
        ),
    ]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def _ids(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.UUID(), nullable=False) for name in names]


def _check(table: str, **checks: str) -> list[sa.Constraint]:
    return [sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}")) for name, sql in checks.items()]


def _queue_setting() -> None:
    op.create_table(
        "queue_setting",
        *_ids("tenant_id", "team_id"),
        *_numbers("priority", "delay"),
        *_numbers("relax", nullable=True),
        *_check(
            "queue_setting",
            priority="priority BETWEEN 0 AND 9",
            delay=f"delay BETWEEN 0 AND {WEEK}",
            relax=f"relax BETWEEN 1 AND {WEEK}",
        ),
        *_keys("queue_setting", team_id="team"),
        sa.PrimaryKeyConstraint("tenant_id", "team_id", name=op.f("pk_queue_setting")),
    )


def _overflow_line() -> None:
    op.create_table(
        "overflow_line",
        *_ids("tenant_id", "team_id", "line_id"),
        *_numbers("place"),
        *_numbers("enter_oldest", "leave_oldest", "enter_expected", "leave_expected", nullable=True),
        *_numbers("dwell", "kept"),
        *_check(
            "overflow_line",
            another="team_id <> line_id",
            place="place >= 1",
            oldest=f"enter_oldest BETWEEN 1 AND {WEEK} AND leave_oldest BETWEEN 1 AND enter_oldest",
            expected=f"enter_expected BETWEEN 1 AND {WEEK} AND leave_expected BETWEEN 1 AND enter_expected",
            enters_and_leaves="num_nonnulls(enter_oldest, leave_oldest) <> 1"
            " AND num_nonnulls(enter_expected, leave_expected) <> 1"
            " AND num_nonnulls(enter_oldest, enter_expected) > 0",
            dwell=f"dwell BETWEEN 0 AND {WEEK}",
            kept="kept BETWEEN 0 AND 1000",
        ),
        *_keys("overflow_line", line_id="team"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["queue_setting.tenant_id", "queue_setting.team_id"],
            name=op.f("fk_overflow_line_tenant_id_team_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "team_id", "line_id", name=op.f("pk_overflow_line")),
        sa.UniqueConstraint("tenant_id", "team_id", "place", name=op.f("uq_overflow_line_tenant_id_team_id_place")),
    )


def _overflow_episode() -> None:
    op.create_table(
        "overflow_episode",
        *_ids("tenant_id", "id"),
        *_numbers("version"),
        *_ids("team_id", "line_id"),
        sa.Column(
            "cause",
            sa.Enum("OLDEST", "EXPECTED", name="cause", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        *_numbers("oldest"),
        *_numbers("expected", nullable=True),
        *_numbers("moved"),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_check("overflow_episode", period="ended_at >= began_at", moved="moved >= 0"),
        *_keys("overflow_episode", team_id="team", line_id="team"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_overflow_episode")),
        postgresql.ExcludeConstraint(
            ("tenant_id", "="),
            ("team_id", "="),
            ("line_id", "="),
            (sa.func.tstzrange(sa.column("began_at"), sa.column("ended_at")), "&&"),
            name=op.f("ex_overflow_episode_one_at_a_time"),
        ),
    )
    lines = ["tenant_id", "team_id", "line_id"]
    op.create_index("ix_overflow_episode_began_at", "overflow_episode", ["tenant_id", "began_at", "id"])
    op.create_index(
        "ix_overflow_episode_open", "overflow_episode", ["tenant_id"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index("ix_overflow_episode_line", "overflow_episode", [*lines, "began_at"])


def downgrade() -> None:
    for table in reversed(RIGHTS):
        op.drop_table(table)
    op.drop_index("ix_ticket_asked", "ticket")
    op.drop_column("ticket", "asked_at")
