"""What seats cost: the price list."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import grant, protect

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

KIND = sa.Enum("FULL", "LIGHT", name="seatkind", native_enum=False, create_constraint=True, length=32)
UNIT = sa.Enum("MONTH", "DAY", "PASS", name="priceunit", native_enum=False, create_constraint=True, length=32)

TABLES = ("price",)

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
    # The owner sees every tenant until this transaction ends, which nobody else notices: it has the table locked.
    op.execute("ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY")
    op.execute(USUAL_PRICES)
    op.execute("ALTER TABLE tenant FORCE ROW LEVEL SECURITY")
    for table in TABLES:
        protect(table)
        grant(table, "SELECT, INSERT")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
