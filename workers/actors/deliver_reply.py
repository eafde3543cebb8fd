"""A reply leaves the shop, if its sender may still send it; otherwise it goes back to the team."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.kit.settings import settings
from domain.tickets import outbound
from domain.tickets.jobs import DeliverReply
from workers import egress
from workers.failures import Undeliverable
from workers.letter import MailServer
from workers.runtime import A_DAY_OF_ATTEMPTS, actor


async def give_up(session: TenantSession, job: DeliverReply, error: Exception, now: datetime) -> None:
    await outbound.bounce(session, entry_id=job.entry_id, error=f"{type(error).__name__}: {error}", now=now)


@actor(DeliverReply, attempts=A_DAY_OF_ATTEMPTS, when_dead=give_up)
async def deliver_reply(session: TenantSession, job: DeliverReply, now: datetime) -> None:
    """Sends while the sender's seat is held. A crash after sending sends again, under the same Message-ID."""
    ready = await outbound.prepare_delivery(session, entry_id=job.entry_id, now=now)
    if ready is None:
        return
    try:
        await egress.send(ready.message, ready.permit, server=MailServer.of(settings()))
    except Undeliverable as refused:
        await outbound.bounce(session, entry_id=job.entry_id, error=str(refused), now=now)
    else:
        await outbound.settle(session, entry_id=job.entry_id, now=now)
