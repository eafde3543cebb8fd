"""The names of those who did something, for any number of lines at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import literal, select, union_all

from domain.agents.models import Member
from domain.kit.database import TenantSession
from domain.kit.events import ActorKind
from domain.orders.models import Customer
from domain.tenants.models import ApiClient

_TABLES: dict[ActorKind, type[Member] | type[ApiClient] | type[Customer]] = {
    ActorKind.MEMBER: Member,
    ActorKind.CLIENT: ApiClient,
    ActorKind.CUSTOMER: Customer,
}

Who = tuple[ActorKind, UUID | None]


@dataclass(frozen=True)
class Actors:
    """Who is meant by a kind and an id."""

    names: Mapping[Who, str]

    def name(self, kind: ActorKind, actor_id: UUID | None) -> str | None:
        """The name; None for the system, and for one who is no longer there."""
        return self.names.get((kind, actor_id))


async def actors(session: TenantSession, who: Iterable[Who]) -> Actors:
    """The names of all of them, in one statement."""
    wanted: dict[ActorKind, set[UUID]] = {}
    for kind, actor_id in who:
        if actor_id is not None and kind in _TABLES:
            wanted.setdefault(kind, set()).add(actor_id)
    if not wanted:
        return Actors({})
    statement = union_all(
        *(
            select(literal(kind.value).label("kind"), table.id, table.name).where(
                table.tenant_id == session.tenant_id, table.id.in_(wanted[kind])
            )
            for kind, table in _TABLES.items()
            if kind in wanted
        )
    )
    found = await session.execute(statement)
    return Actors({(ActorKind(row.kind), row.id): row.name for row in found})
