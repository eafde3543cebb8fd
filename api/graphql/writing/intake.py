"""How tickets come in: what customers write, as the shop's programs and people pass it on."""

from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_one
from domain.agents.channels import Channel
from domain.orders.errors import CustomerNotFound, OrderNotFound
from domain.orders.queries import NamedParties
from domain.orders.queries import parties as parties_of
from domain.tenants.permissions import Permission
from domain.tickets import opening
from domain.tickets.errors import TicketNotFound, TopicNotFound

if TYPE_CHECKING:
    from api.graphql.types.tickets import Entry, Ticket

Described = strawberry.field


@strawberry.input(
    description="A customer's case. Name the customer, the order, or both, by id or by the shop's own id."
)
class TicketOpenInput:
    channel: Channel = Described(description="How it came in.")
    topic: str = Described(description="The key of what it is about, such as `payment`.")
    subject: str = Described(description="What it is about, in one line of at most 500 characters.")
    body: str = Described(description="What the customer wrote or said.")
    customer_id: UUID | None = id_of("customer", default=None, description="The customer.")
    customer_external_id: str | None = Described(default=None, description="The customer, by the shop's own id.")
    order_id: UUID | None = id_of("order", default=None, description="The order it is about.")
    order_external_id: str | None = Described(default=None, description="The order, by the shop's own id.")
    priority: int = Described(default=0, description="From 0 (as usual) to 9 (at once).")

    def named(self) -> NamedParties:
        return NamedParties(self.customer_id, self.customer_external_id, self.order_id, self.order_external_id)


@strawberry.input(description="What a customer wrote on a case that is here already.")
class TicketReceiveInput:
    ticket_id: UUID = id_of("ticket", description="The ticket.")
    body: str = Described(description="What the customer wrote or said.")


@payload(description="The ticket was opened and waits in its topic's queue.")
class TicketOpened:
    ticket_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")


@payload(description="The customer's words were added to the ticket.")
class TicketReceived:
    ticket_id: strawberry.Private[UUID]
    entry_id: strawberry.Private[UUID]
    ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")
    entry: "Entry | None" = to_one("entry_id", description="The line.")


@mutation(requires=Permission.TICKETS_OPEN, failures=(TopicNotFound, CustomerNotFound, OrderNotFound))
async def ticket_open(call: Call, input: TicketOpenInput) -> TicketOpened:
    """Open a case with the customer's first words; a worker finds it an agent."""
    parties = await parties_of(call.session, named=input.named())
    ticket = await opening.open_ticket(
        call.session,
        channel=input.channel,
        topic_key=input.topic,
        subject=input.subject,
        body=input.body,
        customer_id=parties.customer_id,
        order_id=parties.order_id,
        priority=input.priority,
        by=call.by,
        now=call.now,
    )
    return TicketOpened(ticket_id=ticket.id)


@mutation(requires=Permission.TICKETS_OPEN, failures=(TicketNotFound,))
async def ticket_receive(call: Call, input: TicketReceiveInput) -> TicketReceived:
    """Add what the customer wrote; a resolved or closed ticket is reopened by it."""
    entry = await opening.receive(call.session, ticket_id=input.ticket_id, body=input.body, by=call.by, now=call.now)
    return TicketReceived(ticket_id=input.ticket_id, entry_id=entry.id)
