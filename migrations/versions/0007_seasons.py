"""Seasons: dated plans of seats, the people named for them, and invitations that wait for a day or for a free seat."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import grant, protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RIGHTS = {
    "season": "SELECT, INSERT, UPDATE",
    "season_team": "SELECT, INSERT, DELETE",
    "season_skill": "SELECT, INSERT, DELETE",
    "season_capacity": "SELECT, INSERT, DELETE",
    "season_person": "SELECT, INSERT, UPDATE",
    "planned_invitation": "SELECT, INSERT, UPDATE (version, assignment_id, granted_at, settled_at, cancelled_at, wanted, invite_at, successor_id)",
}
"""What `app` may do with each. A season is cancelled, a person removed: nobody forgets that they were planned."""


def upgrade() -> None:
    op.create_table(
        "season",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("full_count", sa.Integer(), nullable=False),
        sa.Column("light_count", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "OWNER",
                "ADMIN",
                "SUPERVISOR",
                "AGENT",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "language",
            sa.Enum("EN", "PL", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.UUID(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scheduled_by_id", sa.UUID(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period) AND NOT upper_inf(period)",
            name=op.f("ck_season_period"),
        ),
        sa.CheckConstraint(
            "full_count >= 0 AND light_count >= 0 AND full_count + light_count BETWEEN 1 AND 1000",
            name=op.f("ck_season_counts"),
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_season_days")),
        sa.CheckConstraint("lead_days BETWEEN 0 AND 90", name=op.f("ck_season_lead_days")),
        sa.CheckConstraint(
            "scheduled_at IS NOT NULL OR (started_at IS NULL AND ended_at IS NULL)", name=op.f("ck_season_course")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_season_tenant_id_created_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "scheduled_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_season_tenant_id_scheduled_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "successor_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_season_tenant_id_successor_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_season_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_season")),
    )
    op.create_index("ix_season_created_at", "season", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "season_capacity",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("season_id", sa.UUID(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "EMAIL",
                "CHAT",
                "PHONE",
                "FORM",
                "MARKETPLACE",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.CheckConstraint("items >= 0", name=op.f("ck_season_capacity_items")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "season_id"],
            ["season.tenant_id", "season.id"],
            name=op.f("fk_season_capacity_tenant_id_season_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_season_capacity_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "season_id", "channel", name=op.f("pk_season_capacity")),
    )
    op.create_table(
        "season_skill",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("season_id", sa.UUID(), nullable=False),
        sa.Column("skill_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "season_id"],
            ["season.tenant_id", "season.id"],
            name=op.f("fk_season_skill_tenant_id_season_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "skill_id"], ["skill.tenant_id", "skill.id"], name=op.f("fk_season_skill_tenant_id_skill_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_season_skill_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "season_id", "skill_id", name=op.f("pk_season_skill")),
    )
    op.create_table(
        "season_team",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("season_id", sa.UUID(), nullable=False),
        sa.Column("team_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "season_id"],
            ["season.tenant_id", "season.id"],
            name=op.f("fk_season_team_tenant_id_season_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_season_team_tenant_id_team_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_season_team_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "season_id", "team_id", name=op.f("pk_season_team")),
    )
    op.create_table(
        "planned_invitation",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("wanted", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("season_id", sa.UUID(), nullable=True),
        sa.Column("successor_id", sa.UUID(), nullable=True),
        sa.Column("invite_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignment_id", sa.UUID(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(assignment_id IS NULL) = (granted_at IS NULL)", name=op.f("ck_planned_invitation_granted")
        ),
        sa.CheckConstraint(
            "NOT isempty(wanted) AND lower_inc(wanted) AND NOT upper_inc(wanted)",
            name=op.f("ck_planned_invitation_wanted"),
        ),
        sa.CheckConstraint("settled_at IS NULL OR granted_at IS NOT NULL", name=op.f("ck_planned_invitation_course")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_planned_invitation_tenant_id_agent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "assignment_id", "agent_id", "kind"],
            ["seat_assignment.tenant_id", "seat_assignment.id", "seat_assignment.agent_id", "seat_assignment.kind"],
            name=op.f("fk_planned_invitation_tenant_id_assignment_id_agent_id_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invited_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_planned_invitation_tenant_id_invited_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "season_id"],
            ["season.tenant_id", "season.id"],
            name=op.f("fk_planned_invitation_tenant_id_season_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "successor_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_planned_invitation_tenant_id_successor_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_planned_invitation_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_planned_invitation")),
    )
    op.create_index("ix_planned_invitation_agent_id", "planned_invitation", ["tenant_id", "agent_id"], unique=False)
    op.create_index(
        "ix_planned_invitation_due",
        "planned_invitation",
        ["tenant_id", "invite_at"],
        unique=False,
        postgresql_where=sa.text("granted_at IS NOT NULL AND settled_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_index(
        "ix_planned_invitation_held",
        "planned_invitation",
        ["tenant_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("granted_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_table(
        "season_person",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("season_id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.UUID(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agent_id", sa.UUID(), nullable=True),
        sa.Column("invitation_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("(agent_id IS NULL) = (invitation_id IS NULL)", name=op.f("ck_season_person_invited")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_season_person_email_lower")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "added_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_season_person_tenant_id_added_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_season_person_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invitation_id"],
            ["planned_invitation.tenant_id", "planned_invitation.id"],
            name=op.f("fk_season_person_tenant_id_invitation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "season_id"],
            ["season.tenant_id", "season.id"],
            name=op.f("fk_season_person_tenant_id_season_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_season_person_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_season_person")),
        sa.UniqueConstraint("tenant_id", "season_id", "email", name=op.f("uq_season_person_tenant_id_season_id_email")),
    )
    op.add_column("seat_assignment", sa.Column("successor_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_seat_assignment_tenant_id_successor_id"),
        "seat_assignment",
        "agent",
        ["tenant_id", "successor_id"],
        ["tenant_id", "id"],
    )
    op.add_column(
        "seat_licence",
        sa.Column(
            "terms",
            sa.Enum(
                "ARREARS",
                "PREPAID",
                "ONE_DAY",
                name="licenceterms",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default="ARREARS",
        ),
    )
    op.alter_column("seat_licence", "terms", server_default=None)
    op.create_check_constraint(op.f("ck_seat_assignment_successor"), "seat_assignment", "successor_id <> agent_id")
    op.add_column("seat_licence", sa.Column("season_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_seat_licence_season_id",
        "seat_licence",
        ["tenant_id", "season_id"],
        unique=False,
        postgresql_where=sa.text("season_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_seat_licence_tenant_id_season_id"),
        "seat_licence",
        "season",
        ["tenant_id", "season_id"],
        ["tenant_id", "id"],
    )
    for table, rights in RIGHTS.items():
        protect(table)
        grant(table, rights)
    grant("seat_assignment", "UPDATE (successor_id)")


def downgrade() -> None:
    op.drop_column("seat_assignment", "successor_id")
    op.drop_column("seat_licence", "terms")
    op.drop_column("seat_licence", "season_id")
    for table in ("season_person", "planned_invitation", "season_team", "season_skill", "season_capacity", "season"):
        op.drop_table(table)
