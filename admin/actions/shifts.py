"""A person's shifts, week by week: a day, from when, until when; and the same again in the next week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import agent_page
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.models import Agent
from domain.agents.shifts import Shift, days_later, on_day, shifts_of
from domain.kit import inputs
from domain.kit.errors import InvalidInput
from domain.tenants.permissions import Permission
from domain.tickets import abilities

NEEDS = Permission.PEOPLE_MANAGE

LEAST_LINES, MOST_LINES = 2, 12
"""Lines of a day in the form: two, and one more than there are shifts."""


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday, in the shop's zone."""

    monday: date
    zone: ZoneInfo

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=n) for n in range(7)]

    @property
    def start(self) -> datetime:
        return datetime.combine(self.monday, time(), self.zone)

    @property
    def end(self) -> datetime:
        return self.after(1).start

    def after(self, weeks: int) -> "Week":
        return Week(self.monday + timedelta(weeks=weeks), self.zone)


@dataclass(frozen=True)
class Line:
    """Two fields of the form, and what they hold."""

    key: str
    start: str
    end: str


class Shifts:
    """The form of a week, and the button that copies one."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        path = "/agents/{agent:uuid}/shifts"
        return [
            Route(path, self._site.seen(self.page, needs=NEEDS), methods=["GET"]),
            Route(path, self._site.pressed(self.save, needs=NEEDS), methods=["POST"]),
        ]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, empty(self._site.language(request, visitor)))

    async def save(self, request: Request, visitor: Visitor) -> Response:
        """Set the week's shifts, or those of the next week, which are to be the same."""
        form = await posted(request, self._site.language(request, visitor))
        week, agent_id = self._week(form.text("week"), visitor), request.path_params["agent"]
        await self._agent(request, visitor)

        async def deed(act: Act) -> str:
            if form.text("copy") == "yes":
                theirs = await shifts_of(act.session, agent_id=agent_id, start=week.start, end=week.end)
                return await _set(act, agent_id, week.after(1), days_later(theirs, 7, zone=week.zone))
            shifts = _told(form, week)
            if form.problems:
                raise NotFilledIn
            return await _set(act, agent_id, week, shifts)

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, status=422)

        return await press(self._site, request, visitor, deed, form=form, needs=NEEDS, done="saved", again=again)

    async def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        agent = await self._agent(request, visitor)
        week = self._week(form.text("week") if form.sent else request.query_params.get("week", ""), visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            theirs = await shifts_of(session, agent_id=agent.id, start=week.start, end=week.end)
        return shown(
            self._site,
            request,
            visitor,
            "agent_shifts.html",
            form,
            back=agent_page(agent.id),
            status=status,
            agent=agent,
            week=week,
            lines={day: _lines(day, theirs, form, week.zone) for day in week.days},
            any_shift=bool(theirs),
        )

    def _week(self, typed: str, visitor: Visitor) -> Week:
        """The week of a day, or the running one. Raises a 400 for what is no day."""
        zone = ZoneInfo(visitor.tenant.timezone)
        try:
            day = date.fromisoformat(typed) if typed else self._site.clock.now().astimezone(zone).date()
            inputs.day(day, field="week")
        except (ValueError, InvalidInput):
            raise HTTPException(400) from None
        return Week(day - timedelta(days=day.weekday()), zone)

    async def _agent(self, request: Request, visitor: Visitor) -> Agent:
        """The agent of the address. Raises a 404."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            agent = await session.get(Agent, (session.tenant_id, request.path_params["agent"]))
        if agent is None:
            raise HTTPException(404)
        return agent


async def _set(act: Act, agent_id: UUID, week: Week, shifts: Sequence[Shift]) -> str:
    """Set them, and say where the week is shown. A fault's place is not that of a line, so it is the whole form's."""
    try:
        await abilities.set_shifts(
            act.session, agent_id=agent_id, start=week.start, end=week.end, shifts=shifts, by=act.by, now=act.now
        )
    except InvalidInput as fault:
        raise InvalidInput("shifts", fault.problem, fault.problem_pl) from None
    return f"{agent_page(agent_id)}/shifts?week={week.monday.isoformat()}"


def _told(form: Form, week: Week) -> list[Shift]:
    """What the form says; lines with neither time are none."""
    told = []
    for day in week.days:
        for n in range(MOST_LINES):
            key = f"{day.isoformat()}_{n}"
            start, end = form.text(f"from_{key}"), form.text(f"to_{key}")
            if not start and not end:
                continue
            try:
                told.append(on_day(day, time.fromisoformat(start), time.fromisoformat(end), zone=week.zone))
            except ValueError:
                form.wrong(InvalidInput("shifts", "give both times, such as 08:00", "podaj obie godziny, np. 08:00"))
    return told


def _lines(day: date, theirs: Sequence[Shift], form: Form, zone: ZoneInfo) -> list[Line]:
    """The day's lines: as they were typed, or as the shifts are, and empty ones."""
    walls = [(shift.start.astimezone(zone), shift.end.astimezone(zone)) for shift in theirs]
    held = [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in walls if start.date() == day]
    lines = []
    for n in range(min(max(LEAST_LINES, len(held) + 1), MOST_LINES)):
        key = f"{day.isoformat()}_{n}"
        start, end = held[n] if n < len(held) and not form.sent else ("", "")
        lines.append(Line(key, form.text(f"from_{key}") or start, form.text(f"to_{key}") or end))
    return lines
