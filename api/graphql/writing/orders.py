"""Orders, as a shop sends them and brings them up to date."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_one
from api.graphql.scalars import Amount
from domain.kit.errors import Language
from domain.orders import operations
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderChange, OrderDetails
from domain.orders.errors import OrderExists, OrderNotFound, OrderStatusRefused, PaymentNotFound, ShipmentFixed
from domain.orders.models import OrderStatus, PaymentMethod
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import PaymentDetails, Receipt
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.orders import Order

Described = strawberry.field
RECEIVED = (
    "When it arrived whole; null if it has not. Tell of a payment's money in this way or by receipts, never in both."
)


@strawberry.input(description="Who buys. The customer of that external id is made, or brought up to date.")
class CustomerInput:
    external_id: str = Described(description="The shop's own id of the customer.")
    name: str | None = Described(
        default=None, description="How the customer is called; if left out, as before, or by the externalId when new."
    )
    email: str | None = Described(default=None, description="Where replies go.")
    phone: str | None = Described(default=None, description="A telephone number, as the shop writes it.")
    language: Language | None = Described(
        default=None,
        description="The language the customer is written to in; if left out, as before, or Polish when new.",
    )

    def details(self) -> CustomerDetails:
        return CustomerDetails(self.external_id, self.name, self.email, self.phone, self.language)


@strawberry.input(description="Some pieces of one article.")
class OrderLineInput:
    sku: str = Described(description="The article's number.")
    name: str = Described(description="The article's name.")
    quantity: int = Described(description="How many, at least 1.")
    unit_amount: Amount = Described(description="The price of one piece.")

    def details(self) -> LineDetails:
        return LineDetails(self.sku, self.name, self.quantity, self.unit_amount)


@strawberry.input(description="A part of the price that is paid in one way; an order can have several.")
class PaymentInput:
    method: PaymentMethod = Described(description="How it is paid.")
    amount: Amount = Described(description="How much is to be paid in this way; positive.")
    reference: str | None = Described(default=None, description="What the payer or the bank calls it.")
    received_at: datetime | None = Described(default=None, description=RECEIVED)

    def details(self) -> PaymentDetails:
        return PaymentDetails(self.method, self.amount, self.reference, self.received_at)


@strawberry.input(description="An order as it was placed.")
class OrderCreateInput:
    external_id: str = Described(description="The shop's own id of the order; sending it twice makes one order.")
    number: str | None = Described(
        default=None,
        description="The number the customer knows it by; if left out, the one it has, or its externalId when new.",
    )
    customer: CustomerInput = Described(description="Who placed it.")
    currency: str = Described(description="Of all its amounts, in ISO 4217, such as PLN.")
    total_amount: Amount = Described(description="What is to be paid in all, delivery included.")
    placed_at: datetime = Described(description="When it was placed.")
    lines: list[OrderLineInput] = Described(description="What was bought, 1 to 500 lines.")
    payments: list[PaymentInput] = Described(
        default_factory=list, description="How it is paid, in at most 50 ways, always in the same order."
    )
    promised_on: date | None = Described(default=None, description="The day by which it was promised to arrive.")
    status: OrderStatus = Described(default=OrderStatus.PLACED, description="How far its goods are already.")

    def told(self, shipments: "Sequence[ShipmentInput]" = ()) -> OrderDetails:
        return OrderDetails(
            external_id=self.external_id,
            number=self.number,
            customer=self.customer.details(),
            currency=self.currency,
            total_amount=self.total_amount,
            placed_at=self.placed_at,
            lines=[line.details() for line in self.lines],
            payments=[payment.details() for payment in self.payments],
            promised_on=self.promised_on,
            status=self.status,
            shipments=[shipment.details() for shipment in shipments],
        )


@strawberry.input(description="Money on one of the order's payments; its arrival is not told by receivedAt as well.")
class ReceiptInput:
    payment_id: UUID = id_of("payment", description="The payment.")
    amount: Amount = Described(description="What came; negative for what went back.")
    at: datetime = Described(description="When.")
    source: str = Described(description="What names this movement, such as a bank's id; the same one counts once.")


@strawberry.input(
    description=(
        "A parcel; the same carrier and tracking number are the same parcel. One of the same carrier and shippedAt "
        "that had no number gets it."
    )
)
class ShipmentInput:
    carrier: str = Described(description="Who carries it.")
    tracking_number: str | None = Described(default=None, description="The carrier's number.")
    shipped_at: datetime = Described(description="When it left.")
    delivered_at: datetime | None = Described(default=None, description="When it arrived; null if it has not.")

    def details(self) -> ShipmentDetails:
        return ShipmentDetails(self.carrier, self.tracking_number, self.shipped_at, self.delivered_at)


@strawberry.input(description="What is new about an order; what is left out stays.")
class OrderUpdateInput:
    order_id: UUID = id_of("order", description="The order.")
    status: OrderStatus | None = Described(default=None, description="How far its goods are; never backwards.")
    promised_on: date | None = Described(
        default=strawberry.UNSET, description="The day by which it is promised; null takes the promise back."
    )
    receipts: list[ReceiptInput] = Described(
        default_factory=list, description="Money that came or went back, at most 100 times."
    )
    shipments: list[ShipmentInput] = Described(
        default_factory=list, description="Parcels, new or arrived; 100 at most."
    )


@payload(description="The order was taken in.")
class OrderCreated:
    order_id: strawberry.Private[UUID]
    order: "Order | None" = to_one("order_id", description="The order, as it is now.")


@payload(description="The order was brought up to date.")
class OrderUpdated:
    order_id: strawberry.Private[UUID]
    order: "Order | None" = to_one("order_id", description="The order, as it is now.")


@mutation(requires=Permission.ORDERS_WRITE, failures=(OrderExists,))
async def order_create(call: Call, input: OrderCreateInput) -> OrderCreated:
    """Take in an order with its customer, lines and payments."""
    order = await operations.create_order(call.session, details=input.told(), by=call.by, now=call.now)
    return OrderCreated(order_id=order.id)


@mutation(
    requires=Permission.ORDERS_WRITE, failures=(OrderNotFound, OrderStatusRefused, PaymentNotFound, ShipmentFixed)
)
async def order_update(call: Call, input: OrderUpdateInput) -> OrderUpdated:
    """Bring an order up to date: its status, its promise, money and parcels."""
    change = OrderChange(
        status=input.status,
        promised_on=input.promised_on or None,
        promise_withdrawn=input.promised_on is None,
        receipts=[Receipt(one.payment_id, one.amount, one.at, one.source) for one in input.receipts],
        shipments=[shipment.details() for shipment in input.shipments],
    )
    order = await operations.update_order(
        call.session, order_id=input.order_id, change=change, by=call.by, now=call.now
    )
    return OrderUpdated(order_id=order.id)
