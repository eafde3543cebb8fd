"""Agents: who works here, with seat, presence and open work; and an agent with all that routing looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from starlette.requests import Request

from admin import looks
from admin.catalogue import say
from admin.lists.history import History, history
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader, reader_of
from admin.lists.seats import Sitting, sittings
from admin.lists.shown import Column, badge, instant, person, text, word
from admin.lists.view import View
from domain.agents.channels import DEFAULT_CAPACITY, Channel
from domain.agents.models import Agent, AgentCapacity, AgentLanguage, AgentSkill, AgentTeam, Member, Skill, Team
from domain.agents.shifts import LONGEST, Shift, shifts_of
from domain.kit.database import TenantSession
from domain.seasons.models import Season
from domain.seats.models import PlannedInvitation, SeatAssignment
from domain.seats.queries import HELD, live
from domain.tenants.permissions import Permission
from domain.tickets.models import Ticket
from domain.tickets.search import Kind

AHEAD = timedelta(days=14)
"""How far ahead shifts are shown."""

MOST_TICKETS = 100


@dataclass(frozen=True)
class Load:
    """How many items of a channel an agent holds, and how many it may be."""

    channel: Channel
    held: int
    capacity: int
    own: bool
    """Whether an admin has said so; otherwise it is the default."""


@dataclass(frozen=True)
class AgentPage:
    """An agent, the member who that is, and what the agent works with."""

    agent: Agent
    member: Member
    teams: Sequence[Any]
    skills: Sequence[Any]
    languages: Sequence[str]
    shops_language: str
    shifts: Sequence[Shift]
    loads: Sequence[Load]
    sittings: Sequence[Sitting]
    planned: Sequence[Any]
    tickets: Sequence[Any] | None
    history: History | None

    @property
    def id(self) -> UUID:
        return self.agent.id


def _seat(row: Any, name: str, request: Request) -> str:
    """The kind of seat, or that one is waited for."""
    if row.seat_kind is None and row.waits:
        return looks.tag(say(reader_of(request).language, "agent_waits"), "wait")
    return badge(row, name, request)


class Agents(View, model=Agent):
    path = "agents"
    needs = Permission.PEOPLE_READ
    search_kind = Kind.MEMBER
    order = Ordering((Agent.created_at, Agent.id))
    columns = (
        Column("name", person("/agents"), "wide", heading="col_person"),
        Column("role", word),
        Column("state", badge),
        Column("seat_kind", _seat),
        Column("until", instant, "when"),
        Column("presence", badge),
        Column("open_tickets", text, "number"),
    )

    def rows(self, reader: Reader) -> Rows:
        held = (
            select(func.count())
            .where(Ticket.tenant_id == Agent.tenant_id, Ticket.assignee_id == Agent.id)
            .correlate(Agent)
            .scalar_subquery()
        )
        return (
            select(
                Agent.id,
                Agent.name,
                Member.email,
                Member.role,
                Member.state,
                SeatAssignment.kind.label("seat_kind"),
                func.upper(SeatAssignment.period).label("until"),
                Agent.presence,
                held.label("open_tickets"),
                _waits().label("waits"),
                Agent.created_at,
            )
            .join(Member, and_(Member.tenant_id == Agent.tenant_id, Member.id == Agent.member_id))
            .outerjoin(
                SeatAssignment,
                and_(
                    SeatAssignment.tenant_id == Agent.tenant_id,
                    SeatAssignment.agent_id == Agent.id,
                    live(reader.now),
                ),
            )
        )

    def found(self, ids: Sequence[UUID]) -> ColumnElement[bool]:
        return Agent.member_id.in_(ids)

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> AgentPage | None:
        found = (
            await session.execute(
                select(Agent, Member)
                .join(Member, and_(Member.tenant_id == Agent.tenant_id, Member.id == Agent.member_id))
                .where(Agent.tenant_id == session.tenant_id, Agent.id == row_id)
            )
        ).one_or_none()
        if found is None:
            return None
        agent, member = found
        tickets = await _open_tickets(session, agent)
        return AgentPage(
            agent=agent,
            member=member,
            teams=await _named(session, Team, AgentTeam, AgentTeam.team_id, agent),
            skills=await _skills(session, agent),
            languages=await _languages(session, agent),
            shops_language=reader.visitor.tenant.language.lower(),
            shifts=await shifts_of(session, agent_id=agent.id, start=reader.now - LONGEST, end=reader.now + AHEAD),
            loads=await _loads(session, agent),
            sittings=await sittings(session, SeatAssignment.agent_id == row_id, now=reader.now),
            planned=await _planned(session, agent),
            tickets=tickets if reader.may(Permission.TICKETS_READ) else None,
            history=await history(session, aggregate_id=row_id, reader=reader),
        )


def _waits() -> ColumnElement[bool]:
    """Whether an agent stands in line for a seat."""
    return (
        select(PlannedInvitation.id)
        .where(PlannedInvitation.tenant_id == Agent.tenant_id, PlannedInvitation.agent_id == Agent.id, HELD)
        .correlate(Agent)
        .exists()
    )


async def _planned(session: TenantSession, agent: Agent) -> Sequence[Any]:
    """The seats that an agent waits for, the earliest first, each with the name of its season."""
    statement = (
        select(PlannedInvitation, Season.name.label("season"))
        .outerjoin(
            Season, and_(Season.tenant_id == PlannedInvitation.tenant_id, Season.id == PlannedInvitation.season_id)
        )
        .where(PlannedInvitation.tenant_id == session.tenant_id, PlannedInvitation.agent_id == agent.id, HELD)
        .order_by(PlannedInvitation.created_at, PlannedInvitation.id)
    )
    return (await session.execute(statement)).all()


async def _skills(session: TenantSession, agent: Agent) -> Sequence[Any]:
    """What the agent can do, by name, with levels."""
    statement = (
        select(Skill.name, AgentSkill.level)
        .join(Skill, and_(Skill.tenant_id == AgentSkill.tenant_id, Skill.id == AgentSkill.skill_id))
        .where(AgentSkill.tenant_id == session.tenant_id, AgentSkill.agent_id == agent.id)
        .order_by(Skill.name, Skill.id)
    )
    return (await session.execute(statement)).all()


async def _languages(session: TenantSession, agent: Agent) -> Sequence[str]:
    spoken = select(AgentLanguage.language).where(
        AgentLanguage.tenant_id == session.tenant_id, AgentLanguage.agent_id == agent.id
    )
    return (await session.scalars(spoken.order_by(AgentLanguage.language))).all()


async def _named(session: TenantSession, table: Any, link_table: Any, column: Any, agent: Agent) -> Sequence[Any]:
    statement = (
        select(table.id, table.name)
        .join(link_table, and_(link_table.tenant_id == table.tenant_id, column == table.id))
        .where(table.tenant_id == session.tenant_id, link_table.agent_id == agent.id)
        .order_by(table.name, table.id)
    )
    return (await session.execute(statement)).all()


async def _loads(session: TenantSession, agent: Agent) -> list[Load]:
    held = await session.execute(
        select(Ticket.worked_as, func.count())
        .where(Ticket.tenant_id == session.tenant_id, Ticket.assignee_id == agent.id)
        .group_by(Ticket.worked_as)
    )
    said = await session.execute(
        select(AgentCapacity.channel, AgentCapacity.items).where(
            AgentCapacity.tenant_id == session.tenant_id, AgentCapacity.agent_id == agent.id
        )
    )
    counts: dict[Channel, int] = dict(held.all())
    own: dict[Channel, int] = dict(said.all())
    return [
        Load(channel, counts.get(channel, 0), own.get(channel, default), channel in own)
        for channel, default in DEFAULT_CAPACITY.items()
    ]


async def _open_tickets(session: TenantSession, agent: Agent) -> Sequence[Any]:
    statement = (
        select(Ticket.id, Ticket.number, Ticket.subject, Ticket.state, Ticket.arrived_at)
        .where(Ticket.tenant_id == session.tenant_id, Ticket.assignee_id == agent.id)
        .order_by(Ticket.arrived_at, Ticket.id)
        .limit(MOST_TICKETS)
    )
    return (await session.execute(statement)).all()
