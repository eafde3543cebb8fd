"""The API in this process, asked over HTTP at a loopback address."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr

from api.app import create_app
from api.http.authentication import authenticate
from domain.agents.passwords import Passwords
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.secrets import Credential
from domain.kit.settings import Environment, Settings
from domain.tenants import clients
from domain.tenants.models import ApiClient
from domain.tenants.permissions import Permission
from migrations.run import head
from tests.conftest import NOW, Shop
from tests.people import cheap_passwords
from tests.servers import Servers

URL = "http://127.0.0.1:8000"
OWN_PAGE = {"Origin": URL, "X-Sezon-Request": "1"}


@dataclass
class HandClock:
    """Stands where a test puts it."""

    at: datetime = field(default=NOW)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return cheap_passwords()


def settings_for(servers: Servers, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "environment": Environment.TEST,
        "database_url": servers.app_url,
        "broker_url": servers.broker_url,
        "secret_key": SecretStr("k" * 32),
        "public_url": URL,
    }
    return Settings(**{**values, **changes})


@pytest.fixture
def app(servers: Servers, database: Database, clock: HandClock, passwords: Passwords) -> FastAPI:
    """The API, and a route of the test's own that says who calls."""
    made = create_app(settings_for(servers), database, clock, revision=head(), passwords=passwords)

    @made.post("/whoami")
    async def whoami(request: Request) -> dict[str, Any]:
        context = await authenticate(request, database=database, clock=clock)
        return {
            "tenant_id": str(context.caller.tenant_id),
            "actor": f"{context.caller.actor.kind}:{context.caller.actor.id}",
            "permissions": sorted(context.caller.standing.permissions),
            "scopes": None if context.caller.scopes is None else sorted(context.caller.scopes),
            "language": context.language,
            "idempotency_key": context.idempotency_key,
            "trace_id": context.trace_id,
        }

    @made.post("/fails")
    async def fails() -> None:
        raise RuntimeError("a secret of ours")

    return made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as client:
        yield client


async def make_client(database: Database, shop: Shop, *scopes: Permission) -> tuple[ApiClient, Credential]:
    """An API client of the shop and its secret."""
    async with database.writing(shop.tenant_id) as session:
        return await clients.create_client(
            session, name="ERP", scopes=scopes or [Permission.ORDERS_READ, Permission.TICKETS_OPEN], by=SYSTEM, now=NOW
        )
