"""Tickets and their history."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry
from sqlalchemy import Boolean, literal_column
from strawberry.scalars import JSON

from api.graphql.reading import (
    Connection,
    Node,
    column,
    computed,
    keyset,
    newest_of,
    ordering,
    reads,
    to_many,
    to_one,
)
from api.graphql.reading.filters import TimeRange, among, equal, filter_input, given, meets, one_among, within
from api.graphql.types.actors import actor_id
from domain.agents.channels import Channel
from domain.kit.events import ActorKind
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission
from domain.tickets import decisions, models
from domain.tickets.calls.models import Call as CallRow
from domain.tickets.intake.models import IntakeFailure, TicketIntake, TicketTag
from domain.tickets.models import DeliveryState, DraftOutcome, EntryKind, EvidenceKind, TicketState
from domain.tickets.needs import MOST_SKILLS
from domain.tickets.routing import RoutingReason

if TYPE_CHECKING:
    from api.graphql.types.calls import Call
    from api.graphql.types.orders import Customer, Order, Payment
    from api.graphql.types.people import Agent, Member, Skill, Team


@ordering
class TicketOrdering(Enum):
    """How tickets are listed."""

    NEWEST_FIRST = keyset(models.Ticket.arrived_at.desc(), models.Ticket.id.desc(), description="The newest first.")
    OLDEST_FIRST = keyset(models.Ticket.arrived_at, models.Ticket.id, description="The oldest first.")
    QUEUE = keyset(
        models.Ticket.priority.desc(),
        models.Ticket.due_at,
        models.Ticket.arrived_at,
        models.Ticket.id,
        description="As in a queue: by priority, then the most urgent, then the oldest.",
    )


IS_OPEN = literal_column(f"ticket.{models.OPEN}", Boolean())
"""In a queue or in somebody's hands, in the words of the index of open tickets."""


@filter_input(description="Only tickets that fit all of it.")
class TicketFilter:
    number: int | None = equal(models.Ticket.number, description="With this number.")
    open: bool | None = meets(
        IS_OPEN, description="In a queue or in somebody's hands (true), or resolved or closed (false)."
    )
    state: list[TicketState] | None = among(models.Ticket.state, description="In any of these states.")
    channel: list[Channel] | None = among(models.Ticket.channel, description="From any of these channels.")
    team_id: UUID | None = equal(models.Ticket.team_id, id_of="team", description="Of this team.")
    topic_id: UUID | None = equal(models.Ticket.topic_id, id_of="topic", description="About this topic.")
    assignee_id: UUID | None = equal(models.Ticket.assignee_id, id_of="agent", description="In this agent's hands.")
    assigned: bool | None = given(models.Ticket.assignee_id, description="In somebody's hands (true) or not (false).")
    customer_id: UUID | None = equal(models.Ticket.customer_id, id_of="customer", description="Of this customer.")
    order_id: UUID | None = equal(models.Ticket.order_id, id_of="order", description="About this order.")
    arrived_at: TimeRange | None = within(models.Ticket.arrived_at, description="Arrived within these instants.")
    due_at: TimeRange | None = within(models.Ticket.due_at, description="Due within these instants.")
    tag: list[str] | None = one_among(
        TicketTag.tag,
        key=TicketTag.ticket_id,
        of=models.Ticket.id,
        lower=True,
        description="With any of these tags, whatever their case.",
    )


