"""The shape all tables share: one metadata, tenant-scoped keys, instants with a zone, enums as checked text."""

from datetime import datetime
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Label,
    MetaData,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from domain.kit.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of Sezon."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: DateTime(timezone=True),
        UUID: PgUuid(as_uuid=True),
        dict[str, Any]: JSONB,
    }


class View(Base):
    """What PostgreSQL puts together of tables, under the rights of whoever reads; nothing is written to it."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)


class InTenant:
    """A row of one tenant; its table has a forced row-level policy on `tenant_id`."""

    @declared_attr
    def tenant_id(cls) -> Mapped[UUID]:
        return mapped_column(primary_key=True, sort_order=-20)


class TenantRow(InTenant):
    """A row of one tenant with an id of its own: primary key `(tenant_id, id)`."""

    @declared_attr
    def id(cls) -> Mapped[UUID]:
        return mapped_column(primary_key=True, default=new_id, sort_order=-19)


class Aggregate(TenantRow):
    """The root of a unit of change; `version` counts its events, from 1."""

    __tablename__: str

    @declared_attr
    def version(cls) -> Mapped[int]:
        return mapped_column(Integer, default=0, sort_order=-18)


def enum(python: type[Enum], *, name: str | None = None) -> SqlEnum:
    """Text with a CHECK of the allowed values, in place of a native enum that no index could use under a policy.

    `name` tells two columns of one table apart that hold the same enum.
    """
    return SqlEnum(
        python,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name or python.__name__.lower(),
        values_callable=lambda e: [m.value for m in e],
    )


def to_tenant() -> ForeignKeyConstraint:
    """The row belongs to a tenant that exists."""
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"])


def reference(*columns: str, to: str, deferrable: bool = False) -> ForeignKeyConstraint:
    """A foreign key inside the tenant: `reference("order_id", to="order.id")`.

    `to` names table and columns in the same order, such as `seat_licence.id,period,kind`.
    """
    table, _, targets = to.partition(".")
    return ForeignKeyConstraint(
        ["tenant_id", *columns],
        [f"{table}.tenant_id", *(f"{table}.{target}" for target in targets.split(","))],
        deferrable=True if deferrable else None,
        initially="DEFERRED" if deferrable else None,
    )


def unique(*columns: str, name: str | None = None) -> UniqueConstraint:
    """Unique inside the tenant."""
    return UniqueConstraint("tenant_id", *columns, name=name)


def words(*columns: str, name: str) -> Index:
    """An index of the words in these columns of the tenant's rows, in lower case and without accents, for a search."""
    folded: Label[str] = literal_column(f"folded(ARRAY[{', '.join(columns)}])").label("folded")
    return Index(name, "tenant_id", folded, postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"})


def check(sql: str, name: str) -> CheckConstraint:
    return CheckConstraint(sql, name=name)


Amount = BigInteger
"""Money in minor units of the currency beside it (grosz, cent)."""
