"""Teams: the list with the length of each queue, and a team with its people, its topics and what waits longest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from admin.lists.asked import skills_of_topics
from admin.lists.history import History, history
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader
from admin.lists.shown import Column, instant, link, text
from admin.lists.view import View
from domain.agents.models import Agent, AgentTeam, Team
from domain.kit.database import TenantSession
from domain.seats.models import SeatAssignment
from domain.seats.queries import live
from domain.tenants.permissions import Permission
from domain.tickets.models import Ticket, TicketState, Topic
from domain.tickets.overflow.models import OverflowEpisode
from domain.tickets.search import Kind

MOST_AGENTS = 500
MOST_QUEUED = 20
MOST_EPISODES = 20


@dataclass(frozen=True)
class TeamPage:
    """A team, its agents, its topics with what each asks for, and its queue."""

    team: Team
    agents: Sequence[Any]
    topics: Sequence[Any]
    skills: Mapping[UUID, Sequence[Any]]
    queue_length: int
    queue: Sequence[Any] | None
    episodes: Sequence[Any]
    history: History | None

    @property
    def id(self) -> UUID:
        return self.team.id


class Teams(View, model=Team):
    path = "teams"
    needs = Permission.PEOPLE_READ
    search_kind = Kind.TEAM
    order = Ordering((Team.created_at, Team.id), descending=False)
    columns = (
        Column("name", link("/teams"), "wide"),
        Column("key", text, "name"),
        Column("agents", text, "number"),
        Column("queue_length", text, "number"),
        Column("oldest_at", instant, "when"),
    )

    def rows(self, reader: Reader) -> Rows:
        agents = (
            select(func.count())
            .where(AgentTeam.tenant_id == Team.tenant_id, AgentTeam.team_id == Team.id)
            .correlate(Team)
            .scalar_subquery()
        )
        queued = (
            Ticket.tenant_id == Team.tenant_id,
            Ticket.team_id == Team.id,
            Ticket.state == TicketState.QUEUED,
        )
        length = select(func.count()).where(*queued).correlate(Team).scalar_subquery()
        oldest = select(func.min(Ticket.arrived_at)).where(*queued).correlate(Team).scalar_subquery()
        return select(
            Team.id,
            Team.name,
            Team.key,
            Team.created_at,
            agents.label("agents"),
            length.label("queue_length"),
            oldest.label("oldest_at"),
        )

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> TeamPage | None:
        team = await session.get(Team, (session.tenant_id, row_id))
        if team is None:
            return None
        queued = (
            Ticket.tenant_id == session.tenant_id,
            Ticket.team_id == row_id,
            Ticket.state == TicketState.QUEUED,
        )
        first = (
            select(Ticket.id, Ticket.number, Ticket.subject, Ticket.state, Ticket.arrived_at)
            .where(*queued)
            .order_by(Ticket.priority.desc(), Ticket.due_at, Ticket.arrived_at, Ticket.id)
            .limit(MOST_QUEUED)
        )
        topics = await _topics(session, row_id)
        queue = (await session.execute(first)).all()
        return TeamPage(
            team=team,
            agents=await _agents(session, row_id, reader),
            topics=topics,
            skills=await skills_of_topics(session, [topic.id for topic in topics]),
            queue_length=await session.scalar(select(func.count()).select_from(Ticket).where(*queued)) or 0,
            queue=queue if reader.may(Permission.TICKETS_READ) else None,
            episodes=await _episodes(session, row_id),
            history=await history(session, aggregate_id=row_id, reader=reader),
        )


async def _episodes(session: TenantSession, team_id: UUID) -> Sequence[Any]:
    """When it was helped out, or helped, the newest first."""
    helped, line = aliased(Team), aliased(Team)
    found = await session.execute(
        select(OverflowEpisode, helped.name.label("team"), line.name.label("line"))
        .join(helped, and_(helped.tenant_id == OverflowEpisode.tenant_id, helped.id == OverflowEpisode.team_id))
        .join(line, and_(line.tenant_id == OverflowEpisode.tenant_id, line.id == OverflowEpisode.line_id))
        .where(
            OverflowEpisode.tenant_id == session.tenant_id,
            or_(OverflowEpisode.team_id == team_id, OverflowEpisode.line_id == team_id),
        )
        .order_by(OverflowEpisode.began_at.desc(), OverflowEpisode.id.desc())
        .limit(MOST_EPISODES)
    )
    return found.all()


async def _agents(session: TenantSession, team_id: UUID, reader: Reader) -> Sequence[Any]:
    held = (
        select(func.count())
        .where(Ticket.tenant_id == Agent.tenant_id, Ticket.assignee_id == Agent.id)
        .correlate(Agent)
        .scalar_subquery()
    )
    statement = (
        select(
            Agent.id,
            Agent.name,
            Agent.presence,
            SeatAssignment.kind.label("seat_kind"),
            held.label("open_tickets"),
        )
        .join(AgentTeam, and_(AgentTeam.tenant_id == Agent.tenant_id, AgentTeam.agent_id == Agent.id))
        .outerjoin(
            SeatAssignment,
            and_(
                SeatAssignment.tenant_id == Agent.tenant_id,
                SeatAssignment.agent_id == Agent.id,
                live(reader.now),
            ),
        )
        .where(Agent.tenant_id == session.tenant_id, AgentTeam.team_id == team_id)
        .order_by(Agent.name, Agent.id)
        .limit(MOST_AGENTS)
    )
    return (await session.execute(statement)).all()


async def _topics(session: TenantSession, team_id: UUID) -> Sequence[Any]:
    statement = (
        select(Topic.id, Topic.key, Topic.name, Topic.needs_contact)
        .where(Topic.tenant_id == session.tenant_id, Topic.team_id == team_id)
        .order_by(Topic.name, Topic.id)
    )
    return (await session.execute(statement)).all()