@reads(
    models.Ticket,
    requires=Permission.TICKETS_READ,
    description="A customer's case; always in exactly one of: a team's queue, an agent's hands, resolved, closed.",
)
class Ticket(Node):
    number: int = column(models.Ticket.number, description="Counted per shop, from 1.")
    external_id: str | None = column(
        models.Ticket.external_id, description="The shop's own id of it, if it was imported."
    )
    channel: Channel = column(models.Ticket.channel, description="How it came.")
    worked_as: Channel = column(
        models.Ticket.worked_as,
        description="What it takes of its agent: as it came, but what is left to do after a call is EMAIL.",
    )
    subject: str = column(models.Ticket.subject, description="What it is about, in a line.")
    state: TicketState = column(models.Ticket.state, description="Where it is.")
    state_since: datetime = column(models.Ticket.state_since, description="Since when it is there.")
    priority: int = column(models.Ticket.priority, description="From 0 to 9, the most pressing.")
    due_at: datetime = column(models.Ticket.due_at, description="By when it should be dealt with.")
    arrived_at: datetime = column(models.Ticket.arrived_at, description="When it came.")
    asked_at: datetime = column(
        models.Ticket.asked_at,
        description="Since when it asks to be taken: it came then, or was last reopened.",
    )
    answer_by: datetime | None = column(
        models.Ticket.answer_by,
        description="Until when whoever holds it has to begin, or it goes on; null if that does not matter.",
    )
    reopened_count: int = column(models.Ticket.reopened_count, description="How often it came back.")
    customer: "Customer | None" = to_one(models.Ticket.customer_id, description="Whose case it is.")
    order: "Order | None" = to_one(models.Ticket.order_id, description="The order it is about, if any.")
    topic: "Topic" = to_one(models.Ticket.topic_id, description="What kind of case it is.")
    team: "Team" = to_one(models.Ticket.team_id, description="Whose queue it is in, or was in last.")
    need: "Need" = to_one(models.Ticket.need_id, description="What it asks of its agent; at first its topic's skills.")
    needs_contact: bool = column(
        models.Ticket.needs_contact,
        description="Whether it takes somebody who reaches customers; at first its topic's.",
    )
    assignee: "Agent | None" = to_one(models.Ticket.assignee_id, description="In whose hands it is, if in any.")
    last_entry: "Entry | None" = newest_of(
        models.Entry.ticket_id, by=(models.Entry.at, models.Entry.id), description="The last line of its history."
    )
    tags: "Connection[TicketTag]" = to_many(
        TicketTag.ticket_id, order=(TicketTag.tag, TicketTag.id), description="Its tags, by name."
    )
    intake: "TicketIntake | None" = newest_of(
        TicketIntake.ticket_id,
        by=(TicketIntake.at, TicketIntake.id),
        description="What intake rules did to it when it came; null if none did anything.",
    )
    intake_failures: "Connection[IntakeFailure]" = to_many(
        IntakeFailure.ticket_id,
        order=(IntakeFailure.at, IntakeFailure.id),
        description="The intake rules that could not be decided for it.",
    )
    calls: "Connection[Call]" = to_many(
        CallRow.ticket_id,
        order=(CallRow.started_at.desc(), CallRow.id.desc()),
        description="The telephone calls about it, the newest first.",
    )
    entries: "Connection[Entry]" = to_many(
        models.Entry.ticket_id, order=(models.Entry.at, models.Entry.id), description="Its history, the oldest first."
    )
    transitions: "Connection[Transition]" = to_many(
        models.Transition.ticket_id,
        order=(models.Transition.position,),
        description="Where it has been, the oldest first.",
    )
    resolutions: "Connection[Resolution]" = to_many(
        models.Resolution.ticket_id,
        order=(models.Resolution.at, models.Resolution.id),
        description="How it was resolved without the customer, the oldest first.",
    )
    routing_decisions: "Connection[RoutingDecision]" = to_many(
        decisions.RoutingDecision.ticket_id,
        order=(decisions.RoutingDecision.at, decisions.RoutingDecision.id),
        description="What the router decided and why, the oldest first.",
    )


