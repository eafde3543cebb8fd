"""What happened to one thing: its newest events, with the names of all that they mention."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from admin.lists.people import Names, Thing, names
from admin.lists.reader import Reader
from admin.lists.tellings import named_in
from domain.kit.database import TenantSession
from domain.kit.events import EventRow
from domain.tenants.permissions import Permission

MOST = 50


@dataclass(frozen=True)
class History:
    """The newest events about a thing, newest first."""

    events: Sequence[EventRow]
    names: Names
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
    return History(events, await names_in(session, events), aggregate_id)


async def names_in(session: TenantSession, events: Sequence[EventRow], *, things: Sequence[Thing] = ()) -> Names:
    """The names of those who did it, of what was written with it and of more things, in one statement."""
    mentioned = [thing for event in events for thing in named_in(event)]
    return await names(
        session, things=[*mentioned, *things], who=[(event.actor_kind, event.actor_id) for event in events]
    )
