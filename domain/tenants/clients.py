"""A shop's programs: API clients and their secrets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.kit import events, secrets
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.kit.texts import label
from domain.tenants.errors import ClientNotFound, ScopesNotForClients
from domain.tenants.events import ApiClientCreated, ApiClientRevoked
from domain.tenants.models import AccessToken, ApiClient
from domain.tenants.permissions import CLIENT_SCOPES, Permission


@dataclass(frozen=True)
class ClientId:
    """The public name of an API client, `szc_tenant_id`: like a credential it carries its tenant in clear."""

    tenant_id: UUID
    id: UUID

    def __str__(self) -> str:
        return f"szc_{self.tenant_id.hex}_{self.id.hex}"

    @classmethod
    def of(cls, client: ApiClient) -> "ClientId":
        return cls(client.tenant_id, client.id)


def parse_client_id(text: str) -> ClientId | None:
    """The client id that the text spells, or None when it spells none."""
    prefix, _, ids = text.partition("_")
    tenant, _, client = ids.partition("_")
    if prefix != "szc" or len(tenant) != 32 or len(client) != 32:
        return None
    try:
        return ClientId(UUID(tenant), UUID(client))
    except ValueError:
        return None


async def create_client(
    session: TenantSession, *, name: str, scopes: Collection[str], by: Actor, now: datetime
) -> tuple[ApiClient, Credential]:
    """Create an API client; its secret is in the answer and can never be shown again.

    Raises ScopesNotForClients, InvalidInput for an empty name or no scopes.
    """
    granted = _client_scopes(scopes)
    client_id = new_id()
    secret = secrets.issue(Prefix.CLIENT_SECRET, tenant_id=session.tenant_id, id=client_id)
    client = ApiClient(
        tenant_id=session.tenant_id,
        id=client_id,
        name=label(name, field="name"),
        secret_hash=secret.secret_hash(),
        scopes=[str(scope) for scope in granted],
        created_at=now,
    )
    session.add(client)
    events.record(session, client, ApiClientCreated(client.name, tuple(client.scopes)), by=by, at=now)
    await session.flush()
    return client, secret


async def revoke_client(session: TenantSession, *, client_id: UUID, by: Actor, now: datetime) -> ApiClient:
    """Revoke an API client and every token of it; revoking it twice changes nothing. Raises ClientNotFound."""
    client = await session.scalar(
        select(ApiClient)
        .where(ApiClient.tenant_id == session.tenant_id, ApiClient.id == client_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if client is None:
        raise ClientNotFound(client_id)
    if client.revoked_at is not None:
        return client
    client.revoked_at = now
    await session.execute(
        update(AccessToken)
        .where(
            AccessToken.tenant_id == session.tenant_id,
            AccessToken.client_id == client_id,
            AccessToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    events.record(session, client, ApiClientRevoked(), by=by, at=now)
    await session.flush()
    return client


async def check_client_secret(session: TenantSession, *, client_id: UUID, secret: str) -> ApiClient | None:
    """The API client whose secret this is, or None: unknown, revoked, another client's secret or a wrong one."""
    client = await find_client(session, client_id=client_id)
    return client if client is not None and opens(client, secret=secret) else None


async def find_client(session: TenantSession, *, client_id: UUID) -> ApiClient | None:
    """The API client, or None when there is none or it was revoked."""
    return await session.scalar(
        select(ApiClient).where(
            ApiClient.tenant_id == session.tenant_id, ApiClient.id == client_id, ApiClient.revoked_at.is_(None)
        )
    )


def opens(client: ApiClient, *, secret: str) -> bool:
    """Whether the text is the client's secret."""
    credential = secrets.parse(secret)
    return (
        credential is not None
        and credential.prefix is Prefix.CLIENT_SECRET
        and (credential.tenant_id, credential.id) == (client.tenant_id, client.id)
        and credential.matches(client.secret_hash)
    )


def _client_scopes(scopes: Collection[str]) -> list[Permission]:
    refused = sorted(set(scopes) - CLIENT_SCOPES)
    if refused:
        raise ScopesNotForClients(" ".join(refused))
    if not scopes:
        raise InvalidInput("scopes", "name at least one", "podaj co najmniej jedno")
    return sorted(Permission(scope) for scope in set(scopes))
