"""Tenant, its counters, its API clients and their access tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Aggregate, Base, InTenant, TenantRow, check, enum, reference, to_tenant, unique
from domain.kit.errors import Language
from domain.kit.ids import new_id


class Tenant(Base):
    """One shop. Its policy compares `id`, the one table where the tenant is the row itself."""

    __tablename__ = "tenant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column(Integer, default=0)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str]
    currency: Mapped[str]
    language: Mapped[Language] = mapped_column(enum(Language))
    mail_from: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (
        check("slug ~ '^[a-z0-9](-?[a-z0-9])*$' AND length(slug) <= 63", "slug"),
        check("currency ~ '^[A-Z]{3}$'", "currency"),
    )


class Counter(InTenant, Base):
    """The next human number of a kind, such as tickets; taken last in a transaction, for its row stays locked."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    next: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (to_tenant(),)


class ApiClient(Aggregate, Base):
    """A shop's program. It acts for itself: no seat, no member."""

    __tablename__ = "api_client"

    name: Mapped[str]
    secret_hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (to_tenant(),)


class AccessToken(TenantRow, Base):
    """A token given to an API client; only its hash is kept."""

    __tablename__ = "access_token"

    client_id: Mapped[UUID]
    token_hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("client_id", to="api_client.id"),
        unique("token_hash"),
        Index("ix_access_token_client_id", "tenant_id", "client_id"),
        Index("ix_access_token_expires_at", "tenant_id", "expires_at"),
    )
