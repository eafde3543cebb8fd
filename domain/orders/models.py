"""Customers, orders, lines, payments with their ledger, and shipments."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Computed, Date, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import (
    Aggregate,
    Amount,
    Base,
    InTenant,
    TenantRow,
    check,
    enum,
    reference,
    to_tenant,
    unique,
    words,
)
from domain.kit.errors import Language


class OrderStatus(StrEnum):
    """How far the goods are: PLACED until packed; CANCELLED ends it at any stage before delivery."""

    PLACED = "PLACED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


class PaymentMethod(StrEnum):
    CARD = "CARD"
    TRANSFER = "TRANSFER"
    CASH_ON_DELIVERY = "CASH_ON_DELIVERY"
    VOUCHER = "VOUCHER"


PHONE_TAIL = "nullif(right(regexp_replace(phone, '[^0-9]', '', 'g'), 9), '')"
"""The last nine digits: of a number with and without its country's code they are the same."""


class Customer(Aggregate, Base):
    """A person who buys; `external_id` is the shop's own id. The address is stored in lower case.

    `phone_tail` is what a telephone number ends with, by which a caller is known however the shop writes numbers.
    """

    __tablename__ = "customer"

    external_id: Mapped[str]
    email: Mapped[str | None]
    name: Mapped[str]
    phone: Mapped[str | None]
    phone_tail: Mapped[str | None] = mapped_column(Computed(PHONE_TAIL, persisted=True))
    language: Mapped[Language] = mapped_column(enum(Language))
    created_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        unique("external_id"),
        check("email = lower(email)", "email_lower"),
        Index("ix_customer_email", "tenant_id", "email"),
        Index("ix_customer_created_at", "tenant_id", "created_at", "id"),
        Index("ix_customer_phone_tail", "tenant_id", "phone_tail", postgresql_where=text("phone_tail IS NOT NULL")),
        words("name", "email", "external_id", name="ix_customer_words"),
    )


class CustomerMailbox(InTenant, Base):
    """A mailbox that is or was a customer's, in its one spelling; mail to staff never goes to one. Never changed."""

    __tablename__ = "customer_mailbox"

    mailbox: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]

    __table_args__ = (to_tenant(),)


class Order(Aggregate, Base):
    """One purchase. `paid_amount` is the balance of its payments' ledger, kept with every entry.

    `cash_on_delivery_amount` is the part of the price that is agreed to be paid at the door, whatever has come of it;
    `cash_received_amount` is the balance of what came of it, a part of the paid amount, kept in the same way.
    """

    __tablename__ = "order"

    external_id: Mapped[str]
    number: Mapped[str]
    customer_id: Mapped[UUID]
    status: Mapped[OrderStatus] = mapped_column(enum(OrderStatus))
    currency: Mapped[str]
    total_amount: Mapped[int] = mapped_column(Amount)
    paid_amount: Mapped[int] = mapped_column(Amount, default=0)
    cash_on_delivery_amount: Mapped[int] = mapped_column(Amount, default=0)
    cash_received_amount: Mapped[int] = mapped_column(Amount, default=0)
    placed_at: Mapped[datetime]
    promised_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("customer_id", to="customer.id"),
        unique("external_id"),
        check("currency ~ '^[A-Z]{3}$'", "currency"),
        check("total_amount >= 0", "total_amount"),
        Index("ix_order_number", "tenant_id", "number"),
        Index("ix_order_customer_id", "tenant_id", "customer_id", "placed_at"),
        Index("ix_order_placed_at", "tenant_id", "placed_at", "id"),
        words("number", "external_id", name="ix_order_words"),
    )


class OrderLine(TenantRow, Base):
    """Some pieces of one article; amounts are in the order's currency."""

    __tablename__ = "order_line"

    order_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    sku: Mapped[str]
    name: Mapped[str]
    quantity: Mapped[int] = mapped_column(Integer)
    unit_amount: Mapped[int] = mapped_column(Amount)

    __table_args__ = (
        to_tenant(),
        reference("order_id", to="order.id"),
        unique("order_id", "position"),
        check("quantity > 0", "quantity"),
        check("unit_amount >= 0", "unit_amount"),
    )


class Payment(TenantRow, Base):
    """A part of an order's price to be paid in one way; what has arrived is the sum of its entries."""

    __tablename__ = "payment"

    order_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    method: Mapped[PaymentMethod] = mapped_column(enum(PaymentMethod))
    amount: Mapped[int] = mapped_column(Amount)
    external_reference: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("order_id", to="order.id"),
        unique("order_id", "position"),
        check("amount > 0", "amount"),
    )


class PaymentEntry(TenantRow, Base):
    """A line of the ledger: money that came (positive) or went back (negative). Never changed."""

    __tablename__ = "payment_entry"

    payment_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(Amount)
    at: Mapped[datetime]
    source: Mapped[str]

    __table_args__ = (
        to_tenant(),
        reference("payment_id", to="payment.id"),
        unique("payment_id", "source"),
        check("amount <> 0", "amount"),
    )


class Shipment(TenantRow, Base):
    """A parcel."""

    __tablename__ = "shipment"

    order_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    carrier: Mapped[str]
    tracking_number: Mapped[str | None]
    shipped_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("order_id", to="order.id"),
        unique("order_id", "position"),
        check("delivered_at >= shipped_at", "delivered_after_shipped"),
    )
