"""Customers: the list, and a customer with what they bought and asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from admin.lists.history import History, history
from admin.lists.orders import orders_of, tickets_about
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader
from admin.lists.shown import Column, instant, link, text, word
from admin.lists.view import View
from domain.kit.database import TenantSession
from domain.orders.models import Customer
from domain.tenants.permissions import Permission
from domain.tickets.models import Ticket
from domain.tickets.search import Kind


@dataclass(frozen=True)
class CustomerPage:
    """A customer, their newest orders and tickets."""

    customer: Customer
    orders: Sequence[Any]
    tickets: Sequence[Any] | None
    history: History | None

    @property
    def id(self) -> UUID:
        return self.customer.id


class Customers(View, model=Customer):
    path = "customers"
    needs = Permission.ORDERS_READ
    search_kind = Kind.CUSTOMER
    order = Ordering((Customer.created_at, Customer.id))
    columns = (
        Column("name", link("/customers"), "wide", heading="col_person"),
        Column("email", text, "name"),
        Column("phone", text, "when"),
        Column("external_id", text, "name"),
        Column("language", word),
        Column("created_at", instant, "when"),
    )

    def rows(self, reader: Reader) -> Rows:
        return select(
            Customer.id,
            Customer.name,
            Customer.email,
            Customer.phone,
            Customer.external_id,
            Customer.language,
            Customer.created_at,
        )

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> CustomerPage | None:
        customer = await session.get(Customer, (session.tenant_id, row_id))
        if customer is None:
            return None
        return CustomerPage(
            customer=customer,
            orders=await orders_of(session, customer_id=row_id),
            tickets=await tickets_about(session, reader, Ticket.customer_id == row_id),
            history=await history(session, aggregate_id=row_id, reader=reader),
        )
