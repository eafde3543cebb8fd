"""Whole batches of a shop's orders, customers and tickets: sent again and again until they are all here."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import strawberry

from api.graphql import ids
from api.graphql.failures import Failure, shows
from api.graphql.mutations import Call, mutation
from api.graphql.payloads import payload, rows_of
from api.graphql.reading import Info
from api.graphql.writing.orders import CustomerInput, OrderCreateInput, ShipmentInput
from domain.agents.channels import Channel
from domain.kit import imports
from domain.kit.errors import Language
from domain.kit.imports import Fault, ImportOutcome, ImportPolicy
from domain.kit.inputs import MOST_FAULTS
from domain.orders import importing as orders
from domain.orders.details import OrderDetails
from domain.tenants.permissions import Permission
from domain.tickets import importing as tickets
from domain.tickets.importing import TicketDetails

Described = strawberry.field
POLICY = "What becomes of the good rows when there are bad ones."
HOW_MANY = f"1 to {imports.MOST_ROWS} rows, no externalId twice."


@strawberry.input(
    description=(
        "An order as it is by now, whole: one that is here is made the same. Money that was booked and parcels that "
        "are known stay as they were told first, and what is told of them for the first time is added; a promise that "
        "is not told any more is taken back. Lines, amounts and payments change until it is packed, customer and "
        "currency never, and its status never goes backwards: what comes too late refuses the row. Two rows of one "
        "customer tell of one: the later counts."
    )
)
class OrderImportInput(OrderCreateInput):
    shipments: list[ShipmentInput] = Described(default_factory=list, description="Its parcels; 100 at most.")

    def details(self) -> OrderDetails:
        return self.told(shipments=self.shipments)


@strawberry.input(description="A customer's case as the shop has it.")
class TicketImportInput:
    external_id: str = Described(description="The shop's own id of the case; sending it twice makes one ticket.")
    channel: Channel = Described(description="How it came in.")
    topic: str = Described(description="The key of what it is about, such as `payment`.")
    subject: str = Described(description="What it is about, in one line of at most 500 characters.")
    body: str = Described(description="What the customer wrote or said.")
    customer_external_id: str | None = Described(
        default=None, description="The customer, by the shop's own id; if left out, the order's."
    )
    order_external_id: str | None = Described(
        default=None, description="The order it is about, by the shop's own id; one of the two is needed."
    )
    priority: int = Described(default=0, description="From 0 (as usual) to 9 (at once).")
    arrived_at: datetime = Described(description="When the customer wrote; it is due 24 hours later.")

    def details(self) -> TicketDetails:
        return TicketDetails(
            external_id=self.external_id,
            channel=self.channel,
            topic_key=self.topic,
            subject=self.subject,
            body=self.body,
            customer_external_id=self.customer_external_id,
            order_external_id=self.order_external_id,
            priority=self.priority,
            arrived_at=self.arrived_at,
        )


@strawberry.input(description="Orders to make, or to bring up to date, in one call.")
class OrdersImportInput:
    orders: list[OrderImportInput] = rows_of(description=HOW_MANY)
    policy: ImportPolicy = Described(default=ImportPolicy.REJECT_ALL, description=POLICY)


@strawberry.input(description="Customers to make, or to bring up to date, in one call.")
class CustomersImportInput:
    customers: list[CustomerInput] = rows_of(description=HOW_MANY)
    policy: ImportPolicy = Described(default=ImportPolicy.REJECT_ALL, description=POLICY)


@strawberry.input(description="Tickets to open, or to correct, in one call.")
class TicketsImportInput:
    tickets: list[TicketImportInput] = rows_of(description=HOW_MANY)
    policy: ImportPolicy = Described(default=ImportPolicy.REJECT_ALL, description=POLICY)


@strawberry.type(description="One thing that is wrong with a row.")
class ImportFailure:
    code: str = Described(description="Its name for programs, such as `INVALID_INPUT`.")
    field: str | None = Described(
        description="The place inside the row, such as `lines[0].quantity`; null if it is the whole row."
    )
    message: str = Described(description="What is wrong in a sentence, in the caller's language.")


@strawberry.type(description="What became of one row.")
class ImportedRow:
    index: int = Described(description="Its place in the call, from 0.")
    external_id: str = Described(description="The shop's own id, at most 200 characters of it.")
    outcome: ImportOutcome = Described(description="What became of it.")
    id: strawberry.ID | None = Described(
        description="The typed id of the row's order, customer or ticket; null when it was refused."
    )
    failures: list[ImportFailure] = Described(
        description=f"All that is wrong with it, in its order, {MOST_FAULTS} things at most; empty if nothing."
    )


def _shown(rows: Sequence[imports.ImportedRow], prefix: str, info: Info) -> list[ImportedRow]:
    language = info.context.language
    return [
        ImportedRow(
            index=row.index,
            external_id=row.external_id,
            outcome=row.outcome,
            id=strawberry.ID(ids.spell(prefix, row.id)) if row.id is not None else None,
            failures=[_failure(fault, language) for fault in row.faults],
        )
        for row in rows
    ]


def _failure(fault: Fault, language: Language) -> ImportFailure:
    return ImportFailure(code=fault.code, field=fault.field, message=fault.message(language))


@strawberry.type
class Imported:
    """The counts and the rows of a payload, from what the operation returned."""

    of: ClassVar[str]
    imported: strawberry.Private[list[imports.ImportedRow]]

    def _created(self) -> int:
        return self._count(ImportOutcome.CREATED)

    def _updated(self) -> int:
        return self._count(ImportOutcome.UPDATED)

    def _unchanged(self) -> int:
        return self._count(ImportOutcome.UNCHANGED)

    def _refused(self) -> int:
        return self._count(ImportOutcome.REFUSED)

    def _rows(self, info: Info) -> list[ImportedRow]:
        return _shown(self.imported, self.of, info)

    def _count(self, outcome: ImportOutcome) -> int:
        return sum(row.outcome is outcome for row in self.imported)

    created: int = Described(resolver=_created, description="How many rows were new.")
    updated: int = Described(resolver=_updated, description="How many rows changed what was here.")
    unchanged: int = Described(resolver=_unchanged, description="How many rows told nothing new.")
    refused: int = Described(resolver=_refused, description="How many rows were refused, of which nothing was saved.")
    rows: list[ImportedRow] = Described(resolver=_rows, description="What became of each row, in their order.")


@payload(description="The orders are here, but for the rows that were refused.")
class OrdersImported(Imported):
    of = "order"


@payload(description="The customers are here, but for the rows that were refused.")
class CustomersImported(Imported):
    of = "customer"


@payload(description="The tickets are here, but for the rows that were refused.")
class TicketsImported(Imported):
    of = "ticket"


@shows(imports.ImportRejected)
@strawberry.type(description="Rows are wrong and the call was all or nothing, so nothing was saved.")
class ImportRejected(Failure):
    def _refused(self) -> int:
        return self._rejected().refused

    def _rows(self, info: Info) -> list[ImportedRow]:
        return _shown(self._rejected().rows, "", info)

    def _rejected(self) -> imports.ImportRejected:
        if not isinstance(self.error, imports.ImportRejected):
            raise TypeError("This type shows an ImportRejected.")
        return self.error

    refused: int = Described(resolver=_refused, description="How many rows are wrong.")
    rows: list[ImportedRow] = Described(
        resolver=_rows, description="The wrong rows alone, each with all that is wrong with it."
    )


@mutation(requires=Permission.ORDERS_WRITE, failures=(imports.ImportRejected,))
async def orders_import(call: Call, input: OrdersImportInput) -> OrdersImported:
    """Take in up to 250 orders with their customers, lines, payments and parcels, or bring them up to date.

    The same rows again change nothing. A row of another shape than OrderImportInput refuses the request as a whole.
    """
    told = [order.details() for order in input.orders]
    rows = await orders.import_orders(call.session, orders=told, policy=input.policy, by=call.by, now=call.now)
    return OrdersImported(imported=rows)


@mutation(requires=Permission.ORDERS_WRITE, failures=(imports.ImportRejected,))
async def customers_import(call: Call, input: CustomersImportInput) -> CustomersImported:
    """Take in up to 250 customers, or bring them up to date; the same rows again change nothing."""
    told = [customer.details() for customer in input.customers]
    rows = await orders.import_customers(call.session, customers=told, policy=input.policy, by=call.by, now=call.now)
    return CustomersImported(imported=rows)


@mutation(requires=Permission.TICKETS_OPEN, failures=(imports.ImportRejected,))
async def tickets_import(call: Call, input: TicketsImportInput) -> TicketsImported:
    """Open up to 250 tickets, which join their topics' queues, or correct them; the same rows again change nothing.

    People correct tickets with `tickets:supervise` alone; a program does with `tickets:open`.
    """
    told = [ticket.details() for ticket in input.tickets]
    rows = await tickets.import_tickets(
        call.session,
        tickets=told,
        policy=input.policy,
        corrects=call.standing.role is None or Permission.TICKETS_SUPERVISE in call.standing.permissions,
        by=call.by,
        now=call.now,
    )
    return TicketsImported(imported=rows)
