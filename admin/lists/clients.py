"""API clients: the shop's programs, what they may do, and when they last came for a token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import func, select
from starlette.requests import Request

from admin import looks
from admin.catalogue import say
from admin.lists.history import History, history
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader, reader_of
from admin.lists.shown import Column, instant, link
from admin.lists.view import View
from domain.kit.database import TenantSession
from domain.tenants.clients import ClientId
from domain.tenants.models import AccessToken, ApiClient
from domain.tenants.permissions import Permission
from domain.tickets.search import Kind


@dataclass(frozen=True)
class ClientPage:
    """An API client, its scopes, and its tokens counted."""

    client: ApiClient
    last_token_at: datetime | None
    live_tokens: int
    history: History | None

    @property
    def id(self) -> UUID:
        return self.client.id

    @property
    def client_id(self) -> str:
        """As the program says it."""
        return str(ClientId.of(self.client))


def _state(row: Any, _: str, request: Request) -> str:
    language = reader_of(request).language
    if row.revoked_at is not None:
        return looks.tag(say(language, "client_revoked"))
    return looks.tag(say(language, "client_active"), "good")


def _scopes(row: Any, _: str, request: Request) -> str:
    return Markup(", ").join(Markup("<code>{}</code>").format(scope) for scope in row.scopes)


class Clients(View, model=ApiClient):
    path = "clients"
    needs = Permission.CLIENTS_MANAGE
    search_kind = Kind.CLIENT
    order = Ordering((ApiClient.created_at, ApiClient.id))
    columns = (
        Column("name", link("/clients"), "wide"),
        Column("client_state", _state),
        Column("scopes", _scopes, "wide"),
        Column("last_token_at", instant, "when"),
        Column("created_at", instant, "when"),
    )

    def rows(self, reader: Reader) -> Rows:
        return select(
            ApiClient.id,
            ApiClient.name,
            ApiClient.revoked_at.label("client_state"),
            ApiClient.revoked_at,
            ApiClient.scopes,
            _last_token().label("last_token_at"),
            ApiClient.created_at,
        )

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> ClientPage | None:
        live = (
            select(func.count())
            .where(
                AccessToken.tenant_id == ApiClient.tenant_id,
                AccessToken.client_id == ApiClient.id,
                AccessToken.expires_at > reader.now,
                AccessToken.revoked_at.is_(None),
            )
            .correlate(ApiClient)
            .scalar_subquery()
        )
        found = (
            await session.execute(
                select(ApiClient, _last_token(), live).where(
                    ApiClient.tenant_id == session.tenant_id, ApiClient.id == row_id
                )
            )
        ).one_or_none()
        if found is None:
            return None
        client, last_token_at, live_tokens = found
        return ClientPage(
            client, last_token_at, live_tokens, await history(session, aggregate_id=row_id, reader=reader)
        )


def _last_token() -> Any:
    """When the client was last given a token, of those that are kept."""
    return (
        select(func.max(AccessToken.issued_at))
        .where(AccessToken.tenant_id == ApiClient.tenant_id, AccessToken.client_id == ApiClient.id)
        .correlate(ApiClient)
        .scalar_subquery()
    )
