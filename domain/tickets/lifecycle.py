"""Where a ticket is and how it moves, as pure decisions: in a queue, in an agent's hands, resolved or closed."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain.tickets.errors import TicketAlreadyBegun, TicketClosed, TicketNotOpen, TicketNotResolved, TicketNotYours
from domain.tickets.models import TicketState

IN_HANDS = frozenset({TicketState.ASSIGNED, TicketState.WAITING})
CUSTOMER_ANSWERED = "customer answered"

OPEN = IN_HANDS | {TicketState.QUEUED}


@dataclass(frozen=True)
class Place:
    """Where a ticket is: its state, the team it belongs to, and the agent whose hands it is in."""

    ticket_id: UUID
    state: TicketState
    team_id: UUID
    assignee_id: UUID | None

    def __post_init__(self) -> None:
        if (self.state in IN_HANDS) != (self.assignee_id is not None):
            raise ValueError(f"A ticket that is {self.state} with assignee {self.assignee_id} is in no one place.")


@dataclass(frozen=True)
class Move:
    """A decision: where the ticket goes, and the fact that this is, in one word. The same place means no change.

    `unbegun` says that whoever held it had not begun with it, so that it counts as no hand-over.
    """

    origin: Place
    target: Place
    reason: str
    unbegun: bool = False

    @property
    def changes(self) -> bool:
        return self.origin != self.target

    @property
    def reopens(self) -> bool:
        return self.origin.state not in OPEN and self.target.state in OPEN

    @property
    def hands_over(self) -> bool:
        """Whether it leaves somebody's hands, and is still to be dealt with by somebody else."""
        holder = self.origin.assignee_id
        left = holder is not None and self.target.state in OPEN and self.target.assignee_id != holder
        return left and not self.unbegun


def assign(place: Place, *, agent_id: UUID, handed_by: UUID | None = None, reason: str = "assigned") -> Move:
    """Into an agent's hands, by an agent (from a queue or their own hands) or by one who may take it from anybody.

    Raises TicketClosed, TicketNotOpen, TicketNotYours.
    """
    _must_be_open(place)
    _must_be_free_for(place, handed_by)
    if place.assignee_id == agent_id:
        return Move(place, place, reason)
    return Move(place, Place(place.ticket_id, TicketState.ASSIGNED, place.team_id, agent_id), reason)


def queue(place: Place, *, team_id: UUID | None = None, handed_by: UUID | None = None, reason: str = "queued") -> Move:
    """Into a team's queue, its own by default; by whom as in `assign`.

    Raises TicketClosed, TicketNotOpen, TicketNotYours.
    """
    _must_be_open(place)
    _must_be_free_for(place, handed_by)
    target = replace(place, state=TicketState.QUEUED, assignee_id=None, team_id=team_id or place.team_id)
    return Move(place, target, reason)


def give_back(place: Place, *, by: UUID, reason: str) -> Move:
    """Back into its queue, by the agent who has not begun with it.

    Raises TicketClosed, TicketNotOpen, TicketNotYours, TicketAlreadyBegun.
    """
    must_be_in_hands_of(place, by)
    if place.state is TicketState.WAITING:
        raise TicketAlreadyBegun(place.ticket_id)
    return Move(place, replace(place, state=TicketState.QUEUED, assignee_id=None), reason, unbegun=True)


def reply(place: Place, *, by: UUID, any_owner: bool) -> Move:
    """Answered: now waiting for the customer, in the answering agent's hands.

    A queued ticket becomes the answerer's. One in another's hands stays there, and takes `any_owner`.
    Raises TicketClosed, TicketNotOpen, TicketNotYours.
    """
    _must_be_open(place)
    owner = place.assignee_id or by
    if owner != by and not any_owner:
        raise TicketNotYours(place.ticket_id, place.assignee_id)
    return Move(place, replace(place, state=TicketState.WAITING, assignee_id=owner), "replied")


def customer_wrote(place: Place) -> Move:
    """The customer wrote: a waiting ticket needs its agent again; a resolved or closed one is reopened in its queue."""
    if place.state is TicketState.WAITING:
        return Move(place, replace(place, state=TicketState.ASSIGNED), CUSTOMER_ANSWERED)
    if place.state in OPEN:
        return Move(place, place, "customer wrote")
    return Move(place, replace(place, state=TicketState.QUEUED), CUSTOMER_ANSWERED)


def resolve(place: Place, *, by: UUID, any_owner: bool) -> Move:
    """Resolved by the agent whose hands it is in (or anybody's with `any_owner`); twice changes nothing.

    Raises TicketClosed, TicketNotYours.
    """
    if place.state is TicketState.CLOSED:
        raise TicketClosed(place.ticket_id)
    if place.state is TicketState.RESOLVED:
        return Move(place, place, "resolved")
    if place.assignee_id != by and not any_owner:
        raise TicketNotYours(place.ticket_id, place.assignee_id)
    return Move(place, replace(place, state=TicketState.RESOLVED, assignee_id=None), "resolved internally")


def give_up(place: Place) -> Move:
    """Out of its queue and put away, resolved by nobody: there is nobody to answer. Anywhere else it stays."""
    if place.state is not TicketState.QUEUED:
        return Move(place, place, "given up")
    return Move(place, replace(place, state=TicketState.CLOSED), "given up")


def reopen(place: Place) -> Move:
    """Back from resolved into its team's queue; an open one stays where it is. Raises TicketClosed."""
    if place.state is TicketState.CLOSED:
        raise TicketClosed(place.ticket_id)
    if place.state in OPEN:
        return Move(place, place, "reopened")
    return Move(place, replace(place, state=TicketState.QUEUED), "reopened")


def close(place: Place) -> Move:
    """Put a resolved ticket away; twice changes nothing. Raises TicketNotResolved."""
    if place.state is TicketState.CLOSED:
        return Move(place, place, "closed")
    if place.state is not TicketState.RESOLVED:
        raise TicketNotResolved(place.ticket_id)
    return Move(place, replace(place, state=TicketState.CLOSED), "closed")


def must_not_be_closed(place: Place) -> None:
    """Raises TicketClosed."""
    if place.state is TicketState.CLOSED:
        raise TicketClosed(place.ticket_id)


def must_be_in_hands_of(place: Place, agent_id: UUID) -> None:
    """Raises TicketClosed, TicketNotOpen, TicketNotYours."""
    _must_be_open(place)
    if place.assignee_id != agent_id:
        raise TicketNotYours(place.ticket_id, place.assignee_id)


def _must_be_free_for(place: Place, handed_by: UUID | None) -> None:
    if handed_by is not None and place.assignee_id not in (None, handed_by):
        raise TicketNotYours(place.ticket_id, place.assignee_id)


def _must_be_open(place: Place) -> None:
    must_not_be_closed(place)
    if place.state is TicketState.RESOLVED:
        raise TicketNotOpen(place.ticket_id)
