"""Rules at work: what they make of a case that is being opened, and the rows that tell of it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from domain.kit.database import TenantSession
from domain.kit.events import plain
from domain.kit.ids import new_id
from domain.orders.models import Customer, Order
from domain.tickets.intake import conditions, queries, rules
from domain.tickets.intake.conditions import Failing, Failure, Patience, Subject
from domain.tickets.intake.errors import ConditionRefused
from domain.tickets.intake.facts import customer_facts, order_facts
from domain.tickets.intake.models import IntakeFailure, TicketIntake, TicketTag
from domain.tickets.intake.rules import Act, Decide, Rule, Sorted, Start
from domain.tickets.intake.variables import TicketFacts, values_of
from domain.tickets.models import Ticket, Topic

PATIENCE = 0.25
"""Seconds that the rules of a shop may take for one ticket; those that are not reached by then have failed."""


async def sort(
    session: TenantSession,
    *,
    start: Start,
    topic: Topic,
    customer: Customer,
    order: Order | None,
    about: dict[str, Any],
) -> Sorted:
    """What the shop's rules make of a case; `about` is what TicketFacts say of the case alone.

    One statement, whatever the rules.
    """
    standing = await queries.standing_for(session, customer_id=customer.id)
    if standing is None:
        return Sorted(start)
    facts = TicketFacts(
        **about,
        topic=topic.key,
        customer=customer_facts(customer, open_tickets=standing.open_tickets, orders=standing.orders),
        order=order_facts(order) if order is not None else None,
    )
    return rules.sort(standing.rules, start, deciding(facts, standing.zone, Patience(PATIENCE)))


def deciding(facts: TicketFacts, zone: ZoneInfo, patience: Patience) -> Decide:
    """What decides rules about one ticket."""
    subject = Subject(values_of(facts, zone=zone))

    def decide(rule: Rule) -> bool | Failure:
        if patience.is_over:
            return Failure(Failing.TOO_SLOW, "")
        try:
            return conditions.condition(rule.condition).decide(subject)
        except ConditionRefused as refused:  # What was written for an earlier version of the language.
            return Failure(Failing.FAILED, str(refused))

    return decide


async def keep(session: TenantSession, ticket: Ticket, found: Sorted, *, start: Start, now: datetime) -> None:
    """Write down what the rules did to the ticket, which is here by now: one statement, or none for nothing.

    `start` is what it would have asked for without them.
    """
    acts = {"acts": [told(act) for act in found.acts], "before": before(start)}
    rows: list[tuple[type[Any], list[dict[str, Any]]]] = [
        (TicketIntake, [acts] if found.acts else []),
        (TicketTag, [{"tag": tag} for tag in found.start.tags]),
        (
            IntakeFailure,
            [{"version_id": id, "why": failure.why, "detail": failure.detail} for id, failure in found.failures],
        ),
    ]
    same = {"tenant_id": session.tenant_id, "ticket_id": ticket.id}
    insertions = [
        insert(model).values([{**same, "id": new_id(), "at": now, **row} for row in its]) for model, its in rows if its
    ]
    if insertions:
        last, *others = insertions
        for number, other in enumerate(others):
            last = last.add_cte(other.cte(f"also_{number}"))
        await session.execute(last)


def before(start: Start) -> dict[str, Any]:
    """What a ticket would have asked for, as it is kept."""
    return {
        "team_id": str(start.team_id),
        "priority": start.priority,
        "skills": plain(dict(start.skills)),
        "language": start.language,
        "needs_contact": start.needs_contact,
    }


def told(act: Act) -> dict[str, Any]:
    """An act as it is kept."""
    written: dict[str, Any] = {"version_id": str(act.version_id), "sets": plain(act.sets)}
    if act.tags:
        written["tags"] = list(act.tags)
    if act.stopped:
        written["stopped"] = True
    return written
