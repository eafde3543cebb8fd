"""The foundation: tenants, people, seats, orders, tickets, and what carries events and jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import grant, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE"
ALL = "SELECT, INSERT, UPDATE, DELETE"

RIGHTS = {
    "tenant": "SELECT, INSERT, UPDATE (version, name, timezone, currency, language, mail_from)",
    "api_client": "SELECT, INSERT, UPDATE (version, name, revoked_at)",
    "access_token": "SELECT, INSERT, DELETE, UPDATE (revoked_at)",
    "counter": CHANGE,
    "event": APPEND,
    "idempotency": "SELECT, INSERT, DELETE",
    "inbox": "SELECT, INSERT, DELETE",
    "outbox": ALL,
    "schedule": CHANGE,
    "member": CHANGE,
    "sign_in_session": ALL,
    "personal_token": "SELECT, INSERT, UPDATE (revoked_at)",
    "invitation": "SELECT, INSERT, UPDATE (version, accepted_at, revoked_at)",
    "agent": CHANGE,
    "team": CHANGE,
    "skill": CHANGE,
    "agent_team": ALL,
    "agent_skill": ALL,
    "agent_capacity": ALL,
    "seat_licence": "SELECT, INSERT, UPDATE (version, period, label, cancelled_at)",
    "seat_assignment": "SELECT, INSERT, UPDATE (version, licence_period, period, started_at, ended_at, cancelled_at)",
    "customer": CHANGE,
    "customer_mailbox": APPEND,
    "order": CHANGE,
    "order_line": ALL,
    "payment": CHANGE,
    "payment_entry": APPEND,
    "shipment": CHANGE,
    "topic": CHANGE,
    "ticket": CHANGE,
    "ticket_transition": APPEND,
    "entry": APPEND,
    "delivery": "SELECT, INSERT, UPDATE (state, settled_at)",
    "resolution": APPEND,
    "routing_decision": APPEND,
}
"""What `app` may do with each table. Histories and ledgers are append-only; a licence's kind cannot be changed."""

