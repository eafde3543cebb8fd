"""Who calls: a shop's program with an access token, or a person with a personal token or a session cookie."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from fastapi.responses import JSONResponse

from api.context import Recheck, RequestContext
from api.http.requests import Head
from domain.kit import logging, secrets
from domain.kit.clock import Clock
from domain.kit.database import Database, TenantSession
from domain.kit.errors import DomainError, Language
from domain.kit.secrets import Credential, Prefix
from domain.seats.callers import called
from domain.seats.rights import Standing

_BEARER = (Prefix.ACCESS_TOKEN, Prefix.PERSONAL_TOKEN)


@dataclass
class CredentialsMissing(DomainError):
    en = "Say who you are: send an access token or a personal token as “Authorization: Bearer …”, or sign in."
    pl = "Podaj, kim jesteś: wyślij token w nagłówku „Authorization: Bearer …” albo się zaloguj."


@dataclass
class CredentialsInvalid(DomainError):
    """Unknown, wrong, expired or revoked: which of them is nobody's business."""

    en = "This token or session is not valid, or not any more. Get a new one."
    pl = "Ten token lub ta sesja są nieprawidłowe albo już wygasły. Uzyskaj nowe."


@dataclass
class CookieRefused(DomainError):
    """A session cookie came without what only a page of ours can send."""

    en = "A session cookie works only from our own pages: send the header “X-Sezon-Request: 1” and our Origin."
    pl = "Sesja działa tylko z naszych stron: wyślij nagłówek „X-Sezon-Request: 1” i nasz Origin."


@dataclass
class SeatEnded(DomainError):
    """The member's role can do nothing without a seat, and there is none at this instant."""

    en = "You have no seat at the moment, so there is nothing you can do here. Ask an admin for a seat."
    pl = "Nie masz teraz licencji, więc nie możesz tu nic zrobić. Poproś administratora o licencję."


class Unauthenticated(Exception):
    """Nobody whom this request could act for; a 401 that names the reason by its code."""

    def __init__(self, reason: DomainError, language: Language) -> None:
        super().__init__(reason.code())
        self.reason = reason
        self.language = language

    def response(self) -> JSONResponse:
        told = isinstance(self.reason, CredentialsMissing)
        challenge = 'Bearer realm="sezon"' + ("" if told else ', error="invalid_token"')
        return JSONResponse(
            {"error": self.reason.code(), "message": self.reason.message(self.language)},
            status_code=401,
            headers={"WWW-Authenticate": challenge, "Cache-Control": "no-store"},
        )


async def authenticate(request: Request, *, database: Database, clock: Clock) -> RequestContext:
    """The context of a request whose credential is good and worth something at this instant.

    A bearer token wins over a cookie. Raises Unauthenticated.
    """
    context = await admit(Head.of(request.scope), database=database, clock=clock)
    await context.leave()
    return context


async def admit(head: Head, *, database: Database, clock: Clock) -> RequestContext:
    """The same, and the transaction in which the caller was found stays open for what the request reads.

    Whoever asks for that leaves the context when the request ends, whichever way it ends.
    """
    language, now = None, clock.now()
    try:
        credential = credential_of(head)
        straight = await database.straight(credential.tenant_id).begin()
        try:
            caller = await called(straight, credential=credential, now=now)
            if caller is None:
                raise CredentialsInvalid
            if caller.scopes is None:
                language = caller.standing.language
                if not caller.standing.permissions:
                    raise SeatEnded
        except BaseException:
            await straight.end()
            raise
    except DomainError as reason:
        raise Unauthenticated(reason, language or head.language) from None
    logging.bind(tenant_id=caller.tenant_id, actor=caller.actor, trace_id=head.trace_id)
    return RequestContext(
        database=database,
        caller=caller,
        now=now,
        trace_id=head.trace_id,
        language=language or head.language,
        idempotency_key=head.header(b"idempotency-key"),
        clock=clock,
        recheck=_looking_again(credential),
        opened=straight,
    )


def credential_of(head: Head) -> Credential:
    """The credential that the request presents, not yet checked.

    Raises CredentialsMissing, CredentialsInvalid, CookieRefused.
    """
    scheme, _, text = (head.header(b"authorization") or "").partition(" ")
    if scheme:
        credential = secrets.parse(text.strip()) if scheme.lower() == "bearer" else None
        if credential is None or credential.prefix not in _BEARER:
            raise CredentialsInvalid
        return credential
    cookie = head.session_cookie
    if cookie is None:
        raise CredentialsMissing
    if not head.is_from_own_page:
        raise CookieRefused
    credential = secrets.parse(cookie)
    if credential is None or credential.prefix is not Prefix.SESSION:
        raise CredentialsInvalid
    return credential


def _looking_again(credential: Credential) -> Recheck:
    async def recheck(session: TenantSession, now: datetime) -> Standing | None:
        caller = await called(session, credential=credential, now=now)
        return None if caller is None else caller.standing

    return recheck
