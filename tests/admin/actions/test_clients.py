"""API clients made and ended in the panel; a secret is shown once."""

import re

import pytest
from sqlalchemy import select

from domain.kit import secrets
from domain.kit.database import Database
from domain.kit.events import SYSTEM, Actor
from domain.kit.ids import new_id
from domain.tenants import clients, tokens
from domain.tenants.clients import parse_client_id
from domain.tenants.models import AccessToken, ApiClient
from domain.tenants.permissions import CLIENT_SCOPES, Permission
from tests.admin.actions.conftest import Browser, hidden, said
from tests.conftest import NOW, FoundShop
from tests.domain.world import World
from tests.state import events_of, everything

ERP = {"program": "ERP", "scopes": ["orders:read", "tickets:open"]}


async def made(world: World) -> list[ApiClient]:
    async with world.database.reading(world.tenant_id) as session:
        return list(await session.scalars(select(ApiClient).order_by(ApiClient.id)))


async def test_every_scope_is_offered_with_what_it_means(browser: Browser, admin: Actor) -> None:
    await browser.sign_in(admin)
    page = await browser.get("/clients/create")
    assert set(re.findall(r'name="scopes" value="([^"]*)"', page.text)) == set(CLIENT_SCOPES)
    assert "orders:read See customers, orders, payments and shipments." in said(page)


async def test_the_secret_is_on_the_page_that_answers_and_nowhere_else(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin)
    typed = {**hidden(await browser.get("/clients/create")), **ERP}
    answer = await browser.post("/clients/create", typed)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    (client,) = await made(world)
    (shown,) = re.findall(r"<code>(szcs_[^<]*)</code>", answer.text)
    credential, (client_id,) = secrets.parse(shown), re.findall(r"<code>(szc_[^<]*)</code>", answer.text)
    assert credential is not None
    assert credential.matches(client.secret_hash)
    named = parse_client_id(client_id)
    assert named is not None
    assert named.id == client.id
    assert (client.name, client.scopes) == ("ERP", ["orders:read", "tickets:open"])
    assert credential.secret not in repr(await everything(database, world.tenant_id))
    told = await events_of(database, world.tenant_id, aggregate="api_client")
    assert told == [("ApiClientCreated", 1, {"client_name": "ERP", "scopes": ["orders:read", "tickets:open"]})]

    again = await browser.post("/clients/create", typed)
    assert again.status_code == 200
    assert "The API client was made by your first press, and its secret was shown then." in said(again)
    assert "szcs_" not in again.text
    assert len(await made(world)) == 1


@pytest.mark.parametrize(
    ("typed", "field", "problem"),
    [
        ({"program": " "}, "program", "Must not be empty."),
        ({"scopes": []}, "scopes", "Name at least one."),
        ({"scopes": ["seats:manage"]}, "scopes", "An API client cannot be given: seats:manage."),
        ({"scopes": ["<b>"]}, "scopes", "An API client cannot be given: &lt;b&gt;."),
    ],
)
async def test_what_is_wrong_is_said_and_makes_nothing(
    browser: Browser,
    admin: Actor,
    world: World,
    database: Database,
    typed: dict[str, str | list[str]],
    field: str,
    problem: str,
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    answer = await browser.post("/clients/create", {**ERP, **typed})
    assert answer.status_code == 422
    assert f'<p class="wrong" id="{field}-problem">{problem}</p>' in answer.text
    if "scopes" not in typed:
        assert 'value="orders:read" checked' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_revoking_ends_the_client_and_its_tokens(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    async with database.writing(world.tenant_id) as session:
        client, _ = await clients.create_client(
            session, name="ERP", scopes=[Permission.ORDERS_READ], by=SYSTEM, now=NOW
        )
        await tokens.issue_token(session, client=client, scopes=None, now=NOW)
    await browser.sign_in(admin)
    page = await browser.get(f"/clients/{client.id}/revoke")
    assert "The program and all its tokens are shut out at once, and for good." in said(page)
    for _ in range(2):
        answer = await browser.post(f"/clients/{client.id}/revoke", hidden(page))
        assert answer.status_code == 303
    async with database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(AccessToken.revoked_at))) == [NOW]
    assert [one.revoked_at for one in await made(world)] == [NOW]
    assert "This is over" in said(await browser.get(f"/clients/{client.id}/revoke"))


async def test_another_shops_client_is_not_found(
    browser: Browser, admin: Actor, database: Database, found_shop: FoundShop
) -> None:
    other = await found_shop()
    async with database.writing(other.tenant_id) as session:
        theirs, _ = await clients.create_client(
            session, name="ERP", scopes=[Permission.ORDERS_READ], by=SYSTEM, now=NOW
        )
    await browser.sign_in(admin)
    before = await everything(database, other.tenant_id)
    for client_id in (theirs.id, new_id(), "x"):
        assert (await browser.get(f"/clients/{client_id}/revoke")).status_code == 404
        assert (await browser.post(f"/clients/{client_id}/revoke", {})).status_code == 404
    assert await everything(database, other.tenant_id) == before
