"""What the left of the desk shows: the agent's tickets, the queues of their teams, and drafts that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased

from admin.desk.reading import Line
from domain.agents.models import Agent, AgentTeam, Member, Presence, Team
from domain.kit.database import TenantSession
from domain.kit.events import ActorKind
from domain.orders.models import Customer
from domain.tickets.drafts import left_behind
from domain.tickets.lifecycle import OPEN
from domain.tickets.models import DraftDecision, DraftOutcome, Entry, EntryKind, Ticket, TicketState

MOST_MINE = 200
MOST_QUEUED = 20
MOST_DRAFTS = 50
MOST_OF_A_REASON = 200


@dataclass(frozen=True)
class Queue:
    """A team's queue: how many wait, and the first of them."""

    team_id: UUID
    name: str
    waiting: int
    first: Sequence[Line]


@dataclass(frozen=True)
class Lists:
    """What the left of the desk shows; `drafts` is None for those who approve none."""

    presence: Presence
    mine: Sequence[Line]
    returned: Sequence[Line]
    queues: Sequence[Queue]
    drafts: Sequence[Line] | None

    @property
    def anything_waits(self) -> bool:
        return any(queue.waiting for queue in self.queues)


async def lists_of(session: TenantSession, *, agent_id: UUID, member_id: UUID, approves: bool, now: datetime) -> Lists:
    """The lists of an agent, in five statements, or six for those who approve drafts."""
    presence = await session.scalar(
        select(Agent.presence).where(Agent.tenant_id == session.tenant_id, Agent.id == agent_id)
    )
    return Lists(
        presence=presence or Presence.OFFLINE,
        mine=await _mine(session, agent_id),
        returned=await _returned(session, agent_id, member_id, now=now),
        queues=await _queues(session, agent_id),
        drafts=await _drafts(session, agent_id) if approves else None,
    )


def _lines() -> Select[*tuple[Any, ...]]:
    """Tickets as lines of a list."""
    return select(
        Ticket.number,
        Ticket.subject,
        Ticket.state,
        Ticket.state_since,
        Ticket.arrived_at,
        Ticket.due_at,
        Ticket.priority,
        Customer.name.label("customer"),
    ).join(Customer, and_(Customer.tenant_id == Ticket.tenant_id, Customer.id == Ticket.customer_id))


async def _mine(session: TenantSession, agent_id: UUID) -> Sequence[Line]:
    mine = (
        _lines()
        .where(Ticket.tenant_id == session.tenant_id, Ticket.assignee_id == agent_id)
        .order_by(Ticket.state == TicketState.WAITING, Ticket.priority.desc(), Ticket.due_at, Ticket.id)
        .limit(MOST_MINE)
    )
    return (await session.execute(mine)).all()


async def _returned(session: TenantSession, agent_id: UUID, member_id: UUID, *, now: datetime) -> Sequence[Line]:
    """Drafts that came back, the newest first, until there is another by their author or the customer is answered.

    They are the member's own; and of those whose author has no seat any more, what is in the agent's teams and hands,
    until anybody writes another.
    """
    note, later = aliased(Entry), aliased(Entry)
    mine = and_(Entry.author_kind == ActorKind.MEMBER, Entry.author_id == member_id)
    left = left_behind(now)
    over = select(later.id).where(
        later.tenant_id == Entry.tenant_id,
        later.ticket_id == Entry.ticket_id,
        tuple_(later.at, later.id) > tuple_(Entry.at, Entry.id),
        or_(
            later.kind == EntryKind.OUTBOUND,
            and_(later.kind == EntryKind.DRAFT, or_(later.author_id == Entry.author_id, left)),
        ),
    )
    returned = (
        select(
            Ticket.number,
            Ticket.subject,
            Entry.id.label("draft_id"),
            DraftDecision.at,
            Agent.name.label("decider"),
            case((mine, None), else_=Member.name).label("author"),
            func.left(note.body, MOST_OF_A_REASON).label("reason"),
        )
        .join(Entry, and_(Entry.tenant_id == DraftDecision.tenant_id, Entry.id == DraftDecision.entry_id))
        .join(Ticket, and_(Ticket.tenant_id == Entry.tenant_id, Ticket.id == Entry.ticket_id))
        .join(note, and_(note.tenant_id == DraftDecision.tenant_id, note.id == DraftDecision.result_id))
        .join(Agent, and_(Agent.tenant_id == DraftDecision.tenant_id, Agent.id == DraftDecision.agent_id))
        .join(Member, and_(Member.tenant_id == Entry.tenant_id, Member.id == Entry.author_id))
        .where(
            DraftDecision.tenant_id == session.tenant_id,
            DraftDecision.outcome == DraftOutcome.RETURNED,
            or_(mine, and_(left, _of(session, agent_id))),
            Ticket.state.in_(list(OPEN)),
            ~over.exists(),
        )
        .order_by(DraftDecision.at.desc(), DraftDecision.id.desc())
        .limit(MOST_DRAFTS)
    )
    return (await session.execute(returned)).all()


