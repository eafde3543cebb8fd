"""`sezon client`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import typer

from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.tenants import clients
from domain.tenants.clients import ClientId
from domain.tenants.queries import tenant_id_of
from infra.commands.administration import administer
from infra.embedded.errors import CannotRun


@dataclass(frozen=True)
class CreatedClient:
    """An API client, and its secret at the only moment it can be shown."""

    client_id: str
    client_secret: str


async def create(
    database: Database, *, tenant_id: UUID, name: str, scopes: Sequence[str], now: datetime
) -> CreatedClient:
    """Create an API client of a shop. Raises ScopesNotForClients, InvalidInput."""
    async with database.writing(tenant_id) as session:
        client, secret = await clients.create_client(session, name=name, scopes=scopes, by=SYSTEM, now=now)
    return CreatedClient(str(ClientId.of(client)), str(secret))


async def _create_in_shop(
    database: Database, *, shop: str, name: str, scopes: Sequence[str], now: datetime
) -> CreatedClient:
    tenant_id = await tenant_id_of(database, slug=shop)
    if tenant_id is None:
        raise CannotRun(f"There is no shop {shop}.")
    return await create(database, tenant_id=tenant_id, name=name, scopes=scopes, now=now)


def create_client(*, shop: str, name: str, scopes: Sequence[str]) -> None:
    """Create an API client and print its id and secret; the secret is shown this once."""
    created = administer(
        lambda database, _, now: _create_in_shop(database, shop=shop, name=name, scopes=scopes, now=now)
    )
    typer.echo(f"client_id={created.client_id}")
    typer.echo(f"client_secret={created.client_secret}")


async def revoke(database: Database, *, client_id: str, now: datetime) -> None:
    """End an API client and its tokens; ending it twice changes nothing. Raises ClientNotFound, CannotRun."""
    named = clients.parse_client_id(client_id)
    if named is None:
        raise CannotRun(f"{client_id} is no client id; it reads szc_, the shop and the client.")
    async with database.writing(named.tenant_id) as session:
        await clients.revoke_client(session, client_id=named.id, by=SYSTEM, now=now)


def revoke_client(*, client_id: str) -> None:
    """End an API client and its tokens at once."""
    administer(lambda database, _, now: revoke(database, client_id=client_id, now=now))
    typer.echo(f"{client_id} and its tokens are worth nothing any more.")
