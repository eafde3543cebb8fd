"""What calls become by what is done with their tickets: answered, over with them, and written work after them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from domain.agents.channels import Channel
from domain.kit import bulk, events
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor
from domain.tickets import needs
from domain.tickets.calls.events import CallAnswered, CallEnded, CallUnanswered, TicketWorkedAs
from domain.tickets.calls.models import Call, CallOutcome
from domain.tickets.models import Need, Ticket
from domain.tickets.needs import Needed
from domain.tickets.opening import ANSWER_WITHIN


async def note(session: TenantSession, hands: Mapping[UUID, UUID], *, now: datetime) -> None:
    """Of tickets that came into agents' hands, note which calls were answered by it. The caller holds their locks."""
    if not hands:
        return
    unanswered = _live().where(
        Call.tenant_id == session.tenant_id, bulk.among(Call.ticket_id, hands), Call.answered_at.is_(None)
    )
    for call in await session.scalars(unanswered):
        agent_id = hands[call.ticket_id]
        call.answered_at, call.answered_by_id = now, agent_id
        events.record(session, call, CallAnswered(call.ticket_id, agent_id), by=SYSTEM, at=now)
    await session.flush()


async def forget(session: TenantSession, tickets: Collection[Ticket], *, now: datetime) -> None:
    """Of tickets that were given back, note that nobody answered their calls, unless somebody talked with the caller.

    The caller holds their locks.
    """
    ids = [ticket.id for ticket in tickets if ticket.worked_as is Channel.PHONE]
    if not ids:
        return
    answered = _live().where(
        Call.tenant_id == session.tenant_id,
        bulk.among(Call.ticket_id, ids),
        Call.answered_at.is_not(None),
        Call.connected_at.is_(None),
    )
    for call in await session.scalars(answered):
        if call.answered_by_id is not None:
            told = CallUnanswered(call.ticket_id, call.answered_by_id)
            events.record(session, call, told, by=SYSTEM, at=now)
        call.answered_at = call.answered_by_id = None


async def note_ticket(session: TenantSession, ticket: Ticket, *, now: datetime) -> None:
    """As `note`, of one ticket."""
    if ticket.worked_as is Channel.PHONE and ticket.assignee_id is not None:
        await note(session, {ticket.id: ticket.assignee_id}, now=now)


async def live_call(session: TenantSession, *, ticket_id: UUID) -> Call | None:
    """The ticket's call that is not over, locked; the caller holds the ticket's lock."""
    call: Call | None = await session.scalar(
        _live().where(Call.tenant_id == session.tenant_id, Call.ticket_id == ticket_id)
    )
    return call


async def has_live_call(session: TenantSession, ticket: Ticket) -> bool:
    """Whether somebody is on the line about the ticket, or is to be called back. The caller holds its lock."""
    return ticket.worked_as is Channel.PHONE and await live_call(session, ticket_id=ticket.id) is not None


def _live() -> Select[Call]:
    return (
        select(Call)
        .where(Call.ended_at.is_(None))
        .order_by(Call.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def end(
    session: TenantSession, call: Call, outcome: CallOutcome, *, agent_id: UUID | None, by: Actor, now: datetime
) -> None:
    """Write down that a call is over, and in whose hands it was. The caller holds its lock."""
    call.ended_at, call.outcome = now, outcome
    events.record(session, call, CallEnded(call.ticket_id, outcome, agent_id), by=by, at=now)


async def prepare_end(session: TenantSession, *, ticket_id: UUID) -> None:
    """Have what `end_with_ticket` will need made by now: that can wait for others, so it comes before the locks."""
    ticket = await session.get(Ticket, (session.tenant_id, ticket_id))
    if ticket is not None and ticket.worked_as is Channel.PHONE:
        await written_need(session, ticket)


async def end_with_ticket(session: TenantSession, ticket: Ticket, *, agent_id: UUID, by: Actor, now: datetime) -> None:
    """A ticket that is resolved has no call that goes on: should it come back, nobody is on the line."""
    if ticket.worked_as is not Channel.PHONE:
        return
    call = await live_call(session, ticket_id=ticket.id)
    if call is not None:
        end(session, call, CallOutcome.COMPLETED, agent_id=agent_id, by=by, now=now)
        await leave_the_line(session, ticket, need_id=await written_need(session, ticket), by=by, now=now)


async def written_need(session: TenantSession, ticket: Ticket) -> UUID:
    """What the ticket asks for once its call is over: the same of an agent who writes."""
    before = await session.get_one(Need, (session.tenant_id, ticket.need_id))
    skills = await needs.skills_of(session, need_ids=[before.id])
    wanted = Needed(Channel.EMAIL, before.needs_contact, skills[before.id], before.language)
    return (await needs.kept(session, [wanted]))[wanted]


async def leave_the_line(session: TenantSession, ticket: Ticket, *, need_id: UUID, by: Actor, now: datetime) -> None:
    """What is left to do after a call is written work: it takes as much of its agent, and is due as soon, as a mail."""
    ticket.need_id, ticket.worked_as, ticket.due_at = need_id, Channel.EMAIL, now + ANSWER_WITHIN
    ticket.answer_by = None
    events.record(session, ticket, TicketWorkedAs(Channel.EMAIL), by=by, at=now)
    await session.flush()
