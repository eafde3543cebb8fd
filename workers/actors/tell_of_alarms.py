"""Alarms that nobody was told of are told to those who supervise."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.tickets.alarms import raising
from domain.tickets.jobs import TellOfAlarms
from workers.runtime import actor


@actor(TellOfAlarms)
async def tell_of_alarms(session: TenantSession, job: TellOfAlarms, now: datetime) -> None:
    await raising.tell(session, now=now)
