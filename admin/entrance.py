"""The panel's doors: signing in and out, and joining by an invitation's link."""

from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from admin.pages import go, language_of, page
from admin.returning import way_back
from admin.visitors import remember, session_of, visitor_of
from domain.agents import joining, sessions
from domain.agents.errors import InvitationInvalid, SignInBusy, WrongCredentials
from domain.agents.joining import OpenInvitation
from domain.agents.passwords import LONGEST, Passwords
from domain.kit import secrets
from domain.kit.clock import Clock
from domain.kit.database import Database
from domain.kit.errors import InvalidInput, Language
from domain.seats import entrance
from domain.seats.passes import PassUse
from domain.tenants.models import Tenant
from domain.tenants.queries import tenant_of

_SECRET_PAGE = {"Referrer-Policy": "no-referrer"}


class Entrance:
    """The handlers of the pages that need no session."""

    def __init__(self, *, database: Database, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords

    async def sign_in_page(self, request: Request) -> Response:
        asked = request.query_params
        back = way_back(request, asked.get("back", ""))
        if await visitor_of(request, database=self._database, now=self._clock.now()) is not None:
            return go(request, back)
        return self._sign_in(
            request, shop=asked.get("shop", ""), back=back, ended="ended" in asked, joined="joined" in asked
        )

    async def sign_in(self, request: Request) -> Response:
        form, now = await request.form(max_files=0, max_fields=10), self._clock.now()
        shop, email, password = _text(form, "shop"), _text(form, "email"), _text(form, "password")
        back = way_back(request, _text(form, "back"))
        try:
            outcome = await entrance.enter(
                self._database,
                shop=shop,
                email=email,
                password=password[: LONGEST + 1],
                passwords=self._passwords,
                now=now,
                trace_id=_trace(request),
            )
        except SignInBusy as busy:
            return self._sign_in(request, shop=shop, email=email, back=back, problem=busy, status=503)
        if isinstance(outcome, WrongCredentials):
            return self._sign_in(request, shop=shop, email=email, back=back, problem=outcome, status=401)
        # Without a seat they get no further than the start page, which says why.
        response = go(request, "/" if outcome.day_pass in (PassUse.NONE_LEFT, PassUse.SPENT_BEFORE) else back)
        seconds = int((outcome.expires_at - now).total_seconds())
        remember(response, request, str(outcome.credential), seconds=seconds)
        return response

    async def sign_out(self, request: Request) -> Response:
        credential = session_of(request)
        if credential is not None:
            async with self._database.writing(credential.tenant_id, trace_id=_trace(request)) as session:
                await sessions.sign_out(session, credential=credential, now=self._clock.now())
        response = go(request, "/sign-in")
        remember(response, request, "", seconds=0)
        return response

    async def invitation_page(self, request: Request) -> Response:
        """Looking uses nothing up: mail programs open links on their own."""
        try:
            invited, tenant = await self._look_up(request)
        except InvitationInvalid as problem:
            return _invalid(request, problem)
        return _invitation(request, invited, tenant, name=invited.name)

    async def accept_invitation(self, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        name, password = _text(form, "name"), _text(form, "password")
        try:
            invited, tenant = await self._look_up(request)
            if password != _text(form, "repeat"):
                return _invitation(request, invited, tenant, name=name, differ=True, status=422)
            await entrance.join(
                self._database,
                token=request.path_params["token"],
                password=password,
                name=name,
                passwords=self._passwords,
                now=self._clock.now(),
                trace_id=_trace(request),
            )
        except InvitationInvalid as problem:
            return _invalid(request, problem)
        except InvalidInput as wrong:
            return _invitation(request, invited, tenant, name=name, problem=wrong, status=422)
        except SignInBusy as busy:
            return _invitation(request, invited, tenant, name=name, problem=busy, status=503)
        language = language_of(request, member=invited.language).value.lower()
        return go(request, "/sign-in?" + urlencode({"shop": tenant.slug, "joined": 1, "language": language}))

    async def _look_up(self, request: Request) -> tuple[OpenInvitation, Tenant]:
        credential = secrets.parse(request.path_params["token"])
        if credential is None:
            raise InvitationInvalid
        async with self._database.reading(credential.tenant_id) as session:
            invited = await joining.open_invitation(session, credential=credential, now=self._clock.now())
            return invited, await tenant_of(session)

    def _sign_in(
        self,
        request: Request,
        *,
        shop: str = "",
        email: str = "",
        back: str = "/",
        problem: WrongCredentials | SignInBusy | None = None,
        ended: bool = False,
        joined: bool = False,
        status: int = 200,
    ) -> Response:
        language = language_of(request)
        said = None if problem is None else problem.message(language)
        return page(
            request,
            "sign_in.html",
            language=language,
            status=status,
            shop=shop,
            email=email,
            back=back,
            problem=said,
            ended=ended,
            joined=joined,
        )


def _invitation(
    request: Request,
    invited: OpenInvitation,
    tenant: Tenant,
    *,
    name: str,
    problem: InvalidInput | SignInBusy | None = None,
    differ: bool = False,
    status: int = 200,
) -> Response:
    language = language_of(request, member=invited.language)
    return page(
        request,
        "invitation.html",
        language=language,
        status=status,
        headers=_SECRET_PAGE,
        shop=tenant.name,
        email=invited.email,
        name=name,
        problem=_said(problem, language),
        differ=differ,
    )


def _said(problem: InvalidInput | SignInBusy | None, language: Language) -> str | None:
    if isinstance(problem, InvalidInput):
        said = problem.problem_pl if language is Language.PL else problem.problem
        return f"{said[:1].upper()}{said[1:]}."
    return None if problem is None else problem.message(language)


def _invalid(request: Request, problem: InvitationInvalid) -> Response:
    language = language_of(request)
    return page(
        request,
        "message.html",
        language=language,
        status=410,
        headers=_SECRET_PAGE,
        message=problem.message(language),
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _trace(request: Request) -> str:
    return str(getattr(request.state, "trace_id", ""))
