"""Tickets, their append-only entries and transitions, deliveries, resolutions and topics."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.agents import levels
from domain.agents.channels import Channel
from domain.kit.base import Aggregate, Base, InTenant, TenantRow, check, enum, reference, to_tenant, unique, words
from domain.kit.events import ActorKind
from domain.seats.models import SeatKind
from domain.tickets.routing import RoutingReason


class TicketState(StrEnum):
    """QUEUED is in a team's queue; ASSIGNED and WAITING (for the customer) are in an agent's hands."""

    QUEUED = "QUEUED"
    ASSIGNED = "ASSIGNED"
    WAITING = "WAITING"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


OPEN = "state IN ('QUEUED', 'ASSIGNED', 'WAITING')"
"""The states of a ticket that somebody still has to deal with, as the index of them has it."""


class EntryKind(StrEnum):
    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"
    INTERNAL = "INTERNAL"
    DRAFT = "DRAFT"
    SYSTEM = "SYSTEM"


class EvidenceKind(StrEnum):
    """What an internal resolution rests on."""

    PAYMENT = "PAYMENT"
    CORRECTION = "CORRECTION"
    NOTE = "NOTE"


class DraftOutcome(StrEnum):
    """What became of a draft: sent to the customer, given back with a reason, or rewritten."""

    APPROVED = "APPROVED"
    RETURNED = "RETURNED"
    REPLACED = "REPLACED"


class DeliveryState(StrEnum):
    """PENDING until a mail server took the message, or until the sender's right was found gone (RETURNED)."""

    PENDING = "PENDING"
    SENT = "SENT"
    RETURNED = "RETURNED"


class Topic(Aggregate, Base):
    """What a ticket is about: the team whose queue it joins, and if it needs contact; `topic_skill` says what else."""

    __tablename__ = "topic"

    key: Mapped[str]
    name: Mapped[str]
    team_id: Mapped[UUID]
    needs_contact: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]

    __table_args__ = (to_tenant(), reference("team_id", to="team.id"), unique("key"))


class TopicSkill(InTenant, Base):
    """A skill that tickets about a topic ask for, and how much of it."""

    __tablename__ = "topic_skill"

    topic_id: Mapped[UUID] = mapped_column(primary_key=True)
    skill_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("topic_id", to="topic.id"),
        reference("skill_id", to="skill.id"),
        check(levels.ALLOWED, "level"),
    )


class Need(TenantRow, Base):
    """What tickets ask of whoever gets them, beside their team: one row for all that ask the same, never changed.

    `fingerprint` says all of it in one text, with the skills of `need_skill`; `needs.fingerprint` makes it.
    """

    __tablename__ = "need"

    channel: Mapped[Channel] = mapped_column(enum(Channel))
    needs_contact: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str | None]
    fingerprint: Mapped[str]

    __table_args__ = (
        to_tenant(),
        unique("fingerprint"),
        unique("id", "channel", "needs_contact"),
        check("language ~ '^[a-z]{2}$'", "language"),
    )


class NeedSkill(InTenant, Base):
    """A skill that a need asks for, and how much of it at least."""

    __tablename__ = "need_skill"

    need_id: Mapped[UUID] = mapped_column(primary_key=True)
    skill_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("need_id", to="need.id"),
        reference("skill_id", to="skill.id"),
        check(levels.ALLOWED, "level"),
    )


IN_TURN = ("tenant_id", "team_id", "need_id", text("priority DESC"), "due_at", "arrived_at", "id")
"""How tickets of a kind follow each other, for the indexes by which they are read."""


