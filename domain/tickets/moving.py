"""Applying a lifecycle decision to a ticket's row, with its transition and its event. The caller holds its lock."""

from datetime import datetime

from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.tickets.events import TicketMoved, TicketReopened
from domain.tickets.lifecycle import Move, Place
from domain.tickets.models import Ticket, Transition


def place_of(ticket: Ticket) -> Place:
    """Where the ticket is."""
    return Place(ticket.id, ticket.state, ticket.team_id, ticket.assignee_id)


def apply(session: TenantSession, ticket: Ticket, move: Move, *, by: Actor, now: datetime) -> None:
    """Move the ticket and write down who did it, when and why; a move that changes nothing writes nothing."""
    if not move.changes:
        return
    target = move.target
    ticket.state, ticket.team_id, ticket.assignee_id = target.state, target.team_id, target.assignee_id
    ticket.state_since = now
    session.add(first_or_next(ticket, move, by=by, now=now))
    if move.reopens:
        ticket.reopened_count += 1
        events.record(session, ticket, TicketReopened(target.team_id, move.reason), by=by, at=now)
    else:
        moved = TicketMoved(move.origin.state, target.state, target.team_id, target.assignee_id, move.reason)
        events.record(session, ticket, moved, by=by, at=now)


def first_or_next(ticket: Ticket, move: Move, *, by: Actor, now: datetime) -> Transition:
    """The line of the ticket's history that tells of the move; its position is the version that the move makes."""
    return Transition(
        tenant_id=ticket.tenant_id,
        ticket_id=ticket.id,
        position=(ticket.version or 0) + 1,
        from_state=move.origin.state if move.changes else None,
        to_state=move.target.state,
        team_id=move.target.team_id,
        assignee_id=move.target.assignee_id,
        reason=move.reason,
        actor_kind=by.kind,
        actor_id=by.id,
        at=now,
    )
