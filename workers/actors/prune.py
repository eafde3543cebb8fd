"""What is kept for a while only is forgotten."""

from datetime import datetime

from domain.kit import idempotency, outbox
from domain.kit.database import TenantSession
from domain.tenants import tokens
from domain.tickets import replaying
from domain.tickets.jobs import Prune
from workers.runtime import actor


@actor(Prune)
async def prune(session: TenantSession, job: Prune, now: datetime) -> None:
    await outbox.forget_done(session, now=now)
    await idempotency.forget_old(session, now=now)
    await tokens.forget_expired(session, now=now)
    if await replaying.forget_old(session, now=now):
        await outbox.enqueue_once(session, Prune(), now=now)
