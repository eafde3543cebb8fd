"""Retries that never double anything: the first outcome of a keyed call, kept for a day."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Index, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Base, InTenant, to_tenant
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError
from domain.kit.events import plain

KEPT_FOR = timedelta(hours=24)
MAX_KEY_LENGTH = 255


class IdempotencyRow(InTenant, Base):
    """One committed outcome; the caller is the API client or the member, so keys of two callers never meet."""

    __tablename__ = "idempotency"

    caller_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    outcome: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    __table_args__ = (to_tenant(), Index("ix_idempotency_at", "tenant_id", "at"))


@dataclass
class IdempotencyKeyReused(DomainError):
    """The key was used within the last 24 hours for a call with other input."""

    key: str

    en = "The idempotency key “{key}” was already used with different input. Use a new key for a new request."
    pl = "Klucz idempotencji „{key}” był już użyty z innymi danymi. Dla nowego żądania użyj nowego klucza."


@dataclass
class IdempotencyKeyInUse(DomainError):
    """Another call with the key is running at this moment; retry in a moment to get its outcome."""

    key: str

    en = "A request with the idempotency key “{key}” is still running. Try again in a moment."
    pl = "Żądanie z kluczem idempotencji „{key}” jeszcze trwa. Spróbuj ponownie za chwilę."


def fingerprint(operation: str, arguments: Any) -> str:
    """SHA-256 of an operation and its input, the same for equal input whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps([operation, plain(arguments)], option=orjson.OPT_SORT_KEYS)).hexdigest()


async def earlier_outcome(
    session: TenantSession, *, caller_id: UUID, key: str, fingerprint: str, now: datetime
) -> dict[str, Any] | None:
    """The outcome kept under the key, or None for a first use, which then holds the key until the transaction ends.

    Raises IdempotencyKeyInUse at once when another transaction holds the key, IdempotencyKeyReused for other input.
    """
    digest = hashlib.sha256(f"{session.tenant_id}:{caller_id}:{key}".encode()).digest()
    lock = int.from_bytes(digest[:8], "big", signed=True)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(lock))):
        raise IdempotencyKeyInUse(key)
    row = await session.get(IdempotencyRow, (session.tenant_id, caller_id, key))
    if row is None:
        return None
    if row.at <= now - KEPT_FOR:
        await session.delete(row)
        await session.flush()
        return None
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused(key)
    return row.outcome


def keep(
    session: TenantSession, *, caller_id: UUID, key: str, fingerprint: str, outcome: dict[str, Any], now: datetime
) -> None:
    """Keep the outcome with the caller's transaction: both commit or neither does."""
    session.add(
        IdempotencyRow(
            tenant_id=session.tenant_id, caller_id=caller_id, key=key, fingerprint=fingerprint, outcome=outcome, at=now
        )
    )


async def forget_old(session: TenantSession, *, now: datetime) -> None:
    """Delete outcomes older than a day."""
    await session.execute(delete(IdempotencyRow).where(IdempotencyRow.at <= now - KEPT_FOR))
