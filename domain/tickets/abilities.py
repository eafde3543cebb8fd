"""What an agent can do, changed by an admin: who can take more is given what waits for them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.kit import inputs, outbox
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.tickets.jobs import RouteSweep

MOST_TEAMS = 100
MOST_SKILLS = 100


async def set_teams(
    session: TenantSession, *, agent_id: UUID, team_ids: Collection[UUID], by: Actor, now: datetime
) -> None:
    """Make these the agent's teams, and no others; the same again changes nothing.

    Tickets in the agent's hands stay there. Raises AgentNotFound, TeamNotFound, InvalidInput for too many.
    """
    inputs.at_most(MOST_TEAMS, team_ids, field="teamIds")
    if await agents.set_teams(session, agent_id=agent_id, team_ids=team_ids, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)


async def set_skills(
    session: TenantSession, *, agent_id: UUID, skill_ids: Collection[UUID], by: Actor, now: datetime
) -> None:
    """Make these the agent's skills, and no others; the same again changes nothing.

    Raises AgentNotFound, SkillNotFound, InvalidInput for too many.
    """
    inputs.at_most(MOST_SKILLS, skill_ids, field="skillIds")
    if await agents.set_skills(session, agent_id=agent_id, skill_ids=skill_ids, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)


async def set_capacities(
    session: TenantSession, *, agent_id: UUID, capacities: Mapping[Channel, int], by: Actor, now: datetime
) -> None:
    """Say how many items of each channel the agent holds at once; channels not named follow the default again.

    The same again changes nothing; what is held above it stays. Raises AgentNotFound, InvalidInput outside 0 to 1,000.
    """
    if await agents.set_capacity(session, agent_id=agent_id, items=capacities, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)
