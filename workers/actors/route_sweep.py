"""The queued tickets of a shop find their agents, in their order."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.tickets import sweeping
from domain.tickets.jobs import RouteSweep
from workers.runtime import actor


@actor(RouteSweep)
async def route_sweep(session: TenantSession, job: RouteSweep, now: datetime) -> None:
    await sweeping.route_sweep(session, now=now)
