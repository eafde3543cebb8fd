"""`/oauth/token` and `/oauth/revoke`."""

import base64
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from domain.kit import secrets
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.secrets import Credential
from domain.tenants import clients
from domain.tenants.clients import ClientId
from domain.tenants.models import ApiClient
from tests.api.http.conftest import HandClock, make_client
from tests.callers import who
from tests.conftest import NOW, FoundShop, Shop
from tests.state import everything

GRANT = {"grant_type": "client_credentials"}
REFUSED = {"error": "invalid_client", "error_description": "Client authentication failed."}
CHALLENGE = 'Basic error="invalid_client", error_description="Client authentication failed."'


def basic(client: ApiClient, secret: Credential) -> tuple[str, str]:
    return str(ClientId.of(client)), str(secret)


def in_body(client: ApiClient, secret: Credential) -> dict[str, str]:
    client_id, client_secret = basic(client, secret)
    return {"client_id": client_id, "client_secret": client_secret}


async def ask(http: httpx2.AsyncClient, data: dict[str, str], **more: Any) -> httpx2.Response:
    response = await http.post("/oauth/token", data=data, **more)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["pragma"] == "no-cache"
    return response


async def test_a_client_gets_a_token_with_all_its_scopes_by_either_method(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    client, secret = await make_client(database, shop)
    for response in (
        await ask(http, GRANT, auth=basic(client, secret)),
        await ask(http, {**GRANT, **in_body(client, secret)}),
    ):
        assert response.status_code == 200
        body = response.json()
        token = secrets.parse(body.pop("access_token"))
        assert token is not None
        assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": "orders:read tickets:open"}
        async with database.reading(shop.tenant_id) as session:
            assert await who(session, credential=token, now=NOW) == client.id


async def test_a_client_can_ask_for_fewer_scopes(http: httpx2.AsyncClient, database: Database, shop: Shop) -> None:
    auth = basic(*await make_client(database, shop))
    response = await ask(http, {**GRANT, "scope": "orders:read"}, auth=auth)
    assert (response.status_code, response.json()["scope"]) == (200, "orders:read")


@pytest.mark.parametrize("scope", ["orders:write", "orders:read tickets:reply", "nonsense", 'a"b'])
async def test_a_scope_that_the_client_was_not_given_is_invalid(
    http: httpx2.AsyncClient, database: Database, shop: Shop, scope: str
) -> None:
    auth = basic(*await make_client(database, shop))
    before = await everything(database, shop.tenant_id)
    response = await ask(http, {**GRANT, "scope": scope}, auth=auth)
    assert response.status_code == 400
    assert response.json() == {
        "error": "invalid_scope",
        "error_description": "The requested scope is invalid, unknown, or malformed.",
    }
    assert await everything(database, shop.tenant_id) == before


async def test_a_wrong_an_unknown_and_a_revoked_client_get_one_answer(
    http: httpx2.AsyncClient, database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    client, secret = await make_client(database, shop)
    revoked, revoked_secret = await make_client(database, shop)
    async with database.writing(shop.tenant_id) as session:
        await clients.revoke_client(session, client_id=revoked.id, by=SYSTEM, now=NOW)
    other = await found_shop()
    before = await everything(database, shop.tenant_id)
    moved = str(ClientId(other.tenant_id, client.id))
    attempts = [
        (str(ClientId.of(client)), "wrong"),
        (str(ClientId.of(client)), str(secret) + "x"),
        (str(ClientId(shop.tenant_id, new_id())), str(secret)),
        (str(ClientId(new_id(), client.id)), str(secret)),
        basic(revoked, revoked_secret),
        (moved, str(secret)),
        ("nonsense", "nonsense"),
        ("", ""),
    ]
    for client_id, client_secret in attempts:
        for response in (
            await ask(http, GRANT, auth=(client_id, client_secret)),
            await ask(http, {**GRANT, "client_id": client_id, "client_secret": client_secret}),
        ):
            assert (response.status_code, response.json()) == (401, REFUSED)
            assert response.headers["www-authenticate"] == CHALLENGE
    assert await everything(database, shop.tenant_id) == before


async def test_no_credentials_at_all_are_refused_alike(http: httpx2.AsyncClient) -> None:
    response = await ask(http, GRANT)
    assert (response.status_code, response.json()) == (401, REFUSED)


@pytest.mark.parametrize(
    ("data", "error", "description"),
    [
        ({}, "invalid_request", "The parameter grant_type is missing."),
        ({"grant_type": "password"}, "unsupported_grant_type", "The one grant type here is client_credentials."),
        ({"grant_type": "żółć"}, "unsupported_grant_type", "The one grant type here is client_credentials."),
    ],
)
async def test_another_grant_type_or_none_is_refused_by_its_name(
    http: httpx2.AsyncClient, database: Database, shop: Shop, data: dict[str, str], error: str, description: str
) -> None:
    auth = basic(*await make_client(database, shop))
    response = await ask(http, {"x": "y", **data}, auth=auth)
    assert response.status_code == 400
    assert response.json() == {"error": error, "error_description": description}


async def test_a_request_that_cannot_be_read_is_invalid(http: httpx2.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    cases = [
        (b'{"grant_type": "client_credentials"}', {"Content-Type": "application/json"}),
        (b"grant_type=client_credentials&grant_type=client_credentials", form),
        (b"\xff\xfe=1", form),
        (b"&".join(b"a%d=1" % i for i in range(30)), form),
    ]
    for content, headers in cases:
        response = await http.post("/oauth/token", content=content, headers=headers)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("credentials", ["%%%", base64.b64encode(b"\xff\xfe:\xff").decode(), "", "AAA"])
async def test_a_header_that_cannot_be_read_is_an_invalid_client(http: httpx2.AsyncClient, credentials: str) -> None:
    response = await ask(http, GRANT, headers={"Authorization": f"Basic {credentials}"})
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_only_post_is_answered(http: httpx2.AsyncClient) -> None:
    response = await http.get("/oauth/token", params=GRANT)
    assert (response.status_code, response.json()) == (405, {"error": "METHOD_NOT_ALLOWED"})


async def test_plain_http_is_refused_off_this_machine_and_https_is_not(
    app: FastAPI, database: Database, shop: Shop
) -> None:
    auth = basic(*await make_client(database, shop))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sezon.example") as plain:
        response = await plain.post("/oauth/token", data=GRANT, auth=auth)
        assert response.status_code == 400
        assert response.json() == {"error": "insecure_transport", "error_description": "OAuth 2 MUST utilize https."}
    async with httpx2.AsyncClient(transport=transport, base_url="https://sezon.example") as secure:
        assert (await secure.post("/oauth/token", data=GRANT, auth=auth)).status_code == 200


async def token_of(http: httpx2.AsyncClient, auth: tuple[str, str]) -> str:
    token: str = (await ask(http, GRANT, auth=auth)).json()["access_token"]
    return token


async def test_a_revoked_token_is_worth_nothing_and_revoking_again_is_well(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    auth = basic(*await make_client(database, shop))
    token, other = await token_of(http, auth), await token_of(http, auth)
    for hint in ({}, {"token_type_hint": "access_token"}, {"token_type_hint": "nonsense"}):
        response = await http.post("/oauth/revoke", data={"token": token, **hint}, auth=auth)
        assert (response.status_code, response.json()) == (200, {})
        assert response.headers["cache-control"] == "no-store"
    assert (await http.post("/whoami", headers={"Authorization": f"Bearer {token}"})).status_code == 401
    assert (await http.post("/whoami", headers={"Authorization": f"Bearer {other}"})).status_code == 200


async def test_an_unknown_token_is_as_good_as_revoked(http: httpx2.AsyncClient, database: Database, shop: Shop) -> None:
    auth = basic(*await make_client(database, shop))
    for token in ("nonsense", f"szat_{shop.tenant_id.hex}_{new_id().hex}_x"):
        response = await http.post("/oauth/revoke", data={"token": token}, auth=auth)
        assert (response.status_code, response.json()) == (200, {})


async def test_nobody_revokes_the_token_of_another_client_or_without_the_secret(
    http: httpx2.AsyncClient, database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    mine = basic(*await make_client(database, shop))
    sibling = basic(*await make_client(database, shop))
    stranger = basic(*await make_client(database, await found_shop()))
    token = await token_of(http, mine)
    refused = await http.post("/oauth/revoke", data={"token": token}, auth=sibling)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    unknown = await http.post("/oauth/revoke", data={"token": token}, auth=stranger)
    assert (unknown.status_code, unknown.json()) == (200, {})
    nobody = await http.post("/oauth/revoke", data={"token": token})
    assert (nobody.status_code, nobody.json()) == (401, REFUSED)
    missing = await http.post("/oauth/revoke", data={"x": "y"}, auth=mine)
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    assert (await http.post("/whoami", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_a_token_expires_after_an_hour(
    http: httpx2.AsyncClient, database: Database, shop: Shop, clock: HandClock
) -> None:
    token = await token_of(http, basic(*await make_client(database, shop)))
    clock.at = NOW + timedelta(minutes=59, seconds=59)
    assert (await http.post("/whoami", headers={"Authorization": f"Bearer {token}"})).status_code == 200
    clock.at = NOW + timedelta(hours=1)
    response = await http.post("/whoami", headers={"Authorization": f"Bearer {token}"})
    assert (response.status_code, response.json()["error"]) == (401, "CREDENTIALS_INVALID")
