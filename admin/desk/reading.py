"""What the desk shows of one ticket: itself, its history, its customer, its order, and to whom it can be handed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import aliased

from admin.intake.told import ToldIntake, intake_of, tags_of
from admin.lists.asked import skills_of_need
from domain.agents.channels import Channel
from domain.agents.models import Agent, Member, MemberState, Team
from domain.kit.database import TenantSession
from domain.kit.events import ActorKind
from domain.orders import fulfilment
from domain.orders.fulfilment import Whereabouts
from domain.orders.models import Customer, Order, OrderLine, Payment, PaymentEntry, Shipment
from domain.seats.models import SeatAssignment
from domain.seats.queries import live
from domain.tenants.models import ApiClient
from domain.tickets.calls import queries as calls
from domain.tickets.calls.models import Call
from domain.tickets.decisions import RoutingDecision
from domain.tickets.drafts import left_behind
from domain.tickets.errors import TicketNotFound
from domain.tickets.models import Delivery, DraftDecision, Entry, EntryKind, Need, Resolution, Ticket, Topic, Transition

Line = Row[*tuple[Any, ...]]
"""A row of some of the columns, by their names."""

MOST_ENTRIES = 50
MOST_ENTRIES_EVER = 500
MOST_LINES = 50
PLACING = frozenset(
    {"assigned", "handed over", "reopened", "seat ended", "reply returned", "declined", "not answered", "agent left"}
)
MOST_OTHERS = 10
MOST_MAILS = 10
MOST_COLLEAGUES = 300
LARGEST_NUMBER = 2**63 - 1
NOBODY = UUID(int=0)
LAST = UUID(int=2**128 - 1)
PAYMENTS = "payments"
"""The key of the skill that tickets about money ask for."""
COMES_AFTER = frozenset({"replied", "customer answered"})
"""The moves that an entry of the same instant has caused."""


@dataclass(frozen=True)
class Money:
    """A payment of the order, with its ledger."""

    payment: Payment
    ledger: Sequence[PaymentEntry]

    @property
    def received(self) -> int:
        return sum(entry.amount for entry in self.ledger)


@dataclass(frozen=True)
class OrderPart:
    """The order that a ticket is about."""

    order: Order
    whereabouts: Whereabouts
    due_on_delivery: int
    lines: Sequence[OrderLine]
    payments: Sequence[Money]
    parcels: Sequence[Shipment]


@dataclass(frozen=True)
class TicketPart:
    """A ticket with all that the desk shows of it; the history's rows come oldest first."""

    ticket: Ticket
    customer: Customer
    team: str
    topic: str
    skills: Sequence[Line]
    language: str | None
    holder: str | None
    entries: Sequence[Line]
    entries_in_all: int
    moves: Sequence[Line]
    routing: Line | None
    resolutions: Sequence[Line]
    others: Sequence[Line]
    order: OrderPart | None
    teams: Sequence[Line]
    colleagues: Sequence[Line]
    tags: Sequence[str]
    intake: ToldIntake | None
    call: Call | None

    @property
    def placed_by_hand(self) -> Line | None:
        """The move that brought the ticket where it is, if it came after whatever the router said."""
        placing = next((move for move in self.moves if move.reason in PLACING), None)
        return placing if placing is not None and (self.routing is None or placing.at > self.routing.at) else None

    @property
    def likely_payment(self) -> Payment | None:
        """The order's first payment, on a ticket that asks for the skill in payments; none on others."""
        if self.order is None or all(skill.key != PAYMENTS for skill in self.skills):
            return None
        return next((money.payment for money in self.order.payments), None)

    @property
    def first_open_draft(self) -> UUID | None:
        return next((entry.id for entry in self.entries if is_open_draft(entry)), None)

    @property
    def history(self) -> list[Any]:
        """Entries, moves and what intake rules did, in the order in which they happened."""
        since = self.entries[0].at if self.entries and len(self.entries) < self.entries_in_all else None
        moves = [move for move in self.moves if since is None or move.at >= since]
        told = [self.intake] if self.intake is not None and (since is None or self.intake.at >= since) else []
        return sorted([*self.entries, *moves, *told], key=_when)


