"""Seats that have ended are recorded, and their agents' open work is handed over."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.seats.jobs import ExpireSeats
from domain.tickets import departures
from workers.runtime import actor


@actor(ExpireSeats)
async def expire_seats(session: TenantSession, job: ExpireSeats, now: datetime) -> None:
    await departures.expire_due_seats(session, now=now)
