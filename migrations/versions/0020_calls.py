"""Telephone calls and the menus of the exchange; agents' extensions, and what a ticket is worked as."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import each_tenant, grant, protect

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

RIGHTS = {
    "call": "SELECT, INSERT,"
    " UPDATE (version, number, answered_at, answered_by_id, call_back_at, missed, ended_at, outcome)",
    "ivr_menu": "SELECT, INSERT, UPDATE (version, prompt_en, prompt_pl, topic_id, team_id, priority)",
    "ivr_choice": "SELECT, INSERT, DELETE",
}
"""What `app` may do with each."""

CHANNELS = ("EMAIL", "CHAT", "PHONE", "FORM", "MARKETPLACE")
PHONE_TAIL = "nullif(right(regexp_replace(phone, '[^0-9]', '', 'g'), 9), '')"
PRIORITY = "priority BETWEEN 0 AND 9"


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.UUID(), nullable=nullable)


def _at(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _references(table: str, **references: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id")),
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
    _worked_as()
    op.add_column("agent", _text("extension", nullable=True))
    op.create_check_constraint(op.f("ck_agent_extension"), "agent", "extension ~ '^[0-9*#+]{1,20}$'")
    op.add_column("customer", sa.Column("phone_tail", sa.Text(), sa.Computed(PHONE_TAIL, persisted=True)))
    op.create_index(
        "ix_customer_phone_tail",
        "customer",
        ["tenant_id", "phone_tail"],
        postgresql_where=sa.text("phone_tail IS NOT NULL"),
    )
    _calls()
    _menus()
    for table, rights in RIGHTS.items():
        protect(table)
        grant(table, rights)


def _worked_as() -> None:
    channels = sa.Enum(*CHANNELS, name="worked_as", native_enum=False, create_constraint=True, length=32)
    op.add_column("ticket", sa.Column("worked_as", channels, nullable=True))
    connection = op.get_bind()
    for _ in each_tenant():
        tickets = connection.scalar(sa.text("SELECT count(*) FROM ticket"))
        set_on = connection.execute(sa.text("UPDATE ticket SET worked_as = channel")).rowcount
        if set_on != tickets:
            raise RuntimeError(f"{set_on} of {tickets} tickets were said to be worked as what they came by.")
    op.alter_column("ticket", "worked_as", nullable=False)
    op.create_check_constraint(
        op.f("ck_ticket_way"), "ticket", "worked_as = channel OR channel = 'PHONE' AND worked_as = 'EMAIL'"
    )
    _key_to_need("channel", "worked_as")


def _key_to_need(before: str, after: str) -> None:
    """The column of a ticket that is its need's, and that hands are counted by."""
    name = "fk_ticket_tenant_id_need_id_{}_needs_contact"
    op.drop_constraint(op.f(name.format(before)), "ticket", type_="foreignkey")
    op.create_foreign_key(
        op.f(name.format(after)),
        "ticket",
        "need",
        ["tenant_id", "need_id", after, "needs_contact"],
        ["tenant_id", "id", "channel", "needs_contact"],
    )
    op.drop_index("ix_ticket_owned", table_name="ticket")
    op.create_index(
        "ix_ticket_owned",
        "ticket",
        ["tenant_id", "assignee_id", after],
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )


def _calls() -> None:
    op.create_table(
        "call",
        _id("tenant_id"),
        _id("id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("external_id"),
        _id("ticket_id"),
        _text("number", nullable=True),
        _at("started_at", nullable=False),
        _at("answered_at"),
        _id("answered_by_id", nullable=True),
        _at("call_back_at"),
        sa.Column("missed", sa.Boolean(), nullable=False),
        _at("ended_at"),
        sa.Column(
            "outcome",
            sa.Enum(
                "COMPLETED",
                "ABANDONED",
                "NOT_REACHED",
                "CALLED_AGAIN",
                name="calloutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("number ~ '^[+]?[0-9]{3,15}$'", name=op.f("ck_call_number")),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_call_answered")),
        sa.CheckConstraint("call_back_at IS NULL OR number IS NOT NULL", name=op.f("ck_call_call_back")),
        sa.CheckConstraint("NOT missed OR call_back_at IS NOT NULL", name=op.f("ck_call_missed")),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_call_ended")),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("ticket_id"), "="),
            name="ex_call_on_the_line",
            using="btree",
            where=sa.text("ended_at IS NULL"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_call")),
        sa.UniqueConstraint("tenant_id", "external_id", name=op.f("uq_call_tenant_id_external_id")),
        *_references("call", ticket_id="ticket", answered_by_id="agent"),
    )
    to_be_called = "ended_at IS NULL AND call_back_at IS NOT NULL"
    op.create_index("ix_call_ticket_id", "call", ["tenant_id", "ticket_id", "started_at", "id"])
    op.create_index("ix_call_started_at", "call", ["tenant_id", "started_at", "id"])
    op.create_index("ix_call_back", "call", ["tenant_id", "number"], postgresql_where=sa.text(to_be_called))


def _menus() -> None:
    op.create_table(
        "ivr_menu",
        _id("tenant_id"),
        _id("id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("key"),
        _text("prompt_en"),
        _text("prompt_pl"),
        _id("topic_id"),
        _id("team_id", nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.CheckConstraint(PRIORITY, name=op.f("ck_ivr_menu_priority")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ivr_menu")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_ivr_menu_tenant_id_key")),
        *_references("ivr_menu", topic_id="topic", team_id="team"),
    )
    op.create_table(
        "ivr_choice",
        _id("tenant_id"),
        _id("menu_id"),
        _text("digit"),
        _text("prompt_en"),
        _text("prompt_pl"),
        _id("submenu_id", nullable=True),
        _id("topic_id", nullable=True),
        _id("team_id", nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.CheckConstraint("digit ~ '^[0-9*#]$'", name=op.f("ck_ivr_choice_digit")),
        sa.CheckConstraint("(submenu_id IS NULL) = (topic_id IS NOT NULL)", name=op.f("ck_ivr_choice_leads_somewhere")),
        sa.CheckConstraint(
            "submenu_id IS NULL OR num_nonnulls(team_id, priority) = 0", name=op.f("ck_ivr_choice_of_a_topic")
        ),
        sa.CheckConstraint("submenu_id <> menu_id", name=op.f("ck_ivr_choice_another")),
        sa.CheckConstraint(PRIORITY, name=op.f("ck_ivr_choice_priority")),
        sa.PrimaryKeyConstraint("tenant_id", "menu_id", "digit", name=op.f("pk_ivr_choice")),
        *_references("ivr_choice", menu_id="ivr_menu", submenu_id="ivr_menu", topic_id="topic", team_id="team"),
    )


def downgrade() -> None:
    for table in ("ivr_choice", "ivr_menu", "call"):
        op.drop_table(table)
    op.drop_index("ix_customer_phone_tail", table_name="customer")
    op.drop_column("customer", "phone_tail")
    op.drop_column("agent", "extension")
    for _ in each_tenant():  # what is left of calls is kept as the written work that it is
        op.execute("UPDATE ticket SET channel = worked_as WHERE channel <> worked_as")
    _key_to_need("worked_as", "channel")
    op.drop_constraint(op.f("ck_ticket_way"), "ticket", type_="check")
    op.drop_column("ticket", "worked_as")
