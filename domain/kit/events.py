"""What happened, for people and for programs: one append-only row per event, written with the change it tells of."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Aggregate, Base, TenantRow, enum, to_tenant, unique
from domain.kit.database import TenantSession


class ActorKind(StrEnum):
    MEMBER = "MEMBER"
    CLIENT = "CLIENT"
    CUSTOMER = "CUSTOMER"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True)
class Actor:
    """Who did it: a member (of the staff), a shop's API client, a customer, or the system itself."""

    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor(ActorKind.SYSTEM)


@dataclass(frozen=True)
class Event:
    """A fact about an aggregate; subclasses are frozen dataclasses named in the past tense, fields plain values."""

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    def data(self) -> dict[str, Any]:
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}


def plain(value: Any) -> Any:
    """A value as JSON knows it: ids and instants become text."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value


class EventRow(TenantRow, Base):
    """The audit trail, and the stream that shops read once the relay has stamped `sequence`: no gaps, never changed."""

    __tablename__ = "event"
    immutable: ClassVar[bool] = True

    name: Mapped[str]
    aggregate: Mapped[str]
    aggregate_id: Mapped[UUID]
    aggregate_version: Mapped[int] = mapped_column(Integer)
    actor_kind: Mapped[ActorKind] = mapped_column(enum(ActorKind))
    actor_id: Mapped[UUID | None]
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    trace_id: Mapped[str]
    sequence: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        to_tenant(),
        unique("aggregate_id", "aggregate_version"),
        unique("sequence"),
        Index("ix_event_unstamped", "tenant_id", "at", "id", postgresql_where=text("sequence IS NULL")),
        Index("ix_event_at", "tenant_id", "at", "id"),
    )


class Root(Protocol):
    """What an event can be about: an aggregate, or the tenant itself, which is no row of a tenant."""

    __tablename__: str
    version: int

    @property
    def id(self) -> UUID: ...


def record(session: TenantSession, root: Aggregate | Root, event: Event, *, by: Actor, at: datetime) -> None:
    """Write the event as the next version of its aggregate, in the caller's transaction.

    The caller holds the aggregate's row lock (or has just made the row), so versions follow one another.
    """
    root.version = (root.version or 0) + 1
    session.add(
        EventRow(
            tenant_id=session.tenant_id,
            name=event.name(),
            aggregate=root.__tablename__,
            aggregate_id=root.id,
            aggregate_version=root.version,
            actor_kind=by.kind,
            actor_id=by.id,
            at=at,
            data=event.data(),
            trace_id=session.trace_id,
        )
    )
