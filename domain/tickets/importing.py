"""Whole batches of tickets, as a shop sends them and sends them again: few statements, however many rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.agents.channels import Channel
from domain.kit import bulk, imports, inputs, outbox, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor, History, Recorder
from domain.kit.imports import ImportedRow, ImportOutcome, ImportPolicy, MadeMeanwhile, Rows
from domain.kit.inputs import Faults
from domain.orders.errors import CustomerNotFound, OrderNotFound
from domain.seats.rights import NotPermitted
from domain.tenants import numbers
from domain.tenants.permissions import Permission
from domain.tickets import named, needs, opening
from domain.tickets.errors import TicketPartFixed, TopicNotFound
from domain.tickets.events import TicketCorrected
from domain.tickets.jobs import RouteSweep
from domain.tickets.models import Entry, Ticket
from domain.tickets.named import Named
from domain.tickets.opening import Case, CaseWords


@dataclass(frozen=True)
class TicketDetails:
    """A case as the shop describes it; its customer, its order or both by the shop's own ids."""

    external_id: str
    channel: Channel
    topic_key: str
    subject: str
    body: str
    customer_external_id: str | None
    order_external_id: str | None
    priority: int
    arrived_at: datetime

    @property
    def words(self) -> CaseWords:
        return CaseWords(self.subject, self.body, self.priority)


@dataclass(frozen=True)
class KnownTicket:
    """A ticket as it is, with the words that it began with."""

    id: UUID
    version: int
    channel: Channel
    topic_id: UUID
    subject: str
    body: str
    priority: int
    customer_id: UUID
    order_id: UUID | None
    arrived_at: datetime


async def import_tickets(
    session: TenantSession,
    *,
    tickets: Sequence[TicketDetails],
    policy: ImportPolicy,
    corrects: bool,
    by: Actor,
    now: datetime,
) -> list[ImportedRow]:
    """Open tickets, which join their topics' queues, or correct those that are here; row by row.

    Subject, priority and order can be corrected, by a caller who `corrects` others' tickets; what else a ticket came
    with is its history. What cannot be changed refuses its row. The same again writes nothing. New ones take the shop's
    next numbers, in their order.
    Raises ImportRejected when the policy is REJECT_ALL and a row is refused, InvalidInput for too few or too many.
    """
    rows = Rows([ticket.external_id for ticket in tickets], policy, named="tickets")
    told = []
    for index, details in enumerate(tickets):
        ticket, faults = examined(details, now=now)
        told.append(ticket)
        for fault in faults.found:
            rows.refuse(index, fault)
    return await imports.save(
        session, rows, lambda trying: _save(session, told, trying, corrects=corrects, by=by, now=now)
    )


def examined(details: TicketDetails, *, now: datetime) -> tuple[TicketDetails, Faults]:
    """The case with its texts trimmed, and all that can never be right about it: pure."""
    faults = Faults()
    customer, order = details.customer_external_id, details.order_external_id
    words = opening.checked(details.words, faults)
    ticket = replace(
        details,
        external_id=faults.take(texts.label, details.external_id, field="externalId"),
        topic_key=faults.take(texts.key, details.topic_key, field="topic"),
        subject=words.subject,
        body=words.body,
        customer_external_id=faults.take(texts.optional_label, customer, field="customerExternalId"),
        order_external_id=faults.take(texts.optional_label, order, field="orderExternalId"),
        priority=words.priority,
        arrived_at=faults.take(inputs.instant, details.arrived_at, field="arrivedAt"),
    )
    if not faults.found and ticket.arrived_at > now:
        faults.note(InvalidInput("arrivedAt", "must not be in the future", "nie może być w przyszłości"))
    if ticket.customer_external_id is None and ticket.order_external_id is None:
        problem = "name the customer or the order", "podaj klienta albo zamówienie"
        faults.note(InvalidInput("customerExternalId", *problem))
    return ticket, faults


async def _save(
    session: TenantSession, told: Sequence[TicketDetails], rows: Rows, *, corrects: bool, by: Actor, now: datetime
) -> None:
    """Lock, decide, apply, record. Raises ImportRejected, MadeMeanwhile."""
    good = [told[index] for index in rows.good]
    referred = await named.to_refer_to(
        session,
        topics={ticket.topic_key for ticket in good},
        customers={ticket.customer_external_id for ticket in good if ticket.customer_external_id is not None},
        orders={ticket.order_external_id for ticket in good if ticket.order_external_id is not None},
    )
    known = await _lock_known(session, external_ids=[ticket.external_id for ticket in good])
    new: dict[int, Case] = {}
    changes: list[dict[str, Any]] = []
    recorder = Recorder(session, by=by, at=now)
    for index in list(rows.good):
        case = _case(told[index], referred, rows, index)
        here = known.get(told[index].external_id)
        if case is not None and here is None:
            new[index] = case
        elif case is not None and here is not None:
            _correct(here, case, rows, index, changes, recorder if corrects else None)
    rows.reject_all_if_asked()
    await bulk.change(session, Ticket, changes)
    await recorder.write()
    await _open(session, new, rows, by=by, now=now)


