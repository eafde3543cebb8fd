"""Customers and their orders."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry
from sqlalchemy import Date, cast, func, select

from api.graphql.reading import (
    NOW,
    Connection,
    Node,
    column,
    computed,
    describe,
    keyset,
    ordering,
    reads,
    to_many,
    to_one,
)
from api.graphql.reading.filters import DateRange, TimeRange, among, equal, filter_input, within
from api.graphql.scalars import Amount
from api.graphql.types.tickets import TicketFilter, TicketOrdering
from domain.kit.errors import Language
from domain.orders import fulfilment, models
from domain.orders.models import OrderStatus, PaymentMethod
from domain.tenants.models import Tenant
from domain.tenants.permissions import Permission
from domain.tickets.models import Ticket as TicketRow

if TYPE_CHECKING:
    from api.graphql.types.tickets import Ticket


@ordering
class OrderOrdering(Enum):
    """How orders are listed."""

    NEWEST_FIRST = keyset(models.Order.placed_at.desc(), models.Order.id.desc(), description="The newest first.")
    OLDEST_FIRST = keyset(models.Order.placed_at, models.Order.id, description="The oldest first.")


@filter_input(description="Only orders that fit all of it.")
class OrderFilter:
    external_id: str | None = equal(models.Order.external_id, description="With this id of the shop's own.")
    number: str | None = equal(models.Order.number, description="With this number.")
    customer_id: UUID | None = equal(models.Order.customer_id, id_of="customer", description="Of this customer.")
    status: list[OrderStatus] | None = among(models.Order.status, description="With any of these statuses.")
    placed_at: TimeRange | None = within(models.Order.placed_at, description="Placed within these instants.")
    promised_on: DateRange | None = within(models.Order.promised_on, description="Promised for these days.")


@ordering
class CustomerOrdering(Enum):
    """How customers are listed."""

    NEWEST_FIRST = keyset(models.Customer.created_at.desc(), models.Customer.id.desc(), description="The newest first.")
    OLDEST_FIRST = keyset(models.Customer.created_at, models.Customer.id, description="The oldest first.")


@filter_input(description="Only customers that fit all of it.")
class CustomerFilter:
    external_id: str | None = equal(models.Customer.external_id, description="With this id of the shop's own.")
    email: str | None = equal(models.Customer.email, lower=True, description="With this e-mail address.")


describe(
    fulfilment.WhereaboutsCode,
    "The one thing that an order waits for, or that has become of it.",
    AWAITING_PAYMENT="Some of its price has not arrived.",
    TO_PACK="Paid, or to be paid at the door: its goods can be packed.",
    TO_SHIP="Packed, waiting for the carrier.",
    ON_ITS_WAY="With the carrier.",
    DELIVERED="With the customer.",
    CANCELLED="Called off.",
)


@strawberry.type(description="Where an order is.")
class Whereabouts:
    code: fulfilment.WhereaboutsCode = strawberry.field(description="What it waits for, or what has become of it.")
    missing_amount: Amount = strawberry.field(
        description="What of its price has not arrived and is not due at the door."
    )
    promised_on: date | None = strawberry.field(description="The day promised to the customer.")
    late: bool = strawberry.field(description="Whether that day has passed, in the shop's zone, without its arrival.")


TODAY = cast(
    func.timezone(select(Tenant.timezone).where(Tenant.id == models.Order.tenant_id).scalar_subquery(), NOW), Date
)
"""The day it is in the shop's zone."""


def _whereabouts(
    status: OrderStatus,
    total: int,
    paid: int,
    agreed_cash: int,
    received_cash: int,
    promised_on: date | None,
    today: date,
) -> Whereabouts:
    found = fulfilment.whereabouts(
        status=status,
        total_amount=total,
        paid_amount=paid,
        due_on_delivery=fulfilment.due_on_delivery(agreed_amount=agreed_cash, received_amount=received_cash),
        promised_on=promised_on,
        today=today,
    )
    return Whereabouts(
        code=found.code, missing_amount=Amount(found.missing_amount), promised_on=found.promised_on, late=found.late
    )


@reads(models.Customer, requires=Permission.ORDERS_READ, description="Somebody who buys.")
class Customer(Node):
    external_id: str = column(models.Customer.external_id, description="The shop's own id.")
    name: str = column(models.Customer.name, description="Their name.")
    email: str | None = column(models.Customer.email, description="Their e-mail address, in lower case.")
    phone: str | None = column(models.Customer.phone, description="Their phone number.")
    language: Language = column(models.Customer.language, description="The language they read.")
    created_at: datetime = column(models.Customer.created_at, description="When the shop first sent them.")
    orders: "Connection[Order]" = to_many(
        models.Order.customer_id, order=OrderOrdering, filter=OrderFilter, description="Their orders."
    )
    tickets: "Connection[Ticket] | None" = to_many(
        TicketRow.customer_id, order=TicketOrdering, filter=TicketFilter, description="Their cases."
    )


