"""What seats cost: the price list, use, prepaid charges and credits, invoices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import grant, protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KIND = sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32)
UNIT = sa.Enum("MONTH", "DAY", "PASS", name="priceunit", native_enum=False, create_constraint=True, length=32)

WHOLE = "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period) AND NOT upper_inf(period)"

TABLES = ("price", "usage_interval", "prepaid_entry", "invoice", "invoice_line")
"""Each is added to and never changed."""

USUAL_PRICES = """
    INSERT INTO price
        (tenant_id, id, kind, series, unit, amount, currency, valid_from, revision, set_at, set_by_id)
    SELECT tenant.id, gen_random_uuid(), usual.kind, usual.series, usual.unit, usual.amount, 'PLN',
           date_trunc('day', tenant.created_at, tenant.timezone), 1, now(), NULL
    FROM tenant CROSS JOIN (VALUES
        ('FULL', 'TIME', 'MONTH', 14900), ('LIGHT', 'TIME', 'MONTH', 2900),
        ('FULL', 'PASS', 'PASS', 1490), ('LIGHT', 'PASS', 'PASS', 290)
    ) usual (kind, series, unit, amount)
    WHERE tenant.currency = 'PLN'
"""
"""What a shop that is there already pays from the day of its founding on, as a new one does."""


SCHEDULE = """
    INSERT INTO schedule (tenant_id, id, actor, every_seconds, due_at)
    SELECT id, gen_random_uuid(), 'keep_books', 3600, now() FROM tenant
