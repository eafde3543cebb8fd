"""Whose seat ends soon is told of it, and so are the admins."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.seats import reminding
from domain.seats.jobs import RemindSeats
from workers.runtime import actor


@actor(RemindSeats)
async def remind_seats(session: TenantSession, job: RemindSeats, now: datetime) -> None:
    await reminding.remind_due(session, now=now)
