"""`sezon demo`."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from domain.agents import founding
from domain.agents.credentials import set_password
from domain.agents.models import Member
from domain.agents.passwords import Passwords
from domain.agents.roles import Role
from domain.billing.pricing import set_usual_prices
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.tenants import clients
from domain.tenants.clients import ClientId
from domain.tenants.models import ApiClient
from domain.tenants.operations import found_tenant
from domain.tenants.permissions import CLIENT_SCOPES
from domain.tenants.queries import tenant_id_of
from domain.tickets.founding import furnish
from infra.commands.administration import SCHEDULE, administer
from infra.commands.configuration import configured
from infra.embedded.data_folder import write_private

SHOP = "demo"
OWNER = "owner@demo.example"
CLIENT = "Demo shop"


@dataclass(frozen=True)
class Demo:
    """The demo shop's sign-ins."""

    tenant_id: UUID
    shop: str
    email: str
    password: str
    client_id: str
    client_secret: str


async def set_up(database: Database, *, passwords: Passwords, now: datetime) -> Demo:
    """Found the demo shop, or give the one that is there a new password and a new API client in place of the old."""
    password = secrets.token_urlsafe(15)
    password_hash = await passwords.hash(password)
    there = await tenant_id_of(database, slug=SHOP)
    tenant_id = there or new_id()
    async with database.writing(tenant_id) as session:
        if there is None:
            await _found(session, password_hash=password_hash, now=now)
        else:
            await _renew(session, password_hash=password_hash, now=now)
        client, secret = await clients.create_client(session, name=CLIENT, scopes=CLIENT_SCOPES, by=SYSTEM, now=now)
    return Demo(tenant_id, SHOP, OWNER, password, str(ClientId.of(client)), str(secret))


def create_demo(*, file: Path) -> None:
    """Create the demo shop if it is not there and write its addresses and sign-ins to `file`, for its user alone.

    What was written earlier, and lost, stops working.
    """
    demo = administer(lambda database, _, now: set_up(database, passwords=Passwords(), now=now))
    told = configured()
    address = told.public_url.rstrip("/")
    content = {
        "graphql_url": f"{address}/graphql",
        "token_url": f"{address}/oauth/token",
        "client_id": demo.client_id,
        "client_secret": demo.client_secret,
        "admin_url": f"{address}/admin",
        "admin_shop": demo.shop,
        "admin_email": demo.email,
        "admin_password": demo.password,
        "database_url": str(told.database_url),
        "tenant_id": str(demo.tenant_id),
    }
    write_private(file, json.dumps(content, indent=2) + "\n")


async def _found(session: TenantSession, *, password_hash: str, now: datetime) -> None:
    await found_tenant(
        session,
        slug=SHOP,
        name="Bombka",
        timezone="Europe/Warsaw",
        currency="PLN",
        language=Language.PL,
        mail_from="help@demo.example",
        schedule=SCHEDULE,
        now=now,
    )
    await founding.add_first_owner(
        session, email=OWNER, name="Demo Owner", password_hash=password_hash, language=Language.EN, now=now
    )
    await set_usual_prices(session, currency="PLN", now=now)
    await furnish(session, language=Language.EN, now=now)  # what the README shows


async def _renew(session: TenantSession, *, password_hash: str, now: datetime) -> None:
    owner = await session.scalar(select(Member.id).where(Member.email == OWNER, Member.role == Role.OWNER))
    if owner is not None:
        await set_password(session, member_id=owner, password_hash=password_hash, by=SYSTEM, now=now)
    older = select(ApiClient.id).where(ApiClient.name == CLIENT, ApiClient.revoked_at.is_(None)).order_by(ApiClient.id)
    for client_id in await session.scalars(older):
        await clients.revoke_client(session, client_id=client_id, by=SYSTEM, now=now)
