"""Adding licences: how many, from which day to which, and what that comes to before anything is done."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, posted, press, shown
from admin.actions.places import LICENCES
from admin.seasons.costs import Costs, costs_of
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.models import Agent, Member, MemberState
from domain.billing.errors import PriceMissing
from domain.billing.previews import PlannedUse, preview_of
from domain.billing.proration import Rate
from domain.billing.queries import price_list
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.seats import operations
from domain.seats.days import Days, days
from domain.seats.models import LicenceTerms, SeatKind
from domain.seats.operations import MOST_AT_ONCE
from domain.seats.periods import period, start_of
from domain.seats.queries import seated
from domain.tenants.permissions import Permission

NEEDS = Permission.SEATS_MANAGE

TYPED = ("kind", "count", "from", "to", "permanent", "terms", "label")


@dataclass(frozen=True)
class Wanted:
    """Licences to add, and what they come to."""

    kind: SeatKind
    count: int
    days: Days
    terms: LicenceTerms
    label: str

    @property
    def seat_days(self) -> int | None:
        """A licence for a day, so many times; None without an end."""
        return None if self.days.count is None else self.count * self.days.count


@dataclass(frozen=True)
class Price:
    """What the licences cost: month by month, or for good at a rate for as long as it stays; or why nobody can say."""

    costs: Costs | None = None
    rate: Rate | None = None
    problem: PriceMissing | None = None


class AddSeats:
    """A form, a page that says what it comes to, and the button."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        return [
            Route("/seats/add", self._site.seen(self.page, needs=NEEDS), methods=["GET"]),
            Route("/seats/add", self._site.pressed(self.add, needs=NEEDS), methods=["POST"]),
        ]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        """Empty, or with what the review's “Change” says in its address; nothing is done before another review."""
        said = FormData([(name, value) for name, value in request.query_params.multi_items() if name in TYPED])
        return self._form(request, visitor, Form(said, self._site.language(request, visitor)))

    async def add(self, request: Request, visitor: Visitor) -> Response:
        """Say what it comes to, in instants, seat-days and money; once that is confirmed, do it."""
        form = await posted(request, self._site.language(request, visitor))
        if form.text("confirmed") != "yes":
            return await self._review(request, visitor, form)

        async def again(form: Form) -> Response:
            return self._form(request, visitor, form, status=422)

        async def deed(act: Act) -> str:
            wanted = _wanted(form, visitor, now=act.now)
            if wanted is None:
                raise NotFilledIn
            await operations.add_licences(
                act.session,
                kind=wanted.kind,
                count=wanted.count,
                start=None if wanted.days.at_once else wanted.days.start,
                end=wanted.days.end,
                label=wanted.label,
                terms=wanted.terms,
                by=act.by,
                now=act.now,
            )
            return LICENCES

        return await press(self._site, request, visitor, deed, form=form, needs=NEEDS, done="seats_added", again=again)

    async def _review(self, request: Request, visitor: Visitor, form: Form) -> Response:
        now = self._site.clock.now()
        wanted = _wanted(form, visitor, now=now)
        if wanted is None:
            return self._form(request, visitor, form, status=422)
        async with self._site.database.reading(visitor.tenant.id) as session:
            seatless = await _without_seat(session, span=wanted.days)
            price = await _price(session, wanted, zone=ZoneInfo(visitor.tenant.timezone), now=now)
        typed = [pair for pair in form.typed.multi_items() if pair[0] in TYPED]
        return shown(
            self._site,
            request,
            visitor,
            "seats_review.html",
            form,
            back=LICENCES,
            wanted=wanted,
            seatless=seatless,
            price=price,
            typed=typed,
        )

    def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        return shown(
            self._site, request, visitor, "seats_add.html", form, back=LICENCES, status=status, most=MOST_AT_ONCE
        )


def _wanted(form: Form, visitor: Visitor, *, now: datetime) -> Wanted | None:
    """What the form asks for, or None with its problems said."""
    kind, count = form.choice("kind", SeatKind), form.whole("count", least=1, most=MOST_AT_ONCE)
    permanent = form.text("permanent") == "yes"
    first, last = form.day("from"), form.day("to", required=not permanent)
    label, asked = form.optional_label("label"), None
    terms = LicenceTerms.PREPAID if form.text("terms") == LicenceTerms.PREPAID else LicenceTerms.ARREARS
    if permanent and terms is LicenceTerms.PREPAID:
        form.wrong(InvalidInput("to", "is needed for what is paid ahead", "jest potrzebne przy płatności z góry"))
    if permanent and last is not None:
        form.wrong(
            InvalidInput("to", "leave it empty, or untick “Without an end”", "zostaw puste albo odznacz „Bezterminowo”")
        )
    if first is not None:
        try:
            asked = days(first=first, last=last, zone=ZoneInfo(visitor.tenant.timezone), now=now)
        except InvalidInput as error:
            form.wrong(error)
    if form.problems or kind is None or count is None or asked is None:
        return None
    return Wanted(kind, count, asked, terms, label)


async def _price(session: TenantSession, wanted: Wanted, *, zone: ZoneInfo, now: datetime) -> Price:
    span = period(wanted.days.start, wanted.days.end)
    try:
        if span.upper is None:
            return Price(rate=(await price_list(session)).at(wanted.kind, start_of(span)))
        use = [PlannedUse(wanted.kind, wanted.terms, wanted.count, span)]
        return Price(costs_of(await preview_of(session, use=use, zone=zone, now=now)))
    except PriceMissing as problem:
        return Price(problem=problem)


async def _without_seat(session: TenantSession, *, span: Days) -> int:
    """How many of the staff have no seat at any instant of the days, so that they could sit down."""
    counted = await session.scalar(
        select(func.count())
        .select_from(Agent)
        .join(Member, (Member.tenant_id == Agent.tenant_id) & (Member.id == Agent.member_id))
        .where(
            Agent.tenant_id == session.tenant_id,
            Member.state != MemberState.SUSPENDED,
            ~seated(period(span.start, span.end)),
        )
    )
    return int(counted or 0)
