"""How every page of the panel is asked for: who looks, what they may do, and how a button does what it says, once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from admin.pages import language_of, page
from admin.returning import to_sign_in
from admin.visitors import Visitor, posted_by_own_page, standing_of, visitor_of
from domain.agents.passwords import Passwords
from domain.kit.clock import Clock
from domain.kit.database import Database, TenantSession
from domain.kit.errors import DomainError, Language
from domain.kit.events import Actor
from domain.kit.idempotency import earlier_outcome, fingerprint, keep
from domain.kit.settings import Settings
from domain.seats.rights import LiveSeat, NotPermitted, Seat, SeatRequired, Standing, hold_seat, must_allow
from domain.tenants.permissions import Permission
from domain.tickets.search import Searches

Handler = Callable[[Request], Awaitable[Response]]
Page = Callable[[Request, Visitor], Awaitable[Response]]

ONCE = "once"
"""The hidden field of a form that makes a second press of its button, or a reload, do nothing more."""

_DEADLOCK = "40P01"


@dataclass(frozen=True)
class Needs:
    """What a page or a button takes: a permission, and a seat."""

    permission: Permission | None
    seat: Seat = Seat.NONE


def needs_of(handler: object) -> Needs | None:
    """What a handler made by a Site takes; None for one that asks nobody to sign in."""
    return getattr(handler, "needs", None)


class SignedOut(Exception):
    """The session ended while its page was open."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """What a button's deed works with: its transaction, and the visitor's standing read inside it."""

    session: TenantSession
    standing: Standing
    now: datetime

    @property
    def by(self) -> Actor:
        return self.standing.actor

    @property
    def seat(self) -> LiveSeat:
        """The visitor's live seat, in a deed that takes one."""
        if self.standing.seat is None:
            raise TypeError("Only a deed with seat=ANY or FULL has a seat.")
        return self.standing.seat


Deed = Callable[[Act], Awaitable[str]]
"""Does one thing by one operation and returns the panel's path to go to; a failure is raised and undoes it."""


@dataclass(frozen=True)
class Site:
    """What the pages share."""

    settings: Settings
    database: Database
    clock: Clock
    passwords: Passwords
    searches: Searches = field(default_factory=Searches)

    def posted(self, handler: Handler) -> Handler:
        """A handler of forms that come from the panel's own pages alone."""

        async def guarded(request: Request) -> Response:
            if not posted_by_own_page(request, public_url=self.settings.public_url):
                return page(
                    request, "message.html", language=language_of(request), status=403, message=None, key="refused"
                )
            return await handler(request)

        return guarded

    def seen(self, handler: Page, *, needs: Permission | None = None) -> Handler:
        """A page for the signed-in; others are led to the sign-in, and those without the permission are told so."""

        async def shown(request: Request) -> Response:
            visitor = await visitor_of(request, database=self.database, now=self.clock.now())
            if visitor is None:
                return to_sign_in(request)
            if needs is not None and needs not in visitor.standing.permissions:
                return self.refusal(request, visitor, _why_not(visitor, needs), status=403)
            return await handler(request, visitor)

        return _declaring(shown, Needs(needs))

    def pressed(self, handler: Page, *, needs: Permission | None = None, seat: Seat = Seat.NONE) -> Handler:
        """The handler of a button: from an own page, of somebody signed in. What it may do is decided in `perform`.

        `needs` and `seat` say what that takes.
        """
        asked = self.seen(handler, needs=needs)

        async def handled(request: Request) -> Response:
            try:
                return await asked(request)
            except SignedOut:
                return to_sign_in(request)

        return _declaring(self.posted(handled), Needs(needs, seat))

    async def perform(
        self,
        request: Request,
        visitor: Visitor,
        deed: Deed,
        *,
        form: FormData,
        requires: Permission | None,
        seat: Seat = Seat.NONE,
    ) -> str:
        """Do the deed in one transaction, with rights read inside it, and return the path to go to.

        The form's `once` field makes it happen once: a second press returns the first one's path. Raises SignedOut,
        NotPermitted, SeatRequired, FullSeatRequired, IdempotencyKeyReused, IdempotencyKeyInUse, the deed's own.
        """
        try:
            return await self._perform(request, visitor, deed, form=form, requires=requires, seat=seat)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _DEADLOCK:
                raise
            return await self._perform(request, visitor, deed, form=form, requires=requires, seat=seat)

    async def _perform(
        self,
        request: Request,
        visitor: Visitor,
        deed: Deed,
        *,
        form: FormData,
        requires: Permission | None,
        seat: Seat,
    ) -> str:
        trace_id = str(getattr(request.state, "trace_id", ""))
        async with self.database.writing(visitor.tenant.id, trace_id=trace_id) as session:
            await session.connection()  # it may have been waited for
            now = self.clock.now()
            standing = await standing_of(session, credential=visitor.credential, now=now)
            if standing is None:
                raise SignedOut
            must_allow(standing, requires=requires, seat=seat)
            if seat is not Seat.NONE and standing.seat is not None:
                held = await hold_seat(session, agent_id=standing.seat.agent_id, now=now)
                standing = replace(standing, seat=held)
                must_allow(standing, requires=requires, seat=seat)
            act = Act(session=session, standing=standing, now=now)
            key = form.get(ONCE)
            if not isinstance(key, str) or not key:
                return await deed(act)
            caller, key = standing.caller_id, fingerprint(ONCE, repr(key))  # whatever was sent in its place
            given = fingerprint(request.url.path, repr(form.multi_items()))
            earlier = await earlier_outcome(session, caller_id=caller, key=key, fingerprint=given, now=now)
            if earlier is not None:
                return str(earlier["path"])
            path = await deed(act)
            keep(session, caller_id=caller, key=key, fingerprint=given, outcome={"path": path}, now=now)
            return path

    def refusal(self, request: Request, visitor: Visitor, error: DomainError, *, status: int = 409) -> Response:
        """A page that says why nothing was done, in the visitor's language."""
        language = self.language(request, visitor)
        return page(
            request,
            "message.html",
            language=language,
            status=status,
            visitor=visitor,
            message=error.message(language),
        )

    def language(self, request: Request, visitor: Visitor) -> Language:
        """The language the visitor reads the panel in: the member's own."""
        return visitor.standing.language


def _declaring(handler: Handler, needs: Needs) -> Handler:
    vars(handler)["needs"] = needs
    return handler


def _why_not(visitor: Visitor, needs: Permission) -> DomainError:
    try:
        must_allow(visitor.standing, requires=needs, seat=Seat.NONE)
    except (NotPermitted, SeatRequired) as error:
        return error
    raise AssertionError(f"{needs} is there after all.")
