"""Words that leave the shop. Writing them takes a permit, and the right is looked at once more when they are sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.agents.models import Agent, Member
from domain.kit import events, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor
from domain.kit.ids import new_id
from domain.orders.models import Customer
from domain.seats.models import SeatKind
from domain.seats.rights import FullSeatRequired, OutboundPermit, permit_outbound
from domain.tenants.models import Tenant
from domain.tickets import lifecycle, moving, queries, workload
from domain.tickets.calls import answering
from domain.tickets.entries import add_entry, clean_body
from domain.tickets.errors import CustomerUnreachable
from domain.tickets.events import ReplyDelivered, ReplyReturned, TicketReplied
from domain.tickets.jobs import DeliverReply, RouteSweep
from domain.tickets.models import Delivery, DeliveryState, Entry, EntryKind, Ticket
from domain.tickets.workload import given_by

RETURNED = {
    Language.EN: "This reply was not sent: its sender lost the full seat before that. It is back as a draft.",
    Language.PL: "Ta odpowiedź nie została wysłana: nadawca stracił wcześniej pełną licencję. Wróciła jako szkic.",
}
REFUSED = {
    Language.EN: "This reply was not sent: the mail server refused it ({detail}). It is back as a draft.",
    Language.PL: "Ta odpowiedź nie została wysłana: serwer poczty ją odrzucił ({detail}). Wróciła jako szkic.",
}


@dataclass(frozen=True)
class OutboundMessage:
    """A mail to a customer, whole: what the egress needs and no more."""

    entry_id: UUID
    sender_name: str
    sender_address: str
    recipient: str
    subject: str
    body: str
    message_id: str
    at: datetime


@dataclass(frozen=True)
class Send:
    """A message that may go out while the transaction that made this is open: it holds the sender's seat."""

    message: OutboundMessage
    permit: OutboundPermit


async def reply(
    session: TenantSession,
    *,
    ticket_id: UUID,
    body: str,
    permit: OutboundPermit,
    any_owner: bool,
    by: Actor,
    now: datetime,
    author: Actor | None = None,
) -> Entry:
    """Write to the ticket's customer; the ticket then waits in the agent's hands, and a worker sends the mail.

    The permit's agent is the sender. `author` is the member whose words they are, `by` unless another one drafted them.
    Raises TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours, CustomerUnreachable, InvalidInput; ValueError
    for a permit of another transaction.
    """
    permit.must_belong_to(session)
    writer = author or by
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.reply(moving.place_of(ticket), by=permit.agent_id, any_owner=any_owner)
    customer = await queries.customer_of(session, ticket=ticket)
    if not customer.email:
        raise CustomerUnreachable(customer.id)
    entry = Entry(
        tenant_id=session.tenant_id,
        id=new_id(),
        ticket_id=ticket.id,
        kind=EntryKind.OUTBOUND,
        body=clean_body(body),
        at=now,
        author_kind=writer.kind,
        author_id=writer.id,
        sender_assignment_id=permit.assignment_id,
        sender_agent_id=permit.agent_id,
        sender_kind=SeatKind.FULL,
    )
    session.add(entry)
    await session.flush()
    tenant = await session.get_one(Tenant, session.tenant_id)
    session.add(_delivery(entry, ticket, customer, tenant, now=now))
    moving.apply(session, ticket, move, by=by, now=now)
    await answering.note_ticket(session, ticket, now=now)
    await workload.note(session, given_by(ticket, move), now=now)
    events.record(session, ticket, TicketReplied(entry.id, permit.assignment_id), by=by, at=now)
    outbox.enqueue(session, DeliverReply(entry.id), now=now)
    await session.flush()
    return entry


async def prepare_delivery(session: TenantSession, *, entry_id: UUID, now: datetime) -> Send | None:
    """The message to send now, its sender's live full seat held until the transaction ends; None when there is none.

    The seat is whichever the sender sits on now; who wrote the words does not matter.
    There is none when it was sent or returned before, or when the sender has been without a full seat at any time
    since, even if only for a while: then the reply goes back to the team as a draft.
    """
    entry = await session.get_one(Entry, (session.tenant_id, entry_id))
    permit = await _permit_of_sender(session, entry, now=now)
    delivery = await _lock_pending(session, entry_id=entry_id)
    if delivery is None:
        return None
    if permit is None:
        await _return(session, entry, delivery, why=RETURNED, detail="", now=now)
        return None
    return Send(message=await _message(session, entry, delivery), permit=permit)


async def settle(session: TenantSession, *, entry_id: UUID, now: datetime) -> None:
    """A mail server took the message."""
    delivery = await _lock_pending(session, entry_id=entry_id)
    if delivery is None:
        return
    delivery.state, delivery.settled_at = DeliveryState.SENT, now
    entry = await session.get_one(Entry, (session.tenant_id, entry_id))
    ticket = await queries.lock_ticket(session, ticket_id=entry.ticket_id)
    events.record(session, ticket, ReplyDelivered(entry_id), by=SYSTEM, at=now)


