"""What holds for every page and button of intake rules."""

import re
from typing import Any, cast
from uuid import UUID

import pytest

from admin.intake.routes import routes
from admin.site import Site, needs_of
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission
from tests.admin.actions.conftest import Browser, said
from tests.admin.actions.test_routes import ELSEWHERE
from tests.conftest import FoundShop
from tests.domain.tickets.intake.shop import opened, rule
from tests.domain.world import World
from tests.state import everything

ROUTES = routes(Site(*[cast(Any, None)] * 4))
LOOKED_AT = sorted(route.path for route in ROUTES if "GET" in (route.methods or ()))
PRESSED = sorted(route.path for route in ROUTES if "POST" in (route.methods or ()))
RIGHT = {"rule": "x", "condition": "true", "priority": "1"}


@pytest.fixture
async def rule_id(world: World) -> UUID:
    """A rule that failed on a ticket, and one that acted on it; all of its words are hostile."""
    name = '"><script>alert(1)</script>'
    await rule(world, "order.total > 1 && ticket.subject != '<script>'", name=name, tags=("<b>",), stops=True)
    made = await rule(world, "order.total > 1 || ticket.subject == '<script>'", name=name, tags=("<b>",), priority=3)
    await opened(world, subject="<script>alert(1)</script>")
    return made


def at(path: str, rule_id: UUID) -> str:
    return re.sub(r"{rule:uuid}", str(rule_id), path)


def test_every_page_and_button_takes_the_right_to_write_rules() -> None:
    for route in ROUTES:
        needs = needs_of(route.endpoint)
        assert needs is not None
        assert needs.permission is Permission.INTAKE_MANAGE
    assert len(LOOKED_AT) == 4
    assert len(PRESSED) == 5


@pytest.mark.parametrize("path", PRESSED)
async def test_a_form_from_elsewhere_does_nothing(
    path: str, browser: Browser, admin: Actor, rule_id: UUID, database: Database, world: World
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    for headers in ELSEWHERE:
        answer = await browser.http.post(f"/admin{at(path, rule_id)}", data=RIGHT, headers=headers)
        assert answer.status_code == 403
        assert "nothing was done" in said(answer)
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize("path", LOOKED_AT)
async def test_looking_changes_nothing_and_runs_no_code(
    path: str, browser: Browser, admin: Actor, rule_id: UUID, database: Database, world: World
) -> None:
    for language, html in (("en", '<html lang="en">'), ("pl", '<html lang="pl">')):
        await browser.sign_in(admin, language=language)
        before = await everything(database, world.tenant_id)
        page = await browser.get(at(path, rule_id))
        assert page.status_code == 200
        assert html in page.text
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", page.text)
        labelled = set(re.findall(r'<label for="([^"]*)"', page.text))
        main = page.text[page.text.index("<main") :]
        for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", main):
            if 'type="hidden"' in tag or 'type="checkbox"' in tag or re.search(r'\saria-label="[^"]', tag):
                continue  # unseen, inside its label, or one of many with its own
            (name,) = re.findall(r'\sid="([^"]*)"', tag)
            assert name in labelled, tag
        assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize(
    ("role", "kind"),
    [(Role.SUPERVISOR, SeatKind.FULL), (Role.AGENT, SeatKind.FULL), (Role.AGENT, SeatKind.LIGHT)],
)
async def test_others_than_admins_are_refused_even_with_a_form_that_is_right(
    role: Role, kind: SeatKind, browser: Browser, rule_id: UUID, database: Database, world: World
) -> None:
    person = await world.person(kind, role=role)
    await browser.sign_in(Actor(ActorKind.MEMBER, person.member_id))
    before = await everything(database, world.tenant_id)
    for path in LOOKED_AT:
        assert (await browser.get(at(path, rule_id))).status_code == 403
    for path in PRESSED:
        for form in (RIGHT, {**RIGHT, "try": "yes"}):
            answer = await browser.post(at(path, rule_id), form)
            assert answer.status_code == 403
            assert "You are not permitted to do this" in said(answer)
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize("path", [path for path in (*LOOKED_AT, *PRESSED) if "rule" in path])
async def test_another_shops_rule_is_not_found_as_one_that_is_not_there(
    path: str, browser: Browser, admin: Actor, database: Database, found_shop: FoundShop
) -> None:
    other = await World.found(database, await found_shop())
    theirs = await rule(other, "true", priority=1)
    before = await everything(database, other.tenant_id)
    await browser.sign_in(admin)
    for id in (theirs, new_id()):
        if path in LOOKED_AT:
            assert (await browser.get(at(path, id))).status_code == 404
        assert (await browser.post(at(path, id), RIGHT)).status_code in (404, 405)
    assert await everything(database, other.tenant_id) == before


async def test_a_form_that_cannot_be_stored_is_refused_whole(
    browser: Browser, admin: Actor, rule_id: UUID, database: Database, world: World
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    for path in PRESSED:
        for typed in ({"once": "\0"}, {"condition": "a\0b"}, {"\0": "x"}):
            assert (await browser.post(at(path, rule_id), typed)).status_code == 400
    assert await everything(database, world.tenant_id) == before
