"""What work asks for: one row for all tickets that ask the same, with any number of skills, each at a level."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from domain.kit.ids import new_id
from migrations.support import each_tenant, grant, protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

RIGHTS = {
    "need": "SELECT, INSERT",
    "need_skill": "SELECT, INSERT",
    "topic_skill": "SELECT, INSERT, DELETE",
}
"""What `app` may do with each. What was asked once is asked by many tickets, so nobody changes it."""

LEVEL = "level BETWEEN 1 AND 5"
EXISTING_AGENTS = "3"
EXISTING_ASKED = 1
"""Whoever has a skill has enough of it for all that asks for it today."""


def upgrade() -> None:
    _need()
    _skills_of("topic")
    _skills_of("need")
    op.add_column("agent_skill", sa.Column("level", sa.Integer(), nullable=False, server_default=EXISTING_AGENTS))
    op.alter_column("agent_skill", "level", server_default=None)
    op.create_check_constraint(op.f("ck_agent_skill_level"), "agent_skill", LEVEL)
    op.add_column("ticket", sa.Column("need_id", sa.UUID(), nullable=True))
    for tenant_id in each_tenant():
        _ask_as_before(tenant_id)
    op.alter_column("ticket", "need_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_ticket_tenant_id_need_id_channel_needs_contact"),
        "ticket",
        "need",
        ["tenant_id", "need_id", "channel", "needs_contact"],
        ["tenant_id", "id", "channel", "needs_contact"],
    )
    op.create_index(
        "ix_ticket_work",
        "ticket",
        ["tenant_id", "team_id", "need_id", sa.text("priority DESC"), "due_at", "arrived_at", "id"],
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    op.drop_column("ticket", "skill_id")
    op.drop_column("topic", "skill_id")
    for table, rights in RIGHTS.items():
        protect(table)
        grant(table, rights)


def _need() -> None:
    op.create_table(
        "need",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
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
        sa.Column("needs_contact", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.CheckConstraint("language ~ '^[a-z]{2}$'", name=op.f("ck_need_language")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_need_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_need")),
        sa.UniqueConstraint("tenant_id", "fingerprint", name=op.f("uq_need_tenant_id_fingerprint")),
        sa.UniqueConstraint(
            "tenant_id", "id", "channel", "needs_contact", name=op.f("uq_need_tenant_id_id_channel_needs_contact")
        ),
    )


def _skills_of(asking: str) -> None:
    table, key = f"{asking}_skill", f"{asking}_id"
    op.create_table(
        table,
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column(key, sa.UUID(), nullable=False),
        sa.Column("skill_id", sa.UUID(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint(LEVEL, name=op.f(f"ck_{table}_level")),
        sa.ForeignKeyConstraint(
            ["tenant_id", key], [f"{asking}.tenant_id", f"{asking}.id"], name=op.f(f"fk_{table}_tenant_id_{key}")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "skill_id"], ["skill.tenant_id", "skill.id"], name=op.f(f"fk_{table}_tenant_id_skill_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", key, "skill_id", name=op.f(f"pk_{table}")),
    )


def _ask_as_before(tenant_id: UUID) -> None:
    """Topics and tickets of a tenant ask for the one skill that they asked for."""
    connection, own = op.get_bind(), {"tenant": tenant_id, "level": EXISTING_ASKED}
    skilled = connection.scalar(sa.text("SELECT count(*) FROM topic WHERE skill_id IS NOT NULL"))
    copied = connection.execute(
        sa.text(
            "INSERT INTO topic_skill (tenant_id, topic_id, skill_id, level)"
            " SELECT tenant_id, id, skill_id, :level FROM topic WHERE tenant_id = :tenant AND skill_id IS NOT NULL"
        ),
        own,
    )
    _counted("topics", copied.rowcount, skilled)
    asked = connection.execute(sa.text("SELECT DISTINCT channel, needs_contact, skill_id FROM ticket")).all()
    moved = 0
    for channel, needs_contact, skill_id in asked:
        need = own | {"id": new_id(), "channel": channel, "contact": needs_contact, "skill": skill_id}
        need["fingerprint"] = _fingerprint(channel, needs_contact, skill_id)
        connection.execute(
            sa.text(
                "INSERT INTO need (tenant_id, id, channel, needs_contact, fingerprint)"
                " VALUES (:tenant, :id, :channel, :contact, :fingerprint)"
            ),
            need,
        )
        if skill_id is not None:
            connection.execute(
                sa.text(
                    "INSERT INTO need_skill (tenant_id, need_id, skill_id, level) VALUES (:tenant, :id, :skill, :level)"
                ),
                need,
            )
        moved += connection.execute(
            sa.text(
                "UPDATE ticket SET need_id = :id WHERE tenant_id = :tenant AND channel = :channel"
                " AND needs_contact = :contact AND skill_id IS NOT DISTINCT FROM :skill"
            ),
            need,
        ).rowcount
    _counted("tickets", moved, connection.scalar(sa.text("SELECT count(*) FROM ticket")))


def _fingerprint(channel: str, needs_contact: bool, skill_id: UUID | None) -> str:
    """As `domain.tickets.needs.fingerprint` was when this was written."""
    skill = "-" if skill_id is None else f"{skill_id.hex}:{EXISTING_ASKED}"
    return f"{channel} {'contact' if needs_contact else 'inside'} - {skill}"


def _counted(what: str, done: int, there: int | None) -> None:
    if done != there:
        raise RuntimeError(f"{done} {what} were carried over, of {there}.")


def downgrade() -> None:
    for table in ("topic", "ticket"):
        op.add_column(table, sa.Column("skill_id", sa.UUID(), nullable=True))
    for _ in each_tenant():
        _ask_for_one_skill("topic", "topic_skill", "topic_id", "id")
        _ask_for_one_skill("ticket", "need_skill", "need_id", "need_id")
    for table in ("topic", "ticket"):
        op.create_foreign_key(
            op.f(f"fk_{table}_tenant_id_skill_id"),
            table,
            "skill",
            ["tenant_id", "skill_id"],
            ["tenant_id", "id"],
        )
    op.drop_index("ix_ticket_work", "ticket")
    op.drop_column("ticket", "need_id")
    op.drop_column("agent_skill", "level")
    for table in ("need_skill", "topic_skill", "need"):
        op.drop_table(table)


def _ask_for_one_skill(table: str, skills: str, key: str, own: str) -> None:
    """The one that most is asked of: the others are lost."""
    connection = op.get_bind()
    asking = f"FROM {skills} s WHERE s.tenant_id = {table}.tenant_id AND s.{key} = {table}.{own}"
    there = connection.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE EXISTS (SELECT {asking})"))
    changed = connection.execute(
        sa.text(
            f"UPDATE {table} SET skill_id = (SELECT s.skill_id {asking} ORDER BY s.level DESC, s.skill_id LIMIT 1)"
            f" WHERE EXISTS (SELECT {asking})"
        )
    )
    _counted(f"rows of {table}", changed.rowcount, there)
