"""Keeping somebody out, letting them back in, another role and invitations, from the panel."""

from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents.models import Agent, Invitation, Member, MemberState
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats import operations
from domain.seats.models import SeatAssignment, SeatKind
from tests.admin.actions.conftest import Browser, hidden, said
from tests.admin.actions.test_seating import holding
from tests.conftest import NOW, FoundShop
from tests.domain.tickets.test_suspending import EARLIER, invite
from tests.domain.world import SEASON_END, World
from tests.state import everything


@pytest.fixture
async def boss(world: World) -> Agent:
    return await world.seatless(role=Role.ADMIN)


@pytest.fixture
async def admin(boss: Agent) -> Actor:
    return Actor(ActorKind.MEMBER, boss.member_id)


async def member(world: World, agent_id: UUID) -> Member:
    async with world.database.reading(world.tenant_id) as session:
        agents = select(Agent.member_id).where(Agent.id == agent_id)
        return (await session.scalars(select(Member).where(Member.id.in_(agents)))).one()


async def test_a_leaver_is_kept_out_once_and_what_that_means_is_said_before(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    lena = await world.person(SeatKind.LIGHT)
    await holding(world, lena, "delivery")
    await browser.sign_in(admin)
    page = await browser.get(f"/agents/{lena.agent_id}/suspend")
    assert "Open tickets that go back to their teams, as of now: first-line 1." in said(page)
    for _ in range(2):
        answer = await browser.post(f"/agents/{lena.agent_id}/suspend", hidden(page))
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"/admin/agents/{lena.agent_id}?done=suspended",
        )
    assert (await member(world, lena.agent_id)).state is MemberState.SUSPENDED
    async with database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(SeatAssignment.ended_at))) == [NOW]
    assert "This is over" in said(await browser.get(f"/agents/{lena.agent_id}/suspend"))
    back = await browser.get(f"/agents/{lena.agent_id}/reactivate")
    assert (await browser.post(f"/agents/{lena.agent_id}/reactivate", hidden(back))).status_code == 303
    assert (await member(world, lena.agent_id)).state is MemberState.ACTIVE


async def test_a_role_is_changed_to_one_of_those_offered(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    agent = await world.seatless()
    await browser.sign_in(admin)
    page = await browser.get(f"/agents/{agent.id}/role")
    assert '<option value="OWNER"' not in page.text
    before = await everything(database, world.tenant_id)
    for typed, problem in (
        ({"role": "OWNER"}, "As an admin you cannot make anyone an owner."),
        ({"role": "KING"}, "Choose one."),
    ):
        answer = await browser.post(f"/agents/{agent.id}/role", {**hidden(page), **typed})
        assert answer.status_code == 409
        assert f'<p class="wrong" id="role-problem">{problem}</p>' in answer.text
    assert await everything(database, world.tenant_id) == before
    answer = await browser.post(f"/agents/{agent.id}/role", {**hidden(page), "role": "SUPERVISOR"})
    assert answer.status_code == 303
    assert (await member(world, agent.id)).role is Role.SUPERVISOR


async def test_nobody_keeps_themselves_or_an_owner_out(
    browser: Browser, admin: Actor, boss: Agent, world: World, database: Database
) -> None:
    owner = await world.seatless(role=Role.OWNER)
    await browser.sign_in(admin, language="pl")
    before = await everything(database, world.tenant_id)
    for agent_id, problem in (
        (boss.id, "Nie można tego zrobić samemu sobie."),
        (owner.id, "Z rolą „administrator” nie można zmieniać osoby z rolą „właściciel”."),
    ):
        answer = await browser.post(f"/agents/{agent_id}/suspend", {})
        assert answer.status_code == 409
        assert problem in said(answer)
    assert await everything(database, world.tenant_id) == before


async def test_an_invitation_is_sent_again_or_called_back(
    browser: Browser, admin: Actor, boss: Agent, world: World
) -> None:
    first = (await invite(world, boss)).invitation
    await browser.sign_in(admin)
    page = await browser.get(f"/invitations/{first.id}/resend")
    for _ in range(2):
        answer = await browser.post(f"/invitations/{first.id}/resend", hidden(page))
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/invitations?done=invited")
    async with world.database.reading(world.tenant_id) as session:
        rows = (await session.scalars(select(Invitation).order_by(Invitation.id))).all()
    assert [row.revoked_at for row in rows] == [NOW, None]
    assert "This is over" in said(await browser.get(f"/invitations/{first.id}/revoke"))
    async with world.database.writing(world.tenant_id) as session:
        agent_id = (await session.scalars(select(Agent.id).where(Agent.member_id == rows[1].member_id))).one()
        await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=SEASON_END, label="", by=SYSTEM, now=NOW
        )
        await operations.assign_seat(
            session, agent_id=agent_id, licence_id=None, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW
        )
    page = await browser.get(f"/invitations/{rows[1].id}/revoke")
    assert "The link in their mail stops working, and the seat kept for them is free." in said(page)
    assert "Ewa : 2026-11-02 10:00 (UTC+01:00) – 2027-01-15 10:00 (UTC+01:00). Loses access then." in said(page)
    assert (await browser.post(f"/invitations/{rows[1].id}/revoke", hidden(page))).status_code == 303
    async with world.database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(Invitation.revoked_at))) == [NOW, NOW]
        assert list(await session.scalars(select(SeatAssignment.ended_at))) == [NOW]


async def test_another_shops_people_and_invitations_are_not_found(
    browser: Browser, admin: Actor, database: Database, world: World, found_shop: FoundShop
) -> None:
    there = await World.found(database, await found_shop())
    stranger = await there.seatless(role=Role.OWNER)
    theirs = (await invite(there, stranger)).invitation
    await browser.sign_in(admin)
    before = [await everything(database, shop.tenant_id) for shop in (world, there)]
    paths = [f"/agents/{id}/{what}" for id in (stranger.id, new_id()) for what in ("suspend", "reactivate", "role")]
    paths += [f"/invitations/{id}/{what}" for id in (theirs.id, new_id()) for what in ("resend", "revoke")]
    for path in paths:
        assert (await browser.get(path)).status_code == 404
        assert (await browser.post(path, {"role": "AGENT"})).status_code == 404
    assert [await everything(database, shop.tenant_id) for shop in (world, there)] == before


async def test_who_never_joined_is_told_to_get_a_new_link_and_gets_it(
    browser: Browser, admin: Actor, boss: Agent, world: World, database: Database
) -> None:
    invited = await invite(world, boss)
    await browser.sign_in(admin)
    await browser.post(f"/agents/{invited.agent.id}/suspend", {})
    page = await browser.get(f"/agents/{invited.agent.id}/reactivate")
    assert "They never joined, so they get a new link by mail at once, good for 7 days." in said(page)
    assert (await browser.post(f"/agents/{invited.agent.id}/reactivate", hidden(page))).status_code == 303
    assert (await member(world, invited.agent.id)).state is MemberState.INVITED
    async with database.reading(world.tenant_id) as session:
        rows = await session.scalars(select(Invitation).order_by(Invitation.id))
        assert [(row.created_at, row.revoked_at) for row in rows] == [(EARLIER, NOW), (NOW, None)]


async def test_a_link_is_not_sent_again_within_the_minute(
    browser: Browser, admin: Actor, boss: Agent, world: World, database: Database
) -> None:
    invited = await invite(world, boss, now=NOW)
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    answer = await browser.post(f"/invitations/{invited.invitation.id}/resend", {})
    assert answer.status_code == 409
    assert "A link went to this person less than a minute ago." in said(answer)
    assert await everything(database, world.tenant_id) == before
