"""Who calls: found from the credential by one statement, whatever kind it is, and anew at every use."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, and_, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUuid

from domain.agents.models import Member, PersonalToken, SignInSession
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.kit.secrets import Credential, Prefix
from domain.kit.straight import Prepared, Straight
from domain.seats.rights import MEMBER, Standing, client_standing, member_standing, with_seat
from domain.tenants.models import AccessToken, ApiClient
from domain.tenants.permissions import Permission


@dataclass(frozen=True)
class Caller:
    """An authenticated caller and its standing when the request arrived.

    `scopes` narrow an API client's token; None for people.
    """

    tenant_id: UUID
    actor: Actor
    standing: Standing
    scopes: frozenset[Permission] | None = None


async def called(door: Straight | TenantSession, *, credential: Credential, now: datetime) -> Caller | None:
    """Whose the credential is, and what that caller may do at the instant; None when it is worth nothing.

    It is worth nothing when it is unknown, wrong, expired, ended or revoked, when it is of another tenant or of a kind
    that nobody acts with, and when its client was revoked or its member is not active.
    """
    if credential.tenant_id != door.tenant_id or credential.prefix not in _QUERIES:
        return None
    values = {"tenant_id": door.tenant_id, "id": credential.id, "now": now}
    row = await _first(door, credential.prefix, values)
    return None if row is None else _caller(credential, row, now=now)


async def called_in_sessions(
    session: TenantSession, *, credentials: Collection[Credential], now: datetime
) -> dict[Credential, Caller]:
    """Whose each of these signed-in browsers is, as `called` says it, in one statement for all of them.

    Those that are worth nothing are left out.
    """
    own = {
        each.id: each for each in credentials if each.tenant_id == session.tenant_id and each.prefix is Prefix.SESSION
    }
    values = {"tenant_id": session.tenant_id, "ids": list(own), "now": now}
    found = {}
    for id, *row in await session.execute(_OF_SESSIONS, values):
        caller = _caller(own[id], row, now=now)
        if caller is not None:
            found[own[id]] = caller
    return found


def _caller(credential: Credential, row: Sequence[Any], *, now: datetime) -> Caller | None:
    secret_hash, expires_at, ended_at, *rest = row
    if not credential.matches(secret_hash) or ended_at is not None or expires_at <= now:
        return None
    scopes = None
    if credential.prefix is Prefix.ACCESS_TOKEN:
        client_id, own, given = rest
        scopes = frozenset(Permission(scope) for scope in given)
        standing = client_standing(client_id, own, scopes=scopes)
    else:
        standing = member_standing(*rest)
    return Caller(tenant_id=credential.tenant_id, actor=standing.actor, standing=standing, scopes=scopes)


async def _first(door: Straight | TenantSession, prefix: Prefix, values: dict[str, Any]) -> Any:
    if isinstance(door, Straight):
        rows = await door.rows(_prepared(prefix), values)
        return rows[0] if rows else None
    return (await door.execute(_QUERIES[prefix], values)).first()


@cache
def _prepared(prefix: Prefix) -> Prepared:
    return Prepared(_QUERIES[prefix])


_TENANT = bindparam("tenant_id", type_=PgUuid(as_uuid=True))
_ID = bindparam("id", type_=PgUuid(as_uuid=True))
_NOW = bindparam("now", type_=DateTime(timezone=True))


def _of_client() -> Select[*tuple[Any, ...]]:
    """Tokens whose client was not revoked."""
    client = and_(ApiClient.tenant_id == AccessToken.tenant_id, ApiClient.id == AccessToken.client_id)
    return (
        select(
            AccessToken.token_hash,
            AccessToken.expires_at,
            AccessToken.revoked_at,
            ApiClient.id,
            ApiClient.scopes,
            AccessToken.scopes,
        )
        .join(ApiClient, client)
        .where(AccessToken.tenant_id == _TENANT, AccessToken.id == _ID, ApiClient.revoked_at.is_(None))
    )


def _of_member(
    kind: type[PersonalToken] | type[SignInSession], *, before: Sequence[ColumnElement[Any]] = ()
) -> Select[*tuple[Any, ...]]:
    """Personal tokens or sessions whose member is active; `before` are columns to stand before the others."""
    ended_at = SignInSession.ended_at if kind is SignInSession else PersonalToken.revoked_at
    asked = (
        select(*before, kind.secret_hash, kind.expires_at, ended_at, *MEMBER)
        .select_from(kind)
        .join(Member, and_(Member.tenant_id == kind.tenant_id, Member.id == kind.member_id))
        .where(kind.tenant_id == _TENANT)
    )
    return with_seat(asked, _NOW)


_QUERIES = {
    Prefix.ACCESS_TOKEN: _of_client(),
    Prefix.PERSONAL_TOKEN: _of_member(PersonalToken).where(PersonalToken.id == _ID),
    Prefix.SESSION: _of_member(SignInSession).where(SignInSession.id == _ID),
}
"""How those are found who act with a credential of each kind."""

_OF_SESSIONS = _of_member(SignInSession, before=(SignInSession.id.label("session_id"),)).where(
    SignInSession.id == any_(bindparam("ids", type_=ARRAY(PgUuid(as_uuid=True))))
)
