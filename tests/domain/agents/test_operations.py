"""Teams, skills, capacities, presence, and the first owner."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents import operations
from domain.agents.channels import Channel
from domain.agents.errors import (
    AgentNotFound,
    OwnerExists,
    SkillKeyTaken,
    SkillNotFound,
    TeamKeyTaken,
    TeamNotFound,
)
from domain.agents.founding import add_first_owner
from domain.agents.models import Agent, AgentCapacity, AgentSkill, AgentTeam, MemberState, Presence
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import InvalidInput, Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from tests.conftest import NOW, FoundShop, Shop
from tests.people import add_member
from tests.state import events_of, everything


async def agent_in(database: Database, shop: Shop) -> Agent:
    async with database.reading(shop.tenant_id) as session:
        return (await session.scalars(select(Agent))).one()


async def teams(database: Database, shop: Shop, *keys: str) -> list[UUID]:
    async with database.writing(shop.tenant_id) as session:
        return [(await operations.create_team(session, key=k, name=k, by=SYSTEM, now=NOW)).id for k in keys]


async def skills(database: Database, shop: Shop, *keys: str) -> list[UUID]:
    async with database.writing(shop.tenant_id) as session:
        return [(await operations.create_skill(session, key=k, name=k, by=SYSTEM, now=NOW)).id for k in keys]


async def test_a_team_and_a_skill_keep_key_and_name_and_are_recorded(database: Database, shop: Shop) -> None:
    async with database.writing(shop.tenant_id) as session:
        team = await operations.create_team(session, key="first-line", name="Pierwsza linia", by=SYSTEM, now=NOW)
        skill = await operations.create_skill(session, key="payments", name="Płatności", by=SYSTEM, now=NOW)
    assert (team.key, team.name, skill.key, skill.name) == ("first-line", "Pierwsza linia", "payments", "Płatności")
    assert await events_of(database, shop.tenant_id, aggregate="team") == [
        ("TeamCreated", 1, {"key": "first-line", "team_name": "Pierwsza linia"})
    ]
    assert await events_of(database, shop.tenant_id, aggregate="skill") == [
        ("SkillCreated", 1, {"key": "payments", "skill_name": "Płatności"})
    ]


async def test_a_key_belongs_to_one_team_and_one_skill_of_a_shop(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    await teams(database, shop, "first-line")
    await skills(database, shop, "payments")
    before = await everything(database, shop.tenant_id)
    with pytest.raises(TeamKeyTaken):
        await teams(database, shop, "first-line")
    with pytest.raises(SkillKeyTaken):
        await skills(database, shop, "payments")
    with pytest.raises(InvalidInput):
        await teams(database, shop, "First line")
    assert await everything(database, shop.tenant_id) == before
    assert len(await teams(database, await found_shop(), "first-line")) == 1


async def test_coming_online_makes_idle_from_then_and_the_same_again_changes_nothing(
    database: Database, shop: Shop
) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    online, away, back = (NOW + timedelta(minutes=minutes) for minutes in (1, 10, 20))
    for presence, moment in (
        (Presence.ONLINE, online),
        (Presence.ONLINE, online + timedelta(minutes=1)),
        (Presence.AWAY, away),
    ):
        async with database.writing(shop.tenant_id) as session:
            changed = await operations.set_presence(
                session, agent_id=agent.id, presence=presence, by=SYSTEM, now=moment
            )
    assert (changed.presence, changed.presence_since, changed.idle_since) == (Presence.AWAY, away, online)
    async with database.writing(shop.tenant_id) as session:
        changed = await operations.set_presence(
            session, agent_id=agent.id, presence=Presence.ONLINE, by=SYSTEM, now=back
        )
    assert (changed.presence_since, changed.idle_since) == (back, back)
    assert await events_of(database, shop.tenant_id, aggregate="agent") == [
        ("AgentPresenceSet", 1, {"presence": "ONLINE", "before": "OFFLINE"}),
        ("AgentPresenceSet", 2, {"presence": "AWAY", "before": "ONLINE"}),
        ("AgentPresenceSet", 3, {"presence": "ONLINE", "before": "AWAY"}),
    ]


async def test_teams_and_skills_are_replaced_whole(database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    first, second, third = await teams(database, shop, "a", "b", "c")
    payments, returns = await skills(database, shop, "payments", "returns")
    for wanted in ([first, second], [second, third], [third, second], []):
        async with database.writing(shop.tenant_id) as session:
            await operations.set_teams(session, agent_id=agent.id, team_ids=wanted, by=SYSTEM, now=NOW)
            await operations.set_skills(session, agent_id=agent.id, skills={payments: 3}, by=SYSTEM, now=NOW)
        async with database.reading(shop.tenant_id) as session:
            assert sorted(await session.scalars(select(AgentTeam.team_id))) == sorted(wanted)
            assert list(await session.scalars(select(AgentSkill.skill_id))) == [payments]
    async with database.writing(shop.tenant_id) as session:
        await operations.set_skills(session, agent_id=agent.id, skills={returns: 1}, by=SYSTEM, now=NOW)
    told = await events_of(database, shop.tenant_id, aggregate="agent")
    assert [name for name, _, _ in told] == [
        "AgentTeamsSet",
        "AgentSkillsSet",
        "AgentTeamsSet",
        "AgentTeamsSet",
        "AgentSkillsSet",
    ]
    assert [(data["added"], data["removed"]) for _, _, data in told] == [
        ([str(id) for id in sorted([first, second])], []),
        ([str(payments)], []),
        ([str(third)], [str(first)]),
        ([], [str(id) for id in sorted([second, third])]),
        ([str(returns)], [str(payments)]),
    ]


async def test_a_capacity_not_named_follows_the_default_again(database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    for items in ({Channel.CHAT: 3, Channel.PHONE: 0}, {Channel.CHAT: 4}, {Channel.CHAT: 4}):
        async with database.writing(shop.tenant_id) as session:
            await operations.set_capacity(session, agent_id=agent.id, items=items, by=SYSTEM, now=NOW)
    async with database.reading(shop.tenant_id) as session:
        rows = (await session.scalars(select(AgentCapacity))).all()
    assert [(row.channel, row.items) for row in rows] == [(Channel.CHAT, 4)]
    assert [data for _, _, data in await events_of(database, shop.tenant_id, aggregate="agent")] == [
        {"items": {"CHAT": 3, "PHONE": 0}, "before": {}},
        {"items": {"CHAT": 4}, "before": {"CHAT": 3, "PHONE": 0}},
    ]


async def test_what_is_of_another_shop_or_of_none_is_not_found_and_changes_nothing(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    other = await found_shop()
    await add_member(database, other)
    stranger = await agent_in(database, other)
    [their_team], [their_skill] = await teams(database, other, "a"), await skills(database, other, "a")
    before = await everything(database, shop.tenant_id), await everything(database, other.tenant_id)
    for agent_id in (stranger.id, new_id()):
        with pytest.raises(AgentNotFound):
            async with database.writing(shop.tenant_id) as session:
                await operations.set_presence(session, agent_id=agent_id, presence=Presence.ONLINE, by=SYSTEM, now=NOW)
        with pytest.raises(AgentNotFound):
            async with database.writing(shop.tenant_id) as session:
                await operations.set_capacity(session, agent_id=agent_id, items={}, by=SYSTEM, now=NOW)
    for team_id in (their_team, new_id()):
        with pytest.raises(TeamNotFound):
            async with database.writing(shop.tenant_id) as session:
                await operations.set_teams(session, agent_id=agent.id, team_ids=[team_id], by=SYSTEM, now=NOW)
    for skill_id in (their_skill, new_id()):
        with pytest.raises(SkillNotFound):
            async with database.writing(shop.tenant_id) as session:
                await operations.set_skills(session, agent_id=agent.id, skills={skill_id: 3}, by=SYSTEM, now=NOW)
    assert (await everything(database, shop.tenant_id), await everything(database, other.tenant_id)) == before


async def test_a_shop_has_one_first_owner(database: Database, shop: Shop) -> None:
    async with database.writing(shop.tenant_id) as session:
        owner = await add_first_owner(
            session, email="Szef@Bombka.example", name="Szef", password_hash="hash", language=Language.PL, now=NOW
        )
    assert (owner.email, owner.role, owner.state) == ("szef@bombka.example", Role.OWNER, MemberState.ACTIVE)
    assert (await agent_in(database, shop)).member_id == owner.id
    before = await everything(database, shop.tenant_id)
    with pytest.raises(OwnerExists):
        async with database.writing(shop.tenant_id) as session:
            await add_first_owner(
                session, email="x@bombka.example", name="X", password_hash="hash", language=Language.PL, now=NOW
            )
    assert await everything(database, shop.tenant_id) == before


async def test_a_skill_has_a_level_and_more_of_it_is_more_work(database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    payments, returns = await skills(database, shop, "payments", "returns")
    more = []
    for wanted in ({payments: 2}, {payments: 3}, {payments: 3}, {payments: 1}, {payments: 1, returns: 1}, {returns: 1}):
        async with database.writing(shop.tenant_id) as session:
            more.append(await operations.set_skills(session, agent_id=agent.id, skills=wanted, by=SYSTEM, now=NOW))
        async with database.reading(shop.tenant_id) as session:
            rows = await session.execute(select(AgentSkill.skill_id, AgentSkill.level))
            assert dict(rows.all()) == wanted
    assert more == [True, True, False, False, True, False]
    told = [data for name, _, data in await events_of(database, shop.tenant_id, aggregate="agent")]
    assert told[1] == {"skills": {str(payments): 3}, "added": [], "removed": []}
    assert told[-1] == {"skills": {str(returns): 1}, "added": [], "removed": [str(payments)]}


@pytest.mark.parametrize("level", [0, 6])
async def test_a_level_outside_one_to_five_is_refused(database: Database, shop: Shop, level: int) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    [payments] = await skills(database, shop, "payments")
    with pytest.raises(InvalidInput) as refused:
        async with database.writing(shop.tenant_id) as session:
            await operations.set_skills(session, agent_id=agent.id, skills={payments: level}, by=SYSTEM, now=NOW)
    assert refused.value.field == "skills"
    async with database.reading(shop.tenant_id) as session:
        assert list(await session.scalars(select(AgentSkill.level))) == []


async def test_a_senior_is_one_until_it_is_said_otherwise(database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    became = []
    for senior in (False, True, True, False):
        async with database.writing(shop.tenant_id) as session:
            became.append(await operations.set_senior(session, agent_id=agent.id, senior=senior, by=SYSTEM, now=NOW))
    assert became == [False, True, False, False]
    assert await events_of(database, shop.tenant_id, aggregate="agent") == [
        ("AgentSeniorSet", 1, {"senior": True}),
        ("AgentSeniorSet", 2, {"senior": False}),
    ]
