"""Who talks with a caller: the agent who picked up, for as long as the ticket stays in those hands."""

from sqlalchemy import ColumnElement, exists, select

from domain.agents.channels import Channel
from domain.kit.database import TenantSession
from domain.tickets.calls.models import Call
from domain.tickets.models import Ticket, Transition

_MOVED_ON = exists().where(
    Transition.tenant_id == Call.tenant_id,
    Transition.ticket_id == Call.ticket_id,
    Transition.at > Call.connected_at,
    Transition.assignee_id.is_distinct_from(Call.connected_to_id),
)

CONNECTED: ColumnElement[bool] = (
    exists()
    .where(
        Call.tenant_id == Ticket.tenant_id,
        Call.ticket_id == Ticket.id,
        Call.ended_at.is_(None),
        Call.connected_to_id == Ticket.assignee_id,
        ~_MOVED_ON.correlate(Call),
    )
    .correlate(Ticket)
)
"""Whether a ticket's caller talks with the agent in whose hands it is, and has been since that agent picked up."""


async def connected(session: TenantSession, ticket: Ticket) -> bool:
    """As `CONNECTED`, of one ticket. The caller holds its lock."""
    if ticket.worked_as is not Channel.PHONE:
        return False
    talks = select(Ticket.id).where(Ticket.tenant_id == session.tenant_id, Ticket.id == ticket.id, CONNECTED)
    return await session.scalar(talks) is not None
