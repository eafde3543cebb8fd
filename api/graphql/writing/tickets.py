"""What people on seats do with tickets, and the one way to a customer."""

from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_one
from domain.agents.errors import TeamNotFound
from domain.kit.errors import InvalidInput
from domain.seats.rights import FullSeatRequired, Seat, permit_outbound
from domain.tenants.permissions import Permission
from domain.tickets import assignment, drafts, outbound, taking, working
from domain.tickets.errors import (
    AssigneeCannotComeIn,
    AssigneeHasNoSeat,
    CustomerUnreachable,
    DraftNotFound,
    DraftNotYours,
    DraftSettled,
    EvidenceNotFound,
    TicketAlreadyBegun,
    TicketClosed,
    TicketNotFound,
    TicketNotOpen,
    TicketNotResolved,
    TicketNotYours,
)
from domain.tickets.giving_back import operations as giving_back
from domain.tickets.models import EvidenceKind
from domain.tickets.working import Evidence

if TYPE_CHECKING:
    from api.graphql.types.tickets import Entry, Ticket

Described = strawberry.field


@strawberry.input(description="A note that stays inside the shop.")
class TicketNoteInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")
    body: str = Described(description="The note, at most 100,000 characters.")


@strawberry.input(description="An answer that is not sent.")
class TicketDraftInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")
    body: str = Described(description="The answer as it should go out, at most 100,000 characters.")


@strawberry.input(description="An answer to the customer.")
class TicketReplyInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")
    body: str = Described(description="The answer, plain text, at most 100,000 characters.")


@strawberry.input(description="A ticket in the caller's hands that they are at.")
class TicketAcceptInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")


@strawberry.input(description="A ticket in the caller's hands that they give back.")
class TicketDeclineInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")
    reason: str | None = Described(default=None, description="Why; a note on the ticket.")


@strawberry.input(description="Whom a ticket goes to: an agent's hands, or a team's queue.")
class TicketAssignInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")
    agent_id: UUID | None = id_of("agent", default=None, description="The agent who is to have it.")
    team_id: UUID | None = id_of("team", default=None, description="The team whose queue it is to join.")
    reason: str | None = Described(default=None, description="Why, as a note on the ticket.")


@strawberry.input(description="Which queue to take from.")
class TicketTakeNextInput:
    team_id: UUID | None = id_of("team", default=None, description="One of the agent's teams; all of them if left out.")


@strawberry.input(description="What a resolution rests on: a payment by its id, or what was done in words.")
class EvidenceInput:
    kind: EvidenceKind = Described(description="What it is.")
    payment_id: UUID | None = id_of("payment", default=None, description="The payment, for the kind PAYMENT.")
    text: str | None = Described(default=None, description="What was corrected or noted, for the other kinds.")


@strawberry.input(description="An internal resolution.")
class TicketResolveInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")
    reason: str = Described(description="Why it is resolved.")
    evidence: EvidenceInput = Described(description="What that rests on.")


@strawberry.input(description="Back into the queue.")
class TicketReopenInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")
    reason: str = Described(description="Why it is not over.")


@strawberry.input(description="A resolved ticket to put away.")
class TicketCloseInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")


@strawberry.input(description="A draft to be sent.")
class DraftApproveInput:
    draft_id: UUID = id_of("entry", description="The draft: an entry of the kind DRAFT.")
    body: str | None = Described(default=None, description="Other words to send instead, at most 100,000 characters.")


@strawberry.input(description="A draft to be given back.")
class DraftReturnInput:
    draft_id: UUID = id_of("entry", description="The draft: an entry of the kind DRAFT.")
    reason: str = Described(description="What its author should change, as a note on the ticket.")


@strawberry.input(description="A draft to be written anew.")
class DraftReplaceInput:
    draft_id: UUID = id_of("entry", description="The draft: an entry of the kind DRAFT.")
    body: str = Described(description="The answer as it should go out, at most 100,000 characters.")


@payload(description="The note is in the ticket's history; nobody outside the shop sees it.")
class TicketNoted:
    ticket_id: strawberry.Private[UUID]
    entry_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")
    entry: "Entry | None" = to_one("entry_id", description="The note.")


@payload(description="The draft is in the ticket's history; it was sent to nobody.")
class TicketDrafted:
    ticket_id: strawberry.Private[UUID]
    entry_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")
    entry: "Entry | None" = to_one("entry_id", description="The draft.")


@payload(description="The reply is written and on its way to the customer.")
class TicketReplied:
    ticket_id: strawberry.Private[UUID]
    entry_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, which waits for the customer.")
    entry: "Entry | None" = to_one("entry_id", description="The reply.")


@payload(description="The ticket is where it was sent.")
class TicketAssigned:
    ticket_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")


@payload(description="The next ticket is in the caller's hands, if there was one.")
class TicketTaken:
    ticket_id: strawberry.Private[UUID | None]
    ticket: "Ticket | None" = to_one(
        "ticket_id", description="The ticket, as it is now; null if nothing waits that the caller could take."
    )


