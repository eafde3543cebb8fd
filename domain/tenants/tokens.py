"""Access tokens of API clients: opaque, an hour long, stored as hashes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from domain.kit import secrets
from domain.kit.database import TenantSession
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.tenants.errors import ScopesNotGranted
from domain.tenants.models import AccessToken, ApiClient
from domain.tenants.permissions import CLIENT_SCOPES, Permission

TOKEN_LIFETIME = timedelta(hours=1)
_CLEARED_AT_ONCE = 100


@dataclass(frozen=True)
class IssuedToken:
    """An access token at the only moment it can be shown."""

    credential: Credential
    scopes: frozenset[Permission]
    expires_at: datetime


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


async def forget_expired(session: TenantSession, *, now: datetime) -> None:
    """Delete the tokens that are worth nothing any more because their time is over."""
    await session.execute(
        delete(AccessToken).where(AccessToken.tenant_id == session.tenant_id, AccessToken.expires_at <= now)
    )


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
        .with_for_update(skip_locked=True, key_share=True)
    )
    await session.execute(
        delete(AccessToken).where(AccessToken.tenant_id == session.tenant_id, AccessToken.id.in_(old)),
        execution_options={"synchronize_session": False},
    )
