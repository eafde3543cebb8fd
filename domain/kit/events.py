"""What happened, for people and for programs: one append-only row per event, written with the change it tells of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum, StrEnum
from functools import cache
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit import bulk
from domain.kit.base import Aggregate, Base, TenantRow, enum, to_tenant, unique
from domain.kit.database import TenantSession
from domain.kit.ids import new_id


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
        return {name: plain(getattr(self, name)) for name in _names(type(self))}  # type: ignore[arg-type]


@cache
def _names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def plain(value: Any) -> Any:
    """A value as JSON knows it: ids and instants become text."""
    if type(value) in AS_THEY_ARE:
        return value
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
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
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


@dataclass
class History:
    """What `events.record` counts on for a new aggregate, in place of its row, which then needs no second statement.

    ```python
    order = await session.scalar(insert(Order).values(version=2, ...).returning(Order))
    history = History(Order.__tablename__, order.id)
    events.record(session, history, OrderCreated(...), by=by, at=now)
    events.record(session, history, PaymentRecorded(...), by=by, at=now)
    ```
    """

    __tablename__: str
    id: UUID
    version: int = 0


def record(session: TenantSession, root: Aggregate | Root, event: Event, *, by: Actor, at: datetime) -> None:
    """Write the event as the next version of its aggregate, in the caller's transaction.

    The caller holds the aggregate's row lock (or has just made the row), so versions follow one another.
    """
    told = _told(root, event) | _circumstances(session, by=by, at=at)
    together: list[dict[str, Any]] | None = session.info.get(_TOGETHER)
    if together is None:
        session.add(EventRow(tenant_id=session.tenant_id, **told))
    else:
        together.append(told)


_TOGETHER = "events_together"


@asynccontextmanager
async def in_one_statement(session: TenantSession) -> AsyncIterator[None]:
    """Write what is recorded within the block at its end, in one statement: for passes that record many.

    Within it nobody reads events of its own. After an exception nothing is written: the transaction is lost anyway.
    """
    rows: list[dict[str, Any]] = []
    session.info[_TOGETHER] = rows
    try:
        yield
    finally:
        del session.info[_TOGETHER]
    await bulk.add(session, EventRow, rows)


def _told(root: Aggregate | Root, event: Event) -> dict[str, Any]:
    """The columns that are the event's own; it counts the aggregate's version on."""
    root.version = (root.version or 0) + 1
    return {
        "id": new_id(),
        "name": event.name(),
        "aggregate": root.__tablename__,
        "aggregate_id": root.id,
        "aggregate_version": root.version,
        "data": event.data(),
    }


def _circumstances(session: TenantSession, *, by: Actor, at: datetime) -> dict[str, Any]:
    return {"actor_kind": by.kind, "actor_id": by.id, "at": at, "trace_id": session.trace_id}


class Recorder:
    """Records events of many aggregates, by one and at one instant, and writes them in one statement."""

    def __init__(self, session: TenantSession, *, by: Actor, at: datetime) -> None:
        self._session, self._same = session, _circumstances(session, by=by, at=at)
        self._rows: list[dict[str, Any]] = []

    def record(self, root: Root, event: Event) -> None:
        """The event as the next version of its aggregate, whose row the caller writes."""
        self._rows.append(_told(root, event))

    async def write(self) -> None:
        """Insert what was recorded."""
        await bulk.add(self._session, EventRow, self._rows, same=self._same)
        self._rows = []
