"""What a ticket's page offers its reader. What is offered to nobody here, the operations refuse all the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from admin.buttons import Button, register
from admin.desk.reading import TicketPart, is_open_draft
from admin.visitors import Visitor
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission
from domain.tickets.lifecycle import OPEN
from domain.tickets.models import TicketState


@dataclass(frozen=True)
class Reader:
    """Who looks: an agent, who may reach customers on a full seat alone, and may move others' tickets or not."""

    agent_id: UUID
    member_id: UUID
    reaches: bool
    supervises: bool

    @classmethod
    def of(cls, visitor: Visitor) -> "Reader":
        """The visitor, who works on tickets and so sits on a seat."""
        standing = visitor.standing
        if standing.seat is None:
            raise TypeError("Whoever works on tickets sits on a seat.")
        return cls(
            agent_id=standing.seat.agent_id,
            member_id=standing.caller_id,
            reaches=standing.seat.kind is SeatKind.FULL and Permission.TICKETS_REPLY in standing.permissions,
            supervises=Permission.TICKETS_SUPERVISE in standing.permissions,
        )


def offers(part: TicketPart, reader: Reader) -> frozenset[str]:
    """The names of the forms that the reader finds on the ticket's page; those of a draft end in its id."""
    ticket, found = part.ticket, set[str]()
    mine, queued = ticket.assignee_id == reader.agent_id, ticket.state is TicketState.QUEUED
    if ticket.state is not TicketState.CLOSED:
        found |= {"note", "draft"}
    if ticket.state is TicketState.RESOLVED:
        found |= {"reopen"}
    if queued:
        found |= {"take"}
    if mine and ticket.state is TicketState.ASSIGNED:
        found |= {"decline", "accept"} if ticket.answer_by is not None else {"decline"}
    if ticket.state in OPEN and (queued or mine or reader.supervises):
        found |= {"hand-over", "reply"} if reader.reaches else {"hand-over"}
    if ticket.state in OPEN and (mine or reader.supervises):
        found |= {"resolve"}
        if part.call is not None and ticket.assignee_id is not None:
            found |= {"call-over"}
    if ticket.state in OPEN:
        for draft in filter(is_open_draft, part.entries):
            own = draft.author_id == reader.member_id
            verbs = {"return"} if reader.reaches else set()
            if reader.reaches and (not own or queued or mine or reader.supervises):
                verbs |= {"approve", "edit"}
            found |= {f"{verb}-{draft.id}" for verb in verbs}
            if own or draft.left_behind:
                found |= {f"replace-{draft.id}"}
    return frozenset(found)


def of_tickets(page: Any, visitor: Visitor) -> Iterable[Button]:
    """Of a ticket's page among the lists: the way to its work, for whoever works there."""
    if page is not None and Permission.TICKETS_WORK in visitor.standing.permissions:
        yield Button("desk_open", f"/desk/tickets/{page.ticket.number}")


register("tickets", of_tickets)