async def bounce(session: TenantSession, *, entry_id: UUID, error: str, now: datetime) -> None:
    """The mail server refused the message for good: it goes back to the team as a draft that says why."""
    delivery = await _lock_pending(session, entry_id=entry_id)
    if delivery is not None:
        entry = await session.get_one(Entry, (session.tenant_id, entry_id))
        await _return(session, entry, delivery, why=REFUSED, detail=error[:300], now=now)


@dataclass(frozen=True)
class Unsent:
    """A reply that no mail server has taken yet, both its rows locked."""

    entry: Entry
    delivery: Delivery


async def lock_unsent(session: TenantSession, *, agent_ids: Collection[UUID]) -> Sequence[Unsent]:
    """What these agents sent and no mail server has taken yet, locked in the order of its deliveries.

    Lock it before any ticket.
    """
    found = await session.execute(
        select(Entry, Delivery)
        .join(Delivery, (Delivery.tenant_id == Entry.tenant_id) & (Delivery.entry_id == Entry.id))
        .where(
            Entry.tenant_id == session.tenant_id,
            Entry.sender_agent_id.in_(agent_ids),
            Delivery.state == DeliveryState.PENDING,
        )
        .order_by(Delivery.id)
        .with_for_update(of=Delivery, key_share=True)
        .execution_options(populate_existing=True)
    )
    return [Unsent(row.Entry, row.Delivery) for row in found]


async def give_back(session: TenantSession, ticket: Ticket, unsent: Unsent, *, now: datetime) -> None:
    """Make a draft of a reply whose sender may not reach customers any more; the locked ticket stays where it is."""
    await _give_back(session, ticket, unsent.entry, unsent.delivery, why=RETURNED, detail="", now=now)


async def _permit_of_sender(session: TenantSession, entry: Entry, *, now: datetime) -> OutboundPermit | None:
    if entry.sender_agent_id is None:
        raise ValueError(f"Entry {entry.id} is not outbound: it has no sender.")
    try:
        return await permit_outbound(session, agent_id=entry.sender_agent_id, now=now, since=entry.at)
    except FullSeatRequired:
        return None


def _delivery(entry: Entry, ticket: Ticket, customer: Customer, tenant: Tenant, *, now: datetime) -> Delivery:
    return Delivery(
        tenant_id=entry.tenant_id,
        id=new_id(),
        entry_id=entry.id,
        address=customer.email,
        subject=f"{ticket.subject} [#{ticket.number}]",
        state=DeliveryState.PENDING,
        created_at=now,
        message_id=f"<{entry.id}@{tenant.mail_from.rpartition('@')[2]}>",
    )


async def _lock_pending(session: TenantSession, *, entry_id: UUID) -> Delivery | None:
    return await session.scalar(
        select(Delivery)
        .where(
            Delivery.tenant_id == session.tenant_id,
            Delivery.entry_id == entry_id,
            Delivery.state == DeliveryState.PENDING,
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def _return(
    session: TenantSession, entry: Entry, delivery: Delivery, *, why: dict[Language, str], detail: str, now: datetime
) -> None:
    ticket = await queries.lock_ticket(session, ticket_id=entry.ticket_id)
    await _give_back(session, ticket, entry, delivery, why=why, detail=detail, now=now)
    place = moving.place_of(ticket)
    if place.state in lifecycle.OPEN:
        moving.apply(session, ticket, lifecycle.queue(place, reason="reply returned"), by=SYSTEM, now=now)
        await outbox.enqueue_once(session, RouteSweep(), now=now)
    await session.flush()


async def _give_back(
    session: TenantSession,
    ticket: Ticket,
    entry: Entry,
    delivery: Delivery,
    *,
    why: dict[Language, str],
    detail: str,
    now: datetime,
) -> None:
    tenant = await session.get_one(Tenant, session.tenant_id)
    delivery.state, delivery.settled_at = DeliveryState.RETURNED, now
    author = Actor(entry.author_kind, entry.author_id)
    draft = add_entry(session, ticket, kind=EntryKind.DRAFT, body=entry.body, author=author, by=SYSTEM, now=now)
    note = why[tenant.language].format(detail=detail)
    add_entry(session, ticket, kind=EntryKind.SYSTEM, body=note, author=SYSTEM, by=SYSTEM, now=now)
    events.record(session, ticket, ReplyReturned(entry.id, draft.id, note), by=SYSTEM, at=now)


async def _message(session: TenantSession, entry: Entry, delivery: Delivery) -> OutboundMessage:
    tenant = await session.get_one(Tenant, session.tenant_id)
    sender = await session.scalar(
        select(Member.name)
        .join(Agent, (Agent.tenant_id == Member.tenant_id) & (Agent.member_id == Member.id))
        .where(Agent.tenant_id == session.tenant_id, Agent.id == entry.sender_agent_id)
    )
    return OutboundMessage(
        entry_id=entry.id,
        sender_name=f"{sender} ({tenant.name})",
        sender_address=tenant.mail_from,
        recipient=delivery.address,
        subject=delivery.subject,
        body=entry.body,
        message_id=delivery.message_id,
        at=entry.at,
    )
