"""Whose call it is: whom the exchange names, who has that number, or a customer who is known by it from now on."""

from dataclasses import astuple
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.orders.customers import CustomerDetails, save_customer
from domain.orders.models import Customer
from domain.orders.queries import NamedParties, Parties, parties
from domain.tickets.calls.numbers import may_be_the_same, tail

BY_NUMBER = "phone:"
"""How the external ids of customers begin of whom nothing but a number is known; what follows is the number."""

BY_CALL = "call:"
"""How those begin whose number was withheld; what follows is the exchange's id of the call."""

MOST_ALIKE = 50
"""Customers whose numbers end alike that are looked at."""

WITHHELD = {Language.EN: "Number withheld", Language.PL: "Numer zastrzeżony"}


async def caller(
    session: TenantSession,
    *,
    named: NamedParties,
    number: str | None,
    external_id: str,
    language: Language,
    by: Actor,
    now: datetime,
) -> Parties:
    """The customer, and the order if one is named.

    A number is a customer's if it is that of one customer alone; of several, nobody can tell who of them is calling.
    Raises CustomerNotFound, OrderNotFound.
    """
    if any(part is not None for part in astuple(named)):
        return await parties(session, named=named)
    if number is None:
        known = CustomerDetails(f"{BY_CALL}{external_id}", name=WITHHELD[language])
        return Parties((await save_customer(session, details=known, by=by, now=now)).id, None)
    customer_id = await _of_number(session, number) or await _known_by(session, f"{BY_NUMBER}{number}")
    if customer_id is None:
        known = CustomerDetails(f"{BY_NUMBER}{number}", name=number, phone=number)
        customer_id = (await save_customer(session, details=known, by=by, now=now)).id
    return Parties(customer_id, None)


async def _of_number(session: TenantSession, number: str) -> UUID | None:
    ending = tail(number)
    if ending is None:
        return None
    found = await session.execute(
        select(Customer.id, Customer.phone)
        .where(
            Customer.tenant_id == session.tenant_id,
            Customer.phone_tail == ending,
            ~Customer.external_id.startswith(BY_NUMBER),
        )
        .limit(MOST_ALIKE)
    )
    ids = [row.id for row in found if may_be_the_same(row.phone, number)]
    return ids[0] if len(ids) == 1 else None


async def _known_by(session: TenantSession, external_id: str) -> UUID | None:
    found: UUID | None = await session.scalar(
        select(Customer.id).where(Customer.tenant_id == session.tenant_id, Customer.external_id == external_id)
    )
    return found
