"""The people who buy: known by the shop's own id, saved as the shop last described them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kit import events, texts
from domain.kit.addresses import email_address, mailbox, normalised
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.orders.events import CustomerSaved
from domain.orders.history import History
from domain.orders.models import Customer, CustomerMailbox


@dataclass(frozen=True)
class CustomerDetails:
    """A customer as the shop describes one."""

    external_id: str
    name: str
    email: str | None = None
    phone: str | None = None
    language: Language = Language.PL


async def save_customer(session: TenantSession, *, details: CustomerDetails, by: Actor, now: datetime) -> Customer:
    """The customer of that external id, made or brought up to date; locked. Nothing new changes nothing.

    Raises InvalidInput, before anything is saved.
    """
    external_id, values = texts.label(details.external_id, field="externalId"), _values(details)
    customer = await _locked(session, external_id=external_id)
    if customer is None:
        customer = await _made(session, external_id=external_id, values=values, now=now)
        if customer is not None:
            await _remember(session, email=customer.email, now=now)
            history = History(Customer.__tablename__, customer.id)
            events.record(session, history, CustomerSaved(external_id, created=True), by=by, at=now)
            return customer
        customer = await _locked(session, external_id=external_id)  # which another transaction has just made
    if customer is None:
        raise RuntimeError("The customer that was in the way is gone, though nothing removes customers.")
    changed = {name: value for name, value in values.items() if getattr(customer, name) != value}
    for name, value in changed.items():
        setattr(customer, name, value)
    if "email" in changed:
        await _remember(session, email=customer.email, now=now)
    if changed:
        events.record(session, customer, CustomerSaved(external_id, created=False), by=by, at=now)
    return customer


async def is_customer(session: TenantSession, *, email: str) -> bool:
    """Whether the address reaches a mailbox that is or ever was a customer's of this tenant, however it is spelled."""
    if not texts.storable(normalised(email)):
        return False
    return await session.get(CustomerMailbox, (session.tenant_id, mailbox(email))) is not None


async def _remember(session: TenantSession, *, email: str | None, now: datetime) -> None:
    if email is not None:
        row = insert(CustomerMailbox).values(tenant_id=session.tenant_id, mailbox=mailbox(email), first_at=now)
        await session.execute(row.on_conflict_do_nothing())


def _values(details: CustomerDetails) -> dict[str, Any]:
    """What is kept of a customer; a blank address or telephone number is none. Raises InvalidInput."""
    return {
        "name": texts.label(details.name, field="name", most=500),
        "email": email_address(details.email, field="email") if details.email and details.email.strip() else None,
        "phone": texts.optional_label(details.phone, field="phone", most=50),
        "language": details.language,
    }


async def _locked(session: TenantSession, *, external_id: str) -> Customer | None:
    return await session.scalar(
        select(Customer)
        .where(Customer.tenant_id == session.tenant_id, Customer.external_id == external_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def _made(session: TenantSession, *, external_id: str, values: dict[str, Any], now: datetime) -> Customer | None:
    """The new customer with the version that its first event leaves it with; None when there is one already."""
    row = insert(Customer).values(
        tenant_id=session.tenant_id, id=new_id(), version=1, external_id=external_id, created_at=now, **values
    )
    made: Customer | None = await session.scalar(
        row.on_conflict_do_nothing(index_elements=["tenant_id", "external_id"]).returning(Customer)
    )
    return made
