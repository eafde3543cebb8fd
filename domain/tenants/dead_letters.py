"""Work that was set aside after failing too often, and is tried again because somebody says so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.kit.outbox import OutboxRow
from domain.tenants.errors import DeadLetterNotFound
from domain.tenants.events import DeadLetterRetried
from domain.tenants.models import Tenant


async def retry(session: TenantSession, *, job_id: UUID, by: Actor, now: datetime) -> None:
    """Have a dead letter tried again at once, with a fresh set of attempts. Raises DeadLetterNotFound.

    What is waiting, running or done is no dead letter, so a second call finds none.
    """
    tenant = (
        await session.scalars(select(Tenant).where(Tenant.id == session.tenant_id).with_for_update(key_share=True))
    ).one()
    job = await session.get(OutboxRow, (session.tenant_id, job_id))
    if job is None or not await outbox.revive(session, message_id=job_id, now=now):
        raise DeadLetterNotFound(job_id)
    events.record(session, tenant, DeadLetterRetried(job_id, job.actor), by=by, at=now)
    await session.flush()
