"""What agents can do, and what channels take of them, as the API sets and tells it."""

from typing import Any

import pytest

from api.graphql import ids
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import Actor, ActorKind
from tests.api.graphql.test_passes import ask
from tests.conftest import Shop
from tests.domain.world import World
from tests.state import everything

ABLE = """mutation ($agent: ID!, $skill: ID!, $level: Int! = 3) {
    agentSetSkills(input: {agentId: $agent, skills: [{skillId: $skill, level: $level}]}) {
        ... on AgentSkillsSet { agent { skills { totalCount } skillLevels { level skill { key } } } }
        ... on Failure { code message }
    }
}"""

TWICE = """mutation ($agent: ID!, $skill: ID!) {
    agentSetSkills(input: {agentId: $agent, skills: [{skillId: $skill}, {skillId: $skill, level: 5}]}) {
        ... on Failure { code message }
    }
}"""

SPEAKS = """mutation ($agent: ID!, $languages: [String!]!) {
    agentSetLanguages(input: {agentId: $agent, languages: $languages}) {
        ... on AgentLanguagesSet { agent { languages { language } senior } }
        ... on Failure { code message }
    }
}"""

SENIOR = """mutation ($agent: ID!) {
    agentSetSenior(input: {agentId: $agent, senior: true}) {
        ... on AgentSeniorSet { agent { senior } } ... on Failure { code }
    }
}"""

SHIFTS = """mutation ($agent: ID!, $shifts: [ShiftInput!]!) {
    agentSetShifts(input: {
        agentId: $agent, from: "2026-11-02T00:00:00Z", to: "2026-11-09T00:00:00Z", shifts: $shifts
    }) {
        ... on AgentShiftsSet { agent {
            shifts { edges { node { from to isOn agent { id } } } }
            late: shifts(filter: {begins: {from: "2026-11-03T00:00:00Z"}}) { totalCount }
        } }
        ... on Failure { code message }
    }
}"""

CHANNELS = """mutation ($settings: [ChannelSettingInput!]!) {
    channelSettingsSet(input: {settings: $settings}) {
        ... on ChannelSettingsSet { settings { channel weight workMinutes exclusive usual } }
        ... on Failure { code message }
    }
}"""

ASKED = "{ channelSettings { channel weight workMinutes exclusive usual } }"

USUAL = [
    {"channel": "EMAIL", "weight": 10, "workMinutes": 6, "exclusive": False, "usual": True},
    {"channel": "CHAT", "weight": 34, "workMinutes": 10, "exclusive": False, "usual": True},
    {"channel": "PHONE", "weight": 100, "workMinutes": 6, "exclusive": True, "usual": True},
    {"channel": "FORM", "weight": 10, "workMinutes": 6, "exclusive": False, "usual": True},
    {"channel": "MARKETPLACE", "weight": 10, "workMinutes": 5, "exclusive": False, "usual": True},
]


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


@pytest.fixture
async def admin(world: World) -> Actor:
    return Actor(ActorKind.MEMBER, (await world.seatless(role=Role.ADMIN)).member_id)


async def test_skills_languages_and_rank_are_set_and_told(world: World, admin: Actor) -> None:
    its: dict[str, Any] = {"agent": ids.spell("agent", (await world.seatless()).id)}
    skill = ids.spell("skill", world.skills["payments"])
    for level in (4, 1):
        told = await ask(world, admin, ABLE, **its, skill=skill, level=level)
        assert told["agentSetSkills"]["agent"] == {
            "skills": {"totalCount": 1},
            "skillLevels": [{"level": level, "skill": {"key": "payments"}}],
        }
    told = await ask(world, admin, ABLE, **its, skill=skill)
    assert told["agentSetSkills"]["agent"]["skillLevels"] == [{"level": 3, "skill": {"key": "payments"}}]
    told = await ask(world, admin, SPEAKS, **its, languages=["PL", "de"])
    assert told["agentSetLanguages"] == {
        "agent": {"languages": [{"language": "de"}, {"language": "pl"}], "senior": False}
    }
    assert await ask(world, admin, SENIOR, **its) == {"agentSetSenior": {"agent": {"senior": True}}}


async def test_shifts_of_a_week_are_set_and_told(world: World, admin: Actor) -> None:
    agent = ids.spell("agent", (await world.seatless()).id)
    now, later = ({"from": f"2026-11-0{day}T08:00:00Z", "to": f"2026-11-0{day}T16:00:00Z"} for day in (2, 3))
    told = await ask(world, admin, SHIFTS, agent=agent, shifts=[later, now])
    assert told["agentSetShifts"]["agent"] == {
        "shifts": {
            "edges": [
                {"node": {**now, "isOn": True, "agent": {"id": agent}}},
                {"node": {**later, "isOn": False, "agent": {"id": agent}}},
            ]
        },
        "late": {"totalCount": 1},
    }
    told = await ask(world, admin, SHIFTS, agent=agent, shifts=[now, {**now, "to": "2026-11-02T09:00:00Z"}])
    assert told["agentSetShifts"] == {
        "code": "INVALID_INPUT",
        "message": "shifts.0.from: overlaps another shift",
    }


async def test_what_is_wrong_is_named_and_changes_nothing(world: World, admin: Actor, database: Database) -> None:
    its: dict[str, Any] = {"agent": ids.spell("agent", (await world.seatless()).id)}
    skill, before = ids.spell("skill", world.skills["payments"]), await everything(database, world.tenant_id)
    for told, problem in (
        (await ask(world, admin, ABLE, **its, skill=skill, level=6), "skills: must be 1 to 5"),
        (await ask(world, admin, TWICE, **its, skill=skill), "skills.1.skillId: is named twice"),
        (
            await ask(world, admin, SPEAKS, **its, languages=["xx"]),
            "languages: must be the two letters of a language (ISO 639-1)",
        ),
        (
            await ask(world, admin, CHANNELS, settings=[{"channel": "CHAT", "weight": 0, "workMinutes": 1}]),
            "settings.CHAT.weight: must be 1 to 100",
        ),
        (
            await ask(world, admin, CHANNELS, settings=[{"channel": "CHAT", "weight": 1, "workMinutes": 1}] * 2),
            "settings.1.channel: is named twice",
        ),
    ):
        [failure] = told.values()
        assert failure["code"] == "INVALID_INPUT"
        assert problem in failure["message"]
    assert await everything(database, world.tenant_id) == before


async def test_channels_are_as_usual_until_an_admin_says_otherwise(world: World, admin: Actor) -> None:
    assert await ask(world, admin, ASKED) == {"channelSettings": USUAL}
    chat = {"channel": "CHAT", "weight": 20, "workMinutes": 12, "exclusive": False}
    told = await ask(world, admin, CHANNELS, settings=[{**chat, "channel": "CHAT"}])
    changed = [{**chat, "usual": False} if each["channel"] == "CHAT" else each for each in USUAL]
    assert told == {"channelSettingsSet": {"settings": changed}}
    assert await ask(world, admin, ASKED) == {"channelSettings": changed}
    assert await ask(world, admin, CHANNELS, settings=[]) == {"channelSettingsSet": {"settings": USUAL}}
