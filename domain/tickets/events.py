"""What happens to tickets."""

from dataclasses import dataclass
from uuid import UUID

from domain.agents.channels import Channel
from domain.kit.events import Event
from domain.tickets.models import EntryKind, EvidenceKind, TicketState


@dataclass(frozen=True)
class TicketOpened(Event):
    number: int
    channel: Channel
    topic_id: UUID
    customer_id: UUID
    order_id: UUID | None


@dataclass(frozen=True)
class TicketCorrected(Event):
    """The shop described the ticket anew: `parts` are what is different now, by their names in its description."""

    parts: tuple[str, ...]
    subject: str
    priority: int
    order_id: UUID | None


@dataclass(frozen=True)
class TicketMoved(Event):
    """From one place to another; `reason` says why in a few words."""

    from_state: TicketState
    to_state: TicketState
    team_id: UUID
    assignee_id: UUID | None
    reason: str


@dataclass(frozen=True)
class TicketAccepted(Event):
    """The agent who holds it is at it, and is not waited for any more."""

    agent_id: UUID


@dataclass(frozen=True)
class TicketReopened(Event):
    team_id: UUID
    reason: str


@dataclass(frozen=True)
class TicketResolvedInternally(Event):
    agent_id: UUID
    reason: str
    evidence_kind: EvidenceKind
    payment_id: UUID | None


@dataclass(frozen=True)
class TicketEntryAdded(Event):
    entry_id: UUID
    kind: EntryKind


@dataclass(frozen=True)
class TicketReplied(Event):
    """An agent on a full seat wrote to the customer."""

    entry_id: UUID
    assignment_id: UUID


@dataclass(frozen=True)
class DraftApproved(Event):
    """A draft went out: `entry_id` is the outbound entry, `edited_by` the approver who changed its words, if so."""

    draft_id: UUID
    entry_id: UUID
    approved_by: UUID
    edited_by: UUID | None


@dataclass(frozen=True)
class DraftReturned(Event):
    """A draft was given back to its author; `entry_id` is the note that says why."""

    draft_id: UUID
    entry_id: UUID
    returned_by: UUID


@dataclass(frozen=True)
class DraftReplaced(Event):
    """The draft was written anew, as `entry_id`: by its author, or by a colleague of one who has no seat any more."""

    draft_id: UUID
    entry_id: UUID


@dataclass(frozen=True)
class ReplyDelivered(Event):
    entry_id: UUID


@dataclass(frozen=True)
class ReplyReturned(Event):
    """A reply did not go out: it is back with the team as a draft."""

    entry_id: UUID
    draft_id: UUID
    reason: str


@dataclass(frozen=True)
class TopicCreated(Event):
    """`skills` are those that its tickets ask for, with their levels."""

    key: str
    team_id: UUID
    skills: dict[UUID, int]
    needs_contact: bool
