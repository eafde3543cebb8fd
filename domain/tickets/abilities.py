"""What an agent can do, changed by an admin: who can take more is given what waits for them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.agents import efforts
from domain.agents import languages as speaking
from domain.agents import operations as agents
from domain.agents import shifts as planning
from domain.agents.channels import Channel, Effort
from domain.agents.shifts import Shift
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
    session: TenantSession, *, agent_id: UUID, skills: Mapping[UUID, int], by: Actor, now: datetime
) -> None:
    """Make these the agent's skills, at these levels, and no others; the same again changes nothing.

    Raises AgentNotFound, SkillNotFound, InvalidInput for too many and for a level outside 1 to 5.
    """
    inputs.at_most(MOST_SKILLS, skills, field="skills")
    if await agents.set_skills(session, agent_id=agent_id, skills=skills, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)


async def set_languages(
    session: TenantSession, *, agent_id: UUID, languages: Collection[str], by: Actor, now: datetime
) -> None:
    """Make these the languages that the agent speaks, the shop's own if none; the same again changes nothing.

    Raises AgentNotFound, InvalidInput for too many and for what is no language.
    """
    if await speaking.set_languages(session, agent_id=agent_id, languages=languages, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)


async def set_senior(session: TenantSession, *, agent_id: UUID, senior: bool, by: Actor, now: datetime) -> None:
    """Say whether an agent is a senior; the same again changes nothing. Raises AgentNotFound."""
    if await agents.set_senior(session, agent_id=agent_id, senior=senior, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)


async def set_shifts(
    session: TenantSession,
    *,
    agent_id: UUID,
    start: datetime,
    end: datetime,
    shifts: Sequence[Shift],
    by: Actor,
    now: datetime,
) -> None:
    """Make these the agent's shifts among all that begin in `[start, end)`; the same again changes nothing.

    Raises AgentNotFound, InvalidInput.
    """
    if await planning.set_shifts(session, agent_id=agent_id, start=start, end=end, shifts=shifts, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)


async def set_efforts(session: TenantSession, *, said: Mapping[Channel, Effort], by: Actor, now: datetime) -> None:
    """Say what an item of each channel takes of whoever holds it; channels not named follow the default again.

    The same again changes nothing; what is in hand stays. Raises InvalidInput.
    """
    if await efforts.set_efforts(session, said=said, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)


async def set_capacities(
    session: TenantSession, *, agent_id: UUID, capacities: Mapping[Channel, int], by: Actor, now: datetime
) -> None:
    """Say how many items of each channel the agent holds at once; channels not named follow the default again.

    The same again changes nothing; what is held above it stays. Raises AgentNotFound, InvalidInput outside 0 to 1,000.
    """
    if await agents.set_capacity(session, agent_id=agent_id, items=capacities, by=by, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)
