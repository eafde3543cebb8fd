"""What agents can do, speak and take over, and when they are at work."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_one
from domain.agents import levels
from domain.agents.errors import AgentNotFound, SkillNotFound
from domain.agents.shifts import Shift
from domain.kit.errors import InvalidInput
from domain.tenants.permissions import Permission
from domain.tickets import abilities

if TYPE_CHECKING:
    from api.graphql.types.people import Agent

Described = strawberry.field


@strawberry.input(description="Something that an agent can do, and how well.")
class SkillLevelInput:
    skill_id: UUID = id_of("skill", description="The skill.")
    level: int = Described(default=levels.USUAL, description="From 1, a beginner, to 5.")


@strawberry.input(description="All the skills that an agent is to have.")
class AgentSetSkillsInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    skills: list[SkillLevelInput] = Described(description="Up to 100 skills; the others are taken away.")


@strawberry.input(description="All the languages that an agent is to speak with customers.")
class AgentSetLanguagesInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    languages: list[str] = Described(
        description="Up to 20, each by its two letters (ISO 639-1); none for the shop's own language alone."
    )


@strawberry.input(description="Whether an agent is a senior.")
class AgentSetSeniorInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    senior: bool = Described(description="Seniors get what others have handed over too often.")


@strawberry.input(description="From when until when somebody is at work.")
class ShiftInput:
    start: datetime = Described(name="from", description="From when on.")
    end: datetime = Described(name="to", description="Until when, that instant excluded; within 24 hours.")


@strawberry.input(description="All the shifts of an agent that begin within a time.")
class AgentSetShiftsInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    start: datetime = Described(name="from", description="Shifts that begin from this instant on are replaced,")
    end: datetime = Described(
        name="to", description="those that begin at this one and later are not; 366 days at most."
    )
    shifts: list[ShiftInput] = Described(description="Up to 500, each of which begins within that time.")


@payload(description="These are the agent's skills.")
class AgentSkillsSet:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent, as it is now.")


@payload(description="These are the agent's languages.")
class AgentLanguagesSet:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent, as it is now.")


@payload(description="These are the agent's shifts.")
class AgentShiftsSet:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent, as it is now.")


@payload(description="The agent is a senior, or is none.")
class AgentSeniorSet:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent, as it is now.")


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(AgentNotFound, SkillNotFound))
async def agent_set_skills(call: Call, input: AgentSetSkillsInput) -> AgentSkillsSet:
    """Say what an agent can do, and how well. What waits for more may go to the agent; tickets in hand stay there."""
    await abilities.set_skills(
        call.session, agent_id=input.agent_id, skills=by_skill(input.skills), by=call.by, now=call.now
    )
    return AgentSkillsSet(agent_id=input.agent_id)


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(AgentNotFound,))
async def agent_set_languages(call: Call, input: AgentSetLanguagesInput) -> AgentLanguagesSet:
    """Say what an agent speaks with customers. What waits in a new language may go to the agent."""
    await abilities.set_languages(
        call.session, agent_id=input.agent_id, languages=input.languages, by=call.by, now=call.now
    )
    return AgentLanguagesSet(agent_id=input.agent_id)


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(AgentNotFound,))
async def agent_set_shifts(call: Call, input: AgentSetShiftsInput) -> AgentShiftsSet:
    """Say when an agent is at work by plan, for a stretch of time; shifts that begin earlier or later stay."""
    await abilities.set_shifts(
        call.session,
        agent_id=input.agent_id,
        start=input.start,
        end=input.end,
        shifts=[Shift(shift.start, shift.end) for shift in input.shifts],
        by=call.by,
        now=call.now,
    )
    return AgentShiftsSet(agent_id=input.agent_id)


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(AgentNotFound,))
async def agent_set_senior(call: Call, input: AgentSetSeniorInput) -> AgentSeniorSet:
    """Say whether an agent is a senior, who gets what others have handed over too often."""
    await abilities.set_senior(call.session, agent_id=input.agent_id, senior=input.senior, by=call.by, now=call.now)
    return AgentSeniorSet(agent_id=input.agent_id)


def by_skill(skills: Sequence[SkillLevelInput]) -> dict[UUID, int]:
    """Raises InvalidInput for a skill that is named twice."""
    named: dict[UUID, int] = {}
    for place, skill in enumerate(skills):
        if skill.skill_id in named:
            raise InvalidInput(f"skills.{place}.skillId", "is named twice", "jest podana dwa razy")
        named[skill.skill_id] = skill.level
    return named
