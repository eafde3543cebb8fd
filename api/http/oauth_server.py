"""Authlib's authorization server for one request, and what it asks about requests, clients and tokens."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Request,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from fastapi import Request
from fastapi.responses import JSONResponse
from sqlalchemy.util import await_

from domain.kit import secrets
from domain.kit.database import TenantSession
from domain.kit.secrets import Credential
from domain.tenants import clients, tokens
from domain.tenants.clients import ClientId
from domain.tenants.errors import ScopesNotGranted
from domain.tenants.models import ApiClient

_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenRequest(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib reads it. Refuses plain http from anywhere but this machine."""

    def __init__(self, request: Request, form: dict[str, str]) -> None:
        super().__init__(request.method, str(request.url), headers=request.headers)
        self.form_data = form
        self.payload = BasicOAuth2Payload(form)
        basic = _basic(request.headers.get("authorization"))
        self._client_id = form.get("client_id", "") if basic is None else basic

    @property
    def form(self) -> dict[str, str]:
        return self.form_data

    @property
    def args(self) -> dict[str, str]:
        return {}

    def presented_client_id(self) -> ClientId | None:
        """Whose tenant the request speaks of."""
        return clients.parse_client_id(self._client_id)


def _basic(header: str | None) -> str | None:
    """The user name of an `Authorization: Basic` header, None when there is none such."""
    scheme, _, encoded = (header or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        if not encoded:
            raise ValueError("no credentials")
        return unquote(base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[0])
    except (binascii.Error, ValueError):
        raise InvalidClientError(status_code=401, description="The Authorization header cannot be read.") from None


class _Client:
    """An API client as Authlib asks about it."""

    def __init__(self, row: ApiClient) -> None:
        self.row = row

    def get_client_id(self) -> str:
        return str(ClientId.of(self.row))

    def check_client_secret(self, secret: str) -> bool:
        return clients.opens(self.row, secret=secret)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method in _AUTH_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class _Token:
    """An access token as Authlib asks about it."""

    def __init__(self, credential: Credential, client_id: UUID) -> None:
        self.credential = credential
        self._client_id = client_id

    def check_client(self, client: _Client) -> bool:
        return client.row.id == self._client_id


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = _AUTH_METHODS
    server: "Server"

    def check_params(self, request: TokenRequest, client: _Client) -> None:
        # RFC 7009: a hint that means nothing to us is ignored.
        if not request.form.get("token"):
            raise InvalidRequestError("The parameter token is missing.")

    def query_token(self, token_string: str, _token_type_hint: str | None) -> _Token | None:
        return self.server.find_token(token_string)

    def revoke_token(self, token: _Token, _request: TokenRequest) -> None:
        self.server.revoke(token)


class _OtherGrant(UnsupportedGrantTypeError):  # type: ignore[misc]
    description = "The one grant type here is client_credentials."


class _NoGrant(UnsupportedGrantTypeError):  # type: ignore[misc]
    """An invalid request, of the class that Authlib expects where it looks for a grant."""

    error = "invalid_request"
    description = "The parameter grant_type is missing."


class Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server for one request, in the session of the tenant that the request speaks of, if of any."""

    def __init__(self, session: TenantSession | None, now: datetime) -> None:
        super().__init__()
        self._session = session
        self._now = now
        self.register_grant(_ClientCredentials)
        self.register_endpoint(_Revocation)
        self.register_token_generator("default", self._issue)

    def answer(self, request: TokenRequest, what: str) -> JSONResponse:
        response: JSONResponse = (
            self.create_token_response(request)
            if what == "token"
            else self.create_endpoint_response(_Revocation.ENDPOINT_NAME, request)
        )
        return response

    def refuse(self, error: OAuth2Error) -> JSONResponse:
        response: JSONResponse = self.handle_error_response(None, error)
        return response

    def find_token(self, text: str) -> _Token | None:
        credential = secrets.parse(text)
        if credential is None or self._session is None:
            return None
        found = await_(tokens.find_token(self._session, credential=credential))
        return None if found is None else _Token(credential, found.client_id)

    def revoke(self, token: _Token) -> None:
        if self._session is not None:
            await_(tokens.revoke_token(self._session, credential=token.credential, now=self._now))

    def query_client(self, client_id: str) -> _Client | None:
        asked = clients.parse_client_id(client_id)
        if asked is None or self._session is None or asked.tenant_id != self._session.tenant_id:
            return None
        found = await_(clients.find_client(self._session, client_id=asked.id))
        return None if found is None else _Client(found)

    def authenticate_client(self, request: TokenRequest, methods: list[str], endpoint: str = "token") -> _Client:
        """One answer for an unknown client, a revoked one and a wrong secret."""
        try:
            client: _Client = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            raise InvalidClientError(status_code=401, description="Client authentication failed.") from None
        return client

    def get_token_grant(self, request: TokenRequest) -> ClientCredentialsGrant:
        grant_type = request.form.get("grant_type")
        if not grant_type:
            raise _NoGrant(grant_type)
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError:
            raise _OtherGrant(grant_type) from None

    def _issue(self, *, client: _Client, scope: str | None = None, **_: object) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("A client was found without a session.")
        try:
            issued = await_(
                tokens.issue_token(
                    self._session, client=client.row, scopes=(scope or "").split() or None, now=self._now
                )
            )
        except ScopesNotGranted:
            raise InvalidScopeError from None
        return {
            "access_token": str(issued.credential),
            "token_type": "Bearer",
            "expires_in": int((issued.expires_at - self._now).total_seconds()),
            "scope": " ".join(sorted(issued.scopes)),
        }

    def save_token(self, token: Mapping[str, Any], request: TokenRequest) -> None:
        """It was stored when it was issued."""

    def create_oauth2_request(self, request: TokenRequest) -> TokenRequest:
        return request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Any, headers: Any) -> JSONResponse:
        return JSONResponse(body, status_code=status, headers={**dict(headers), **_NO_STORE})
