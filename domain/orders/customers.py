"""The people who buy: known by the shop's own id, saved as the shop last described them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kit import events, texts
from domain.kit.addresses import email_address, normalised
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.orders.events import CustomerSaved
from domain.orders.models import Customer


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

    Raises InvalidInput.
    """
    external_id = texts.label(details.external_id, field="customer.externalId")
    email = email_address(details.email, field="customer.email") if details.email and details.email.strip() else None
    values = {
        "name": texts.label(details.name, field="customer.name", most=500),
        "email": email,
        "phone": (
            texts.label(details.phone, field="customer.phone", most=50)
            if details.phone and details.phone.strip()
            else None
        ),
        "language": details.language,
    }
    made = await session.scalar(
        insert(Customer)
        .values(tenant_id=session.tenant_id, id=new_id(), version=0, external_id=external_id, created_at=now, **values)
        .on_conflict_do_nothing(index_elements=["tenant_id", "external_id"])
        .returning(Customer.id)
    )
    customer = (
        await session.scalars(
            select(Customer)
            .where(Customer.tenant_id == session.tenant_id, Customer.external_id == external_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).one()
    changed = {name: value for name, value in values.items() if getattr(customer, name) != value}
    for name, value in changed.items():
        setattr(customer, name, value)
    if made or changed:
        events.record(session, customer, CustomerSaved(external_id, created=made is not None), by=by, at=now)
    return customer


async def is_customer(session: TenantSession, *, email: str) -> bool:
    """Whether the address is a customer's of this tenant."""
    found = await session.scalar(
        select(Customer.id).where(Customer.tenant_id == session.tenant_id, Customer.email == normalised(email)).limit(1)
    )
    return found is not None
