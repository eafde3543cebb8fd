"""Teams, skills, and what an agent does: which teams and skills, how much at once, present or not."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql import insert as pg_insert

from domain.agents import levels, queries
from domain.agents.channels import DEFAULT_CAPACITY, Channel
from domain.agents.errors import AgentNotFound, SkillKeyTaken, SkillNotFound, TeamKeyTaken, TeamNotFound
from domain.agents.events import (
    AgentAdded,
    AgentCapacitySet,
    AgentExtensionSet,
    AgentPresenceSet,
    AgentSeniorSet,
    AgentSkillsSet,
    AgentTeamsSet,
    SkillCreated,
    TeamCreated,
)
from domain.agents.models import Agent, AgentCapacity, AgentOnline, AgentSkill, AgentTeam, Member, Presence, Skill, Team
from domain.kit import events, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id

MOST_ITEMS = 1000
_EXTENSION = re.compile(r"[0-9*#+]{1,20}")


async def create_team(session: TenantSession, *, key: str, name: str, by: Actor, now: datetime) -> Team:
    """Create a team, whose queue is empty. Raises TeamKeyTaken, InvalidInput."""
    row = pg_insert(Team).values(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        key=texts.key(key, field="key"),
        name=texts.label(name, field="name"),
        created_at=now,
    )
    team: Team | None = await session.scalar(row.on_conflict_do_nothing().returning(Team))
    if team is None:
        raise TeamKeyTaken(key)
    events.record(session, team, TeamCreated(team.key, team.name), by=by, at=now)
    await session.flush()
    return team


async def create_skill(session: TenantSession, *, key: str, name: str, by: Actor, now: datetime) -> Skill:
    """Create a skill, which nobody has yet. Raises SkillKeyTaken, InvalidInput."""
    row = pg_insert(Skill).values(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        key=texts.key(key, field="key"),
        name=texts.label(name, field="name"),
        created_at=now,
    )
    skill: Skill | None = await session.scalar(row.on_conflict_do_nothing().returning(Skill))
    if skill is None:
        raise SkillKeyTaken(key)
    events.record(session, skill, SkillCreated(skill.key, skill.name), by=by, at=now)
    await session.flush()
    return skill


async def add_agent(session: TenantSession, *, member: Member, by: Actor, now: datetime) -> Agent:
    """Make a member an agent: offline, in no team, without skills, with the default capacities."""
    agent = Agent(
        tenant_id=session.tenant_id,
        id=new_id(),
        member_id=member.id,
        name=member.name,
        presence=Presence.OFFLINE,
        presence_since=now,
        idle_since=now,
        created_at=now,
    )
    session.add(agent)
    events.record(session, agent, AgentAdded(member.id), by=by, at=now)
    await session.flush()
    return agent


async def set_presence(
    session: TenantSession, *, agent_id: UUID, presence: Presence, by: Actor, now: datetime
) -> Agent:
    """Say whether an agent is there; the same again changes nothing. Who comes online is idle from then on.

    Whether the agent has a seat to be online on is the caller's question. Raises AgentNotFound.
    """
    agent = await locked_agent(session, agent_id=agent_id)
    if agent.presence is presence:
        return agent
    turn(session, agent, presence, by=by, now=now)
    await session.flush()
    return agent


def turn(session: TenantSession, agent: Agent, presence: Presence, *, by: Actor, now: datetime) -> None:
    """Set another presence of a locked agent, and keep for how long the agent was online, if that ends."""
    before = agent.presence
    if before is Presence.ONLINE and agent.presence_since < now:
        session.add(
            AgentOnline(tenant_id=session.tenant_id, agent_id=agent.id, period=Range(agent.presence_since, now))
        )
    agent.presence = presence
    agent.presence_since = now
    if presence is Presence.ONLINE:
        agent.idle_since = now
    events.record(session, agent, AgentPresenceSet(presence, before), by=by, at=now)


async def set_teams(
    session: TenantSession, *, agent_id: UUID, team_ids: Collection[UUID], by: Actor, now: datetime
) -> bool:
    """Make these the agent's teams, and no others; returns whether there are new ones, which may have work waiting.

    Raises AgentNotFound, TeamNotFound.
    """
    await refuse_unknown(session, team_ids=team_ids)
    agent = await locked_agent(session, agent_id=agent_id)
    mine = (AgentTeam.tenant_id == session.tenant_id, AgentTeam.agent_id == agent_id)
    before = set(await session.scalars(select(AgentTeam.team_id).where(*mine)))
    wanted = sorted(set(team_ids))
    added, removed = sorted(set(wanted) - before), sorted(before - set(wanted))
    if not added and not removed:
        return False
    await session.execute(delete(AgentTeam).where(*mine))
    rows = [{"tenant_id": session.tenant_id, "agent_id": agent_id, "team_id": team_id} for team_id in wanted]
    if rows:
        await session.execute(insert(AgentTeam), rows)
    events.record(session, agent, AgentTeamsSet(tuple(wanted), tuple(added), tuple(removed)), by=by, at=now)
    await session.flush()
    return bool(added)


async def set_skills(
    session: TenantSession, *, agent_id: UUID, skills: Mapping[UUID, int], by: Actor, now: datetime
) -> bool:
    """Make these the agent's skills, at these levels, and no others.

    Returns whether there is more of any, for which work may be waiting. Raises AgentNotFound, SkillNotFound,
    InvalidInput for a level outside 1 to 5.
    """
    levels.refuse_others(skills.values(), field="skills")
    await refuse_unknown(session, skill_ids=skills)
    agent = await locked_agent(session, agent_id=agent_id)
    mine = (AgentSkill.tenant_id == session.tenant_id, AgentSkill.agent_id == agent_id)
    known = await session.execute(select(AgentSkill.skill_id, AgentSkill.level).where(*mine))
    before: dict[UUID, int] = {row.skill_id: row.level for row in known}
    wanted = dict(sorted(skills.items()))
    if wanted == before:
        return False
    await session.execute(delete(AgentSkill).where(*mine))
    rows = [
        {"tenant_id": session.tenant_id, "agent_id": agent_id, "skill_id": skill_id, "level": level}
        for skill_id, level in wanted.items()
    ]
    if rows:
        await session.execute(insert(AgentSkill), rows)
    added, removed = sorted(wanted.keys() - before.keys()), sorted(before.keys() - wanted.keys())
    events.record(session, agent, AgentSkillsSet(wanted, tuple(added), tuple(removed)), by=by, at=now)
    await session.flush()
    return any(level > before.get(skill_id, 0) for skill_id, level in wanted.items())


async def set_senior(session: TenantSession, *, agent_id: UUID, senior: bool, by: Actor, now: datetime) -> bool:
    """Say whether an agent is a senior; returns whether the agent has become one. Raises AgentNotFound."""
    agent = await locked_agent(session, agent_id=agent_id)
    if agent.senior is senior:
        return False
    agent.senior = senior
    events.record(session, agent, AgentSeniorSet(senior), by=by, at=now)
    await session.flush()
    return senior


async def set_extension(
    session: TenantSession, *, agent_id: UUID, extension: str | None, by: Actor, now: datetime
) -> Agent:
    """Say where the telephone exchange rings an agent; None or a blank for nowhere. The same changes nothing.

    Raises AgentNotFound, InvalidInput for anything else than digits, `*`, `#` and `+`, 20 at most.
    """
    wanted = "".join((extension or "").split()) or None
    if wanted is not None and _EXTENSION.fullmatch(wanted) is None:
        raise InvalidInput(
            "extension",
            "must be digits, *, # and + alone, 20 at most",
            "może składać się tylko z cyfr oraz znaków *, # i +, najwyżej 20",
        )
    agent = await locked_agent(session, agent_id=agent_id)
    if agent.extension != wanted:
        before, agent.extension = agent.extension, wanted
        events.record(session, agent, AgentExtensionSet(wanted, before), by=by, at=now)
        await session.flush()
    return agent


async def set_capacity(
    session: TenantSession, *, agent_id: UUID, items: Mapping[Channel, int], by: Actor, now: datetime
) -> bool:
    """Say how many items of each channel the agent holds at once; channels not named follow the default again.

    Returns whether that is more of any channel, for which work may be waiting. Raises AgentNotFound, InvalidInput
    outside 0 to 1,000.
    """
    refuse_capacities(items)
    agent = await locked_agent(session, agent_id=agent_id)
    mine = (AgentCapacity.tenant_id == session.tenant_id, AgentCapacity.agent_id == agent_id)
    known = await session.execute(select(AgentCapacity.channel, AgentCapacity.items).where(*mine))
    before: dict[Channel, int] = {row.channel: row.items for row in known}
    wanted = dict(items)
    if before == wanted:
        return False
    await session.execute(delete(AgentCapacity).where(*mine))
    rows = [
        {"tenant_id": session.tenant_id, "agent_id": agent_id, "channel": channel, "items": count}
        for channel, count in wanted.items()
    ]
    if rows:
        await session.execute(insert(AgentCapacity), rows)
    events.record(session, agent, AgentCapacitySet(_named(wanted), _named(before)), by=by, at=now)
    await session.flush()
    held, holds = {**DEFAULT_CAPACITY, **before}, {**DEFAULT_CAPACITY, **wanted}
    return any(holds[channel] > held[channel] for channel in Channel)


async def refuse_unknown(
    session: TenantSession, *, team_ids: Collection[UUID] = (), skill_ids: Collection[UUID] = ()
) -> None:
    """Raises TeamNotFound or SkillNotFound for an id that is none."""
    for missing in await queries.missing_teams(session, ids=team_ids) if team_ids else ():
        raise TeamNotFound(missing)
    for missing in await queries.missing_skills(session, ids=skill_ids) if skill_ids else ():
        raise SkillNotFound(missing)


def refuse_capacities(items: Mapping[Channel, int]) -> None:
    """Raises InvalidInput for a number outside 0 to 1,000."""
    if any(not 0 <= count <= MOST_ITEMS for count in items.values()):
        raise InvalidInput("capacities", f"must be 0 to {MOST_ITEMS}", f"musi być od 0 do {MOST_ITEMS}")


def _named(items: Mapping[Channel, int]) -> dict[str, int]:
    return {channel.value: count for channel, count in sorted(items.items())}


async def locked_agent(session: TenantSession, *, agent_id: UUID) -> Agent:
    """The agent, locked. Raises AgentNotFound."""
    agent = await queries.lock_agent(session, agent_id=agent_id)
    if agent is None:
        raise AgentNotFound(agent_id)
    return agent
