"""The lists and pages of things lead to what can be done with them, and what was done leads back."""

from typing import Any

import pytest

from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.seats.models import SeatKind
from domain.tenants import clients
from domain.tenants.permissions import Permission
from tests.admin.actions.conftest import Browser, hidden
from tests.conftest import NOW, Shop
from tests.domain.tenants.test_dead_letters import set_aside
from tests.domain.tickets.test_suspending import invite
from tests.domain.world import Person, World


@pytest.fixture
async def lena(world: World) -> Person:
    return await world.person(SeatKind.LIGHT)


@pytest.fixture
async def pages(world: World, database: Database, shop: Shop, lena: Person) -> dict[str, list[str]]:
    """Which pages have which buttons, by their addresses, for an admin."""
    job_id = await set_aside(database, shop)
    invited = await invite(world, await world.seatless(role=Role.ADMIN))
    async with database.writing(world.tenant_id) as session:
        client, _ = await clients.create_client(
            session, name="ERP", scopes=[Permission.ORDERS_READ], by=SYSTEM, now=NOW
        )
    release = f"/seats/taken/{lena.assignment_id}/release"
    agent, licence = f"/agents/{lena.agent_id}", f"/seats/{lena.licence_id}"
    invitation = f"/invitations/{invited.invitation.id}"
    return {
        "/seats": ["/seats/add"],
        licence: [f"{licence}/assign", release, f"{licence}/expire"],
        "/agents": ["/agents/invite"],
        agent: [f"{agent}/{what}" for what in ("teams", "skills", "capacities", "role", "suspend")] + [release],
        "/invitations": ["/agents/invite"],
        invitation: [f"{invitation}/resend", f"{invitation}/revoke"],
        "/clients": ["/clients/create"],
        f"/clients/{client.id}": [f"/clients/{client.id}/revoke"],
        f"/dead-letters/{job_id}": [f"/dead-letters/{job_id}/retry"],
    }


async def test_an_admin_is_offered_what_can_be_done_and_every_button_leads_somewhere(
    browser: Browser, admin: Actor, pages: dict[str, list[str]]
) -> None:
    await browser.sign_in(admin)
    for path, buttons in pages.items():
        page = await browser.get(path)
        assert page.status_code == 200, path
        for button in buttons:
            assert f'href="/admin{button}"' in page.text, (path, button)
            assert (await browser.get(button)).status_code == 200


async def test_an_agent_is_offered_nothing_that_would_be_refused(
    browser: Browser, lena: Person, pages: dict[str, list[str]]
) -> None:
    await browser.sign_in(lena.actor)
    for path, buttons in pages.items():
        page = await browser.get(path)
        assert [button for button in buttons if f'href="/admin{button}"' in page.text] == []


async def test_what_was_done_leads_to_a_page_that_says_so(
    browser: Browser, admin: Actor, lena: Person, world: World
) -> None:
    await browser.sign_in(admin)
    agent = await world.seatless()
    done: list[tuple[str, dict[str, Any], str]] = [
        (f"/agents/{lena.agent_id}/teams", {}, "Saved."),
        (f"/seats/taken/{lena.assignment_id}/release", {}, "The seat is taken back."),
        (f"/seats/{lena.licence_id}/expire", {}, "The licence ends when you said."),
        (f"/agents/{agent.id}/suspend", {}, "They are kept out."),
    ]
    for path, typed, sentence in done:
        answer = await browser.post(path, {**hidden(await browser.get(path)), **typed})
        landed = await browser.http.get(answer.headers["location"])
        assert landed.status_code == 200, path
        assert f'<p class="good" role="status">{sentence}</p>' in landed.text


async def test_nobody_is_offered_to_keep_themselves_or_an_owner_out(browser: Browser, world: World) -> None:
    boss, owner = await world.seatless(role=Role.ADMIN), await world.seatless(role=Role.OWNER)
    await browser.sign_in(Actor(ActorKind.MEMBER, boss.member_id))
    for agent in (boss, owner):
        page = await browser.get(f"/agents/{agent.id}")
        assert page.status_code == 200
        assert f"/agents/{agent.id}/suspend" not in page.text
        assert f"/agents/{agent.id}/role" not in page.text
