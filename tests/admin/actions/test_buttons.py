"""The lists and pages of things lead to what can be done with them, and what was done leads back."""

import re
from datetime import timedelta
from typing import Any

import pytest

from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.seats import operations
from domain.seats.models import SeatKind
from domain.tenants import clients
from domain.tenants.permissions import Permission
from tests.admin.actions.conftest import Browser, hidden, said
from tests.admin.actions.test_seating import AT_ONCE
from tests.conftest import NOW, Shop
from tests.domain.tenants.test_dead_letters import set_aside
from tests.domain.tickets.test_suspending import invite
from tests.domain.world import SEASON_END, Person, World


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
    changes = [f"/seats/taken/{lena.assignment_id}/{what}" for what in ("kind", "move", "successor", "release")]
    agent, licence = f"/agents/{lena.agent_id}", f"/seats/{lena.licence_id}"
    invitation = f"/invitations/{invited.invitation.id}"
    return {
        "/seats": ["/seats/add"],
        licence: [f"{licence}/assign", f"{licence}/extend", *changes, f"{licence}/expire"],
        "/agents": ["/agents/invite"],
        agent: [
            f"{agent}/{what}"
            for what in ("teams", "skills", "languages", "shifts", "capacities", "extension", "role", "suspend")
        ]
        + [f"{change}?of=agent" for change in changes],
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
        (f"/seats/taken/{lena.assignment_id}/release", AT_ONCE, "The seat is taken back."),
        (f"/seats/{lena.licence_id}/expire", AT_ONCE, "The licence ends when you said."),
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


async def test_each_time_on_a_seat_has_a_button_of_its_own_that_says_which(
    browser: Browser, admin: Actor, lena: Person, world: World, database: Database
) -> None:
    async with database.writing(world.tenant_id) as session:
        for start in (SEASON_END, SEASON_END + timedelta(days=30)):
            await operations.add_licences(
                session,
                kind=SeatKind.LIGHT,
                count=1,
                start=start,
                end=start + timedelta(days=7),
                label="",
                by=SYSTEM,
                now=NOW,
            )
            await operations.assign_seat(
                session,
                agent_id=lena.agent_id,
                licence_id=None,
                kind=SeatKind.LIGHT,
                start=start,
                end=start + timedelta(days=7),
                by=SYSTEM,
                now=NOW,
            )
    await browser.sign_in(admin)
    page = said(await browser.get(f"/agents/{lena.agent_id}"))
    for words in (
        "Take back the seat (from 2026-11-02)",
        "Cancel the coming seat (from 2027-01-15)",
        "Cancel the coming seat (from 2027-02-14)",
    ):
        assert page.count(words) == 1


async def test_every_form_says_where_it_is_and_leads_back_undone(
    browser: Browser, admin: Actor, pages: dict[str, list[str]]
) -> None:
    await browser.sign_in(admin)
    for path, buttons in pages.items():
        for button in buttons:
            form = await browser.get(button)
            (back,) = re.findall(r'<a class="back" href="/admin([^"]*)">Cancel</a>', form.text)
            assert (await browser.get(back)).status_code == 200
            assert back == path or path.count("/") == 1, button
            assert f'<p class="trail"><a href="/admin/{back.split("/")[1]}">' in form.text
