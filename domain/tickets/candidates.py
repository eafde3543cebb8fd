"""The agents a router may choose from, as they are at an instant."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from domain.agents.channels import DEFAULT_CAPACITY, Channel
from domain.agents.models import Agent, AgentCapacity, AgentSkill, AgentTeam, Presence
from domain.kit.database import TenantSession
from domain.seats.models import SeatAssignment
from domain.seats.queries import live
from domain.tenants.models import Tenant
from domain.tickets import workload
from domain.tickets.models import Ticket
from domain.tickets.routing import Candidate


async def snapshot(session: TenantSession, *, now: datetime) -> list[Candidate]:
    """Every agent who is online or sits on a live seat, with what a choice looks at, in nine statements.

    What they hold is counted from the tickets themselves, so manual and reopened ones count.
    """
    agents = await _agents(session, now=now)
    teams: dict[UUID, set[UUID]] = defaultdict(set)
    for agent_id, team_id in await session.execute(
        select(AgentTeam.agent_id, AgentTeam.team_id).where(AgentTeam.tenant_id == session.tenant_id)
    ):
        teams[agent_id].add(team_id)
    skills: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for agent_id, skill_id, level in await session.execute(
        select(AgentSkill.agent_id, AgentSkill.skill_id, AgentSkill.level).where(
            AgentSkill.tenant_id == session.tenant_id
        )
    ):
        skills[agent_id][skill_id] = level
    capacities, held = await _capacities(session), await _held(session)
    language = await session.scalar(select(Tenant.language).where(Tenant.id == session.tenant_id))
    spoken = frozenset() if language is None else frozenset({language.value.lower()})
    day = await workload.day_of_shop(session, now=now)
    given = await workload.minutes_today(session, day=day)
    present = await workload.minutes_present(session, day=day, now=now)
    return [
        Candidate(
            agent_id=agent.id,
            teams=frozenset(teams[agent.id]),
            skills=skills[agent.id],
            languages=spoken,
            presence=agent.presence,
            seat=agent.kind,
            capacity={**DEFAULT_CAPACITY, **capacities[agent.id]},
            held=held[agent.id],
            idle_since=agent.idle_since,
            given=given.get(agent.id, 0),
            present=round(present.get(agent.id, 0.0), 3),
            version=agent.version,
        )
        for agent in agents
    ]


async def _agents(session: TenantSession, *, now: datetime) -> Any:
    return await session.execute(
        select(Agent.id, Agent.version, Agent.presence, Agent.idle_since, SeatAssignment.kind)
        .join(
            SeatAssignment,
            and_(SeatAssignment.tenant_id == Agent.tenant_id, SeatAssignment.agent_id == Agent.id, live(now)),
            isouter=True,
        )
        .where(
            Agent.tenant_id == session.tenant_id,
            (Agent.presence == Presence.ONLINE) | SeatAssignment.id.is_not(None),
        )
        .order_by(Agent.id)
    )


async def _capacities(session: TenantSession) -> Mapping[UUID, Mapping[Channel, int]]:
    capacities: dict[UUID, dict[Channel, int]] = defaultdict(dict)
    for row in await session.execute(
        select(AgentCapacity.agent_id, AgentCapacity.channel, AgentCapacity.items).where(
            AgentCapacity.tenant_id == session.tenant_id
        )
    ):
        capacities[row.agent_id][row.channel] = row.items
    return capacities


async def _held(session: TenantSession) -> Mapping[UUID, Mapping[Channel, int]]:
    held: dict[UUID, dict[Channel, int]] = defaultdict(dict)
    for row in await session.execute(
        select(Ticket.assignee_id, Ticket.channel, func.count().label("open"))
        .where(Ticket.tenant_id == session.tenant_id, Ticket.assignee_id.is_not(None))
        .group_by(Ticket.assignee_id, Ticket.channel)
    ):
        held[row.assignee_id][row.channel] = row.open
    return held