class Ticket(Aggregate, Base):
    """A customer's case; always in exactly one of: a team's queue, an agent's hands, resolved, closed.

    What it asks of an agent, `need_id`, is its own: its topic says what it starts with. `worked_as` and `needs_contact`
    are its need's, which the key holds. A ticket is worked as what it came by, `channel`; but what is left to do after
    a call is written work, as mail is.
    `external_id` is the shop's own id of a ticket that was imported.
    `asked_at` is since when it asks to be taken in hand: its arrival, or when it was last reopened or handed over by
    somebody who had begun. Unless something is done with it until `answer_by` it leaves the hands it is in.
    """

    __tablename__ = "ticket"

    number: Mapped[int] = mapped_column(BigInteger)
    external_id: Mapped[str | None]
    channel: Mapped[Channel] = mapped_column(enum(Channel))
    worked_as: Mapped[Channel] = mapped_column(enum(Channel, name="worked_as"))
    topic_id: Mapped[UUID]
    subject: Mapped[str]
    customer_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    team_id: Mapped[UUID]
    need_id: Mapped[UUID]
    needs_contact: Mapped[bool] = mapped_column(Boolean)
    assignee_id: Mapped[UUID | None]
    state: Mapped[TicketState] = mapped_column(enum(TicketState))
    priority: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    arrived_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    state_since: Mapped[datetime]
    answer_by: Mapped[datetime | None]
    reopened_count: Mapped[int] = mapped_column(Integer, default=0)
    handed_over: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        to_tenant(),
        reference("topic_id", to="topic.id"),
        reference("customer_id", to="customer.id"),
        reference("order_id", to="order.id"),
        reference("team_id", to="team.id"),
        reference("need_id", "worked_as", "needs_contact", to="need.id,channel,needs_contact"),
        reference("assignee_id", to="agent.id"),
        unique("number"),
        unique("external_id"),
        check("(state IN ('ASSIGNED', 'WAITING')) = (assignee_id IS NOT NULL)", "one_place"),
        check("priority BETWEEN 0 AND 9", "priority"),
        check("answer_by IS NULL OR state = 'ASSIGNED'", "answer_by"),
        check("worked_as = channel OR channel = 'PHONE' AND worked_as = 'EMAIL'", "way"),
        Index(
            "ix_ticket_queue",
            "tenant_id",
            "team_id",
            text("priority DESC"),
            "due_at",
            "arrived_at",
            "id",
            postgresql_where=text("state = 'QUEUED'"),
        ),
        Index(
            "ix_ticket_work",
            *IN_TURN,
            postgresql_where=text("state = 'QUEUED'"),
        ),
        Index(
            "ix_ticket_passed_on",
            *IN_TURN,
            postgresql_where=text("state = 'QUEUED' AND handed_over >= 2"),
        ),
        Index(
            "ix_ticket_asked",
            "tenant_id",
            "team_id",
            "need_id",
            "asked_at",
            postgresql_where=text("state = 'QUEUED'"),
        ),
        Index("ix_ticket_answer_by", "tenant_id", "answer_by", postgresql_where=text("answer_by IS NOT NULL")),
        Index(
            "ix_ticket_owned",
            "tenant_id",
            "assignee_id",
            "worked_as",
            postgresql_where=text("assignee_id IS NOT NULL"),
        ),
        Index("ix_ticket_customer_id", "tenant_id", "customer_id", "arrived_at"),
        Index("ix_ticket_order_id", "tenant_id", "order_id"),
        Index("ix_ticket_arrived_at", "tenant_id", "arrived_at", "id"),
        words("subject", name="ix_ticket_words"),
        Index("ix_ticket_open", "tenant_id", "arrived_at", "id", postgresql_where=text(OPEN)),
        Index("ix_ticket_state_since", "tenant_id", "state_since", "arrived_at", "id"),
    )


class Entry(TenantRow, Base):
    """One line of a ticket's history, never changed.

    An OUTBOUND entry names the agent who sent it, who need not be its author, and the seat that agent sat on; the
    foreign key and the CHECK admit that agent's own FULL one alone.
    """

    __tablename__ = "entry"

    ticket_id: Mapped[UUID]
    kind: Mapped[EntryKind] = mapped_column(enum(EntryKind))
    body: Mapped[str]
    at: Mapped[datetime]
    author_kind: Mapped[ActorKind] = mapped_column(enum(ActorKind))
    author_id: Mapped[UUID | None]
    sender_assignment_id: Mapped[UUID | None]
    sender_agent_id: Mapped[UUID | None]
    sender_kind: Mapped[SeatKind | None] = mapped_column(enum(SeatKind))

    __table_args__ = (
        to_tenant(),
        reference("ticket_id", to="ticket.id"),
        reference("sender_assignment_id", "sender_agent_id", "sender_kind", to="seat_assignment.id,agent_id,kind"),
        check(
            "num_nonnulls(sender_assignment_id, sender_agent_id, sender_kind)"
            " = CASE WHEN kind = 'OUTBOUND' THEN 3 ELSE 0 END",
            "sender",
        ),
        check("sender_kind = 'FULL'", "sender_is_full"),
        check("kind <> 'OUTBOUND' OR author_kind = 'MEMBER'", "outbound_by_member"),
        unique("id", "ticket_id", "kind", name="uq_entry_id_ticket_id_kind"),
        Index("ix_entry_ticket_id", "tenant_id", "ticket_id", "at", "id"),
        Index("ix_entry_draft", "tenant_id", "ticket_id", postgresql_where=text("kind = 'DRAFT'")),
        Index(
            "ix_entry_sender",
            "tenant_id",
            "sender_assignment_id",
            postgresql_where=text("sender_assignment_id IS NOT NULL"),
        ),
        Index("ix_entry_outbound", "tenant_id", "at", "ticket_id", postgresql_where=text("kind = 'OUTBOUND'")),
    )