@reads(models.Entry, requires=Permission.TICKETS_READ, description="A line of a ticket's history, never changed.")
class Entry(Node):
    ticket: "Ticket" = to_one(models.Entry.ticket_id, description="The ticket.")
    kind: EntryKind = column(models.Entry.kind, description="What it is.")
    body: str = column(models.Entry.body, description="What was said.")
    at: datetime = column(models.Entry.at, description="When.")
    author_kind: ActorKind = column(models.Entry.author_kind, description="What kind of author wrote it.")
    author_id: strawberry.ID | None = computed(
        actor_id,
        needs=(models.Entry.author_kind, models.Entry.author_id),
        description="Who wrote it: a member, an API client or a customer; null for the system.",
    )
    author_member: "Member | None" = to_one(
        models.Entry.author_id, description="Who wrote it, if a member of the staff did."
    )
    sender: "Agent | None" = to_one(
        models.Entry.sender_agent_id,
        description="Who sent an outbound message, on a full seat; its author may be another.",
    )
    delivery: "Delivery | None" = newest_of(
        models.Delivery.entry_id,
        by=(models.Delivery.created_at, models.Delivery.id),
        description="How far an outbound message is.",
    )
    decision: "DraftDecision | None" = newest_of(
        models.DraftDecision.entry_id,
        by=(models.DraftDecision.at, models.DraftDecision.id),
        description="What became of a draft; null while it waits for somebody on a full seat.",
    )


@reads(
    models.DraftDecision,
    requires=Permission.TICKETS_READ,
    description="What became of a draft, once and for good.",
)
class DraftDecision(Node):
    ticket: "Ticket" = to_one(models.DraftDecision.ticket_id, description="The ticket.")
    draft: "Entry" = to_one(models.DraftDecision.entry_id, description="The draft.")
    outcome: DraftOutcome = column(models.DraftDecision.outcome, description="What became of it.")
    result: "Entry" = to_one(
        models.DraftDecision.result_id,
        description="What it led to: the message that went out, the note that says why not, or the next draft.",
    )
    agent: "Agent | None" = to_one(models.DraftDecision.agent_id, description="Who decided; who rewrote it.")
    seat_kind: SeatKind = column(models.DraftDecision.seat_kind, description="On which kind of seat.")
    edited: bool = column(models.DraftDecision.edited, description="Whether what went out are other words.")
    at: datetime = column(models.DraftDecision.at, description="When.")


@reads(models.Delivery, requires=Permission.TICKETS_READ, description="The way of an outbound entry to its customer.")
class Delivery(Node):
    entry: "Entry" = to_one(models.Delivery.entry_id, description="The message.")
    address: str | None = column(
        models.Delivery.address,
        requires=Permission.ORDERS_READ,
        description="The customer's address that it goes to, fixed when it was written.",
    )
    state: DeliveryState = column(models.Delivery.state, description="How far it is.")
    created_at: datetime = column(models.Delivery.created_at, description="When it was written.")
    settled_at: datetime | None = column(models.Delivery.settled_at, description="When it was sent or returned.")
    message_id: str = column(models.Delivery.message_id, description="The mail's Message-ID.")


@reads(models.Transition, requires=Permission.TICKETS_READ, description="A change of a ticket's place.")
class Transition(Node):
    ticket: "Ticket" = to_one(models.Transition.ticket_id, description="The ticket.")
    position: int = column(
        models.Transition.position, description="The ticket's version at this change: it grows, with gaps."
    )
    from_state: TicketState | None = column(models.Transition.from_state, description="From where; null when it came.")
    to_state: TicketState = column(models.Transition.to_state, description="To where.")
    reason: str = column(models.Transition.reason, description="Why.")
    at: datetime = column(models.Transition.at, description="When.")
    actor_kind: ActorKind = column(models.Transition.actor_kind, description="What kind of actor did it.")
    actor_id: strawberry.ID | None = computed(
        actor_id,
        needs=(models.Transition.actor_kind, models.Transition.actor_id),
        description="Who did it: a member, an API client or a customer; null for the system.",
    )
    actor_member: "Member | None" = to_one(
        models.Transition.actor_id, description="Who did it, if a member of the staff did."
    )
    team: "Team" = to_one(models.Transition.team_id, description="Whose ticket it was from then on.")
    assignee: "Agent | None" = to_one(models.Transition.assignee_id, description="Into whose hands it came, if any.")


