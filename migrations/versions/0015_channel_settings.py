"""What an item of a channel takes of whoever holds it, where a shop says so itself."""

import sqlalchemy as sa
from alembic import op

from migrations.support import grant, protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_setting",
        sa.Column("tenant_id", sa.UUID(), nullable=False),
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
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("work_minutes", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_channel_setting_weight")),
        sa.CheckConstraint("work_minutes BETWEEN 1 AND 1440", name=op.f("ck_channel_setting_work_minutes")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_channel_setting_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "channel", name=op.f("pk_channel_setting")),
    )
    protect("channel_setting")
    grant("channel_setting", "SELECT, INSERT, DELETE")


def downgrade() -> None:
    op.drop_table("channel_setting")
