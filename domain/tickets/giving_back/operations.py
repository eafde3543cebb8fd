"""Giving a ticket back into its queue, and saying that one is at it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from domain.agents.efforts import efforts
from domain.agents.queries import lock_agent
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.seats.rights import LiveSeat, SeatRequired
from domain.tickets import lifecycle, moving, queries, workload
from domain.tickets.calls import answering
from domain.tickets.calls.connecting import connected
from domain.tickets.entries import add_entry, clean_body
from domain.tickets.errors import TicketAlreadyBegun
from domain.tickets.events import TicketAccepted
from domain.tickets.giving_back.models import GaveBack, TicketGivenBack
from domain.tickets.jobs import RouteSweep
from domain.tickets.lifecycle import Move
from domain.tickets.models import Entry, EntryKind, Ticket, TicketState, Transition
from domain.tickets.workload import Given

REASONS = {
    GaveBack.DECLINED: "declined",
    GaveBack.UNANSWERED: "not answered",
    GaveBack.LEFT: "agent left",
}
"""What the ticket's history says."""


async def accept(session: TenantSession, *, ticket_id: UUID, seat: LiveSeat, by: Actor, now: datetime) -> Ticket:
    """Say that one is at a ticket, so that it is not taken away for want of an answer; twice changes nothing.

    Raises TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours.
    """
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    lifecycle.must_be_in_hands_of(moving.place_of(ticket), seat.agent_id)
    if ticket.answer_by is not None:
        ticket.answer_by = None
        events.record(session, ticket, TicketAccepted(seat.agent_id), by=by, at=now)
        await session.flush()
    return ticket


async def decline(
    session: TenantSession, *, ticket_id: UUID, seat: LiveSeat, reason: str | None = None, by: Actor, now: datetime
) -> Ticket:
    """Give a ticket that one has not begun with back into its queue, where it keeps its place; the router gives it to
    somebody else who can have it. It counts neither as work that was given nor as a hand-over. `reason` becomes a note.

    Raises TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours, TicketAlreadyBegun, InvalidInput.
    """
    said = None if reason is None or not reason.strip() else clean_body(reason, field="reason")
    if await lock_agent(session, agent_id=seat.agent_id) is None:  # agents come before tickets in the order of locks
        raise SeatRequired
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.give_back(moving.place_of(ticket), by=seat.agent_id, reason=REASONS[GaveBack.DECLINED])
    if await _has_begun(session, ticket, seat=seat, by=by):
        raise TicketAlreadyBegun(ticket.id)
    if said is not None:
        add_entry(session, ticket, kind=EntryKind.INTERNAL, body=said, author=by, by=by, now=now)
    given = give_back(session, ticket, move, why=GaveBack.DECLINED, by=by, now=now)
    await workload.take_off(session, [given], now=now)
    await answering.forget(session, [ticket], now=now)
    await outbox.enqueue_once(session, RouteSweep(), now=now)
    await session.flush()
    return ticket


def give_back(session: TenantSession, ticket: Ticket, move: Move, *, why: GaveBack, by: Actor, now: datetime) -> Given:
    """Make the move of a locked ticket out of its agent's hands; returns what to take off what the agent was given."""
    agent_id, since = move.origin.assignee_id, ticket.state_since
    if agent_id is None:
        raise ValueError("It is in nobody's hands.")
    moving.apply(session, ticket, move, by=by, now=now)
    session.add(
        TicketGivenBack(
            tenant_id=session.tenant_id, id=new_id(), ticket_id=ticket.id, agent_id=agent_id, why=why, at=now
        )
    )
    return Given(agent_id, ticket.team_id, ticket.worked_as, since)


async def _has_begun(session: TenantSession, ticket: Ticket, *, seat: LiveSeat, by: Actor) -> bool:
    """Whether the agent talks with its caller, has accepted it, or has written anything on it since it came into their
    hands out of a queue.
    """
    if await connected(session, ticket):
        return True
    if ticket.answer_by is None and (await efforts(session))[ticket.worked_as].answer_seconds is not None:
        return True
    came = select(func.max(Transition.at)).where(
        Transition.tenant_id == session.tenant_id,
        Transition.ticket_id == ticket.id,
        Transition.assignee_id == seat.agent_id,
        Transition.from_state == TicketState.QUEUED,
    )
    written = select(Entry.at).where(
        Entry.tenant_id == session.tenant_id, Entry.ticket_id == ticket.id, Entry.author_id == by.id
    )
    last = await session.scalar(written.order_by(Entry.at.desc()).limit(1))
    since = await session.scalar(came)
    return last is not None and (since is None or last >= since)
