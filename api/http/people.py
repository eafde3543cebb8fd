"""People: signing in and out with a cookie, personal tokens, joining by an invitation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from api.context import RequestContext
from api.http.authentication import CookieRefused, CredentialsMissing, Unauthenticated, authenticate
from api.http.requests import Head
from domain.agents import personal_tokens, sessions
from domain.agents.browser import cookie_name
from domain.agents.errors import InvitationInvalid, PersonalTokenNotFound, SignInBusy, WrongCredentials
from domain.agents.models import Member
from domain.agents.passwords import LONGEST, Passwords
from domain.kit import secrets
from domain.kit.clock import Clock
from domain.kit.database import Database
from domain.kit.errors import DomainError, InvalidInput
from domain.kit.events import plain
from domain.seats import entrance
from domain.seats.rights import standing_of_member

Text = Annotated[str, StringConstraints(max_length=254)]
Password = Annotated[str, StringConstraints(max_length=LONGEST)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignIn(_Body):
    shop: Text
    email: Text
    password: Password


class NewToken(_Body):
    name: Text
    days: int = personal_tokens.DEFAULT_DAYS


class Acceptance(_Body):
    token: Text
    password: Password
    name: Text | None = None


def routes(*, database: Database, clock: Clock, passwords: Passwords) -> APIRouter:
    """`/auth/*`. What a cookie does is open to our own pages alone; so is getting one."""
    router = APIRouter(prefix="/auth")

    @router.post("/sign-in")
    async def sign_in(request: Request, body: SignIn) -> JSONResponse:
        """Begin a session of twelve hours; its cookie is in the answer.

        `day_pass` says what that did for somebody who comes in on day passes and had no seat: SPENT one, or there is
        still no seat, for there is NONE_LEFT, or today's was SPENT_BEFORE. It is null for everybody else.
        """
        _own_page(request)
        now = clock.now()
        outcome = await entrance.enter(
            database,
            shop=body.shop,
            email=body.email,
            password=body.password,
            passwords=passwords,
            now=now,
            trace_id=Head.of(request.scope).trace_id,
        )
        if isinstance(outcome, WrongCredentials):
            raise outcome
        member = await _described(database, outcome.member, now=clock.now())
        response = answer({"member": member, "day_pass": outcome.day_pass})
        _keep(response, request, str(outcome.credential), seconds=int((outcome.expires_at - now).total_seconds()))
        return response

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        """End the session of the cookie and forget it; without one there is nothing to do."""
        _own_page(request)
        credential = secrets.parse(Head.of(request.scope).session_cookie or "")
        if credential is not None:
            async with database.writing(credential.tenant_id, trace_id=Head.of(request.scope).trace_id) as session:
                await sessions.sign_out(session, credential=credential, now=clock.now())
        response = Response(status_code=204)
        _keep(response, request, "", seconds=0)
        return response

    @router.post("/tokens")
    async def create_token(request: Request, body: NewToken) -> JSONResponse:
        """Create a personal token of the member who is signed in; it is shown this once."""
        context, member_id = await _signed_in(request, database=database, clock=clock)
        async with context.writing() as session:
            token, credential = await personal_tokens.create_personal_token(
                session, member_id=member_id, name=body.name, days=body.days, now=context.now
            )
        created = {"id": token.id, "name": token.name, "token": str(credential), "expires_at": token.expires_at}
        return answer(created, status=201)

    @router.delete("/tokens/{token_id}")
    async def revoke_token(request: Request, token_id: UUID) -> Response:
        """End a personal token of the member who is signed in; ending it twice changes nothing."""
        context, member_id = await _signed_in(request, database=database, clock=clock)
        async with context.writing() as session:
            await personal_tokens.revoke_personal_token(
                session, member_id=member_id, token_id=token_id, now=context.now
            )
        return Response(status_code=204)

    @router.post("/invitations/accept")
    async def accept(request: Request, body: Acceptance) -> JSONResponse:
        """Join by an invitation's token and a password; works once. Then sign in."""
        now = clock.now()
        member = await entrance.join(
            database,
            token=body.token,
            password=body.password,
            name=body.name,
            passwords=passwords,
            now=now,
            trace_id=Head.of(request.scope).trace_id,
        )
        return answer({"member": await _described(database, member, now=now)})

    return router


def answer(content: Mapping[str, Any], *, status: int = 200) -> JSONResponse:
    """JSON that nobody keeps: it may hold a secret or speak of a person."""
    return JSONResponse(plain(content), status_code=status, headers={"Cache-Control": "no-store"})


def _own_page(request: Request) -> None:
    head = Head.of(request.scope)
    if not head.is_from_own_page:
        raise Unauthenticated(CookieRefused(), head.language)


async def _signed_in(request: Request, *, database: Database, clock: Clock) -> tuple[RequestContext, UUID]:
    """A person with a session: no token, however powerful, makes or ends tokens."""
    if "authorization" in request.headers:
        raise Unauthenticated(CredentialsMissing(), Head.of(request.scope).language)
    context = await authenticate(request, database=database, clock=clock)
    return context, context.caller.standing.caller_id


def _keep(response: Response, request: Request, text: str, *, seconds: int) -> None:
    https = Head.of(request.scope).is_https
    response.set_cookie(
        cookie_name(https=https), text, max_age=seconds, path="/", secure=https, httponly=True, samesite="strict"
    )


async def _described(database: Database, member: Member, *, now: datetime) -> dict[str, Any]:
    async with database.reading(member.tenant_id) as session:
        standing = await standing_of_member(session, member_id=member.id, now=now)
    seat = standing.seat if standing is not None else None
    return {
        "id": member.id,
        "name": member.name,
        "email": member.email,
        "role": member.role,
        "language": member.language,
        "agent_id": standing.agent_id if standing is not None else None,
        "seat": None if seat is None else {"kind": seat.kind, "until": seat.until},
    }


_STATUSES: Mapping[type[DomainError], int] = {
    WrongCredentials: 401,
    SignInBusy: 503,
    InvitationInvalid: 410,
    InvalidInput: 422,
    PersonalTokenNotFound: 404,
}


def refusal(request: Request, error: DomainError) -> JSONResponse:
    """An expected failure as JSON: its code, a sentence, its data."""
    response = answer(
        {"error": error.code(), "message": error.message(Head.of(request.scope).language), **error.data()},
        status=_STATUSES.get(type(error), 400),
    )
    if response.status_code == 503:
        response.headers["Retry-After"] = "1"
    return response