PLATFORM = {
    "tenant": "SELECT (id, slug)",
    "outbox": "SELECT, INSERT, UPDATE (dispatched_at)",
    "inbox": "SELECT (tenant_id, id)",
    "schedule": "SELECT, UPDATE (due_at)",
    "event": "SELECT (tenant_id, id, aggregate_id, aggregate_version, at, sequence), UPDATE (sequence)",
}
"""What the relay may see of all tenants: that there is work, and the order of events; never what they say."""


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("EN", "PL", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("mail_from", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_tenant_currency")),
        sa.CheckConstraint("slug ~ '^[a-z0-9](-?[a-z0-9])*$' AND length(slug) <= 63", name=op.f("ck_tenant_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
    )
    op.create_table(
        "api_client",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_api_client_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_client")),
    )
    op.create_table(
        "counter",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_counter_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_counter")),
    )
    op.create_table(
        "customer_mailbox",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_customer_mailbox_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "mailbox", name=op.f("pk_customer_mailbox")),
    )
    op.create_table(
        "customer",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column(
            "language",
            sa.Enum("EN", "PL", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_customer_email_lower")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_customer_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customer")),
        sa.UniqueConstraint("tenant_id", "external_id", name=op.f("uq_customer_tenant_id_external_id")),
    )
    op.create_index("ix_customer_created_at", "customer", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index("ix_customer_email", "customer", ["tenant_id", "email"], unique=False)
    op.create_table(
        "event",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.UUID(), nullable=False),
        sa.Column("aggregate_version", sa.Integer(), nullable=False),
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
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_event_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_event")),
        sa.UniqueConstraint(
            "tenant_id",
            "aggregate_id",
            "aggregate_version",
            name=op.f("uq_event_tenant_id_aggregate_id_aggregate_version"),
        ),
        sa.UniqueConstraint("tenant_id", "sequence", name=op.f("uq_event_tenant_id_sequence")),
    )
    op.create_index("ix_event_at", "event", ["tenant_id", "at", "id"], unique=False)
    op.create_index(
        "ix_event_unstamped",
        "event",
        ["tenant_id", "at", "id"],
        unique=False,
        postgresql_where=sa.text("sequence IS NULL"),
    )
    op.create_table(
        "idempotency",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("caller_id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_idempotency_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "caller_id", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["tenant_id", "at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_inbox_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_done_at", "inbox", ["tenant_id", "done_at"], unique=False)
    op.create_table(
        "member",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
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
        sa.Column(
            "state",
            sa.Enum(
                "INVITED",
                "ACTIVE",
                "SUSPENDED",
                name="memberstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'ACTIVE' OR password_hash IS NOT NULL", name=op.f("ck_member_active_has_password")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_member_email_lower")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_member_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_member")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_member_tenant_id_email")),
    )
    op.create_table(
        "outbox",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_outbox_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("dispatched_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_sent",
        "outbox",
        ["dispatched_at"],
        unique=False,
        postgresql_where=sa.text("dispatched_at IS NOT NULL AND dead_at IS NULL"),
    )
    op.create_table(
        "schedule",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_schedule_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("tenant_id", "actor", name=op.f("uq_schedule_tenant_id_actor")),
    )
    op.create_index("ix_schedule_due_at", "schedule", ["due_at"], unique=False)
    op.create_table(
        "skill",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_skill_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_skill")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_skill_tenant_id_key")),
    )
    op.create_table(
        "team",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_team_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_team")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_team_tenant_id_key")),
    )
    op.create_table(
        "access_token",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["api_client.tenant_id", "api_client.id"],
            name=op.f("fk_access_token_tenant_id_client_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_access_token_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("tenant_id", "token_hash", name=op.f("uq_access_token_tenant_id_token_hash")),
    )
    op.create_index("ix_access_token_client_id", "access_token", ["tenant_id", "client_id"], unique=False)
    op.create_index("ix_access_token_expires_at", "access_token", ["tenant_id", "expires_at"], unique=False)
    op.create_table(
        "agent",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "presence",
            sa.Enum("ONLINE", "AWAY", "OFFLINE", name="presence", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("presence_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name=op.f("fk_agent_tenant_id_member_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agent_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent")),
        sa.UniqueConstraint("tenant_id", "member_id", name=op.f("uq_agent_tenant_id_member_id")),
    )
    op.create_table(
        "invitation",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("invited_by_id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invited_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_invitation_tenant_id_invited_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_invitation_tenant_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invitation_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invitation")),
    )
    op.create_index("ix_invitation_member_id", "invitation", ["tenant_id", "member_id"], unique=False)
    op.create_table(
        "order",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PLACED",
                "PACKED",
                "SHIPPED",
                "DELIVERED",
                "CANCELLED",
                name="orderstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_amount", sa.BigInteger(), nullable=False),
        sa.Column("cash_on_delivery_amount", sa.BigInteger(), nullable=False),
        sa.Column("cash_received_amount", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_order_currency")),
        sa.CheckConstraint("total_amount >= 0", name=op.f("ck_order_total_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_order_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_order_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order")),
        sa.UniqueConstraint("tenant_id", "external_id", name=op.f("uq_order_tenant_id_external_id")),
    )
    op.create_index("ix_order_customer_id", "order", ["tenant_id", "customer_id", "placed_at"], unique=False)
    op.create_index("ix_order_number", "order", ["tenant_id", "number"], unique=False)
    op.create_index("ix_order_placed_at", "order", ["tenant_id", "placed_at", "id"], unique=False)
    op.create_table(
        "personal_token",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_personal_token_tenant_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_personal_token_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_personal_token")),
    )
    op.create_index("ix_personal_token_member_id", "personal_token", ["tenant_id", "member_id"], unique=False)
    op.create_table(
        "seat_licence",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.UUID(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)", name=op.f("ck_seat_licence_period")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_seat_licence_tenant_id_created_by_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_seat_licence_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_seat_licence")),
        sa.UniqueConstraint("tenant_id", "id", "period", "kind", name="uq_seat_licence_id_period_kind"),
    )
    op.create_index(
        "ix_seat_licence_period", "seat_licence", ["tenant_id", sa.literal_column("upper(period)")], unique=False
    )
    op.create_table(
        "sign_in_session",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_sign_in_session_tenant_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_sign_in_session_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sign_in_session")),
    )
    op.create_index("ix_sign_in_session_member_id", "sign_in_session", ["tenant_id", "member_id"], unique=False)
    op.create_table(
        "topic",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team_id", sa.UUID(), nullable=False),
        sa.Column("skill_id", sa.UUID(), nullable=True),
        sa.Column("needs_contact", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "skill_id"], ["skill.tenant_id", "skill.id"], name=op.f("fk_topic_tenant_id_skill_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_topic_tenant_id_team_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_topic_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_topic")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_topic_tenant_id_key")),
    )
    op.create_table(
        "agent_capacity",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
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
        sa.CheckConstraint("items >= 0", name=op.f("ck_agent_capacity_items")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_agent_capacity_tenant_id_agent_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agent_capacity_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "agent_id", "channel", name=op.f("pk_agent_capacity")),
    )
    op.create_table(
        "agent_skill",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("skill_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_skill_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "skill_id"], ["skill.tenant_id", "skill.id"], name=op.f("fk_agent_skill_tenant_id_skill_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agent_skill_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "agent_id", "skill_id", name=op.f("pk_agent_skill")),
    )
    op.create_index("ix_agent_skill_skill_id", "agent_skill", ["tenant_id", "skill_id"], unique=False)
    op.create_table(
        "agent_team",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("team_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_team_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_agent_team_tenant_id_team_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agent_team_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "agent_id", "team_id", name=op.f("pk_agent_team")),
    )
    op.create_index("ix_agent_team_team_id", "agent_team", ["tenant_id", "team_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity")),
        sa.CheckConstraint("unit_amount >= 0", name=op.f("ck_order_line_unit_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name=op.f("fk_order_line_tenant_id_order_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_order_line_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_line")),
        sa.UniqueConstraint(
            "tenant_id", "order_id", "position", name=op.f("uq_order_line_tenant_id_order_id_position")
        ),
    )
    op.create_table(
        "payment",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "CARD",
                "TRANSFER",
                "CASH_ON_DELIVERY",
                "VOUCHER",
                name="paymentmethod",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name=op.f("fk_payment_tenant_id_order_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_payment_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment")),
        sa.UniqueConstraint("tenant_id", "order_id", "position", name=op.f("uq_payment_tenant_id_order_id_position")),
    )
    op.create_table(
        "seat_assignment",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.UUID(), nullable=False),
        sa.Column("licence_period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("agent_id"), "="),
            (sa.column("period"), "&&"),
            where=sa.text("cancelled_at IS NULL"),
            using="gist",
            name="ex_seat_assignment_agent",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("licence_id"), "="),
            (sa.column("period"), "&&"),
            where=sa.text("cancelled_at IS NULL"),
            using="gist",
            name="ex_seat_assignment_licence",
        ),
        sa.CheckConstraint(
            "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)",
            name=op.f("ck_seat_assignment_period"),
        ),
        sa.CheckConstraint(
            "period <@ licence_period OR cancelled_at IS NOT NULL", name=op.f("ck_seat_assignment_inside_licence")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR (started_at IS NOT NULL AND cancelled_at IS NULL)",
            name=op.f("ck_seat_assignment_course"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_seat_assignment_tenant_id_agent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "licence_id", "licence_period", "kind"],
            ["seat_licence.tenant_id", "seat_licence.id", "seat_licence.period", "seat_licence.kind"],
            name=op.f("fk_seat_assignment_tenant_id_licence_id_licence_period_kind"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_seat_assignment_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_seat_assignment")),
        sa.UniqueConstraint("tenant_id", "id", "agent_id", "kind", name="uq_seat_assignment_id_agent_id_kind"),
    )
    op.create_index(
        "ix_seat_assignment_unended",
        "seat_assignment",
        ["tenant_id", sa.literal_column("upper(period)")],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_index(
        "ix_seat_assignment_unstarted",
        "seat_assignment",
        ["tenant_id", sa.literal_column("lower(period)")],
        unique=False,
        postgresql_where=sa.text("started_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_table(
        "shipment",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("delivered_at >= shipped_at", name=op.f("ck_shipment_delivered_after_shipped")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name=op.f("fk_shipment_tenant_id_order_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_shipment_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("tenant_id", "order_id", "position", name=op.f("uq_shipment_tenant_id_order_id_position")),
    )
    op.create_table(
        "ticket",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
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
        sa.Column("topic_id", sa.UUID(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.Column("team_id", sa.UUID(), nullable=False),
        sa.Column("skill_id", sa.UUID(), nullable=True),
        sa.Column("needs_contact", sa.Boolean(), nullable=False),
        sa.Column("assignee_id", sa.UUID(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "QUEUED",
                "ASSIGNED",
                "WAITING",
                "RESOLVED",
                "CLOSED",
                name="ticketstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('ASSIGNED', 'WAITING')) = (assignee_id IS NOT NULL)", name=op.f("ck_ticket_one_place")
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 9", name=op.f("ck_ticket_priority")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "assignee_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_ticket_tenant_id_assignee_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_ticket_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name=op.f("fk_ticket_tenant_id_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "skill_id"], ["skill.tenant_id", "skill.id"], name=op.f("fk_ticket_tenant_id_skill_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_ticket_tenant_id_team_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "topic_id"], ["topic.tenant_id", "topic.id"], name=op.f("fk_ticket_tenant_id_topic_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_ticket_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_ticket_tenant_id_number")),
    )
    op.create_index("ix_ticket_arrived_at", "ticket", ["tenant_id", "arrived_at", "id"], unique=False)
    op.create_index("ix_ticket_customer_id", "ticket", ["tenant_id", "customer_id", "arrived_at"], unique=False)
    op.create_index("ix_ticket_order_id", "ticket", ["tenant_id", "order_id"], unique=False)
    op.create_index(
        "ix_ticket_owned",
        "ticket",
        ["tenant_id", "assignee_id", "channel"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_queue",
        "ticket",
        ["tenant_id", "team_id", sa.literal_column("priority DESC"), "due_at", "arrived_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    op.create_table(
        "entry",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "INBOUND",
                "OUTBOUND",
                "INTERNAL",
                "DRAFT",
                "SYSTEM",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "author_kind",
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
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("sender_assignment_id", sa.UUID(), nullable=True),
        sa.Column("sender_agent_id", sa.UUID(), nullable=True),
        sa.Column(
            "sender_kind",
            sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.CheckConstraint(
            "num_nonnulls(sender_assignment_id, sender_agent_id, sender_kind)"
            " = CASE WHEN kind = 'OUTBOUND' THEN 3 ELSE 0 END",
            name=op.f("ck_entry_sender"),
        ),
        sa.CheckConstraint("kind <> 'OUTBOUND' OR author_kind = 'MEMBER'", name=op.f("ck_entry_outbound_by_member")),
        sa.CheckConstraint("sender_kind = 'FULL'", name=op.f("ck_entry_sender_is_full")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sender_assignment_id", "sender_agent_id", "sender_kind"],
            [
                "seat_assignment.tenant_id",
                "seat_assignment.id",
                "seat_assignment.agent_id",
                "seat_assignment.kind",
            ],
            name=op.f("fk_entry_tenant_id_sender_assignment_id_sender_agent_id_sender_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"], ["ticket.tenant_id", "ticket.id"], name=op.f("fk_entry_tenant_id_ticket_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_entry_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_entry")),
    )
    op.create_index(
        "ix_entry_sender",
        "entry",
        ["tenant_id", "sender_assignment_id"],
        unique=False,
        postgresql_where=sa.text("sender_assignment_id IS NOT NULL"),
    )
    op.create_index("ix_entry_ticket_id", "entry", ["tenant_id", "ticket_id", "at", "id"], unique=False)
    op.create_table(
        "payment_entry",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payment_entry_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_payment_entry_tenant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_payment_entry_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_entry")),
        sa.UniqueConstraint(
            "tenant_id", "payment_id", "source", name=op.f("uq_payment_entry_tenant_id_payment_id_source")
        ),
    )
    op.create_table(
        "resolution",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column(
            "seat_kind",
            sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "evidence_kind",
            sa.Enum(
                "PAYMENT",
                "CORRECTION",
                "NOTE",
                name="evidencekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("payment_id", sa.UUID(), nullable=True),
        sa.Column("evidence_text", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(evidence_kind = 'PAYMENT') = (payment_id IS NOT NULL)", name=op.f("ck_resolution_payment")
        ),
        sa.CheckConstraint("evidence_kind = 'PAYMENT' OR evidence_text IS NOT NULL", name=op.f("ck_resolution_text")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_resolution_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_resolution_tenant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["ticket.tenant_id", "ticket.id"],
            name=op.f("fk_resolution_tenant_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_resolution_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_resolution")),
    )
    op.create_index("ix_resolution_ticket_id", "resolution", ["tenant_id", "ticket_id", "at"], unique=False)
    op.create_table(
        "routing_decision",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=True),
        sa.Column("team_id", sa.UUID(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "ONLY_CANDIDATE",
                "LEAST_LOADED",
                "LONGEST_IDLE",
                "NOBODY_ELIGIBLE",
                name="routingreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_routing_decision_tenant_id_agent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_routing_decision_tenant_id_team_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["ticket.tenant_id", "ticket.id"],
            name=op.f("fk_routing_decision_tenant_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_routing_decision_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_routing_decision")),
    )
    op.create_index("ix_routing_decision_ticket_id", "routing_decision", ["tenant_id", "ticket_id", "at"], unique=False)
    op.create_table(
        "ticket_transition",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "QUEUED",
                "ASSIGNED",
                "WAITING",
                "RESOLVED",
                "CLOSED",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "QUEUED",
                "ASSIGNED",
                "WAITING",
                "RESOLVED",
                "CLOSED",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("team_id", sa.UUID(), nullable=False),
        sa.Column("assignee_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["tenant_id", "assignee_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_ticket_transition_tenant_id_assignee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_ticket_transition_tenant_id_team_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["ticket.tenant_id", "ticket.id"],
            name=op.f("fk_ticket_transition_tenant_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_ticket_transition_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ticket_transition")),
        sa.UniqueConstraint(
            "tenant_id", "ticket_id", "position", name=op.f("uq_ticket_transition_tenant_id_ticket_id_position")
        ),
    )
    op.create_table(
        "delivery",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PENDING",
                "SENT",
                "RETURNED",
                name="deliverystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'PENDING') = (settled_at IS NULL)", name=op.f("ck_delivery_settled")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"], ["entry.tenant_id", "entry.id"], name=op.f("fk_delivery_tenant_id_entry_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_delivery_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("tenant_id", "entry_id", name=op.f("uq_delivery_tenant_id_entry_id")),
    )

    for table, rights in RIGHTS.items():
        protect(table, column="id" if table == "tenant" else "tenant_id")
        grant(table, rights)
    for table, rights in PLATFORM.items():
        grant(table, rights, to="platform")

    op.execute("GRANT SELECT ON alembic_version TO app")  # the API is ready once the schema is the one it knows
    op.execute("GRANT SELECT (id, slug) ON tenant TO search")
    op.execute(
        """
        CREATE FUNCTION tenant_id_of(shop text) RETURNS uuid
        LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT id FROM public.tenant WHERE slug = shop $$
        """
    )
    # Rights first: once the function is another's, its maker can no longer say who may call it.
    op.execute("REVOKE ALL ON FUNCTION tenant_id_of(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION tenant_id_of(text) TO app")
    op.execute("ALTER FUNCTION tenant_id_of(text) OWNER TO search")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON alembic_version FROM app")
    op.execute("SET LOCAL ROLE search")
    op.execute("DROP FUNCTION tenant_id_of(text)")
    op.execute("RESET ROLE")
    quoted = ", ".join(f'"{table}"' for table in RIGHTS)
    op.execute(f"DROP TABLE {quoted}")
