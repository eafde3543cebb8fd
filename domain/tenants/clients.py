"""A shop's programs: API clients, their secrets, and the access tokens they are given."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from domain.kit import events, secrets
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.kit.texts import label
from domain.tenants.errors import ClientNotFound, ScopesNotForClients, ScopesNotGranted
from domain.tenants.events import ApiClientCreated, ApiClientRevoked
from domain.tenants.models import AccessToken, ApiClient
from domain.tenants.permissions import CLIENT_SCOPES, Permission

TOKEN_LIFETIME = timedelta(hours=1)
_CLEARED_AT_ONCE = 100


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


@dataclass(frozen=True)
class IssuedToken:
    """An access token at the only moment it can be shown."""

    credential: Credential
    scopes: frozenset[Permission]
    expires_at: datetime


@dataclass(frozen=True)
class CheckedToken:
    """A token that is good at the instant asked for: whose it is and what it was given for."""

    client_id: UUID
    scopes: frozenset[Permission]


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
        .with_for_update()
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


async def issue_token(
    session: TenantSession,
    *,
    client: ApiClient,
    scopes: Collection[str] | None,
    now: datetime,
    lifetime: timedelta = TOKEN_LIFETIME,
) -> IssuedToken:
    """Give an API client an access token for some of its scopes, or for all of them when none are named.

    Raises ScopesNotGranted. The client's tokens that expired more than a day ago are cleared on the way.
    """
    granted = _granted(client, scopes)
    await _clear_expired(session, client_id=client.id, before=now - timedelta(days=1))
    credential = secrets.issue(Prefix.ACCESS_TOKEN, tenant_id=session.tenant_id, id=new_id())
    token = AccessToken(
        tenant_id=session.tenant_id,
        id=credential.id,
        client_id=client.id,
        token_hash=credential.secret_hash(),
        scopes=sorted(granted),
        issued_at=now,
        expires_at=now + lifetime,
    )
    session.add(token)
    await session.flush()
    return IssuedToken(credential, granted, token.expires_at)


async def check_token(session: TenantSession, *, credential: Credential, now: datetime) -> CheckedToken | None:
    """Whose token it is and what for; None when it is unknown, wrong, expired or revoked.

    What it may do at this instant is the client's standing, which a revoked client has none of.
    """
    token = await find_token(session, credential=credential)
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        return None
    return CheckedToken(token.client_id, frozenset(Permission(scope) for scope in token.scopes))


async def find_token(session: TenantSession, *, credential: Credential) -> AccessToken | None:
    """The row of a token whose secret is right, live or not."""
    if credential.prefix is not Prefix.ACCESS_TOKEN or credential.tenant_id != session.tenant_id:
        return None
    token = await session.get(AccessToken, (session.tenant_id, credential.id))
    return token if token is not None and credential.matches(token.token_hash) else None


async def revoke_token(session: TenantSession, *, credential: Credential, now: datetime) -> bool:
    """End a token; False when it is not a token of this tenant. Ending it twice changes nothing."""
    token = await find_token(session, credential=credential)
    if token is None:
        return False
    if token.revoked_at is None:
        token.revoked_at = now
        await session.flush()
    return True


def _client_scopes(scopes: Collection[str]) -> list[Permission]:
    refused = sorted(set(scopes) - CLIENT_SCOPES)
    if refused:
        raise ScopesNotForClients(" ".join(refused))
    if not scopes:
        raise InvalidInput("scopes", "name at least one", "podaj co najmniej jedno")
    return sorted(Permission(scope) for scope in set(scopes))


def _granted(client: ApiClient, scopes: Collection[str] | None) -> frozenset[Permission]:
    # What the client was given may hold a scope that clients can no longer have; it is not given on.
    own = {scope for scope in client.scopes if scope in CLIENT_SCOPES}
    wanted = own if not scopes else set(scopes)
    refused = sorted(wanted - own)
    if refused:
        raise ScopesNotGranted(" ".join(refused))
    return frozenset(Permission(scope) for scope in wanted)


async def _clear_expired(session: TenantSession, *, client_id: UUID, before: datetime) -> None:
    old = (
        select(AccessToken.id)
        .where(
            AccessToken.tenant_id == session.tenant_id,
            AccessToken.client_id == client_id,
            AccessToken.expires_at < before,
        )
        .limit(_CLEARED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        delete(AccessToken).where(AccessToken.tenant_id == session.tenant_id, AccessToken.id.in_(old)),
        execution_options={"synchronize_session": False},
    )