async def ticket_id_of(session: TenantSession, *, number: int) -> UUID:
    """The id of the shop's ticket with that number. Raises TicketNotFound."""
    found = None
    if number <= LARGEST_NUMBER:
        found = await session.scalar(
            select(Ticket.id).where(Ticket.tenant_id == session.tenant_id, Ticket.number == number)
        )
    if found is None:
        raise TicketNotFound(NOBODY)
    return found


async def ticket_part(
    session: TenantSession, *, number: int, entries: int, today: Any, now: datetime
) -> TicketPart | None:
    """The ticket of that number, or None; in thirteen statements, whatever hangs on it.

    With an order they are four more, two more where intake rules acted, and one more for a call.
    """
    if number > LARGEST_NUMBER:
        return None
    row = (
        await session.execute(
            select(Ticket, Customer, Team.name, Topic.name, Need.language, Agent.name, Order)
            .join(Customer, and_(Customer.tenant_id == Ticket.tenant_id, Customer.id == Ticket.customer_id))
            .join(Team, and_(Team.tenant_id == Ticket.tenant_id, Team.id == Ticket.team_id))
            .join(Topic, and_(Topic.tenant_id == Ticket.tenant_id, Topic.id == Ticket.topic_id))
            .join(Need, and_(Need.tenant_id == Ticket.tenant_id, Need.id == Ticket.need_id))
            .join(Agent, and_(Agent.tenant_id == Ticket.tenant_id, Agent.id == Ticket.assignee_id), isouter=True)
            .join(Order, and_(Order.tenant_id == Ticket.tenant_id, Order.id == Ticket.order_id), isouter=True)
            .where(Ticket.tenant_id == session.tenant_id, Ticket.number == number)
        )
    ).one_or_none()
    if row is None:
        return None
    ticket, customer, team, topic, language, holder, _ = row
    order: Order | None = row[6]
    counted = select(func.count()).where(Entry.tenant_id == session.tenant_id, Entry.ticket_id == ticket.id)
    in_all = (await session.scalars(counted)).one()
    return TicketPart(
        ticket=ticket,
        customer=customer,
        team=team,
        topic=topic,
        skills=await skills_of_need(session, ticket.need_id),
        language=language,
        holder=holder,
        entries=await _entries(session, ticket, most=min(entries, MOST_ENTRIES_EVER), now=now),
        entries_in_all=in_all,
        moves=await _moves(session, ticket),
        routing=await _routing(session, ticket),
        resolutions=await _resolutions(session, ticket),
        others=await _others(session, ticket),
        order=await _order(session, order, today=today) if order is not None else None,
        teams=(
            await session.execute(
                select(Team.id, Team.name).where(Team.tenant_id == session.tenant_id).order_by(Team.name, Team.id)
            )
        ).all(),
        colleagues=await _colleagues(session, now=now),
        tags=await tags_of(session, ticket_id=ticket.id),
        intake=await intake_of(session, ticket_id=ticket.id),
        call=await calls.going_on(session, ticket_id=ticket.id) if ticket.worked_as is Channel.PHONE else None,
    )