@payload(description="The draft is approved: it is on its way to the customer, and sent once.")
class DraftApproved:
    ticket_id: strawberry.Private[UUID]
    draft_id: strawberry.Private[UUID]
    entry_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, which waits for the customer.")
    draft: "Entry | None" = to_one("draft_id", description="The draft, with its decision.")
    entry: "Entry | None" = to_one("entry_id", description="What goes out: by the draft's author, sent by the caller.")


@payload(description="The draft is with its author again.")
class DraftReturned:
    ticket_id: strawberry.Private[UUID]
    draft_id: strawberry.Private[UUID]
    entry_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")
    draft: "Entry | None" = to_one("draft_id", description="The draft, with its decision.")
    entry: "Entry | None" = to_one("entry_id", description="The note that says why.")


@payload(description="The new draft stands in the old one's place.")
class DraftReplaced:
    ticket_id: strawberry.Private[UUID]
    draft_id: strawberry.Private[UUID]
    entry_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")
    draft: "Entry | None" = to_one("draft_id", description="The old draft, with its decision.")
    entry: "Entry | None" = to_one("entry_id", description="The new draft.")


@payload(description="The ticket is resolved; the customer was told nothing.")
class TicketResolved:
    ticket_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")


@payload(description="The ticket is in its team's queue again.")
class TicketReopened:
    ticket_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")


@payload(description="The ticket stays in the caller's hands.")
class TicketBegun:
    ticket_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")


@payload(description="The ticket is back in its queue.")
class TicketDeclined:
    ticket_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")


@payload(description="The ticket is put away.")
class TicketPutAway:
    ticket_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY, failures=(TicketNotFound, TicketClosed))
async def ticket_note(call: Call, input: TicketNoteInput) -> TicketNoted:
    """Write a note that stays inside the shop."""
    entry = await working.add_note(call.session, ticket_id=input.ticket_id, body=input.body, by=call.by, now=call.now)
    return TicketNoted(ticket_id=input.ticket_id, entry_id=entry.id)


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY, failures=(TicketNotFound, TicketClosed))
async def ticket_draft(call: Call, input: TicketDraftInput) -> TicketDrafted:
    """Write an answer that is not sent: an agent with a full seat may send it."""
    entry = await working.add_draft(call.session, ticket_id=input.ticket_id, body=input.body, by=call.by, now=call.now)
    return TicketDrafted(ticket_id=input.ticket_id, entry_id=entry.id)


@mutation(
    requires=Permission.TICKETS_REPLY,
    seat=Seat.FULL,
    failures=(TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours, CustomerUnreachable, FullSeatRequired),
)
async def ticket_reply(call: Call, input: TicketReplyInput) -> TicketReplied:
    """Write to the customer, by e-mail. Takes a full seat, now and again when the mail is sent."""
    permit = await permit_outbound(call.session, agent_id=call.seat.agent_id, now=call.now)
    entry = await outbound.reply(
        call.session,
        ticket_id=input.ticket_id,
        body=input.body,
        permit=permit,
        any_owner=_any_owner(call),
        by=call.by,
        now=call.now,
    )
    return TicketReplied(ticket_id=input.ticket_id, entry_id=entry.id)


@mutation(
    requires=Permission.TICKETS_WORK,
    seat=Seat.ANY,
    failures=(
        TicketNotFound,
        TicketClosed,
        TicketNotOpen,
        TicketNotYours,
        AssigneeHasNoSeat,
        AssigneeCannotComeIn,
        TeamNotFound,
        FullSeatRequired,
    ),
)
async def ticket_assign(call: Call, input: TicketAssignInput) -> TicketAssigned:
    """Put a ticket into an agent's hands, or into a team's queue. Name one of the two.

    An agent does so with what is queued or in their own hands, a supervisor with every ticket.
    """
    if (input.agent_id is None) == (input.team_id is None):
        raise InvalidInput("agentId", "name an agent or a team, not both", "podaj agenta albo zespół, nie oba")
    handed_by = None if _any_owner(call) else call.seat.agent_id
    if input.agent_id is not None:
        await assignment.assign(
            call.session,
            ticket_id=input.ticket_id,
            agent_id=input.agent_id,
            handed_by=handed_by,
            reason=input.reason,
            by=call.by,
            now=call.now,
        )
    else:
        await assignment.send_to_team(
            call.session,
            ticket_id=input.ticket_id,
            team_id=input.team_id,
            handed_by=handed_by,
            reason=input.reason,
            by=call.by,
            now=call.now,
        )
    return TicketAssigned(ticket_id=input.ticket_id)


