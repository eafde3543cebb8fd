"""Looking up and locking calls. A call is locked after its ticket."""

from uuid import UUID

from sqlalchemy import select

from domain.kit import texts
from domain.kit.database import TenantSession
from domain.tickets import queries as tickets
from domain.tickets.calls.errors import CallNotFound
from domain.tickets.calls.models import Call
from domain.tickets.models import Ticket, TicketState


async def known(session: TenantSession, *, external_id: str) -> Call | None:
    """The call of that id, if there is one."""
    if not texts.storable(external_id):
        return None
    call: Call | None = await session.scalar(
        select(Call)
        .where(Call.tenant_id == session.tenant_id, Call.external_id == external_id.strip())
        .execution_options(populate_existing=True)
    )
    return call


async def going_on(session: TenantSession, *, ticket_id: UUID) -> Call | None:
    """The ticket's call that is not over, if there is one; not locked."""
    call: Call | None = await session.scalar(
        select(Call).where(Call.tenant_id == session.tenant_id, Call.ticket_id == ticket_id, Call.ended_at.is_(None))
    )
    return call


async def ticket_of(session: TenantSession, *, external_id: str) -> Ticket:
    """The ticket of a call, not locked. Raises CallNotFound."""
    call = await known(session, external_id=external_id)
    if call is None:
        raise CallNotFound(external_id)
    return await session.get_one(Ticket, (session.tenant_id, call.ticket_id), populate_existing=True)


async def lock(session: TenantSession, *, external_id: str) -> tuple[Call, Ticket]:
    """The call and its ticket, locked until the transaction ends. Raises CallNotFound."""
    unlocked = await ticket_of(session, external_id=external_id)
    ticket = await tickets.lock_ticket(session, ticket_id=unlocked.id)
    call = await session.scalars(
        select(Call)
        .where(Call.tenant_id == session.tenant_id, Call.external_id == external_id.strip())
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return call.one(), ticket


async def to_be_called_back(session: TenantSession, *, number: str, topic_id: UUID, customer_id: UUID) -> UUID | None:
    """The customer's first queued ticket about the topic who is to be called back at that number."""
    found: UUID | None = await session.scalar(
        select(Ticket.id)
        .join(Call, (Call.tenant_id == Ticket.tenant_id) & (Call.ticket_id == Ticket.id))
        .where(
            Call.tenant_id == session.tenant_id,
            Call.number == number,
            Call.ended_at.is_(None),
            Call.call_back_at.is_not(None),
            Ticket.topic_id == topic_id,
            Ticket.customer_id == customer_id,
            Ticket.state == TicketState.QUEUED,
        )
        .order_by(Ticket.arrived_at, Ticket.id)
        .limit(1)
    )
    return found
