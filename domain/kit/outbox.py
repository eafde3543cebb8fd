"""Work for later: typed jobs recorded with the change that asks for them, each done once however often it is delivered.

A row of `outbox` is a job not yet done. The relay rings the broker for it; the actor that does it writes `inbox` and
deletes the row in the transaction of the effect. A retry, a delay and a dead letter are states of the row.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, get_type_hints
from uuid import UUID

from sqlalchemy import Index, Integer, delete, event, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from domain.kit.base import Base, TenantRow, to_tenant, unique
from domain.kit.database import TenantSession, _TenantSyncSession
from domain.kit.events import plain
from domain.kit.ids import new_id

CHANNEL = "sezon_outbox"
"""The NOTIFY channel that wakes the relay; the payload is the id of the tenant that has work."""

MAX_ATTEMPTS = 8

INBOX_KEPT_FOR = timedelta(days=7)

WAITS_AT_MOST = timedelta(seconds=1)
"""How long others may be content with a job that waits, each holding the relay off until their own commit."""


@dataclass(frozen=True)
class Job:
    """Something a worker is to do; subclasses are frozen dataclasses of ids and plain values, `actor` their name."""

    actor: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def parse(cls, payload: dict[str, Any]) -> Self:
        """The job that `payload()` described. Raises KeyError or ValueError for a payload of another shape."""
        hints = get_type_hints(cls)
        return cls(**{f.name: _typed(hints[f.name], payload[f.name]) for f in fields(cls)})


def _typed(hint: Any, value: Any) -> Any:
    if hint is UUID:
        return UUID(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    return value


class OutboxRow(TenantRow, Base):
    __tablename__ = "outbox"

    actor: Mapped[str]
    payload: Mapped[dict[str, Any]]
    trace_id: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None]
    dead_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        Index("ix_outbox_due", "due_at", postgresql_where=text("dispatched_at IS NULL AND dead_at IS NULL")),
        Index(
            "ix_outbox_sent", "dispatched_at", postgresql_where=text("dispatched_at IS NOT NULL AND dead_at IS NULL")
        ),
        Index("ix_outbox_dead", "tenant_id", "dead_at", "id", postgresql_where=text("dead_at IS NOT NULL")),
    )


class InboxRow(TenantRow, Base):
    """A job that was done; `id` is the outbox row's."""

    __tablename__ = "inbox"

    actor: Mapped[str]
    done_at: Mapped[datetime]

    __table_args__ = (to_tenant(), Index("ix_inbox_done_at", "tenant_id", "done_at"))


class ScheduleRow(TenantRow, Base):
    """A job that the relay enqueues for the tenant every so many seconds."""

    __tablename__ = "schedule"

    actor: Mapped[str]
    every_seconds: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime]

    __table_args__ = (to_tenant(), unique("actor"), Index("ix_schedule_due_at", "due_at"))


def enqueue(session: TenantSession, job: Job, *, now: datetime, due_at: datetime | None = None) -> None:
    """Record a job in the caller's transaction; it is delivered after the commit, and not before `due_at`."""
    session.add(
        OutboxRow(
            tenant_id=session.tenant_id,
            actor=job.actor,
            payload=job.payload(),
            trace_id=session.trace_id,
            created_at=now,
            due_at=due_at or now,
        )
    )
    session.sync_session.info["ring"] = True


async def enqueue_once(session: TenantSession, job: Job, *, now: datetime, due_at: datetime | None = None) -> None:
    """Record a job unless the same one waits already and is sure to run after this transaction commits.

    With a `due_at` that is still to come, the same one is one that is due at that very instant.

    Sure is one that was not dispatched: locked here, it is not dispatched before the commit, so it sees the caller's
    change. One that has waited for WAITS_AT_MOST is left alone, lest callers in a row keep the relay from it for ever.
    Two callers at once may both record theirs.
    """
    later = due_at is not None and due_at > now
    when = [OutboxRow.due_at == due_at] if later else [OutboxRow.due_at <= now, OutboxRow.due_at > now - WAITS_AT_MOST]
    waiting = (
        select(OutboxRow.id)
        .where(
            OutboxRow.tenant_id == session.tenant_id,
            OutboxRow.actor == job.actor,
            OutboxRow.payload == job.payload(),
            OutboxRow.dispatched_at.is_(None),
            OutboxRow.dead_at.is_(None),
            OutboxRow.attempts == 0,
            *when,
        )
        .limit(1)
        .with_for_update(read=True, key_share=True, skip_locked=True)
    )
    if await session.scalar(waiting) is None:
        enqueue(session, job, now=now, due_at=due_at)
    session.sync_session.info["ring"] = True  # the relay passed over what was locked


