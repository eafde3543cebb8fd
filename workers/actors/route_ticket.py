"""A ticket that joined a queue finds its agent."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.tickets import assignment
from domain.tickets.jobs import RouteTicket
from workers.runtime import actor


@actor(RouteTicket)
async def route_ticket(session: TenantSession, job: RouteTicket, now: datetime) -> None:
    await assignment.route_ticket(session, ticket_id=job.ticket_id, now=now)
