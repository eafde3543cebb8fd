"""Tickets: the list, and a ticket with its order, its whole history and why it is where it is."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from admin.intake.told import ToldIntake, intake_of, tags_of
from admin.lists.asked import skills_of_need
from admin.lists.history import History, history
from admin.lists.orders import Paid, payments_of, whereabouts_of
from admin.lists.people import Names, names
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader
from admin.lists.shown import Column, badge, instant, link, word
from admin.lists.view import View
from domain.agents.models import Agent, Team
from domain.kit.database import TenantSession
from domain.orders.fulfilment import Whereabouts
from domain.orders.models import Customer, Order, Payment
from domain.tenants.permissions import Permission
from domain.tickets import replaying
from domain.tickets.decisions import RoutingDecision
from domain.tickets.models import Delivery, DraftDecision, Entry, Need, Resolution, Ticket, Topic, Transition
from domain.tickets.replaying import Standing
from domain.tickets.routing import Exclusion, RoutingReason
from domain.tickets.search import Kind

MOST_ENTRIES = 200
MOST_MOVES = 100
MOST_DECISIONS = 20
MOST_EXPLAINED = 3
"""Of the latest decisions it is told who stood where, which takes making them again."""

NEAREST = 3
"""How many are named of those who could have had a ticket, and of those who could not."""


@dataclass(frozen=True)
class Line:
    """An entry of a ticket, what became of its mail if it was one, of it if it was a draft, and who sent it."""

    entry: Entry
    delivery: Delivery | None
    decision: DraftDecision | None
    sender: str | None


@dataclass(frozen=True)
class AboutOrder:
    """The order that a ticket is about."""

    order: Order
    whereabouts: Whereabouts
    payments: Sequence[Paid]


@dataclass(frozen=True)
class Decided:
    """A routing decision in the words of the shop: names in place of ids.

    `counted` says that it was made again, and everybody's place is known; else it is told as it was written down.
    """

    decision: RoutingDecision
    agent: str | None
    team: str
    counted: bool
    able: Sequence[tuple[UUID, str, float]]
    """Who could have had it, by their minutes of work per hour: everybody, or the first two."""
    excluded: Sequence[tuple[Exclusion, int]]
    nearest: Sequence[tuple[UUID, str, Exclusion | None]]


@dataclass(frozen=True)
class TicketPage:
    """A ticket and all that is known of it."""

    ticket: Ticket
    topic: Topic
    team: Team
    language: str | None
    skills: Sequence[Any]
    assignee: Agent | None
    customer: Customer
    about: AboutOrder | None
    lines: Sequence[Line]
    entries_left_out: bool
    moves: Sequence[Any]
    resolutions: Sequence[Any]
    decisions: Sequence[Decided]
    names: Names
    tags: Sequence[str]
    intake: ToldIntake | None
    history: History | None

    @property
    def id(self) -> UUID:
        return self.ticket.id


class Tickets(View, model=Ticket):
    path = "tickets"
    needs = Permission.TICKETS_READ
    search_kind = Kind.TICKET
    order = Ordering((Ticket.arrived_at, Ticket.id))
    columns = (
        Column("number", link("/tickets"), "number"),
        Column("arrived_at", instant, "when"),
        Column("subject", link("/tickets"), "wide"),
        Column("customer", link("/customers", to="customer_id"), "name"),
        Column("state", badge),
        Column("team", link("/teams", to="team_id")),
        Column("assignee", link("/agents", to="assignee_id"), "name"),
        Column("channel", word),
    )

    def rows(self, reader: Reader) -> Rows:
        return (
            select(
                Ticket.id,
                Ticket.number,
                Ticket.arrived_at,
                Ticket.subject,
                Ticket.state,
                Ticket.channel,
                Ticket.customer_id,
                Customer.name.label("customer"),
                Ticket.team_id,
                Team.name.label("team"),
                Ticket.assignee_id,
                Agent.name.label("assignee"),
            )
            .join(Customer, and_(Customer.tenant_id == Ticket.tenant_id, Customer.id == Ticket.customer_id))
            .join(Team, and_(Team.tenant_id == Ticket.tenant_id, Team.id == Ticket.team_id))
            .outerjoin(Agent, and_(Agent.tenant_id == Ticket.tenant_id, Agent.id == Ticket.assignee_id))
        )

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> TicketPage | None:
        statement = (
            select(Ticket, Topic, Team, Customer, Need.language, Agent, Order)
            .join(Topic, and_(Topic.tenant_id == Ticket.tenant_id, Topic.id == Ticket.topic_id))
            .join(Team, and_(Team.tenant_id == Ticket.tenant_id, Team.id == Ticket.team_id))
            .join(Customer, and_(Customer.tenant_id == Ticket.tenant_id, Customer.id == Ticket.customer_id))
            .join(Need, and_(Need.tenant_id == Ticket.tenant_id, Need.id == Ticket.need_id))
            .outerjoin(Agent, and_(Agent.tenant_id == Ticket.tenant_id, Agent.id == Ticket.assignee_id))
            .outerjoin(Order, and_(Order.tenant_id == Ticket.tenant_id, Order.id == Ticket.order_id))
            .where(Ticket.tenant_id == session.tenant_id, Ticket.id == row_id)
        )
        found = (await session.execute(statement)).one_or_none()
        if found is None:
            return None
        ticket, topic, team, customer, language, assignee, order = found
        lines = await _lines(session, ticket)
        moves = await _moves(session, ticket)
        return TicketPage(
            ticket=ticket,
            topic=topic,
            team=team,
            language=language,
            skills=await skills_of_need(session, ticket.need_id),
            assignee=assignee,
            customer=customer,
            about=await _about(session, order, reader),
            lines=lines[-MOST_ENTRIES:],
            entries_left_out=len(lines) > MOST_ENTRIES,
            moves=moves,
            resolutions=await _resolutions(session, ticket),
            decisions=await _decisions(session, ticket),
            names=await names(
                session,
                who=[
                    *((line.entry.author_kind, line.entry.author_id) for line in lines),
                    *((move.Transition.actor_kind, move.Transition.actor_id) for move in moves),
                ],
            ),
            tags=await tags_of(session, ticket_id=row_id),
            intake=await intake_of(session, ticket_id=row_id),
            history=await history(session, aggregate_id=row_id, reader=reader),
        )


async def _about(session: TenantSession, order: Order | None, reader: Reader) -> AboutOrder | None:
    if order is None or not reader.may(Permission.ORDERS_READ):
        return None
    return AboutOrder(order, whereabouts_of(order, reader), await payments_of(session, order_id=order.id))


async def _lines(session: TenantSession, ticket: Ticket) -> list[Line]:
    """The newest entries, one more than are shown, oldest first."""
    statement = (
        select(Entry, Delivery, DraftDecision, Agent.name)
        .outerjoin(Delivery, and_(Delivery.tenant_id == Entry.tenant_id, Delivery.entry_id == Entry.id))
        .outerjoin(DraftDecision, and_(DraftDecision.tenant_id == Entry.tenant_id, DraftDecision.entry_id == Entry.id))
        .outerjoin(Agent, and_(Agent.tenant_id == Entry.tenant_id, Agent.id == Entry.sender_agent_id))
        .where(Entry.tenant_id == session.tenant_id, Entry.ticket_id == ticket.id)
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(MOST_ENTRIES + 1)
    )
    return [Line(*row) for row in reversed((await session.execute(statement)).all())]


async def _moves(session: TenantSession, ticket: Ticket) -> Sequence[Any]:
    statement = (
        select(Transition, Team.name.label("team"), Agent.name.label("assignee"))
        .join(Team, and_(Team.tenant_id == Transition.tenant_id, Team.id == Transition.team_id))
        .outerjoin(Agent, and_(Agent.tenant_id == Transition.tenant_id, Agent.id == Transition.assignee_id))
        .where(Transition.tenant_id == session.tenant_id, Transition.ticket_id == ticket.id)
        .order_by(Transition.position.desc())
        .limit(MOST_MOVES)
    )
    return (await session.execute(statement)).all()


async def _resolutions(session: TenantSession, ticket: Ticket) -> Sequence[Any]:
    statement = (
        select(Resolution, Agent.name.label("agent"), Payment.method, Payment.amount, Order.currency, Order.number)
        .join(Agent, and_(Agent.tenant_id == Resolution.tenant_id, Agent.id == Resolution.agent_id))
        .outerjoin(Payment, and_(Payment.tenant_id == Resolution.tenant_id, Payment.id == Resolution.payment_id))
        .outerjoin(Order, and_(Order.tenant_id == Payment.tenant_id, Order.id == Payment.order_id))
        .where(Resolution.tenant_id == session.tenant_id, Resolution.ticket_id == ticket.id)
        .order_by(Resolution.at.desc(), Resolution.id.desc())
    )
    return (await session.execute(statement)).all()


async def _decisions(session: TenantSession, ticket: Ticket) -> list[Decided]:
    statement = (
        select(RoutingDecision, Team.name.label("team"), Agent.name.label("agent"))
        .join(Team, and_(Team.tenant_id == RoutingDecision.tenant_id, Team.id == RoutingDecision.team_id))
        .outerjoin(Agent, and_(Agent.tenant_id == RoutingDecision.tenant_id, Agent.id == RoutingDecision.agent_id))
        .where(RoutingDecision.tenant_id == session.tenant_id, RoutingDecision.ticket_id == ticket.id)
        .order_by(RoutingDecision.at.desc(), RoutingDecision.id.desc())
        .limit(MOST_DECISIONS)
    )
    rows = (await session.execute(statement)).all()
    stood = [await replaying.standings(session, row.RoutingDecision) for row in rows[:MOST_EXPLAINED]]
    stood += [[]] * (len(rows) - len(stood))
    kept = [[] if there else _as_kept(row.RoutingDecision) for row, there in zip(rows, stood, strict=True)]
    known = await _names_of(session, {each.agent_id for those in (*stood, *kept) for each in those})
    return [_decided(row, there, told, known) for row, there, told in zip(rows, stood, kept, strict=True)]


def _as_kept(decision: RoutingDecision) -> list[Standing]:
    """Who had the least work and who the next, as it is kept for ever with a decision that looked at work."""
    work, following = decision.detail.get("work"), decision.detail.get("next")
    if work is None or decision.agent_id is None or decision.reason is RoutingReason.PREVIOUS_AGENT:
        return []
    chosen = Standing(decision.agent_id, None, work)
    return [chosen] if following is None else [chosen, Standing(UUID(following[0]), None, following[1])]


async def _names_of(session: TenantSession, ids: Collection[UUID]) -> Mapping[UUID, str]:
    found = await session.execute(
        select(Agent.id, Agent.name).where(Agent.tenant_id == session.tenant_id, Agent.id.in_(ids))
    )
    return {row.id: row.name for row in found}


def _decided(row: Any, stood: Sequence[Standing], kept: Sequence[Standing], names: Mapping[UUID, str]) -> Decided:
    counts = Counter(each.exclusion for each in stood if each.exclusion is not None)
    if not stood:
        counts.update({Exclusion(why): count for why, count in row.RoutingDecision.detail.get("excluded", {}).items()})
    return Decided(
        decision=row.RoutingDecision,
        agent=row.agent,
        team=row.team,
        counted=bool(stood),
        able=[
            (each.agent_id, names.get(each.agent_id, ""), each.work) for each in stood or kept if each.exclusion is None
        ],
        excluded=[(why, counts[why]) for why in Exclusion if counts[why]],
        nearest=[
            (each.agent_id, names.get(each.agent_id, ""), each.exclusion)
            for each in stood
            if each.exclusion not in (None, Exclusion.OTHER_TEAM)
        ][:NEAREST],
    )
