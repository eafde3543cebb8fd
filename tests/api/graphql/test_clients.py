"""API clients through the API itself: the secret is in the first answer alone."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from api.context import Caller, RequestContext
from api.graphql import ids
from api.graphql.schema import schema
from domain.agents.roles import Role
from domain.kit import secrets
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.seats.rights import standing_of_member
from domain.tenants import tokens
from domain.tenants.models import AccessToken, ApiClient
from tests.api.graphql.conftest import execute
from tests.conftest import NOW, Shop
from tests.domain.world import World
from tests.state import everything

CREATE = """mutation ($input: ApiClientCreateInput!) { apiClientCreate(input: $input) { __typename
    ... on ApiClientCreated { clientId clientSecret client { id name scopes revokedAt } }
    ... on Failure { code message path }
} }"""
REVOKE = """mutation ($input: ApiClientRevokeInput!) { apiClientRevoke(input: $input) { __typename
    ... on ApiClientRevoked { client { id revokedAt } }
    ... on Failure { code }
} }"""
ERP = {"name": "ERP", "scopes": ["ORDERS_READ", "TICKETS_OPEN"]}


class Admin:
    """An admin of the shop who calls the API."""

    def __init__(self, world: World, member_id: Any) -> None:
        self.world, self.actor = world, Actor(ActorKind.MEMBER, member_id)

    async def ask(self, query: str, input: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        database, tenant_id = self.world.database, self.world.tenant_id
        assert self.actor.id is not None
        async with database.reading(tenant_id) as session:
            standing = await standing_of_member(session, member_id=self.actor.id, now=NOW)
        assert standing is not None
        context = RequestContext(
            database=database,
            caller=Caller(tenant_id=tenant_id, actor=self.actor, standing=standing),
            now=NOW,
            trace_id="",
            language=Language.EN,
            idempotency_key=key,
        )
        answer = await execute(schema(), query=query, variables={"input": input}, context=context)
        assert "errors" not in answer, answer
        (outcome,) = answer["data"].values()
        return dict(outcome)


@pytest.fixture
async def admin(database: Database, shop: Shop) -> Admin:
    world = await World.found(database, shop)
    return Admin(world, (await world.seatless(role=Role.ADMIN)).member_id)


async def test_the_secret_is_in_the_first_answer_and_in_no_replay(admin: Admin, database: Database) -> None:
    first = await admin.ask(CREATE, ERP, key="erp")
    again = await admin.ask(CREATE, ERP, key="erp")
    credential = secrets.parse(first["clientSecret"])
    assert credential is not None
    assert again == {**first, "clientSecret": None}
    assert re.fullmatch(r"szc_[0-9a-f]{32}_[0-9a-f]{32}", first["clientId"])
    assert first["client"] == {
        "id": ids.spell("api_client", credential.id),
        "name": "ERP",
        "scopes": ["ORDERS_READ", "TICKETS_OPEN"],
        "revokedAt": None,
    }
    assert credential.secret not in repr(await everything(database, admin.world.tenant_id))
    async with database.reading(admin.world.tenant_id) as session:
        (client,) = await session.scalars(select(ApiClient))
    assert credential.matches(client.secret_hash)


async def test_a_person_s_right_is_no_scope(admin: Admin, database: Database) -> None:
    before = await everything(database, admin.world.tenant_id)
    refused = await admin.ask(CREATE, {"name": "ERP", "scopes": ["ORDERS_READ", "JOBS_MANAGE", "SEATS_MANAGE"]})
    assert refused == {
        "__typename": "ScopesNotForClients",
        "code": "SCOPES_NOT_FOR_CLIENTS",
        "message": "An API client cannot be given: jobs:manage seats:manage.",
        "path": None,
    }
    nothing = await admin.ask(CREATE, {"name": "ERP", "scopes": []})
    assert (nothing["code"], nothing["path"]) == ("INVALID_INPUT", ["scopes"])
    assert await everything(database, admin.world.tenant_id) == before


async def test_revoking_ends_the_tokens_and_is_done_once(admin: Admin, database: Database) -> None:
    made = await admin.ask(CREATE, ERP)
    async with database.writing(admin.world.tenant_id) as session:
        (client,) = await session.scalars(select(ApiClient))
        await tokens.issue_token(session, client=client, scopes=None, now=NOW)
    revoked = await admin.ask(REVOKE, {"clientId": made["client"]["id"]})
    assert revoked["client"]["revokedAt"] == "2026-11-02T09:00:00Z"
    async with database.reading(admin.world.tenant_id) as session:
        assert list(await session.scalars(select(AccessToken.revoked_at))) == [NOW]
    before = await everything(database, admin.world.tenant_id)
    assert await admin.ask(REVOKE, {"clientId": made["client"]["id"]}) == revoked
    assert (await admin.ask(REVOKE, {"clientId": "api_client_x"}))["code"] == "CLIENT_NOT_FOUND"
    assert await everything(database, admin.world.tenant_id) == before
