"""What holds for every form and button of those who run the shop."""

import re
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import pytest

from admin.actions.routes import routes
from admin.site import Site, needs_of
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.seats import passes
from domain.seats.models import SeatKind
from domain.tenants import clients
from domain.tenants.permissions import Permission
from tests.admin.actions.conftest import Browser, said
from tests.conftest import NOW, Shop
from tests.domain.tenants.test_dead_letters import set_aside
from tests.domain.tickets.test_suspending import invite
from tests.domain.world import World
from tests.state import everything

ROUTES = routes(Site(*[cast(Any, None)] * 4))
PATHS = sorted({route.path for route in ROUTES})
ELSEWHERE: tuple[dict[str, str], ...] = (
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
)


@dataclass(frozen=True)
class Things:
    """One of each thing that a path can name."""

    licence: UUID
    assignment: UUID
    agent: UUID
    client: UUID
    job: UUID
    invitation: UUID
    team: UUID

    def in_path(self, path: str) -> str:
        return re.sub(r"{(\w+):uuid}", lambda match: str(getattr(self, match[1])), path)


@pytest.fixture
async def things(world: World, database: Database, shop: Shop) -> Things:
    job = await set_aside(database, shop)
    person = await world.person(SeatKind.LIGHT)
    async with database.writing(world.tenant_id) as session:
        client, _ = await clients.create_client(
            session, name='"><script>alert(1)</script>', scopes=[Permission.ORDERS_READ], by=SYSTEM, now=NOW
        )
        await passes.set_holder(session, agent_id=person.agent_id, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW)
    invited = await invite(world, await world.seatless(role=Role.ADMIN))
    return Things(
        person.licence_id,
        person.assignment_id,
        person.agent_id,
        client.id,
        job,
        invited.invitation.id,
        world.teams["first-line"],
    )


def test_every_page_and_button_says_which_permission_it_takes() -> None:
    for route in ROUTES:
        needs = needs_of(route.endpoint)
        assert needs is not None
        assert needs.permission is not None


@pytest.mark.parametrize("path", PATHS)
async def test_a_form_from_elsewhere_does_nothing(
    path: str, browser: Browser, admin: Actor, things: Things, database: Database, world: World
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    seats = {"kind": "LIGHT", "count": "1", "from": "2026-11-02", "to": "2026-11-02", "confirmed": "yes"}
    for headers in ELSEWHERE:
        where = f"/admin{things.in_path(path)}"
        answer = await browser.http.post(
            where, data={**seats, "program": "x", "scopes": "orders:read"}, headers=headers
        )
        assert answer.status_code == 403
        assert "nothing was done" in said(answer)
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize("path", PATHS)
async def test_looking_changes_nothing_and_runs_no_code(
    path: str, browser: Browser, admin: Actor, things: Things, database: Database, world: World
) -> None:
    for language, html in (("en", '<html lang="en">'), ("pl", '<html lang="pl">')):
        await browser.sign_in(admin, language=language)
        before = await everything(database, world.tenant_id)
        page = await browser.get(things.in_path(path))
        assert page.status_code == 200
        assert html in page.text
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", page.text)
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert page.headers["cache-control"] == "no-store"
        labelled = set(re.findall(r'<label for="([^"]*)"', page.text))
        main = page.text[page.text.index("<main") :]
        for tag in re.findall(r"<(?:input|select)[^>]*>", main):
            if 'type="hidden"' in tag or 'type="radio"' in tag or 'type="checkbox"' in tag:
                continue  # unseen, or inside its label
            if re.search(r'\saria-label="[^"]+"', tag):
                continue  # one of a table's, whose heading is its label for those who see it
            (name,) = re.findall(r'\sid="([^"]*)"', tag)
            assert name in labelled, tag
        assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT])
async def test_others_than_admins_are_refused_even_with_a_form_that_is_right(
    role: Role, browser: Browser, things: Things, database: Database, world: World
) -> None:
    person = await world.person(SeatKind.FULL, role=role)
    await browser.sign_in(Actor(ActorKind.MEMBER, person.member_id))
    before = await everything(database, world.tenant_id)
    for path in PATHS:
        answers = [await browser.get(things.in_path(path)), await browser.post(things.in_path(path), {})]
        for answer in answers:
            assert answer.status_code == 403
            assert "You are not permitted to do this" in said(answer)
    assert await everything(database, world.tenant_id) == before


async def test_a_form_that_cannot_be_stored_is_refused_whole(
    browser: Browser, admin: Actor, things: Things, database: Database, world: World
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    for path in PATHS:
        for typed in ({"once": "\0"}, {"name": "a\0b"}, {"\0": "x"}):
            assert (await browser.post(things.in_path(path), typed)).status_code == 400
    assert await everything(database, world.tenant_id) == before
