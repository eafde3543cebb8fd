"""What people on seats do with tickets, inside the shop: note, draft, resolve, reopen, close."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.agents.models import Agent
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats.rights import LiveSeat
from domain.tickets import lifecycle, moving, queries
from domain.tickets.calls import answering
from domain.tickets.entries import add_entry, clean_body
from domain.tickets.errors import EvidenceNotFound
from domain.tickets.events import TicketResolvedInternally
from domain.tickets.jobs import RouteSweep
from domain.tickets.models import Entry, EntryKind, EvidenceKind, Resolution, Ticket


@dataclass(frozen=True)
class Evidence:
    """What an internal resolution rests on: a payment, or a correction or note in words."""

    kind: EvidenceKind
    payment_id: UUID | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if self.kind is EvidenceKind.PAYMENT and self.payment_id is None:
            raise InvalidInput("evidence.paymentId", "name the payment", "podaj płatność")
        if self.kind is not EvidenceKind.PAYMENT and self.payment_id is not None:
            raise InvalidInput("evidence.paymentId", "goes with payment only", "tylko dla rodzaju „płatność”")
        if self.kind is not EvidenceKind.PAYMENT and not (self.text or "").strip():
            raise InvalidInput("evidence.text", "say what was done", "napisz, co zrobiono")


async def add_note(session: TenantSession, *, ticket_id: UUID, body: str, by: Actor, now: datetime) -> Entry:
    """Write a note that stays inside the shop. Raises TicketNotFound, TicketClosed, InvalidInput."""
    return await _write(session, ticket_id=ticket_id, kind=EntryKind.INTERNAL, body=body, by=by, now=now)


async def add_draft(session: TenantSession, *, ticket_id: UUID, body: str, by: Actor, now: datetime) -> Entry:
    """Write an answer that nobody has sent. Raises TicketNotFound, TicketClosed, InvalidInput."""
    return await _write(session, ticket_id=ticket_id, kind=EntryKind.DRAFT, body=body, by=by, now=now)


async def resolve_internally(
    session: TenantSession,
    *,
    ticket_id: UUID,
    seat: LiveSeat,
    any_owner: bool,
    reason: str,
    evidence: Evidence,
    by: Actor,
    now: datetime,
) -> Ticket:
    """Resolve a ticket without contacting the customer; resolving it twice changes nothing.

    Raises TicketNotFound, TicketClosed, TicketNotYours, EvidenceNotFound, InvalidInput.
    """
    said = clean_body(reason, field="reason")
    told = clean_body(evidence.text, field="evidence.text") if evidence.text and evidence.text.strip() else None
    await answering.prepare_end(session, ticket_id=ticket_id)
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.resolve(moving.place_of(ticket), by=seat.agent_id, any_owner=any_owner)
    if not move.changes:
        return ticket
    await _check_evidence(session, ticket, evidence)
    resolution = Resolution(
        tenant_id=session.tenant_id,
        id=new_id(),
        ticket_id=ticket.id,
        agent_id=seat.agent_id,
        seat_kind=seat.kind,
        reason=said,
        evidence_kind=evidence.kind,
        payment_id=evidence.payment_id,
        evidence_text=told,
        at=now,
    )
    session.add(resolution)
    moving.apply(session, ticket, move, by=by, now=now)
    resolved = TicketResolvedInternally(seat.agent_id, resolution.reason, evidence.kind, evidence.payment_id)
    events.record(session, ticket, resolved, by=by, at=now)
    await answering.end_with_ticket(session, ticket, agent_id=seat.agent_id, by=by, now=now)
    await outbox.enqueue_once(session, RouteSweep(), now=now)  # somebody has room for one more
    await session.flush()
    return ticket


async def reopen(session: TenantSession, *, ticket_id: UUID, reason: str, by: Actor, now: datetime) -> Ticket:
    """Put a resolved ticket back into its team's queue; an open one stays.

    Raises TicketNotFound, TicketClosed, InvalidInput.
    """
    said = clean_body(reason, field="reason")
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.reopen(moving.place_of(ticket))
    moving.apply(session, ticket, move, by=by, now=now)
    if move.changes:
        add_entry(session, ticket, kind=EntryKind.INTERNAL, body=said, author=by, by=by, now=now)
        await outbox.enqueue_once(session, RouteSweep(), now=now)
    await session.flush()
    return ticket


async def close(session: TenantSession, *, ticket_id: UUID, by: Actor, now: datetime) -> Ticket:
    """Put a resolved ticket away for good; only the customer's answer reopens it.

    Raises TicketNotFound, TicketNotResolved.
    """
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    moving.apply(session, ticket, lifecycle.close(moving.place_of(ticket)), by=by, now=now)
    await session.flush()
    return ticket


async def _write(
    session: TenantSession, *, ticket_id: UUID, kind: EntryKind, body: str, by: Actor, now: datetime
) -> Entry:
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    lifecycle.must_not_be_closed(moving.place_of(ticket))
    entry = add_entry(session, ticket, kind=kind, body=body, author=by, by=by, now=now)
    if ticket.answer_by is not None and await _holds(session, ticket, by):
        ticket.answer_by = None  # whoever holds it has begun
    await session.flush()
    return entry


async def _holds(session: TenantSession, ticket: Ticket, who: Actor) -> bool:
    holder = select(Agent.member_id).where(Agent.tenant_id == session.tenant_id, Agent.id == ticket.assignee_id)
    return who.kind is ActorKind.MEMBER and await session.scalar(holder) == who.id


async def _check_evidence(session: TenantSession, ticket: Ticket, evidence: Evidence) -> None:
    payment_id = evidence.payment_id
    if payment_id is not None and not await queries.pays_for_customer(
        session, payment_id=payment_id, customer_id=ticket.customer_id
    ):
        raise EvidenceNotFound(payment_id)