async def _entries(session: TenantSession, ticket: Ticket, *, most: int, now: datetime) -> list[Line]:
    """The newest, with who wrote and sent them, how far their mail is, and what became of the drafts among them.

    `left_behind` says that the author has no seat now.
    """
    sender, decider = aliased(Agent), aliased(Agent)
    newest = (
        select(
            Entry.id,
            Entry.kind,
            Entry.body,
            Entry.at,
            Entry.author_kind,
            Entry.author_id,
            func.coalesce(Member.name, ApiClient.name).label("author"),
            sender.name.label("sender"),
            Delivery.state.label("mail"),
            DraftDecision.outcome,
            DraftDecision.edited,
            decider.name.label("decider"),
            (decider.member_id == Entry.author_id).label("by_author"),
            left_behind(now).label("left_behind"),
        )
        .join(
            Member,
            and_(
                Member.tenant_id == Entry.tenant_id,
                Member.id == Entry.author_id,
                Entry.author_kind == ActorKind.MEMBER,
            ),
            isouter=True,
        )
        .join(ApiClient, and_(ApiClient.tenant_id == Entry.tenant_id, ApiClient.id == Entry.author_id), isouter=True)
        .join(sender, and_(sender.tenant_id == Entry.tenant_id, sender.id == Entry.sender_agent_id), isouter=True)
        .join(Delivery, and_(Delivery.tenant_id == Entry.tenant_id, Delivery.entry_id == Entry.id), isouter=True)
        .join(
            DraftDecision,
            and_(DraftDecision.tenant_id == Entry.tenant_id, DraftDecision.entry_id == Entry.id),
            isouter=True,
        )
        .join(
            decider,
            and_(decider.tenant_id == DraftDecision.tenant_id, decider.id == DraftDecision.agent_id),
            isouter=True,
        )
        .where(Entry.tenant_id == session.tenant_id, Entry.ticket_id == ticket.id)
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(most)
    )
    return [*(await session.execute(newest)).all()][::-1]


async def mails_of(session: TenantSession, *, number: int) -> Sequence[Line]:
    """How far the newest mails of the ticket of that number are, by the entries that they are."""
    if number > LARGEST_NUMBER:
        return []
    mails = (
        select(Delivery.entry_id, Delivery.state)
        .join(Entry, and_(Entry.tenant_id == Delivery.tenant_id, Entry.id == Delivery.entry_id))
        .join(Ticket, and_(Ticket.tenant_id == Entry.tenant_id, Ticket.id == Entry.ticket_id))
        .where(Ticket.tenant_id == session.tenant_id, Ticket.number == number)
        .order_by(Entry.at.desc(), Entry.id.desc())
        .limit(MOST_MAILS)
    )
    return (await session.execute(mails)).all()


async def _moves(session: TenantSession, ticket: Ticket) -> Sequence[Line]:
    """The newest changes of place, with who made them."""
    moves = (
        select(
            Transition.id,
            Transition.at,
            Transition.reason,
            Transition.to_state,
            Team.name.label("team"),
            Agent.name.label("agent"),
            Member.name.label("author"),
            and_(Agent.member_id == Transition.actor_id, Transition.actor_kind == ActorKind.MEMBER).label("by_holder"),
        )
        .join(Team, and_(Team.tenant_id == Transition.tenant_id, Team.id == Transition.team_id))
        .join(Agent, and_(Agent.tenant_id == Transition.tenant_id, Agent.id == Transition.assignee_id), isouter=True)
        .join(
            Member,
            and_(
                Member.tenant_id == Transition.tenant_id,
                Member.id == Transition.actor_id,
                Transition.actor_kind == ActorKind.MEMBER,
            ),
            isouter=True,
        )
        .where(Transition.tenant_id == session.tenant_id, Transition.ticket_id == ticket.id)
        .order_by(Transition.position.desc())
        .limit(MOST_ENTRIES_EVER)
    )
    return (await session.execute(moves)).all()


async def _routing(session: TenantSession, ticket: Ticket) -> Line | None:
    latest = (
        select(RoutingDecision.reason, RoutingDecision.detail, RoutingDecision.at, Agent.name.label("agent"))
        .join(
            Agent,
            and_(Agent.tenant_id == RoutingDecision.tenant_id, Agent.id == RoutingDecision.agent_id),
            isouter=True,
        )
        .where(RoutingDecision.tenant_id == session.tenant_id, RoutingDecision.ticket_id == ticket.id)
        .order_by(RoutingDecision.at.desc(), RoutingDecision.id.desc())
        .limit(1)
    )
    return (await session.execute(latest)).one_or_none()


