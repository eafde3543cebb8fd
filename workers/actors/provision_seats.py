"""Seats that have begun are recorded."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.seats.jobs import ProvisionSeats
from domain.tickets import departures
from workers.runtime import actor


@actor(ProvisionSeats)
async def provision_seats(session: TenantSession, job: ProvisionSeats, now: datetime) -> None:
    await departures.provision_due_seats(session, now=now)
