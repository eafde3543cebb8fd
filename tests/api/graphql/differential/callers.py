"""Who asks: standings as the database gives them, and a few that no role has, for whatever may be missing."""

from dataclasses import dataclass, replace
from uuid import UUID

from api.context import Caller, RequestContext
from domain.kit.database import Database
from domain.kit.events import Actor, ActorKind
from domain.seats.rights import Standing, standing_of_client, standing_of_member
from domain.tenants.permissions import Permission
from tests.api.graphql.differential.data import Shops, people
from tests.api.graphql.filled import Filled
from tests.conftest import NOW

MEMBERS = {
    "owner": people.OWNER,
    "supervisor": people.SUPERVISOR,
    "agent on a full seat": people.FULL,
    "agent on a light seat": people.LIGHT,
    "admin without a seat": people.SEATLESS_ADMIN,
    "agent without a seat": people.SEATLESS_AGENT,
}
WITHOUT = (Permission.PEOPLE_READ, Permission.TICKETS_READ, Permission.ORDERS_READ, Permission.SEATS_READ)


@dataclass(frozen=True)
class Asker:
    """A caller; every request of theirs is a context of its own, at the same instant."""

    name: str
    database: Database
    caller: Caller

    def context(self) -> RequestContext:
        return RequestContext(
            database=self.database,
            caller=self.caller,
            now=NOW,
            trace_id="",
            language=self.caller.standing.language,
        )

    def without(self, permission: Permission) -> "Asker":
        """The same caller, who lacks a permission."""
        standing = self.caller.standing
        left = replace(standing, permissions=standing.permissions - {permission})
        return replace(self, name=f"{self.name} without {permission}", caller=replace(self.caller, standing=left))


async def askers_of(database: Database, shops: Shops) -> dict[str, Asker]:
    """The callers by name: of the main shop with every kind of standing, and an owner in each of the others."""
    main = shops.main
    found = {name: await member(database, main, main.ids("member")[place], name) for name, place in MEMBERS.items()}
    for client, name in zip(main.ids("api_client"), people.SCOPES, strict=True):
        if name != "revoked":
            found[f"client: {name}"] = await _client(database, main, client, name)
    owner = found["owner"]
    found |= {f"owner without {permission}": owner.without(permission) for permission in WITHOUT}
    found["owner of the odd shop"] = await member(database, shops.odd, shops.odd.ids("member")[0], "odd")
    standing = owner.caller.standing
    found["owner of the bare shop"] = Asker("bare", database, Caller(shops.bare.tenant_id, standing.actor, standing))
    return found


async def member(database: Database, filled: Filled, id: UUID, name: str) -> Asker:
    """A member of the tenant as the caller."""
    async with database.reading(filled.tenant_id) as session:
        return _asker(name, database, filled, await standing_of_member(session, member_id=id, now=NOW))


async def _client(database: Database, filled: Filled, id: UUID, name: str) -> Asker:
    scopes = people.SCOPES[name]
    async with database.reading(filled.tenant_id) as session:
        standing = await standing_of_client(session, client_id=id, scopes=scopes)
    return _asker(f"client: {name}", database, filled, standing, scopes)


def _asker(
    name: str,
    database: Database,
    filled: Filled,
    standing: Standing | None,
    scopes: frozenset[Permission] | None = None,
) -> Asker:
    assert standing is not None, name
    assert standing.actor == Actor(ActorKind.MEMBER if scopes is None else ActorKind.CLIENT, standing.actor.id)
    return Asker(name, database, Caller(filled.tenant_id, standing.actor, standing, scopes))