@reads(
    models.Order,
    requires=Permission.ORDERS_READ,
    description="One purchase. All amounts of an order are in its currency.",
)
class Order(Node):
    external_id: str = column(models.Order.external_id, description="The shop's own id.")
    number: str = column(models.Order.number, description="The number that the customer knows.")
    status: OrderStatus = column(models.Order.status, description="How far its goods are.")
    currency: str = column(models.Order.currency, description="The currency of its amounts, ISO 4217.")
    total_amount: Amount = column(models.Order.total_amount, description="Its price.")
    paid_amount: Amount = column(
        models.Order.paid_amount, description="What has arrived, less what went back: the balance of its payments."
    )
    cash_on_delivery_amount: Amount = column(
        models.Order.cash_on_delivery_amount, description="What of its price is to be paid at the door."
    )
    placed_at: datetime = column(models.Order.placed_at, description="When it was placed.")
    promised_on: date | None = column(models.Order.promised_on, description="The day promised to the customer.")
    created_at: datetime = column(models.Order.created_at, description="When the shop first sent it.")
    updated_at: datetime = column(models.Order.updated_at, description="When it last changed.")
    customer: "Customer" = to_one(models.Order.customer_id, description="Who bought.")
    lines: "Connection[OrderLine]" = to_many(
        models.OrderLine.order_id,
        order=(models.OrderLine.position,),
        description="What was bought.",
    )
    payments: "Connection[Payment]" = to_many(
        models.Payment.order_id,
        order=(models.Payment.position,),
        description="How its price is paid, in one or several ways.",
    )
    whereabouts: Whereabouts = computed(
        _whereabouts,
        needs=(
            models.Order.status,
            models.Order.total_amount,
            models.Order.paid_amount,
            models.Order.cash_on_delivery_amount,
            models.Order.cash_received_amount,
            models.Order.promised_on,
            TODAY,
        ),
        description="Where it is: what to tell a customer who asks.",
    )
    shipments: "Connection[Shipment]" = to_many(
        models.Shipment.order_id, order=(models.Shipment.position,), description="Its parcels."
    )
    tickets: "Connection[Ticket] | None" = to_many(
        TicketRow.order_id, order=TicketOrdering, filter=TicketFilter, description="The cases about it."
    )


@reads(models.OrderLine, requires=Permission.ORDERS_READ, description="Some pieces of one article.")
class OrderLine(Node):
    order: "Order" = to_one(models.OrderLine.order_id, description="The order.")
    position: int = column(models.OrderLine.position, description="Its place in the order, from 1.")
    sku: str = column(models.OrderLine.sku, description="The article, as the shop knows it.")
    name: str = column(models.OrderLine.name, description="The article, as the customer knows it.")
    quantity: int = column(models.OrderLine.quantity, description="How many pieces.")
    unit_amount: Amount = column(models.OrderLine.unit_amount, description="The price of one piece.")


@reads(
    models.Payment,
    requires=Permission.ORDERS_READ,
    description="A part of an order's price, to be paid in one way. What has arrived of it is the sum of its entries.",
)
class Payment(Node):
    order: "Order" = to_one(models.Payment.order_id, description="The order.")
    position: int = column(models.Payment.position, description="Its place among the order's payments, from 1.")
    method: PaymentMethod = column(models.Payment.method, description="How it is paid.")
    amount: Amount = column(models.Payment.amount, description="How much is to be paid.")
    external_reference: str | None = column(
        models.Payment.external_reference, description="What the bank or the provider calls it."
    )
    created_at: datetime = column(models.Payment.created_at, description="When it was agreed.")
    entries: "Connection[PaymentEntry]" = to_many(
        models.PaymentEntry.payment_id,
        order=(models.PaymentEntry.at, models.PaymentEntry.id),
        description="What came and went, in that order.",
    )


@reads(
    models.PaymentEntry,
    requires=Permission.ORDERS_READ,
    description="A line of a payment's ledger, never changed.",
)
class PaymentEntry(Node):
    payment: "Payment" = to_one(models.PaymentEntry.payment_id, description="The payment.")
    amount: Amount = column(models.PaymentEntry.amount, description="What came (positive) or went back (negative).")
    at: datetime = column(models.PaymentEntry.at, description="When.")
    source: str = column(models.PaymentEntry.source, description="What told of it; it is booked once.")


@reads(models.Shipment, requires=Permission.ORDERS_READ, description="A parcel.")
class Shipment(Node):
    order: "Order" = to_one(models.Shipment.order_id, description="The order.")
    position: int = column(models.Shipment.position, description="Its place among the order's parcels, from 1.")
    carrier: str = column(models.Shipment.carrier, description="Who carries it.")
    tracking_number: str | None = column(models.Shipment.tracking_number, description="What the carrier calls it.")
    shipped_at: datetime = column(models.Shipment.shipped_at, description="When it left.")
    delivered_at: datetime | None = column(models.Shipment.delivered_at, description="When it arrived.")
