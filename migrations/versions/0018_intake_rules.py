"""Intake rules with their versions, what they did to each ticket and where they failed, and tags of tickets."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import grant, protect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RIGHTS = {
    "intake_rule": "SELECT, INSERT, UPDATE (version, name, position, archived_at)",
    "intake_rule_version": "SELECT, INSERT",
    "intake_rule_skill": "SELECT, INSERT",
    "ticket_intake": "SELECT, INSERT",
    "intake_failure": "SELECT, INSERT",
    "ticket_tag": "SELECT, INSERT",
}
"""What `app` may do with each. What a rule said, and did, stays written."""


def _row() -> list[sa.Column[Any]]:
    return [sa.Column("tenant_id", sa.UUID(), nullable=False), sa.Column("id", sa.UUID(), nullable=False)]


def _keys(table: str, **references: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{target}.tenant_id", f"{target}.id"],
                name=op.f(f"fk_{table}_tenant_id_{column}"),
            )
            for column, target in references.items()
        ),
    ]


def upgrade() -> None:
    _rules()
    _versions()
    _skills()
    _deeds()
    for table, rights in RIGHTS.items():
        protect(table)
        grant(table, rights)


def _rules() -> None:
    op.create_table(
        "intake_rule",
        *_row(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(position IS NULL) = (archived_at IS NOT NULL)", name=op.f("ck_intake_rule_in_its_place")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_intake_rule_position")),
        *_keys("intake_rule"),
        sa.UniqueConstraint(
            "tenant_id",
            "position",
            name=op.f("uq_intake_rule_tenant_id_position"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index("ix_intake_rule_created_at", "intake_rule", ["tenant_id", "created_at", "id"])


def _versions() -> None:
    op.create_table(
        "intake_rule_version",
        *_row(),
        sa.Column("rule_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("sets_skills", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("needs_contact", sa.Boolean(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("stops", sa.Boolean(), nullable=False),
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
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_intake_rule_version_number")),
        sa.CheckConstraint("priority BETWEEN 0 AND 9", name=op.f("ck_intake_rule_version_priority")),
        sa.CheckConstraint("language ~ '^[a-z]{2}$'", name=op.f("ck_intake_rule_version_language")),
        sa.CheckConstraint(
            "stops OR sets_skills OR cardinality(tags) > 0"
            " OR num_nonnulls(team_id, priority, language, needs_contact) > 0",
            name=op.f("ck_intake_rule_version_says_something"),
        ),
        *_keys("intake_rule_version", rule_id="intake_rule", team_id="team"),
        sa.UniqueConstraint(
            "tenant_id", "rule_id", "number", name=op.f("uq_intake_rule_version_tenant_id_rule_id_number")
        ),
    )


def _skills() -> None:
    op.create_table(
        "intake_rule_skill",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("skill_id", sa.UUID(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_intake_rule_skill_level")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_intake_rule_skill_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["intake_rule_version.tenant_id", "intake_rule_version.id"],
            name=op.f("fk_intake_rule_skill_tenant_id_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "skill_id"],
            ["skill.tenant_id", "skill.id"],
            name=op.f("fk_intake_rule_skill_tenant_id_skill_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "version_id", "skill_id", name=op.f("pk_intake_rule_skill")),
    )


def _deeds() -> None:
    op.create_table(
        "ticket_intake",
        *_row(),
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("acts", postgresql.JSONB(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("ticket_intake", ticket_id="ticket"),
        sa.UniqueConstraint("tenant_id", "ticket_id", name=op.f("uq_ticket_intake_tenant_id_ticket_id")),
    )
    op.create_table(
        "intake_failure",
        *_row(),
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column(
            "why",
            sa.Enum(
                "NO_VALUE",
                "FAILED",
                "TOO_SLOW",
                name="failing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("intake_failure", ticket_id="ticket", version_id="intake_rule_version"),
        sa.UniqueConstraint(
            "tenant_id", "ticket_id", "version_id", name=op.f("uq_intake_failure_tenant_id_ticket_id_version_id")
        ),
    )
    op.create_index("ix_intake_failure_version_id", "intake_failure", ["tenant_id", "version_id", "at", "id"])
    op.create_table(
        "ticket_tag",
        *_row(),
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(tag) BETWEEN 1 AND 40", name=op.f("ck_ticket_tag_tag")),
        *_keys("ticket_tag", ticket_id="ticket"),
        sa.UniqueConstraint("tenant_id", "ticket_id", "tag", name=op.f("uq_ticket_tag_tenant_id_ticket_id_tag")),
    )
    op.create_index("ix_ticket_tag_tag", "ticket_tag", ["tenant_id", "tag", "ticket_id"])


def downgrade() -> None:
    for table in (
        "ticket_tag",
        "intake_failure",
        "ticket_intake",
        "intake_rule_skill",
        "intake_rule_version",
        "intake_rule",
    ):
        op.drop_table(table)