@reads(
    models.Resolution,
    requires=Permission.TICKETS_READ,
    description="Why a ticket was resolved without telling the customer, and on what evidence.",
)
class Resolution(Node):
    ticket: "Ticket" = to_one(models.Resolution.ticket_id, description="The ticket.")
    agent: "Agent | None" = to_one(models.Resolution.agent_id, description="Who resolved it.")
    seat_kind: SeatKind = column(models.Resolution.seat_kind, description="On which kind of seat.")
    reason: str = column(models.Resolution.reason, description="Why.")
    evidence_kind: EvidenceKind = column(models.Resolution.evidence_kind, description="What it rests on.")
    payment: "Payment | None" = to_one(models.Resolution.payment_id, description="The payment it rests on, if on one.")
    evidence_text: str | None = column(models.Resolution.evidence_text, description="The evidence in words.")
    at: datetime = column(models.Resolution.at, description="When.")


@ordering
class TopicOrdering(Enum):
    """How topics are listed."""

    BY_NAME = keyset(models.Topic.name, models.Topic.id, description="By name.")
    BY_KEY = keyset(models.Topic.key, models.Topic.id, description="By key.")


@reads(
    models.Topic,
    requires=Permission.TICKETS_READ,
    description="What a case is about: the team it goes to, the skills it asks for, and if it needs the customer.",
)
class Topic(Node):
    key: str = column(models.Topic.key, description="The shop's name for it in programs.")
    name: str = column(models.Topic.name, description="Its name for people.")
    team: "Team" = to_one(models.Topic.team_id, description="Whose queue its tickets join.")
    skills: "list[TopicSkill]" = to_many(
        models.TopicSkill.topic_id,
        order=(models.TopicSkill.level.desc(), models.TopicSkill.skill_id),
        at_most=MOST_SKILLS,
        description="What an agent must be able to do, the highest level first.",
    )
    needs_contact: bool = column(
        models.Topic.needs_contact, description="Whether its tickets take somebody who reaches customers."
    )
    created_at: datetime = column(models.Topic.created_at, description="When it was made.")


@reads(models.TopicSkill, requires=Permission.TICKETS_READ, description="A skill that tickets about a topic ask for.")
class TopicSkill:
    skill: "Skill" = to_one(models.TopicSkill.skill_id, description="The skill.")
    level: int = column(models.TopicSkill.level, description="At least how much of it, from 1 to 5.")


@reads(
    models.Need,
    requires=Permission.TICKETS_READ,
    description="What tickets ask of whoever gets them, beside their team; one for all that ask the same.",
)
class Need(Node):
    channel: Channel = column(models.Need.channel, description="How they came.")
    needs_contact: bool = column(
        models.Need.needs_contact, description="Whether they take somebody who reaches customers."
    )
    language: str | None = column(
        models.Need.language, description="The language to be spoken, by its two letters (ISO 639-1); any if null."
    )
    skills: "list[NeedSkill]" = to_many(
        models.NeedSkill.need_id,
        order=(models.NeedSkill.level.desc(), models.NeedSkill.skill_id),
        at_most=MOST_SKILLS,
        description="What an agent must be able to do, the highest level first.",
    )


@reads(models.NeedSkill, requires=Permission.TICKETS_READ, description="A skill that tickets ask for.")
class NeedSkill:
    skill: "Skill" = to_one(models.NeedSkill.skill_id, description="The skill.")
    level: int = column(models.NeedSkill.level, description="At least how much of it, from 1 to 5.")


@reads(
    decisions.RoutingDecision,
    requires=Permission.TICKETS_READ,
    description="What the router chose for a ticket, and why.",
)
class RoutingDecision(Node):
    ticket: "Ticket" = to_one(decisions.RoutingDecision.ticket_id, description="The ticket.")
    agent: "Agent | None" = to_one(
        decisions.RoutingDecision.agent_id, description="Who got it; null if it stayed in the queue."
    )
    team: "Team" = to_one(decisions.RoutingDecision.team_id, description="The team whose queue it was in.")
    reason: RoutingReason = column(decisions.RoutingDecision.reason, description="Why.")
    detail: JSON = column(
        decisions.RoutingDecision.detail,
        description=(
            "What was asked for, and what decided: the minutes of work per hour of the chosen and of who came next, or "
            "how many could not have it, by reason."
        ),
    )
    at: datetime = column(decisions.RoutingDecision.at, description="When.")
