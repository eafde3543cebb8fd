"""What happens to calls, and to the menus of the exchange. No event holds a telephone number."""

from dataclasses import dataclass
from uuid import UUID

from domain.agents.channels import Channel
from domain.kit.events import Event
from domain.tickets.calls.models import CallOutcome


@dataclass(frozen=True)
class CallQueued(Event):
    """Somebody called: the ticket is new, or the one of an earlier call that was still to be called back."""

    external_id: str
    ticket_id: UUID
    earlier_id: UUID | None


@dataclass(frozen=True)
class CallAnswered(Event):
    """It came into somebody's hands for the first time."""

    ticket_id: UUID
    agent_id: UUID


@dataclass(frozen=True)
class CallConnected(Event):
    """The exchange said that whoever has it picked up: from then on they talk."""

    ticket_id: UUID
    agent_id: UUID


@dataclass(frozen=True)
class CallUnanswered(Event):
    """Whose it was gave it back: nobody has answered it yet."""

    ticket_id: UUID
    agent_id: UUID


@dataclass(frozen=True)
class CallBackWanted(Event):
    """The caller left the line and is to be called back; `missed` if by hanging up, without asking for it."""

    ticket_id: UUID
    missed: bool


@dataclass(frozen=True)
class CallEnded(Event):
    """It is over; `agent_id` is in whose hands it was, if in any."""

    ticket_id: UUID
    outcome: CallOutcome
    agent_id: UUID | None


@dataclass(frozen=True)
class TicketWorkedAs(Event):
    """What the ticket takes of an agent from now on is what one of this channel does."""

    worked_as: Channel


@dataclass(frozen=True)
class IvrMenuSet(Event):
    """What its keys lead to, `topics` by theirs and other `menus` by theirs; `otherwise` is the topic of no key."""

    key: str
    otherwise: str
    topics: dict[str, str]
    menus: dict[str, str]