@mutation(
    requires=Permission.TICKETS_WORK,
    seat=Seat.ANY,
    failures=(TicketNotFound, TicketClosed, TicketNotYours, EvidenceNotFound),
)
async def ticket_resolve(call: Call, input: TicketResolveInput) -> TicketResolved:
    """Resolve a ticket without telling the customer; needs a reason and its evidence."""
    evidence = Evidence(input.evidence.kind, payment_id=input.evidence.payment_id, text=input.evidence.text)
    await working.resolve_internally(
        call.session,
        ticket_id=input.ticket_id,
        seat=call.seat,
        any_owner=_any_owner(call),
        reason=input.reason,
        evidence=evidence,
        by=call.by,
        now=call.now,
    )
    return TicketResolved(ticket_id=input.ticket_id)


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY, failures=(TicketNotFound, TicketClosed))
async def ticket_reopen(call: Call, input: TicketReopenInput) -> TicketReopened:
    """Put a resolved ticket back into its team's queue."""
    await working.reopen(call.session, ticket_id=input.ticket_id, reason=input.reason, by=call.by, now=call.now)
    return TicketReopened(ticket_id=input.ticket_id)


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY, failures=(TicketNotFound, TicketNotResolved))
async def ticket_close(call: Call, input: TicketCloseInput) -> TicketPutAway:
    """Put a resolved ticket away; only the customer's answer brings it back."""
    await working.close(call.session, ticket_id=input.ticket_id, by=call.by, now=call.now)
    return TicketPutAway(ticket_id=input.ticket_id)


@mutation(
    requires=Permission.TICKETS_WORK,
    seat=Seat.ANY,
    failures=(TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours),
)
async def ticket_accept(call: Call, input: TicketAcceptInput) -> TicketBegun:
    """Say that one is at a ticket that one was given, so that it is not taken away for want of an answer."""
    await giving_back.accept(call.session, ticket_id=input.ticket_id, seat=call.seat, by=call.by, now=call.now)
    return TicketBegun(ticket_id=input.ticket_id)


@mutation(
    requires=Permission.TICKETS_WORK,
    seat=Seat.ANY,
    failures=(TicketNotFound, TicketClosed, TicketNotOpen, TicketNotYours, TicketAlreadyBegun),
)
async def ticket_decline(call: Call, input: TicketDeclineInput) -> TicketDeclined:
    """Give a ticket one has not answered back into its queue: it keeps its place, for whoever else can have it."""
    await giving_back.decline(
        call.session, ticket_id=input.ticket_id, seat=call.seat, reason=input.reason, by=call.by, now=call.now
    )
    return TicketDeclined(ticket_id=input.ticket_id)


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY, failures=(TeamNotFound,))
async def ticket_take_next(call: Call, input: TicketTakeNextInput) -> TicketTaken:
    """Take the next ticket of one's teams' queues that one could be given: by skill, capacity and kind of seat.

    What was handed over twice waits for a senior of its team who could have it, at work or not.
    """
    ticket = await taking.take_next(call.session, seat=call.seat, team_id=input.team_id, by=call.by, now=call.now)
    return TicketTaken(ticket_id=None if ticket is None else ticket.id)


@mutation(
    requires=Permission.TICKETS_REPLY,
    seat=Seat.FULL,
    failures=(
        DraftNotFound,
        DraftSettled,
        TicketClosed,
        TicketNotOpen,
        TicketNotYours,
        CustomerUnreachable,
        FullSeatRequired,
    ),
)
async def draft_approve(call: Call, input: DraftApproveInput) -> DraftApproved:
    """Send a colleague's draft, or one's own, to the customer: as it is, or in other words. Takes a full seat."""
    permit = await permit_outbound(call.session, agent_id=call.seat.agent_id, now=call.now)
    entry = await drafts.approve(
        call.session,
        draft_id=input.draft_id,
        body=input.body,
        permit=permit,
        any_owner=_any_owner(call),
        by=call.by,
        now=call.now,
    )
    return DraftApproved(ticket_id=entry.ticket_id, draft_id=input.draft_id, entry_id=entry.id)


@mutation(
    requires=Permission.TICKETS_REPLY,
    seat=Seat.FULL,
    failures=(DraftNotFound, DraftSettled, TicketClosed, FullSeatRequired),
)
async def draft_return(call: Call, input: DraftReturnInput) -> DraftReturned:
    """Give a draft back to its author, with a reason. Takes a full seat."""
    note = await drafts.give_back(
        call.session, draft_id=input.draft_id, reason=input.reason, seat=call.seat, by=call.by, now=call.now
    )
    return DraftReturned(ticket_id=note.ticket_id, draft_id=input.draft_id, entry_id=note.id)


@mutation(
    requires=Permission.TICKETS_WORK,
    seat=Seat.ANY,
    failures=(DraftNotFound, DraftSettled, DraftNotYours, TicketClosed),
)
async def draft_replace(call: Call, input: DraftReplaceInput) -> DraftReplaced:
    """Write a draft anew, as long as nobody has decided on it: one's own, or that of somebody without a seat."""
    new = await drafts.replace(
        call.session, draft_id=input.draft_id, body=input.body, seat=call.seat, by=call.by, now=call.now
    )
    return DraftReplaced(ticket_id=new.ticket_id, draft_id=input.draft_id, entry_id=new.id)


def _any_owner(call: Call) -> bool:
    """Whether the caller may act on tickets in other people's hands."""
    return Permission.TICKETS_SUPERVISE in call.standing.permissions
