"""Applying a lifecycle decision to a ticket's row, with its transition and its event. The caller holds its lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.kit import bulk, events
from domain.kit.database import TenantSession
from domain.kit.events import Actor, History, Recorder
from domain.kit.ids import new_id
from domain.tickets.events import TicketMoved, TicketReopened
from domain.tickets.lifecycle import Move, Place
from domain.tickets.models import Ticket, TicketState, Transition
from domain.tickets.routing import RoutingReason


def place_of(ticket: Ticket) -> Place:
    """Where the ticket is."""
    return Place(ticket.id, ticket.state, ticket.team_id, ticket.assignee_id)


class Decided(NamedTuple):
    """What the router decided a move by; `place` is the ticket's in the order of the pass, if it was in one."""

    reason: RoutingReason
    detail: Mapping[str, Any]
    pass_id: UUID | None = None
    place: int | None = None


def apply(
    session: TenantSession, ticket: Ticket, move: Move, *, decided: Decided | None = None, by: Actor, now: datetime
) -> None:
    """Move the ticket and write down who did it, when and why; a move that changes nothing writes nothing."""
    if not move.changes:
        return
    target = move.target
    ticket.state, ticket.team_id, ticket.assignee_id = target.state, target.team_id, target.assignee_id
    ticket.state_since, ticket.answer_by = now, None
    told = first_or_next(ticket, move, by=by, now=now)
    if decided is not None:
        told.routing_reason, told.routing_detail = decided.reason, dict(decided.detail)
        told.pass_id, told.place = decided.pass_id, decided.place
    session.add(told)
    if move.hands_over:
        ticket.handed_over += 1
    if target.state is TicketState.QUEUED and (move.hands_over or move.reopens):
        ticket.asked_at = now
    if move.reopens:
        ticket.reopened_count += 1
        events.record(session, ticket, TicketReopened(target.team_id, move.reason), by=by, at=now)
    else:
        events.record(session, ticket, _moved(move), by=by, at=now)


def _moved(move: Move) -> TicketMoved:
    target = move.target
    return TicketMoved(move.origin.state, target.state, target.team_id, target.assignee_id, move.reason)


@dataclass(frozen=True)
class Queued:
    """A move out of a queue, the version of its ticket before it, and until when its agent is to begin, if so."""

    move: Move
    version: int
    answer_by: datetime | None = None


async def place_all(session: TenantSession, moves: Sequence[Queued], *, now: datetime) -> None:
    """Move tickets out of their queues, as `apply` does, in one statement for all; `tell_all` is to follow."""
    if any(each.move.reopens or each.move.hands_over or not each.move.changes for each in moves):
        raise ValueError("Only a move out of a queue is written with others.")
    await bulk.change(session, Ticket, [_row(each) for each in moves], same={"state_since": now})


async def tell_all(
    session: TenantSession, moves: Sequence[Queued], decided: Sequence[Decided], *, by: Actor, now: datetime
) -> None:
    """Write down who moved the tickets, when and by which decisions, in two statements."""
    recorder = Recorder(session, by=by, at=now)
    history = [_line(*each) for each in zip(moves, decided, strict=True)]
    told = {"actor_kind": by.kind, "actor_id": by.id, "at": now}
    async with bulk.meanwhile(bulk.add(session, Transition, history, same=told)):
        for each in moves:
            ticket = History(Ticket.__tablename__, each.move.target.ticket_id, each.version)
            recorder.record(ticket, _moved(each.move))
    await recorder.write()


def _row(each: Queued) -> dict[str, Any]:
    """What becomes of the ticket."""
    target = each.move.target
    return {
        "id": target.ticket_id,
        "version": each.version + 1,
        "state": target.state,
        "answer_by": each.answer_by,
        "team_id": target.team_id,
        "assignee_id": target.assignee_id,
    }


def _line(each: Queued, decided: Decided) -> dict[str, Any]:
    """What its history says of it."""
    target = each.move.target
    return {
        "id": new_id(),
        "ticket_id": target.ticket_id,
        "position": each.version + 1,
        "from_state": each.move.origin.state,
        "to_state": target.state,
        "team_id": target.team_id,
        "assignee_id": target.assignee_id,
        "reason": each.move.reason,
        "routing_reason": decided.reason,
        "routing_detail": decided.detail,
        "pass_id": decided.pass_id,
        "place": decided.place,
    }


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
