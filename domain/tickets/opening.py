"""How cases come in: topics, new tickets, and what customers write afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as pg_insert

from domain.agents.channels import Channel
from domain.kit import bulk, events, inputs, outbox, texts
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.inputs import Faults
from domain.tenants import numbers
from domain.tickets import entries, lifecycle, moving, needs, queries
from domain.tickets.entries import add_entry, clean_body
from domain.tickets.errors import TopicKeyTaken
from domain.tickets.events import TicketOpened, TopicCreated
from domain.tickets.intake import sorting
from domain.tickets.intake.events import TicketSorted
from domain.tickets.intake.rules import Sorted, Start
from domain.tickets.jobs import RouteSweep
from domain.tickets.models import Entry, EntryKind, Ticket, TicketState, Topic, TopicSkill, Transition
from domain.tickets.needs import Needed

ANSWER_WITHIN = timedelta(hours=24)
"""When a new ticket is due, counted from its arrival."""


@dataclass(frozen=True)
class CaseWords:
    """What a case says, and how pressing it is."""

    subject: str
    body: str
    priority: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case that can be opened: its words are checked, and what it refers to stays until the transaction ends.

    `skills` are what its topic asks for, and `intake` what the shop's rules made of it, if they were asked.
    """

    channel: Channel
    topic: Topic
    skills: Mapping[UUID, int]
    words: CaseWords
    customer_id: UUID
    order_id: UUID | None
    arrived_at: datetime
    external_id: str | None = None
    intake: Sorted | None = None
    answer_within: timedelta = ANSWER_WITHIN

    @property
    def start(self) -> Start:
        """What the ticket asks for at first: what the rules said, and else its topic and its sender."""
        return self.intake.start if self.intake is not None else start_of(self.topic, self.skills, self.words)

    @property
    def needed(self) -> Needed:
        start = self.start
        return Needed(self.channel, start.needs_contact, start.skills, start.language)


@dataclass(frozen=True)
class Opened:
    """The rows of a new case, not yet added: the ticket goes first, for the others refer to it."""

    ticket: Ticket
    first: Transition
    entry: Entry


async def create_topic(
    session: TenantSession,
    *,
    key: str,
    name: str,
    team_id: UUID,
    skills: Mapping[UUID, int],
    needs_contact: bool,
    by: Actor,
    now: datetime,
) -> Topic:
    """Add something that tickets can be about: its team's queue takes them, its skills are asked for, at these levels.

    Raises TopicKeyTaken, TeamNotFound, SkillNotFound, InvalidInput.
    """
    await queries.team(session, team_id=team_id)
    await needs.refuse_skills(session, skills, field="skills")
    row = pg_insert(Topic).values(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        key=texts.key(key, field="key"),
        name=texts.label(name, field="name"),
        team_id=team_id,
        needs_contact=needs_contact,
        created_at=now,
    )
    topic: Topic | None = await session.scalar(row.on_conflict_do_nothing().returning(Topic))
    if topic is None:
        raise TopicKeyTaken(key)
    asked = dict(sorted(skills.items()))
    events.record(session, topic, TopicCreated(topic.key, team_id, asked, needs_contact), by=by, at=now)
    await session.flush()
    rows = [{"topic_id": topic.id, "skill_id": skill_id, "level": level} for skill_id, level in asked.items()]
    await bulk.add(session, TopicSkill, rows)
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
    """Open a case with the customer's first words, and have the router called for it; see `open_case`."""
    ticket = await open_case(
        session,
        channel=channel,
        topic_key=topic_key,
        subject=subject,
        body=body,
        customer_id=customer_id,
        order_id=order_id,
        priority=priority,
        by=by,
        now=now,
    )
    await outbox.enqueue_once(session, RouteSweep(), now=now)
    return ticket


async def open_case(
    session: TenantSession,
    *,
    channel: Channel,
    topic_key: str,
    subject: str,
    body: str,
    customer_id: UUID,
    order_id: UUID | None,
    priority: int = 0,
    team_id: UUID | None = None,
    on_the_line: bool = False,
    by: Actor,
    now: datetime,
) -> Ticket:
    """Open a case with the customer's first words; it takes the shop's next number.

    It joins its topic's queue, or that of `team_id`, or wherever the shop's intake rules have it. With the customer
    `on_the_line` it is due at once, and goes to nobody who does not reach customers, whatever rules say.
    Raises TopicNotFound, CustomerNotFound, OrderNotFound (also for an order of another customer), InvalidInput.
    """
    faults = Faults()
    words = checked(CaseWords(subject, body, priority), faults)
    faults.raise_first()
    topic, skills = await queries.topic_to_refer_to(session, key=topic_key)
    customer = await queries.customer_to_refer_to(session, customer_id=customer_id)
    order = None
    if order_id is not None:
        order = await queries.order_to_refer_to(session, order_id=order_id, customer_id=customer_id)
    about = {"channel": channel, "subject": words.subject, "body": words.body, "arrived_at": now}
    start = start_of(topic, skills, words)
    if team_id is not None:
        start = replace(start, team_id=team_id)
    found = await sorting.sort(session, start=start, topic=topic, customer=customer, order=order, about=about)
    if on_the_line:
        found = replace(found, start=replace(found.start, needs_contact=True))

    case = Case(
        channel=channel,
        topic=topic,
        skills=skills,
        words=words,
        customer_id=customer_id,
        order_id=order_id,
        arrived_at=now,
        intake=found,
        answer_within=timedelta(0) if on_the_line else ANSWER_WITHIN,
    )
    kept = await needs.kept(session, [case.needed])

    # Last, for the counter stays locked until the commit: from here on nothing waits for anybody.
    number = await numbers.take(session, name="ticket")
    opened = compose(session, case, need_id=kept[case.needed], number=number, by=by, now=now)
    await add(session, [opened])
    await sorting.keep(session, opened.ticket, found, start=start, now=now)
    return opened.ticket