def _case(told: TicketDetails, referred: Named, rows: Rows, index: int) -> Case | None:
    """The case with what it refers to; a row that names what there is not is refused."""
    topic = referred.topics.get(told.topic_key)
    if topic is None:
        rows.refuse(index, TopicNotFound(told.topic_key), field="topic")
    customer_id, order = None, None
    if told.customer_external_id is not None:
        customer_id = referred.customers.get(told.customer_external_id)
        if customer_id is None:
            rows.refuse(index, CustomerNotFound(external_id=told.customer_external_id), field="customerExternalId")
    if told.order_external_id is not None:
        order = referred.orders.get(told.order_external_id)
        if order is None or customer_id not in (None, order.customer_id):
            rows.refuse(index, OrderNotFound(external_id=told.order_external_id), field="orderExternalId")
            return None
        customer_id = customer_id or order.customer_id
    if topic is None or customer_id is None:
        return None
    return Case(
        channel=told.channel,
        topic=topic.row,
        skills=topic.skills,
        words=told.words,
        customer_id=customer_id,
        order_id=order.id if order is not None else None,
        arrived_at=told.arrived_at,
        external_id=told.external_id,
    )


def _correct(
    here: KnownTicket, case: Case, rows: Rows, index: int, changes: list[dict[str, Any]], recorder: Recorder | None
) -> None:
    """What is different about a ticket that is here; its history, and a caller without a recorder, refuse the row."""
    fixed = {
        "channel": (case.channel, here.channel),
        "topic": (case.topic.id, here.topic_id),
        "body": (case.words.body, here.body),
        "customerExternalId": (case.customer_id, here.customer_id),
        "arrivedAt": (case.arrived_at, here.arrived_at),
    }
    refused = [part for part, (now, before) in fixed.items() if now != before]
    for part in refused:
        rows.refuse(index, TicketPartFixed(here.id), field=part)
    corrected = {
        "subject": (case.words.subject, here.subject),
        "priority": (case.words.priority, here.priority),
        "orderExternalId": (case.order_id, here.order_id),
    }
    parts = tuple(part for part, (now, before) in corrected.items() if now != before)
    if parts and recorder is None:
        rows.refuse(index, NotPermitted(Permission.TICKETS_SUPERVISE))
        return
    if refused:
        return
    rows.settle(index, ImportOutcome.UPDATED if parts else ImportOutcome.UNCHANGED, here.id)
    if parts and recorder is not None:
        history = History(Ticket.__tablename__, here.id, here.version)
        told = TicketCorrected(parts, case.words.subject, case.words.priority, case.order_id)
        recorder.record(history, told)
        changes.append(
            {
                "id": here.id,
                "version": history.version,
                "subject": case.words.subject,
                "priority": case.words.priority,
                "order_id": case.order_id,
            }
        )


async def _open(session: TenantSession, new: dict[int, Case], rows: Rows, *, by: Actor, now: datetime) -> None:
    """Open the new cases, with a block of numbers of their own, and have one sweep find agents for all of them."""
    if not new:
        return
    kept = await needs.kept(session, {case.needed for case in new.values()})
    # Last, for the counter stays locked until the commit: from here on nothing waits for anybody.
    number = await numbers.take(session, name="ticket", count=len(new))
    if await _any_known(session, external_ids=[str(case.external_id) for case in new.values()]):
        raise MadeMeanwhile
    opened = []
    for place, (index, case) in enumerate(new.items()):
        made = opening.compose(session, case, need_id=kept[case.needed], number=number + place, by=by, now=now)
        rows.settle(index, ImportOutcome.CREATED, made.ticket.id)
        opened.append(made)
    await opening.add(session, opened)
    await outbox.enqueue_once(session, RouteSweep(), now=now)


async def _lock_known(session: TenantSession, *, external_ids: Collection[str]) -> dict[str, KnownTicket]:
    """Those of the tickets that are here, by external id, locked in id order until the transaction ends."""
    columns = (
        Ticket.external_id,
        Ticket.id,
        Ticket.version,
        Ticket.channel,
        Ticket.topic_id,
        Ticket.subject,
        Ticket.priority,
        Ticket.customer_id,
        Ticket.order_id,
        Ticket.arrived_at,
    )
    found = await session.execute(
        select(*columns)
        .where(Ticket.tenant_id == session.tenant_id, bulk.among(Ticket.external_id, external_ids))
        .order_by(Ticket.id)
        .with_for_update(key_share=True)
    )
    tickets = {row["external_id"]: dict(row) for row in found.mappings()}
    bodies = await _first_words(session, ticket_ids=[ticket["id"] for ticket in tickets.values()])
    return {name: KnownTicket(body=bodies[ticket["id"]], **_without_name(ticket)) for name, ticket in tickets.items()}


def _without_name(ticket: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in ticket.items() if column != "external_id"}


async def _first_words(session: TenantSession, *, ticket_ids: Collection[UUID]) -> dict[UUID, str]:
    found = await session.execute(
        select(Entry.ticket_id, Entry.body)
        .ext(distinct_on(Entry.ticket_id))
        .where(Entry.tenant_id == session.tenant_id, bulk.among(Entry.ticket_id, ticket_ids))
        .order_by(Entry.ticket_id, Entry.at, Entry.id)
    )
    return {row.ticket_id: row.body for row in found}


async def _any_known(session: TenantSession, *, external_ids: Collection[str]) -> bool:
    """Whether any was made since it was looked for; nobody makes one without the counter, which is the caller's."""
    found = select(Ticket.id).where(Ticket.tenant_id == session.tenant_id, bulk.among(Ticket.external_id, external_ids))
    return await session.scalar(found.limit(1)) is not None