async def _queues(session: TenantSession, agent_id: UUID) -> list[Queue]:
    head = (
        _lines()
        .where(Ticket.tenant_id == Team.tenant_id, Ticket.team_id == Team.id, Ticket.state == TicketState.QUEUED)
        .order_by(Ticket.priority.desc(), Ticket.due_at, Ticket.arrived_at, Ticket.id)
        .limit(MOST_QUEUED)
        .correlate(Team)
        .lateral("head")
    )
    mine = and_(AgentTeam.tenant_id == session.tenant_id, AgentTeam.agent_id == agent_id)
    rows = await session.execute(
        select(Team.id.label("team_id"), Team.name.label("team"), head)
        .join(AgentTeam, and_(AgentTeam.tenant_id == Team.tenant_id, AgentTeam.team_id == Team.id))
        .join(head, true(), isouter=True)
        .where(Team.tenant_id == session.tenant_id, mine)
        .order_by(Team.name, Team.id, head.c.priority.desc(), head.c.due_at, head.c.arrived_at, head.c.number)
    )
    counted = await session.execute(
        select(Ticket.team_id, func.count().label("waiting"))
        .join(AgentTeam, and_(AgentTeam.tenant_id == Ticket.tenant_id, AgentTeam.team_id == Ticket.team_id))
        .where(Ticket.tenant_id == session.tenant_id, Ticket.state == TicketState.QUEUED, mine)
        .group_by(Ticket.team_id)
    )
    waiting = {row.team_id: row.waiting for row in counted}
    names: dict[UUID, str] = {}
    first: dict[UUID, list[Line]] = {}
    for row in rows:
        names[row.team_id] = row.team
        first.setdefault(row.team_id, []).extend([row] if row.number is not None else [])
    return [Queue(team_id, name, waiting.get(team_id, 0), first[team_id]) for team_id, name in names.items()]


async def _drafts(session: TenantSession, agent_id: UUID) -> Sequence[Line]:
    """Drafts on open tickets, the oldest first: those of the agent's own teams and hands, then everybody else's.

    A team of light agents alone has nobody else who could approve.
    """
    decided = select(DraftDecision.id).where(
        DraftDecision.tenant_id == Entry.tenant_id, DraftDecision.entry_id == Entry.id
    )
    waiting = (
        select(
            Ticket.number,
            Ticket.subject,
            Entry.id.label("draft_id"),
            Entry.at,
            Member.name.label("author"),
            Customer.name.label("customer"),
        )
        .join(Ticket, and_(Ticket.tenant_id == Entry.tenant_id, Ticket.id == Entry.ticket_id))
        .join(Customer, and_(Customer.tenant_id == Ticket.tenant_id, Customer.id == Ticket.customer_id))
        .join(Member, and_(Member.tenant_id == Entry.tenant_id, Member.id == Entry.author_id), isouter=True)
        .where(
            Entry.tenant_id == session.tenant_id,
            Entry.kind == EntryKind.DRAFT,
            Ticket.state.in_(list(OPEN)),
            ~decided.exists(),
        )
        .order_by(_of(session, agent_id).desc(), Entry.at, Entry.id)
        .limit(MOST_DRAFTS)
    )
    return (await session.execute(waiting)).all()


def _of(session: TenantSession, agent_id: UUID) -> ColumnElement[bool]:
    """Whether a ticket is one of the agent's teams or in the agent's hands."""
    teams = select(AgentTeam.team_id).where(AgentTeam.tenant_id == session.tenant_id, AgentTeam.agent_id == agent_id)
    return or_(Ticket.team_id.in_(teams), Ticket.assignee_id.is_not_distinct_from(agent_id))
