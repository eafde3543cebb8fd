"""The books of a shop's seats are kept, and its invoices issued."""

from datetime import datetime

import structlog

from domain.billing import bookkeeping
from domain.billing.jobs import KeepBooks
from domain.kit.database import TenantSession
from workers.runtime import actor

log = structlog.get_logger(__name__)


@actor(KeepBooks)
async def keep_books(session: TenantSession, job: KeepBooks, now: datetime) -> None:
    kept = await bookkeeping.keep_books(session, now=now)
    for missing in kept.missing:
        log.error("price_missing", tenant_id=str(session.tenant_id), kind=missing.kind, at=missing.at.isoformat())
