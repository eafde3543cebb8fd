"""The people who buy: known by the shop's own id, saved as the shop last described them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kit import bulk, events, texts
from domain.kit.addresses import email_address, mailbox, normalised
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor, History, Recorder
from domain.kit.ids import new_id
from domain.kit.imports import ImportOutcome, MadeMeanwhile
from domain.kit.inputs import Faults
from domain.orders.events import CustomerSaved
from domain.orders.models import Customer, CustomerMailbox


@dataclass(frozen=True)
class CustomerDetails:
    """A customer as the shop describes one. A name or language of None stays; a new customer is called by the id."""

    external_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: Language | None = None


def checked(details: CustomerDetails, faults: Faults) -> CustomerDetails:
    """The customer as it is kept, and what is wrong with it among the faults; a blank address or telephone is none."""
    name, email = details.name, details.email if details.email and details.email.strip() else None
    return CustomerDetails(
        external_id=faults.take(texts.label, details.external_id, field="externalId"),
        name=faults.take(texts.label, name, field="name", most=500) if name is not None else None,
        email=faults.take(email_address, email, field="email") if email is not None else None,
        phone=faults.take(texts.optional_label, details.phone, field="phone", most=50),
        language=details.language,
    )


def _told(details: CustomerDetails) -> dict[str, Any]:
    """What a description says of a customer who is here, by column."""
    said = {"name": details.name, "language": details.language}
    kept = {column: value for column, value in said.items() if value is not None}
    return {"email": details.email, "phone": details.phone} | kept


def _first_told(details: CustomerDetails) -> dict[str, Any]:
    """What a description says of a new customer, by column."""
    return {"name": details.external_id, "language": Language.PL} | _told(details)


async def save_customer(session: TenantSession, *, details: CustomerDetails, by: Actor, now: datetime) -> Customer:
    """The customer of that external id, made or brought up to date; locked. Nothing new changes nothing.

    Raises InvalidInput, before anything is saved.
    """
    faults = Faults()
    told = checked(details, faults)
    faults.raise_first()
    external_id = told.external_id
    customer = await _locked(session, external_id=external_id)
    if customer is None:
        customer = await _made(session, external_id=external_id, values=_first_told(told), now=now)
        if customer is not None:
            await _remember(session, email=customer.email, now=now)
            history = History(Customer.__tablename__, customer.id)
            events.record(session, history, CustomerSaved(external_id, created=True), by=by, at=now)
            return customer
        customer = await _locked(session, external_id=external_id)  # which another transaction has just made
    if customer is None:
        raise RuntimeError("The customer that was in the way is gone, though nothing removes customers.")
    changed = {name: value for name, value in _told(told).items() if getattr(customer, name) != value}
    for name, value in changed.items():
        setattr(customer, name, value)
    if "email" in changed:
        await _remember(session, email=customer.email, now=now)
    if changed:
        events.record(session, customer, CustomerSaved(external_id, created=False), by=by, at=now)
    return customer


@dataclass(frozen=True)
class SavedCustomer:
    """A customer, and what one of many descriptions changed about it."""

    id: UUID
    outcome: ImportOutcome


class Saving:
    """`save_customer` for many checked descriptions: of one customer the last one counts.

    ```python
    saving = await Saving.of(session, told=told, recorder=recorder, now=now)
    await saving.write(session)
    saving.saved  # a SavedCustomer for each, in their order; known before it is written
    ```
    Those who are here are locked first and the others made then, each in one order, so that two of these never wait for
    one another. Their events go to the recorder. Every address that was told is remembered.
    """

    def __init__(
        self,
        told: Sequence[CustomerDetails],
        known: Mapping[str, Mapping[str, Any]],
        *,
        recorder: Recorder,
        now: datetime,
    ) -> None:
        self._now = now
        self._new: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        lasts = {details.external_id: details for details in told}
        saved = {name: self._save(lasts[name], known.get(name), recorder) for name in sorted(lasts)}
        self.saved = [saved[details.external_id] for details in told]
        """What becomes of each."""
        addresses = {each.email for each in told if each.email != known.get(each.external_id, {}).get("email")}
        self._mailboxes = sorted({mailbox(email) for email in addresses if email is not None})

    @classmethod
    async def of(
        cls, session: TenantSession, *, told: Sequence[CustomerDetails], recorder: Recorder, now: datetime
    ) -> Self:
        """Lock those who are here, and decide."""
        known = await _lock_known(session, external_ids={details.external_id for details in told})
        return cls(told, known, recorder=recorder, now=now)

    async def write(self, session: TenantSession) -> None:
        """In at most three statements. Raises MadeMeanwhile, for whom nothing of it may stay."""
        if len(await bulk.add_new(session, Customer, self._new, key="external_id")) < len(self._new):
            raise MadeMeanwhile
        await bulk.change(session, Customer, self._changed)
        mailboxes = [{"mailbox": one} for one in self._mailboxes]
        await bulk.add_missing(session, CustomerMailbox, mailboxes, same={"first_at": self._now})

    def _save(self, details: CustomerDetails, known: Mapping[str, Any] | None, recorder: Recorder) -> SavedCustomer:
        row = known or {"id": new_id(), "external_id": details.external_id, "created_at": self._now}
        history = History(Customer.__tablename__, row["id"], known["version"] if known is not None else 0)
        told = _told(details) if known is not None else _first_told(details)
        changed = known is None or any(known[column] != value for column, value in told.items())
        if changed:
            recorder.record(history, CustomerSaved(details.external_id, created=known is None))
            values = {**row, **told, "version": history.version}
            if known is None:
                self._new.append(values)
            else:
                self._changed.append(_changeable(values))
        return SavedCustomer(row["id"], _outcome(created=known is None, changed=changed))


def _outcome(*, created: bool, changed: bool) -> ImportOutcome:
    if created:
        return ImportOutcome.CREATED
    return ImportOutcome.UPDATED if changed else ImportOutcome.UNCHANGED


def _changeable(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: row[column] for column in ("id", "version", "name", "email", "phone", "language")}


async def _lock_known(session: TenantSession, *, external_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The customers of these external ids, locked in id order."""
    if not external_ids:
        return {}
    columns = (Customer.name, Customer.email, Customer.phone, Customer.language)
    found = await session.execute(
        select(Customer.id, Customer.version, Customer.external_id, *columns)
        .where(Customer.tenant_id == session.tenant_id, bulk.among(Customer.external_id, external_ids))
        .order_by(Customer.id)
        .with_for_update(key_share=True)
    )
    return {row["external_id"]: dict(row) for row in found.mappings()}


async def is_customer(session: TenantSession, *, email: str) -> bool:
    """Whether the address reaches a mailbox that is or ever was a customer's of this tenant, however it is spelled."""
    if not texts.storable(normalised(email)):
        return False
    return await session.get(CustomerMailbox, (session.tenant_id, mailbox(email))) is not None


async def _remember(session: TenantSession, *, email: str | None, now: datetime) -> None:
    if email is not None:
        row = insert(CustomerMailbox).values(tenant_id=session.tenant_id, mailbox=mailbox(email), first_at=now)
        await session.execute(row.on_conflict_do_nothing())


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
