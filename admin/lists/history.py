"""What happened to one thing: its newest events, with the names of those who did it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from admin.lists.people import Actors, actors
from admin.lists.reader import Reader
from domain.kit.database import TenantSession
from domain.kit.events import EventRow
from domain.tenants.permissions import Permission

MOST = 50


@dataclass(frozen=True)
class History:
    """The newest events about a thing, newest first."""

    events: Sequence[EventRow]
    actors: Actors
    aggregate_id: UUID

    @property
    def goes_on(self) -> bool:
        return len(self.events) == MOST


async def history(session: TenantSession, *, aggregate_id: UUID, reader: Reader) -> History | None:
    """The history of a thing; None for a reader who may not read the audit trail."""
    if not reader.may(Permission.AUDIT_READ):
        return None
    found = await session.scalars(
        select(EventRow)
        .where(EventRow.tenant_id == session.tenant_id, EventRow.aggregate_id == aggregate_id)
        .order_by(EventRow.aggregate_version.desc())
        .limit(MOST)
    )
    events = found.all()
    return History(events, await actors(session, ((e.actor_kind, e.actor_id) for e in events)), aggregate_id)
