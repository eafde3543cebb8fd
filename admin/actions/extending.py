"""Letting a licence last longer, and with it whoever sits on it until its end."""

from datetime import date, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import licence_page
from admin.actions.sitters import licence_asked_for, sitters_of, unended
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.kit.errors import InvalidInput
from domain.seats.days import end_of, last_day_of
from domain.seats.extending import extend_licences
from domain.seats.models import LicenceTerms, SeatAssignment, SeatLicence
from domain.seats.periods import ends_by
from domain.tenants.permissions import Permission

NEEDS = Permission.SEATS_MANAGE

FIELDS = {"to": "last", "AGENT_ALREADY_SEATED": "last"}


class Lasting(Enum):
    """How long something is to last; which of them is said, and never meant by an empty field."""

    UNTIL = "UNTIL"
    FOR_GOOD = "FOR_GOOD"


class Extending:
    """A form, and the button."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        return [
            Route("/seats/{licence:uuid}/extend", self._site.seen(self.page, needs=NEEDS), methods=["GET"]),
            Route("/seats/{licence:uuid}/extend", self._site.pressed(self.extend, needs=NEEDS), methods=["POST"]),
        ]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, empty(self._site.language(request, visitor)))

    async def extend(self, request: Request, visitor: Visitor) -> Response:
        licence = await licence_asked_for(self._site, request, visitor)
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            end = _end(form, licence, zone=ZoneInfo(visitor.tenant.timezone))
            await extend_licences(act.session, licence_ids=[licence.id], end=end, by=act.by, now=act.now)
            return licence_page(licence.id)

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="seat_extended", again=again, fields=FIELDS
        )

    async def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        licence, now = await licence_asked_for(self._site, request, visitor), self._site.clock.now()
        async with self._site.database.reading(visitor.tenant.id) as session:
            on_it = (SeatAssignment.licence_id == licence.id) & unended(now)
            sitters = await sitters_of(session, on_it)
        return shown(
            self._site,
            request,
            visitor,
            "seat_extend.html",
            form,
            back=licence_page(licence.id),
            status=status,
            what=licence,
            first=_last_day(licence, ZoneInfo(visitor.tenant.timezone)),
            over=_cannot_last_longer(licence, now),
            staying=[sitter for sitter in sitters if sitter.assignment.period.upper == licence.period.upper],
        )


def _cannot_last_longer(licence: SeatLicence, now: datetime) -> bool:
    over = licence.cancelled_at is not None or ends_by(licence.period, now)
    return over or licence.period.upper is None or licence.terms is LicenceTerms.ONE_DAY


def _last_day(licence: SeatLicence, zone: ZoneInfo) -> date | None:
    """The day with which the licence ends now."""
    return None if licence.period.upper is None else last_day_of(licence.period.upper, zone)


def _end(form: Form, licence: SeatLicence, *, zone: ZoneInfo) -> datetime | None:
    """The instant after the last day; None for good. Raises NotFilledIn, also for a day that makes it no longer."""
    lasting = form.choice("lasting", Lasting)
    last = form.day("last", required=lasting is Lasting.UNTIL)
    if lasting is Lasting.FOR_GOOD and last is not None:
        form.wrong(InvalidInput("last", "leave it empty for good", "zostaw puste, jeśli ma trwać bezterminowo"))
    end = None if last is None else end_of(last, zone)
    if end is not None and licence.period.upper is not None and end <= licence.period.upper:
        form.wrong(InvalidInput("last", "the licence lasts as long anyway", "licencja i tak trwa tak długo"))
    if form.problems:
        raise NotFilledIn
    return end
