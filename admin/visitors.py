"""Who looks at the panel: the member of the session cookie, and what that member may do at this instant."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from domain.agents import queries
from domain.agents.browser import cookie_name, is_own_form
from domain.agents.models import Member
from domain.kit import logging, secrets
from domain.kit.database import Database, TenantSession
from domain.kit.secrets import Credential, Prefix
from domain.seats.callers import called
from domain.seats.rights import Standing
from domain.tenants.models import Tenant
from domain.tenants.queries import tenant_of


@dataclass(frozen=True)
class Visitor:
    """A signed-in member; `standing` is read anew for every page."""

    credential: Credential
    member: Member
    standing: Standing
    tenant: Tenant


async def visitor_of(request: Request, *, database: Database, now: datetime) -> Visitor | None:
    """The member whose session the cookie is, or None."""
    credential = session_of(request)
    if credential is None:
        return None
    async with database.reading(credential.tenant_id) as session:
        standing = await standing_of(session, credential=credential, now=now)
        if standing is None:
            return None
        member = await queries.member_by_id(session, member_id=standing.caller_id)
        if member is None:
            return None
        tenant = await tenant_of(session)
    logging.bind(tenant_id=tenant.id, actor=standing.actor)
    return Visitor(credential, member, standing, tenant)


async def standing_of(session: TenantSession, *, credential: Credential, now: datetime) -> Standing | None:
    """What the session's member may do at the instant; None once the session or the member is worth nothing."""
    caller = await called(session, credential=credential, now=now)
    return None if caller is None else caller.standing


def session_of(request: Request) -> Credential | None:
    """The session credential in the cookie, not yet checked."""
    credential = secrets.parse(request.cookies.get(cookie_name(https=_https(request)), ""))
    return credential if credential is not None and credential.prefix is Prefix.SESSION else None


def remember(response: Response, request: Request, text: str, *, seconds: int) -> None:
    """Put the session into the cookie that the API knows as well; an empty one forgets it."""
    https = _https(request)
    response.set_cookie(
        cookie_name(https=https), text, max_age=seconds, path="/", secure=https, httponly=True, samesite="strict"
    )


def posted_by_own_page(request: Request, *, public_url: str) -> bool:
    """Whether the form came from a page of the panel."""
    return is_own_form(
        request.headers.get("origin"),
        fetch_site=request.headers.get("sec-fetch-site"),
        public_url=public_url,
        scheme=request.url.scheme,
        host=request.headers.get("host", ""),
    )


def _https(request: Request) -> bool:
    return request.url.scheme == "https"
