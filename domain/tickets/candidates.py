"""The agents a router may choose from, as they are at an instant."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from domain.agents.channels import DEFAULT_CAPACITY, Channel
from domain.agents.models import Agent, AgentCapacity, AgentSkill, AgentTeam, Presence
from domain.kit.database import TenantSession
from domain.seats.models import SeatAssignment
from domain.seats.queries import live
from domain.tickets.models import Ticket
from domain.tickets.routing import Candidate


async def snapshot(session: TenantSession, *, now: datetime) -> list[Candidate]:
    """Every agent who is online or sits on a live seat, with what a choice looks at, in five statements.

    What they hold is counted from the tickets themselves, so manual and reopened ones count.
    """
    tenant_id = session.tenant_id
    agents = (
        await session.execute(
            select(Agent.id, Agent.version, Agent.presence, Agent.idle_since, SeatAssignment.kind)
            .join(
                SeatAssignment,
                and_(
                    SeatAssignment.tenant_id == Agent.tenant_id,
                    SeatAssignment.agent_id == Agent.id,
                    live(now),
                ),
                isouter=True,
            )
            .where(
                Agent.tenant_id == tenant_id,
                (Agent.presence == Presence.ONLINE) | SeatAssignment.id.is_not(None),
            )
            .order_by(Agent.id)
        )
    ).all()
    teams: dict[UUID, set[UUID]] = defaultdict(set)
    for member in await session.execute(
        select(AgentTeam.agent_id, AgentTeam.team_id).where(AgentTeam.tenant_id == tenant_id)
    ):
        teams[member.agent_id].add(member.team_id)
    skills: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for skilled in await session.execute(
        select(AgentSkill.agent_id, AgentSkill.skill_id, AgentSkill.level).where(AgentSkill.tenant_id == tenant_id)
    ):
        skills[skilled.agent_id][skilled.skill_id] = skilled.level
    capacities: dict[UUID, dict[Channel, int]] = defaultdict(dict)
    for capacity in await session.execute(
        select(AgentCapacity.agent_id, AgentCapacity.channel, AgentCapacity.items).where(
            AgentCapacity.tenant_id == tenant_id
        )
    ):
        capacities[capacity.agent_id][capacity.channel] = capacity.items
    held: dict[UUID, dict[Channel, int]] = defaultdict(dict)
    for row in await session.execute(
        select(Ticket.assignee_id, Ticket.channel, func.count().label("open"))
        .where(Ticket.tenant_id == tenant_id, Ticket.assignee_id.is_not(None))
        .group_by(Ticket.assignee_id, Ticket.channel)
    ):
        held[row.assignee_id][row.channel] = row.open
    return [
        Candidate(
            agent_id=agent.id,
            teams=frozenset(teams[agent.id]),
            skills=skills[agent.id],
            presence=agent.presence,
            seat=agent.kind,
            capacity={**DEFAULT_CAPACITY, **capacities[agent.id]},
            held=held[agent.id],
            idle_since=agent.idle_since,
            version=agent.version,
        )
        for agent in agents
    ]
