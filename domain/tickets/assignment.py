"""Putting tickets into hands by a person's word, and back into a queue."""

from datetime import datetime
from uuid import UUID

from domain.agents.models import MemberState
from domain.kit import outbox
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.seats.models import SeatKind
from domain.seats.queries import state_of_agent
from domain.seats.rights import FullSeatRequired, SeatRequired, hold_seat
from domain.tickets import lifecycle, moving, queries, workload
from domain.tickets.calls import answering
from domain.tickets.entries import add_entry, clean_body
from domain.tickets.errors import AssigneeCannotComeIn, AssigneeHasNoSeat
from domain.tickets.jobs import RouteSweep
from domain.tickets.models import EntryKind, Ticket
from domain.tickets.workload import given_by


async def assign(
    session: TenantSession,
    *,
    ticket_id: UUID,
    agent_id: UUID,
    handed_by: UUID | None = None,
    reason: str | None = None,
    by: Actor,
    now: datetime,
) -> Ticket:
    """Put a ticket into an agent's hands, whatever their capacity: a person said so.

    `handed_by` is the agent who may do so with what is queued or in their own hands; None may with every ticket. The
    `reason` becomes a note on the ticket, if it moves.
    Raises TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours, AssigneeHasNoSeat (also for an unknown agent),
    AssigneeCannotComeIn, InvalidInput; FullSeatRequired for a light agent while a call about it goes on.
    """
    try:
        seat = await hold_seat(session, agent_id=agent_id, now=now)
    except SeatRequired:
        raise AssigneeHasNoSeat(agent_id) from None
    # Whoever keeps somebody out ends the seat first, which waits for us; so this is true until the transaction ends.
    if await state_of_agent(session, agent_id=agent_id) is not MemberState.ACTIVE:
        raise AssigneeCannotComeIn(agent_id)
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    if seat.kind is not SeatKind.FULL and await answering.has_live_call(session, ticket):
        raise FullSeatRequired  # whoever has it is connected with the customer
    move = lifecycle.assign(moving.place_of(ticket), agent_id=agent_id, handed_by=handed_by)
    moving.apply(session, ticket, move, by=by, now=now)
    await answering.note_ticket(session, ticket, now=now)
    await workload.note(session, given_by(ticket, move), now=now)
    _say_why(session, ticket, move, reason, by=by, now=now)
    if move.changes and move.origin.assignee_id is not None:
        await outbox.enqueue_once(session, RouteSweep(), now=now)  # somebody has room for one more
    await session.flush()
    return ticket


async def send_to_team(
    session: TenantSession,
    *,
    ticket_id: UUID,
    team_id: UUID | None,
    handed_by: UUID | None = None,
    reason: str | None = None,
    by: Actor,
    now: datetime,
) -> Ticket:
    """Put a ticket into a team's queue, its own by default, at the place its priority, due time and arrival give it.

    `handed_by` and `reason` as in `assign`.
    Raises TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours, TeamNotFound, InvalidInput.
    """
    if team_id is not None:
        await queries.team(session, team_id=team_id)
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.queue(moving.place_of(ticket), team_id=team_id, handed_by=handed_by, reason="handed over")
    moving.apply(session, ticket, move, by=by, now=now)
    _say_why(session, ticket, move, reason, by=by, now=now)
    if move.changes:
        await outbox.enqueue_once(session, RouteSweep(), now=now)  # for it, and for whoever has room for one more
    await session.flush()
    return ticket


def _say_why(
    session: TenantSession, ticket: Ticket, move: lifecycle.Move, reason: str | None, *, by: Actor, now: datetime
) -> None:
    if reason is not None:
        said = clean_body(reason, field="reason")
        if move.changes:
            add_entry(session, ticket, kind=EntryKind.INTERNAL, body=said, author=by, by=by, now=now)
