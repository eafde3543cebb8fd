"""Who talks with a caller: the agent who picked up, for as long as the ticket stays in those hands."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select

from domain.agents.channels import Channel
from domain.kit.database import TenantSession
from domain.tickets.calls.models import Call
from domain.tickets.models import Ticket, Transition

_MOVED_ON = exists().where(
    Transition.tenant_id == Call.tenant_id,
    Transition.ticket_id == Call.ticket_id,
    Transition.position > Call.connected_version,
    Transition.assignee_id.is_distinct_from(Call.connected_to_id),
)


def _connected(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    talk = exists().where(
        Call.tenant_id == Ticket.tenant_id,
        Call.ticket_id == Ticket.id,
        Call.ended_at.is_(None),
        Call.connected_to_id == Ticket.assignee_id,
        ~_MOVED_ON.correlate(Call),
        *more,
    )
    return talk.correlate(Ticket)


CONNECTED = _connected()
"""Whether a ticket's caller talks with the agent in whose hands it is, and has been since that agent picked up."""


def connected_since(instant: ColumnElement[datetime] | datetime) -> ColumnElement[bool]:
    """As `CONNECTED`, of a talk that began after the instant."""
    return _connected(Call.connected_at > instant)


async def connected(session: TenantSession, ticket: Ticket) -> bool:
    """As `CONNECTED`, of one ticket. The caller holds its lock."""
    if ticket.worked_as is not Channel.PHONE:
        return False
    talks = select(Ticket.id).where(Ticket.tenant_id == session.tenant_id, Ticket.id == ticket.id, CONNECTED)
    return await session.scalar(talks) is not None
