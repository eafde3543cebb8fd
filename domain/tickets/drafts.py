"""Answers that wait for somebody who may send them: approved, returned or rewritten, each draft once.

A draft whose author has no seat any more is its ticket's team's: whoever works there may rewrite it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import Actor, ActorKind, Event
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.seats.queries import sits
from domain.seats.rights import FullSeatRequired, LiveSeat, OutboundPermit
from domain.tickets import lifecycle, moving, outbound, queries
from domain.tickets.entries import add_entry, clean_body
from domain.tickets.errors import DraftNotFound, DraftNotYours, DraftSettled
from domain.tickets.events import DraftApproved, DraftReplaced, DraftReturned
from domain.tickets.models import DraftDecision, DraftOutcome, Entry, EntryKind, Ticket


def left_behind(now: datetime) -> ColumnElement[bool]:
    """Whether an entry is of a member of the staff who sits on no seat at the instant."""
    return and_(Entry.author_kind == ActorKind.MEMBER, ~sits(Entry.tenant_id, Entry.author_id, now))


async def approve(
    session: TenantSession,
    *,
    draft_id: UUID,
    body: str | None = None,
    permit: OutboundPermit,
    any_owner: bool,
    by: Actor,
    now: datetime,
) -> Entry:
    """Send a draft to the customer, in other words if `body` is given; one draft makes one mail at most.

    Its author stays the author, the permit's agent is the sender. The ticket stays with whoever holds it: a colleague
    who drafts asks for this, so `any_owner` matters to one's own drafts alone.
    Raises DraftNotFound, DraftSettled, TicketClosed, TicketNotOpen, TicketNotYours, CustomerUnreachable, InvalidInput.
    """
    other_words = None if body is None else clean_body(body)
    draft, ticket = await _lock_open(session, draft_id)
    words, author = other_words or draft.body, Actor(draft.author_kind, draft.author_id)
    entry = await outbound.reply(
        session,
        ticket_id=ticket.id,
        body=words,
        permit=permit,
        any_owner=any_owner or author != by,
        by=by,
        now=now,
        author=author,
    )
    edited = words != draft.body
    seat = LiveSeat(permit.assignment_id, permit.agent_id, SeatKind.FULL, None)
    approved = DraftApproved(draft.id, entry.id, seat.agent_id, seat.agent_id if edited else None)
    await _settle(
        session, draft, ticket, DraftOutcome.APPROVED, entry, approved, seat=seat, edited=edited, by=by, now=now
    )
    return entry


async def give_back(
    session: TenantSession, *, draft_id: UUID, reason: str, seat: LiveSeat, by: Actor, now: datetime
) -> Entry:
    """Give a draft back to its author, with a note on the ticket that says why; returns the note.

    An author who has no seat will not see it: it is the team's then, as every draft of such a person.
    Raises DraftNotFound, DraftSettled, TicketClosed, FullSeatRequired, InvalidInput.
    """
    if seat.kind is not SeatKind.FULL:
        raise FullSeatRequired
    said = clean_body(reason, field="reason")
    draft, ticket = await _lock_open(session, draft_id)
    lifecycle.must_not_be_closed(moving.place_of(ticket))
    note = add_entry(session, ticket, kind=EntryKind.INTERNAL, body=said, author=by, by=by, now=now)
    returned = DraftReturned(draft.id, note.id, seat.agent_id)
    await _settle(session, draft, ticket, DraftOutcome.RETURNED, note, returned, seat=seat, by=by, now=now)
    return note


async def replace(
    session: TenantSession, *, draft_id: UUID, body: str, seat: LiveSeat, by: Actor, now: datetime
) -> Entry:
    """Put a new draft in the place of one's own, or of one whose author has no seat now; returns the new one.

    The new draft is the caller's. Raises DraftNotFound, DraftSettled, DraftNotYours, TicketClosed, InvalidInput.
    """
    words = clean_body(body)
    draft, ticket = await _lock_open(session, draft_id)
    if Actor(draft.author_kind, draft.author_id) != by and not await _left_behind(session, draft, now=now):
        raise DraftNotYours(draft_id)
    lifecycle.must_not_be_closed(moving.place_of(ticket))
    new = add_entry(session, ticket, kind=EntryKind.DRAFT, body=words, author=by, by=by, now=now)
    replaced = DraftReplaced(draft.id, new.id)
    await _settle(session, draft, ticket, DraftOutcome.REPLACED, new, replaced, seat=seat, by=by, now=now)
    return new


async def ticket_of(session: TenantSession, *, draft_id: UUID) -> UUID:
    """The id of the ticket that the draft is on. Raises DraftNotFound."""
    return (await _draft(session, draft_id)).ticket_id


async def _draft(session: TenantSession, draft_id: UUID) -> Entry:
    draft = await session.get(Entry, (session.tenant_id, draft_id))
    if draft is None or draft.kind is not EntryKind.DRAFT:
        raise DraftNotFound(draft_id)
    return draft


async def _lock_open(session: TenantSession, draft_id: UUID) -> tuple[Entry, Ticket]:
    """The draft and its ticket, whose lock makes deciding on the ticket's drafts take turns."""
    draft = await _draft(session, draft_id)
    ticket = await queries.lock_ticket(session, ticket_id=draft.ticket_id)
    outcome = await session.scalar(
        select(DraftDecision.outcome).where(
            DraftDecision.tenant_id == session.tenant_id, DraftDecision.entry_id == draft_id
        )
    )
    if outcome is not None:
        raise DraftSettled(draft_id, outcome)
    return draft, ticket


async def _left_behind(session: TenantSession, draft: Entry, *, now: datetime) -> bool:
    return bool(
        await session.scalar(select(left_behind(now)).where(Entry.tenant_id == session.tenant_id, Entry.id == draft.id))
    )


async def _settle(
    session: TenantSession,
    draft: Entry,
    ticket: Ticket,
    outcome: DraftOutcome,
    result: Entry,
    event: Event,
    *,
    seat: LiveSeat,
    edited: bool = False,
    by: Actor,
    now: datetime,
) -> None:
    await session.flush()  # the result, which the decision refers to
    session.add(
        DraftDecision(
            tenant_id=session.tenant_id,
            id=new_id(),
            entry_id=draft.id,
            ticket_id=ticket.id,
            entry_kind=EntryKind.DRAFT,
            outcome=outcome,
            result_id=result.id,
            result_kind=result.kind,
            assignment_id=seat.assignment_id,
            agent_id=seat.agent_id,
            seat_kind=seat.kind,
            edited=edited,
            at=now,
        )
    )
    events.record(session, ticket, event, by=by, at=now)
    await session.flush()