def start_of(topic: Topic, skills: Mapping[UUID, int], words: CaseWords) -> Start:
    """What a ticket asks for by its topic and its sender alone."""
    return Start(
        team_id=topic.team_id,
        priority=words.priority,
        skills=skills,
        needs_contact=topic.needs_contact,
    )


def checked(words: CaseWords, faults: Faults) -> CaseWords:
    """The words with their spaces in order, and what is wrong with them among the faults."""
    return CaseWords(
        faults.take(texts.label, " ".join(words.subject.split()), field="subject", most=500),
        faults.take(clean_body, words.body),
        faults.take(_priority, words.priority),
    )


def compose(session: TenantSession, case: Case, *, need_id: UUID, number: int, by: Actor, now: datetime) -> Opened:
    """The rows of a case with the number that is its own; its events are recorded, the rows are not added yet.

    `need_id` is what `needs.kept` gave for what the case asks.
    """
    start = case.start
    ticket = Ticket(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        number=number,
        external_id=case.external_id,
        channel=case.channel,
        worked_as=case.channel,
        topic_id=case.topic.id,
        subject=case.words.subject,
        customer_id=case.customer_id,
        order_id=case.order_id,
        team_id=start.team_id,
        need_id=need_id,
        needs_contact=start.needs_contact,
        state=TicketState.QUEUED,
        priority=start.priority,
        due_at=case.arrived_at + case.answer_within,
        arrived_at=case.arrived_at,
        asked_at=case.arrived_at,
        state_since=now,
    )
    place = moving.place_of(ticket)
    first = moving.first_or_next(ticket, lifecycle.Move(place, place, "opened"), by=by, now=now)
    opened = TicketOpened(number, case.channel, case.topic.id, case.customer_id, case.order_id)
    events.record(session, ticket, opened, by=by, at=now)
    if case.intake is not None and case.intake.acts:
        events.record(session, ticket, _sorted(case.intake), by=SYSTEM, at=now)
    customer = Actor(ActorKind.CUSTOMER, case.customer_id)
    entry = entries.compose(
        session, ticket, kind=EntryKind.INBOUND, body=case.words.body, author=customer, by=by, now=now
    )
    entry.at = case.arrived_at
    return Opened(ticket, first, entry)


def _sorted(found: Sorted) -> TicketSorted:
    start = found.start
    return TicketSorted(
        rule_ids=tuple(act.rule_id for act in found.acts),
        team_id=start.team_id,
        priority=start.priority,
        skills=dict(sorted(start.skills.items())),
        language=start.language,
        needs_contact=start.needs_contact,
        tags=start.tags,
    )


async def add(session: TenantSession, opened: Sequence[Opened]) -> None:
    """Insert composed cases."""
    session.add_all(each.ticket for each in opened)
    await session.flush()
    session.add_all(row for each in opened for row in (each.first, each.entry))
    await session.flush()


def _priority(priority: int) -> int:
    return inputs.whole(priority, field="priority", least=0, most=9)


async def receive(session: TenantSession, *, ticket_id: UUID, body: str, by: Actor, now: datetime) -> Entry:
    """Add what the customer wrote. A waiting ticket is its agent's again; a resolved or closed one is reopened.

    The words are the customer's; `by` is who passed them on, and so who moved the ticket.
    Raises TicketNotFound, InvalidInput.
    """
    ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
    move = lifecycle.customer_wrote(moving.place_of(ticket))
    moving.apply(session, ticket, move, by=by, now=now)
    if move.reopens:
        await outbox.enqueue_once(session, RouteSweep(), now=now)
    customer = Actor(ActorKind.CUSTOMER, ticket.customer_id)
    entry = add_entry(session, ticket, kind=EntryKind.INBOUND, body=body, author=customer, by=by, now=now)
    await session.flush()
    return entry