async def _resolutions(session: TenantSession, ticket: Ticket) -> Sequence[Line]:
    resolutions = (
        select(
            Resolution.at,
            Resolution.reason,
            Resolution.evidence_kind,
            Resolution.evidence_text,
            Agent.name.label("agent"),
            Payment.method,
            Payment.amount,
            Order.currency,
        )
        .join(Agent, and_(Agent.tenant_id == Resolution.tenant_id, Agent.id == Resolution.agent_id))
        .join(
            Payment, and_(Payment.tenant_id == Resolution.tenant_id, Payment.id == Resolution.payment_id), isouter=True
        )
        .join(Order, and_(Order.tenant_id == Payment.tenant_id, Order.id == Payment.order_id), isouter=True)
        .where(Resolution.tenant_id == session.tenant_id, Resolution.ticket_id == ticket.id)
        .order_by(Resolution.at.desc(), Resolution.id.desc())
        .limit(MOST_OTHERS)
    )
    return (await session.execute(resolutions)).all()


async def _others(session: TenantSession, ticket: Ticket) -> Sequence[Line]:
    others = (
        select(Ticket.number, Ticket.subject, Ticket.state, Ticket.arrived_at)
        .where(Ticket.tenant_id == session.tenant_id, Ticket.customer_id == ticket.customer_id, Ticket.id != ticket.id)
        .order_by(Ticket.arrived_at.desc(), Ticket.id.desc())
        .limit(MOST_OTHERS)
    )
    return (await session.execute(others)).all()


async def _colleagues(session: TenantSession, *, now: datetime) -> Sequence[Line]:
    """Whoever has joined and sits on a seat now, and so can hold a ticket."""
    seated = (
        select(Agent.id, Agent.name, Agent.presence, SeatAssignment.kind)
        .join(
            SeatAssignment,
            and_(SeatAssignment.tenant_id == Agent.tenant_id, SeatAssignment.agent_id == Agent.id, live(now)),
        )
        .join(Member, and_(Member.tenant_id == Agent.tenant_id, Member.id == Agent.member_id))
        .where(Agent.tenant_id == session.tenant_id, Member.state == MemberState.ACTIVE)
        .order_by(Agent.name, Agent.id)
        .limit(MOST_COLLEAGUES)
    )
    return (await session.execute(seated)).all()


async def _order(session: TenantSession, order: Order, *, today: Any) -> OrderPart:
    its = {"tenant_id": session.tenant_id, "order_id": order.id}
    lines = await session.scalars(select(OrderLine).filter_by(**its).order_by(OrderLine.position).limit(MOST_LINES + 1))
    payments = (await session.scalars(select(Payment).filter_by(**its).order_by(Payment.position))).all()
    entries = await session.scalars(
        select(PaymentEntry)
        .where(
            PaymentEntry.tenant_id == session.tenant_id,
            PaymentEntry.payment_id.in_([payment.id for payment in payments]),
        )
        .order_by(PaymentEntry.at, PaymentEntry.id)
    )
    ledger = entries.all()
    parcels = await session.scalars(select(Shipment).filter_by(**its).order_by(Shipment.position))
    due = fulfilment.due_on_delivery(
        agreed_amount=order.cash_on_delivery_amount, received_amount=order.cash_received_amount
    )
    return OrderPart(
        order=order,
        whereabouts=fulfilment.whereabouts(
            status=order.status,
            total_amount=order.total_amount,
            paid_amount=order.paid_amount,
            due_on_delivery=due,
            promised_on=order.promised_on,
            today=today,
        ),
        due_on_delivery=due,
        lines=lines.all(),
        payments=[Money(payment, [e for e in ledger if e.payment_id == payment.id]) for payment in payments],
        parcels=parcels.all(),
    )


def is_open_draft(entry: Any) -> bool:
    """Whether the row of a history is a draft that nobody has decided on."""
    return getattr(entry, "kind", None) is EntryKind.DRAFT and entry.outcome is None


def _when(row: Any) -> tuple[datetime, int, UUID]:
    """The place of a history's row: a move stands before the entries of its instant, or after those that caused it.

    What intake rules did comes after the ticket's first move, and before its first entry.
    """
    if isinstance(row, ToldIntake):
        return row.at, 0, LAST
    place = 1 if hasattr(row, "kind") else 2 if row.reason in COMES_AFTER else 0
    return row.at, place, row.id
