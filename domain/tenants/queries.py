"""Finding a tenant: by its slug before anything is known, by its session afterwards."""

from uuid import UUID

from sqlalchemy import select, text

from domain.kit.database import Database, TenantSession
from domain.tenants.models import Tenant

_BY_SLUG = text("SELECT tenant_id_of(:slug)")


async def tenant_id_of(database: Database, *, slug: str) -> UUID | None:
    """The id of the shop with that slug, or None.

    The one look-up that needs no tenant, since it finds it: the database's own function answers, and shows only ids.
    """
    if "\x00" in slug:  # PostgreSQL takes no such text, and no slug holds one
        return None
    async with database.engine.connect() as connection:
        found: UUID | None = await connection.scalar(_BY_SLUG, {"slug": slug})
    return found


async def tenant_of(session: TenantSession) -> Tenant:
    """The session's tenant. Raises NoResultFound when it was never founded."""
    return (await session.scalars(select(Tenant).where(Tenant.id == session.tenant_id))).one()