"""


def upgrade() -> None:
    op.create_table(
        "price",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column(
            "series",
            sa.Enum("TIME", "PASS", name="priceseries", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("unit", UNIT, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.UUID(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="), (sa.column("currency"), "<>"), using="gist", name="ex_price_currency"
        ),
        sa.CheckConstraint("(series = 'PASS') = (unit = 'PASS')", name=op.f("ck_price_series_of_unit")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_price_currency")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_price_amount")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_price_revision_from_1")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "set_by_id"], ["member.tenant_id", "member.id"], name=op.f("fk_price_tenant_id_set_by_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_price_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_price")),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "series",
            "valid_from",
            "revision",
            name=op.f("uq_price_tenant_id_kind_series_valid_from_revision"),
        ),
    )
    op.create_table(
        "usage_interval",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("licence_id", sa.UUID(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
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
        ),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("licence_id"), "="),
            (sa.column("period"), "&&"),
            using="gist",
            name="ex_usage_interval_licence",
        ),
        sa.CheckConstraint(WHOLE, name=op.f("ck_usage_interval_period")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "licence_id"],
            ["seat_licence.tenant_id", "seat_licence.id"],
            name=op.f("fk_usage_interval_tenant_id_licence_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_usage_interval_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_usage_interval")),
    )
    op.create_index(
        "ix_usage_interval_end", "usage_interval", ["tenant_id", sa.literal_column("upper(period)"), "id"], unique=False
    )
    op.create_index("ix_usage_interval_recorded_at", "usage_interval", ["tenant_id", "recorded_at"], unique=False)
    op.create_table(
        "prepaid_entry",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("licence_id", sa.UUID(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("charge_id", sa.UUID(), nullable=True),
        sa.Column("price_id", sa.UUID(), nullable=True),
        sa.Column("unit", UNIT, nullable=True),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("tenant_id"), "="),
            (sa.column("charge_id"), "="),
            (sa.column("period"), "&&"),
            using="gist",
            name="ex_prepaid_entry_credit",
        ),
        sa.CheckConstraint(
            "CASE WHEN charge_id IS NULL THEN price_id IS NOT NULL AND unit IS NOT NULL AND amount >= 0 ELSE price_id IS NULL AND coalesce(unit, 'DAY') = 'DAY' AND amount <= 0 END",
            name=op.f("ck_prepaid_entry_charge_or_credit"),
        ),
        sa.CheckConstraint(WHOLE, name=op.f("ck_prepaid_entry_period")),
        sa.CheckConstraint("quantity > 0 AND whole > 0", name=op.f("ck_prepaid_entry_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "charge_id"],
            ["prepaid_entry.tenant_id", "prepaid_entry.id"],
            name=op.f("fk_prepaid_entry_tenant_id_charge_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "licence_id"],
            ["seat_licence.tenant_id", "seat_licence.id"],
            name=op.f("fk_prepaid_entry_tenant_id_licence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "price_id"], ["price.tenant_id", "price.id"], name=op.f("fk_prepaid_entry_tenant_id_price_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_prepaid_entry_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_prepaid_entry")),
    )
    op.create_index("ix_prepaid_entry_at", "prepaid_entry", ["tenant_id", "at", "id"], unique=False)
    op.create_index("ix_prepaid_entry_licence_id", "prepaid_entry", ["tenant_id", "licence_id"], unique=False)
    op.create_index("ix_prepaid_entry_recorded_at", "prepaid_entry", ["tenant_id", "recorded_at"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_invoice_month")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_invoice_number_from_1")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoice_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("tenant_id", "month", name=op.f("uq_invoice_tenant_id_month")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_invoice_tenant_id_number")),
    )
    op.create_table(
        "invoice_line",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("invoice_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "USED",
                "PASS",
                "PREPAID",
                "CREDIT",
                name="linebasis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit", UNIT, nullable=True),
        sa.Column("licence_id", sa.UUID(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("price_id", sa.UUID(), nullable=True),
        sa.Column("usage_id", sa.UUID(), nullable=True),
        sa.Column("prepaid_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(price_id IS NULL) = (basis = 'CREDIT') AND CASE WHEN basis = 'CREDIT' THEN coalesce(unit, 'DAY') = 'DAY' ELSE unit IS NOT NULL END",
            name=op.f("ck_invoice_line_unit_of_basis"),
        ),
        sa.CheckConstraint(
            "CASE WHEN basis IN ('USED', 'PASS') THEN usage_id IS NOT NULL AND prepaid_id IS NULL ELSE usage_id IS NULL AND prepaid_id IS NOT NULL END",
            name=op.f("ck_invoice_line_source"),
        ),
        sa.CheckConstraint(WHOLE, name=op.f("ck_invoice_line_period")),
        sa.CheckConstraint("quantity > 0 AND whole > 0", name=op.f("ck_invoice_line_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_line_tenant_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "licence_id"],
            ["seat_licence.tenant_id", "seat_licence.id"],
            name=op.f("fk_invoice_line_tenant_id_licence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "prepaid_id"],
            ["prepaid_entry.tenant_id", "prepaid_entry.id"],
            name=op.f("fk_invoice_line_tenant_id_prepaid_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "price_id"], ["price.tenant_id", "price.id"], name=op.f("fk_invoice_line_tenant_id_price_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "usage_id"],
            ["usage_interval.tenant_id", "usage_interval.id"],
            name=op.f("fk_invoice_line_tenant_id_usage_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoice_line_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint(
            "tenant_id", "invoice_id", "position", name=op.f("uq_invoice_line_tenant_id_invoice_id_position")
        ),
        sa.UniqueConstraint("tenant_id", "prepaid_id", name=op.f("uq_invoice_line_tenant_id_prepaid_id")),
        sa.UniqueConstraint("tenant_id", "usage_id", "period", name=op.f("uq_invoice_line_tenant_id_usage_id_period")),
    )
    op.create_check_constraint(
        op.f("ck_seat_licence_end"), "seat_licence", "terms = 'ARREARS' OR NOT upper_inf(period)"
    )
    # The owner sees every tenant until this transaction ends, which nobody else notices: it has the tables locked.
    for table in ("tenant", "schedule"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(USUAL_PRICES)
    op.execute(SCHEDULE)
    for table in ("tenant", "schedule"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for table in TABLES:
        protect(table)
        grant(table, "SELECT, INSERT")


def downgrade() -> None:
    op.execute("ALTER TABLE schedule NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM schedule WHERE actor = 'keep_books'")
    op.execute("ALTER TABLE schedule FORCE ROW LEVEL SECURITY")
    op.drop_constraint(op.f("ck_seat_licence_end"), "seat_licence", type_="check")
    for table in reversed(TABLES):
        op.drop_table(table)
