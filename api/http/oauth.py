"""OAuth 2.0 for a shop's programs: client credentials (RFC 6749) and revocation (RFC 7009).

Authlib decides what the protocol says, synchronously; the operations it calls are awaited through SQLAlchemy's
greenlet, in which `AsyncSession.run_sync` runs it.
"""

from datetime import datetime
from urllib.parse import parse_qsl

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.http.oauth_server import Server, TokenRequest
from api.http.requests import Head
from domain.kit import logging
from domain.kit.clock import Clock
from domain.kit.database import Database

_FORM = "application/x-www-form-urlencoded"


def routes(*, database: Database, clock: Clock) -> APIRouter:
    """`POST /oauth/token` and `POST /oauth/revoke`."""
    router = APIRouter(prefix="/oauth")

    @router.post("/token")
    async def token(request: Request) -> JSONResponse:
        """Give an API client an access token for an hour."""
        return await _answer(request, "token", database=database, now=clock.now())

    @router.post("/revoke")
    async def revoke(request: Request) -> JSONResponse:
        """End an access token of the client that asks."""
        return await _answer(request, "revoke", database=database, now=clock.now())

    return router


async def _answer(request: Request, what: str, *, database: Database, now: datetime) -> JSONResponse:
    try:
        asked = TokenRequest(request, await _form(request))
    except OAuth2Error as error:
        return Server(None, now).refuse(error)
    client_id = asked.presented_client_id()
    if client_id is None:
        return Server(None, now).answer(asked, what)
    logging.bind(tenant_id=client_id.tenant_id)
    async with database.writing(client_id.tenant_id, trace_id=Head.of(request.scope).trace_id) as session:
        server = Server(session, now)
        return await session.run_sync(lambda _: server.answer(asked, what))


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise InvalidRequestError(f"The body must be {_FORM}.")
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise InvalidRequestError("The body cannot be read.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise InvalidRequestError("A parameter is repeated.")
    return form
