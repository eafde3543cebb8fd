"""How cases come in: topics, new tickets, and what customers write afterwards."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as pg_insert

from domain.agents.channels import Channel
from domain.agents.errors import SkillNotFound
from domain.agents.models import Skill
from domain.kit import events, outbox, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.tenants import numbers
from domain.tickets import lifecycle, moving, queries
from domain.tickets.entries import add_entry, clean_body, compose
from domain.tickets.errors import TopicKeyTaken
from domain.tickets.events import TicketOpened, TopicCreated
from domain.tickets.jobs import RouteTicket
from domain.tickets.models import Entry, EntryKind, Ticket, TicketState, Topic

ANSWER_WITHIN = timedelta(hours=24)
"""When a new ticket is due, counted from its arrival."""


async def create_topic(
    session: TenantSession,
    *,
    key: str,
    name: str,
    team_id: UUID,
    skill_id: UUID | None,
    needs_contact: bool,
    by: Actor,
    now: datetime,
) -> Topic:
    """Add something that tickets can be about: its team's queue takes them, its skill is asked for.

    Raises TopicKeyTaken, TeamNotFound, SkillNotFound, InvalidInput.
    """
    await queries.team(session, team_id=team_id)
    if skill_id is not None and await session.get(Skill, (session.tenant_id, skill_id)) is None:
        raise SkillNotFound(skill_id)
    row = pg_insert(Topic).values(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        key=texts.key(key, field="key"),
        name=texts.label(name, field="name"),
        team_id=team_id,
        skill_id=skill_id,
        needs_contact=needs_contact,
        created_at=now,
    )
    topic: Topic | None = await session.scalar(row.on_conflict_do_nothing().returning(Topic))
    if topic is None:
        raise TopicKeyTaken(key)
    events.record(session, topic, TopicCreated(topic.key, team_id, skill_id, needs_contact), by=by, at=now)
    await session.flush()
    return topic


async def open_ticket(
    session: TenantSession,
    *,
    channel: Channel,
    topic_key: str,
    subject: str,
    body: str,
    customer_id: UUID,
    order_id: UUID | None,
    priority: int = 0,
    by: Actor,
    now: datetime,
) -> Ticket:
    """Open a case with the customer's first words; it joins its topic's queue and takes the shop's next number.

    Raises TopicNotFound, CustomerNotFound, OrderNotFound (also for an order of another customer), InvalidInput.
    """
    if not 0 <= priority <= 9:
        raise InvalidInput("priority", "must be 0 to 9", "musi być od 0 do 9")
    named = texts.label(" ".join(subject.split()), field="subject", most=500)
    words = clean_body(body)
    topic = await queries.topic_to_refer_to(session, key=topic_key)
    await queries.customer_to_refer_to(session, customer_id=customer_id)
    if order_id is not None:
        await queries.order_to_refer_to(session, order_id=order_id, customer_id=customer_id)

    # Last, for the counter stays locked until the commit: from here on nothing waits for anybody.
    number = await numbers.take(session, name="ticket")
    ticket = Ticket(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        number=number,
        channel=channel,
        topic_id=topic.id,
        subject=named,
        customer_id=customer_id,
        order_id=order_id,
        team_id=topic.team_id,
        skill_id=topic.skill_id,
        needs_contact=topic.needs_contact,
        state=TicketState.QUEUED,
        priority=priority,
        due_at=now + ANSWER_WITHIN,
        arrived_at=now,
        state_since=now,
    )
    place = moving.place_of(ticket)
    first = moving.first_or_next(ticket, lifecycle.Move(place, place, "opened"), by=by, now=now)
    opened = TicketOpened(ticket.number, channel, topic.id, customer_id, order_id)
    events.record(session, ticket, opened, by=by, at=now)
    customer = Actor(ActorKind.CUSTOMER, customer_id)
    entry = compose(session, ticket, kind=EntryKind.INBOUND, body=words, author=customer, by=by, now=now)
    outbox.enqueue(session, RouteTicket(ticket.id), now=now)
    session.add(ticket)
    await session.flush()
    session.add_all((first, entry))
    await session.flush()
    return ticket


async def receive(session: TenantSession, *, ticket_id: UUID, body: str, by: Actor, now: datetime) -> Entry:
    """Add what the customer wrote. A waiting ticket is its agent's again; a resolved or closed one is reopened.

    The words are the customer's; `by` is who passed them on, and so who moved the ticket.
    Raises TicketNotFound, InvalidInput.
    """
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.customer_wrote(moving.place_of(ticket))
    moving.apply(session, ticket, move, by=by, now=now)
    if move.reopens:
        outbox.enqueue(session, RouteTicket(ticket.id), now=now)
    customer = Actor(ActorKind.CUSTOMER, ticket.customer_id)
    entry = add_entry(session, ticket, kind=EntryKind.INBOUND, body=body, author=customer, by=by, now=now)
    await session.flush()
    return entry