@event.listens_for(_TenantSyncSession, "before_commit")
def _ring(session: Session) -> None:
    if session.info.pop("ring", False):
        session.connection().exec_driver_sql(f"NOTIFY {CHANNEL}, '{session.info['tenant_id']}'")


async def begin_once(session: TenantSession, *, message_id: UUID, actor: str, now: datetime) -> bool:
    """Claim a delivered job inside the transaction of its effect; False when there is nothing to do for it.

    That is so when it was done before, and for a late copy of a message whose job failed since: it is not dispatched
    at the moment, or is a dead letter. A second delivery running at the same time waits here for the first to commit
    or to fail. The claim also deletes the outbox row, so what is left in `outbox` is work that has not been done.
    """
    # Locked before it is looked at: the relay publishes a message inside the transaction that marks its row.
    state = (
        select(OutboxRow.dispatched_at, OutboxRow.dead_at)
        .where(OutboxRow.id == message_id)
        .with_for_update(key_share=True)
    )
    row = (await session.execute(state)).first()
    if row is None or row.dispatched_at is None or row.dead_at is not None:
        return False
    await session.execute(delete(OutboxRow).where(OutboxRow.id == message_id))
    claim = pg_insert(InboxRow).values(tenant_id=session.tenant_id, id=message_id, actor=actor, done_at=now)
    claimed = await session.execute(claim.on_conflict_do_nothing().returning(InboxRow.id))
    return claimed.first() is not None


def backoff(attempts: int) -> timedelta:
    """How long a job rests after its n-th failure: 1, 2, 4 ... seconds, at most 5 minutes."""
    return timedelta(seconds=min(2 ** (attempts - 1), 300))


async def put_back(
    session: TenantSession, *, message_id: UUID, error: str, now: datetime, attempts_allowed: int = MAX_ATTEMPTS
) -> bool:
    """Note that a job failed: due again after a pause, or set aside as a dead letter once its attempts are used up.

    Returns whether it is a dead letter now. Does nothing for a job that was done meanwhile or is dead already.
    """
    row = await session.scalar(select(OutboxRow).where(OutboxRow.id == message_id).with_for_update(key_share=True))
    if row is None or row.dead_at is not None:
        return False
    row.attempts += 1
    row.last_error = error[:2000].encode(errors="backslashreplace").decode().replace("\0", "")
    row.dispatched_at = None
    if row.attempts >= attempts_allowed:
        row.dead_at = now
        return True
    row.due_at = now + backoff(row.attempts)
    session.sync_session.info["ring"] = True
    return False


async def revive(session: TenantSession, *, message_id: UUID, now: datetime) -> bool:
    """Give a dead letter a fresh set of attempts; False when there is no such dead letter."""
    revived = await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == message_id, OutboxRow.dead_at.is_not(None))
        .values(dead_at=None, attempts=0, due_at=now, dispatched_at=None)
        .returning(OutboxRow.id)
    )
    session.sync_session.info["ring"] = True
    return revived.first() is not None


async def forget_done(session: TenantSession, *, now: datetime) -> None:
    """Delete what `inbox` says of jobs done more than INBOX_KEPT_FOR ago; no row of `outbox` is left of them."""
    await session.execute(delete(InboxRow).where(InboxRow.done_at <= now - INBOX_KEPT_FOR))


async def plan(session: TenantSession, *, actor: type[Job], every: timedelta, now: datetime) -> None:
    """Have a job without fields enqueued for this tenant at that interval, from now on."""
    await session.execute(
        insert(ScheduleRow).values(
            tenant_id=session.tenant_id,
            id=new_id(),
            actor=actor.actor,
            every_seconds=int(every.total_seconds()),
            due_at=now,
        )
    )
