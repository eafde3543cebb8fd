"""Seats that are planned are given, their people invited, and what has begun is recorded."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.kit.settings import settings
from domain.seasons import provisioning
from domain.seats.jobs import ProvisionSeats
from workers.runtime import actor


@actor(ProvisionSeats)
async def provision_seats(session: TenantSession, job: ProvisionSeats, now: datetime) -> None:
    await provisioning.provision(session, key=settings().secret_key.get_secret_value(), now=now)
