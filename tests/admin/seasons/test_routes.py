"""What holds for every page and button of seasons."""

import re
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select

from admin.seasons.routes import routes
from admin.site import Site, needs_of
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import Actor, ActorKind
from domain.seasons import queries
from domain.seats.models import PlannedInvitation, SeatKind
from domain.seats.queries import HELD
from domain.tenants.permissions import Permission
from tests.admin.actions.conftest import Browser, said
from tests.admin.actions.test_routes import ELSEWHERE
from tests.admin.seasons.conftest import named, scheduled
from tests.domain.world import World
from tests.state import everything

ROUTES = routes(Site(*[cast(Any, None)] * 4))
LOOKED_AT = sorted(route.path for route in ROUTES if "GET" in (route.methods or ()))
PRESSED = sorted(route.path for route in ROUTES if "POST" in (route.methods or ()))
OPEN = {"/seasons", "/seasons/{season:uuid}"}
"""Those that one looks at without changing anything."""


@dataclass(frozen=True)
class Things:
    """One of each thing that a path can name."""

    season: UUID
    person: UUID
    planned: UUID

    def in_path(self, path: str) -> str:
        return re.sub(r"{(\w+):uuid}", lambda match: str(getattr(self, match[1])), path)


@pytest.fixture
async def things(world: World, admin: Actor) -> Things:
    name = '"><script>alert(1)</script>'
    season_id = await scheduled(world, admin, name=name, light_count=1, full_count=0, people=named(2))
    async with world.database.reading(world.tenant_id) as session:
        person, _ = await queries.people(session, season_id=season_id)
        planned = (await session.scalars(select(PlannedInvitation.id).where(HELD))).one()
    return Things(season_id, person.id, planned)


def test_every_page_and_button_says_which_permission_it_takes() -> None:
    for route in ROUTES:
        needs = needs_of(route.endpoint)
        assert needs is not None
        assert needs.permission is (Permission.SEATS_READ if route.path in OPEN else Permission.SEATS_MANAGE)


@pytest.mark.parametrize("path", PRESSED)
async def test_a_form_from_elsewhere_does_nothing(
    path: str, browser: Browser, admin: Actor, things: Things, database: Database, world: World
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    for headers in ELSEWHERE:
        answer = await browser.http.post(f"/admin{things.in_path(path)}", data={"confirmed": "yes"}, headers=headers)
        assert answer.status_code == 403
        assert "nothing was done" in said(answer)
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize("path", LOOKED_AT)
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
        for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", main):
            if 'type="hidden"' in tag or 'type="checkbox"' in tag:
                continue  # unseen, or inside its label
            (name,) = re.findall(r'\sid="([^"]*)"', tag)
            assert name in labelled, tag
        assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize(
    ("role", "kind"),
    [(Role.SUPERVISOR, SeatKind.FULL), (Role.AGENT, SeatKind.FULL), (Role.AGENT, SeatKind.LIGHT)],
)
async def test_others_than_admins_are_refused_even_with_a_form_that_is_right(
    role: Role, kind: SeatKind, browser: Browser, things: Things, database: Database, world: World
) -> None:
    person = await world.person(kind, role=role)
    await browser.sign_in(Actor(ActorKind.MEMBER, person.member_id))
    before = await everything(database, world.tenant_id)
    for path in LOOKED_AT:
        assert (await browser.get(things.in_path(path))).status_code == (200 if path in OPEN else 403)
    for path in PRESSED:
        answer = await browser.post(things.in_path(path), {"version": "2", "people": "x@shop.example"})
        assert answer.status_code == 403
        assert "You are not permitted to do this" in said(answer)
    assert await everything(database, world.tenant_id) == before


async def test_without_a_seat_an_agent_sees_none_of_it(browser: Browser, things: Things, world: World) -> None:
    await browser.sign_in(Actor(ActorKind.MEMBER, (await world.seatless()).member_id))
    for path in LOOKED_AT:
        page = await browser.get(things.in_path(path))
        assert page.status_code == 403
        assert "Osoba" not in page.text


async def test_a_form_that_cannot_be_stored_is_refused_whole(
    browser: Browser, admin: Actor, things: Things, database: Database, world: World
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    for path in PRESSED:
        for typed in ({"once": "\0"}, {"people": "a\0b"}, {"\0": "x"}):
            assert (await browser.post(things.in_path(path), typed)).status_code == 400
    assert await everything(database, world.tenant_id) == before
