"""Whole batches of orders and customers, as a shop sends them and sends them again: few statements, however many rows.

Everybody who writes orders takes locks in this order, so that nobody waits in a circle: orders that are known, by id;
customers; their mailboxes; orders that are new, by the shop's own id.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.kit import bulk, imports
from domain.kit.database import TenantSession
from domain.kit.events import Actor, Recorder
from domain.kit.imports import ImportedRow, ImportOutcome, ImportPolicy, Rows
from domain.kit.inputs import Faults
from domain.orders import customers as telling_of_customers
from domain.orders import details as telling
from domain.orders.customers import CustomerDetails, Saving
from domain.orders.details import OrderDetails
from domain.orders.known import lock_known
from domain.orders.revision import KnownOrder, Revision, first, revise
from domain.orders.sheet import Sheet


async def import_orders(
    session: TenantSession, *, orders: Sequence[OrderDetails], policy: ImportPolicy, by: Actor, now: datetime
) -> list[ImportedRow]:
    """Make orders, or make those that are here the same as they are told, with their customers; row by row.

    The same again writes nothing. What cannot be changed any more refuses its row: see `revision.revise`.
    Raises ImportRejected when the policy is REJECT_ALL and a row is refused, InvalidInput for too few or too many.
    """
    rows = Rows([order.external_id for order in orders], policy, named="orders")
    told = []
    for index, details in enumerate(orders):
        order, faults = telling.examined(details, now=now)
        told.append(order)
        for fault in faults.found:
            rows.refuse(index, fault)
    return await imports.save(session, rows, lambda trying: _save(session, told, trying, by=by, now=now))


async def import_customers(
    session: TenantSession, *, customers: Sequence[CustomerDetails], policy: ImportPolicy, by: Actor, now: datetime
) -> list[ImportedRow]:
    """Make customers, or bring those who are here up to date; row by row. The same again writes nothing.

    Raises ImportRejected when the policy is REJECT_ALL and a row is refused, InvalidInput for too few or too many.
    """
    rows = Rows([customer.external_id for customer in customers], policy, named="customers")
    told = []
    for index, details in enumerate(customers):
        faults = Faults()
        told.append(telling_of_customers.checked(details, faults))
        for fault in faults.found:
            rows.refuse(index, fault)
    rows.reject_all_if_asked()
    return await imports.save(session, rows, lambda trying: _save_customers(session, told, trying, by=by, now=now))


async def _save_customers(
    session: TenantSession, told: Sequence[CustomerDetails], rows: Rows, *, by: Actor, now: datetime
) -> None:
    """Lock, decide, apply, record. Raises MadeMeanwhile."""
    recorder = Recorder(session, by=by, at=now)
    good = list(rows.good)
    saving = await Saving.of(session, told=[told[index] for index in good], recorder=recorder, now=now)
    for index, customer in zip(good, saving.saved, strict=True):
        rows.settle(index, customer.outcome, customer.id)
    await saving.write(session)
    await recorder.write()


async def _save(session: TenantSession, told: Sequence[OrderDetails], rows: Rows, *, by: Actor, now: datetime) -> None:
    """Lock, decide, apply, record. Raises ImportRejected, MadeMeanwhile."""
    known = await lock_known(session, external_ids=[told[index].external_id for index in rows.good])
    revisions = _decide(told, known, rows)
    rows.reject_all_if_asked()
    good = list(rows.good)
    recorder = Recorder(session, by=by, at=now)
    saving = await Saving.of(session, told=[told[index].customer for index in good], recorder=recorder, now=now)
    sheet = Sheet(recorder, now=now)
    async with bulk.meanwhile(saving.write(session)):
        for index, customer in zip(good, saving.saved, strict=True):
            order, revision = told[index], revisions[index]
            here = known.get(order.external_id)
            if here is None:
                rows.settle(index, ImportOutcome.CREATED, sheet.create(order, revision, customer_id=customer.id))
                continue
            if revision.changes:
                sheet.change(here, order, revision)
            changed = revision.changes or customer.outcome is not ImportOutcome.UNCHANGED
            rows.settle(index, ImportOutcome.UPDATED if changed else ImportOutcome.UNCHANGED, here.id)
    await sheet.write(session)
    await recorder.write()


def _decide(told: Sequence[OrderDetails], known: Mapping[str, KnownOrder], rows: Rows) -> dict[int, Revision]:
    """What each good row changes; a row that comes too late is refused."""
    revisions = {}
    for index in list(rows.good):
        here = known.get(told[index].external_id)
        revisions[index] = first(told[index]) if here is None else revise(here, told[index])
        for error, field in revisions[index].refusals:
            rows.refuse(index, error, field=field)
    return revisions