class Delivery(TenantRow, Base):
    """The way of one outbound entry to its customer; address and subject are as they were when it was written."""

    __tablename__ = "delivery"

    entry_id: Mapped[UUID]
    address: Mapped[str]
    subject: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(enum(DeliveryState))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    message_id: Mapped[str]

    __table_args__ = (
        to_tenant(),
        reference("entry_id", to="entry.id"),
        unique("entry_id"),
        check("(state = 'PENDING') = (settled_at IS NULL)", "settled"),
        Index("ix_delivery_pending", "tenant_id", "entry_id", postgresql_where=text("state = 'PENDING'")),
    )


class DraftDecision(TenantRow, Base):
    """What became of a draft, once and for good: who decided, on which seat, and the entry that it led to.

    Approving led to the outbound entry, returning to the note that says why, replacing to the next draft;
    `edited` says that what went out are not the draft's own words. The keys hold draft and result in one ticket.
    """

    __tablename__ = "draft_decision"

    entry_id: Mapped[UUID]
    ticket_id: Mapped[UUID]
    entry_kind: Mapped[EntryKind] = mapped_column(enum(EntryKind, name="entry_kind"), default=EntryKind.DRAFT)
    outcome: Mapped[DraftOutcome] = mapped_column(enum(DraftOutcome))
    result_id: Mapped[UUID]
    result_kind: Mapped[EntryKind] = mapped_column(enum(EntryKind, name="result_kind"))
    assignment_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    seat_kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    edited: Mapped[bool] = mapped_column(Boolean, default=False)
    at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("entry_id", "ticket_id", "entry_kind", to="entry.id,ticket_id,kind"),
        reference("result_id", "ticket_id", "result_kind", to="entry.id,ticket_id,kind"),
        reference("assignment_id", "agent_id", "seat_kind", to="seat_assignment.id,agent_id,kind"),
        unique("entry_id"),
        unique("result_id"),
        check("entry_kind = 'DRAFT'", "of_a_draft"),
        check(
            "result_kind = CASE outcome WHEN 'APPROVED' THEN 'OUTBOUND' WHEN 'RETURNED' THEN 'INTERNAL'"
            " ELSE 'DRAFT' END",
            "result",
        ),
        check("outcome = 'REPLACED' OR seat_kind = 'FULL'", "on_a_full_seat"),
        check("NOT edited OR outcome = 'APPROVED'", "edited"),
        check("result_id <> entry_id", "another"),
    )


class Transition(TenantRow, Base):
    """A change of a ticket's place: from where, to where, who and when. The first has no `from_state`.

    `position` is the ticket's version at that change: it grows, with gaps. Of a move that the router chose, or that an
    agent asked it for, `routing_reason` and `routing_detail` say what decided; `place` is the ticket's in the order of
    its pass, in which what an agent asked for never was.
    """

    __tablename__ = "ticket_transition"

    ticket_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    from_state: Mapped[TicketState | None] = mapped_column(enum(TicketState, name="from_state"))
    to_state: Mapped[TicketState] = mapped_column(enum(TicketState, name="to_state"))
    team_id: Mapped[UUID]
    assignee_id: Mapped[UUID | None]
    reason: Mapped[str]
    actor_kind: Mapped[ActorKind] = mapped_column(enum(ActorKind))
    actor_id: Mapped[UUID | None]
    at: Mapped[datetime]
    routing_reason: Mapped[RoutingReason | None] = mapped_column(enum(RoutingReason))
    routing_detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    pass_id: Mapped[UUID | None]
    place: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("ticket_id", to="ticket.id"),
        reference("team_id", to="team.id"),
        reference("assignee_id", to="agent.id"),
        check("(routing_reason IS NULL) = (routing_detail IS NULL)", "routing"),
        check("routing_reason IS NULL OR to_state = 'ASSIGNED'", "routed"),
        check("(pass_id IS NULL) = (place IS NULL)", "place"),
        check("pass_id IS NULL OR routing_reason IS NOT NULL", "pass"),
        unique("ticket_id", "position"),
        Index("ix_ticket_transition_at", "tenant_id", "at", "ticket_id"),
    )


class Resolution(TenantRow, Base):
    """Why a ticket was resolved without telling the customer, on what evidence, by whom, on which kind of seat."""

    __tablename__ = "resolution"

    ticket_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    seat_kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    reason: Mapped[str]
    evidence_kind: Mapped[EvidenceKind] = mapped_column(enum(EvidenceKind))
    payment_id: Mapped[UUID | None]
    evidence_text: Mapped[str | None]
    at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("ticket_id", to="ticket.id"),
        reference("agent_id", to="agent.id"),
        reference("payment_id", to="payment.id"),
        check("(evidence_kind = 'PAYMENT') = (payment_id IS NOT NULL)", "payment"),
        check("evidence_kind = 'PAYMENT' OR evidence_text IS NOT NULL", "text"),
        Index("ix_resolution_ticket_id", "tenant_id", "ticket_id", "at"),
    )
