"""How a team's queue is served: its priority, how long tickets rest, and which lines help it out from when on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import team_page
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.models import Team
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.tenants.permissions import Permission
from domain.tickets.overflow.lines import USUAL, Line, Queueing
from domain.tickets.overflow.models import WEEK
from domain.tickets.overflow.settings import MOST_KEPT, MOST_LINES, queueings, set_queue

NEEDS = Permission.PEOPLE_MANAGE

TIMES = {
    "enterOldestSeconds": "enter_oldest",
    "leaveOldestSeconds": "leave_oldest",
    "enterExpectedSeconds": "enter_expected",
    "leaveExpectedSeconds": "leave_expected",
    "dwellSeconds": "dwell",
}
"""The fields of a line that hold a time, by the operation's words."""

DWELL, KEPT = timedelta(minutes=10), 1
"""What a line that is added begins with."""


def spelled(time: timedelta | None) -> str:
    """A time as the form has it: minutes, with seconds after a colon if there are any."""
    if time is None:
        return ""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    return f"{minutes}:{seconds:02}" if seconds else f"{minutes}"


def read(typed: str) -> timedelta | None:
    """The time that was typed, as in `10` or `0:45`; None for anything else, and for more than a week."""
    match = re.fullmatch(r"(\d{1,5})(?::([0-5]\d))?", typed, re.ASCII)
    if match is None:
        return None
    time = timedelta(minutes=int(match[1]), seconds=int(match[2] or 0))
    return time if time.total_seconds() <= WEEK else None


@dataclass(frozen=True)
class Row:
    """A line's place in the form, and what its fields hold."""

    key: int
    values: dict[str, str]


class Queues:
    """A form for each team's queue."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        path = "/teams/{team:uuid}/queue"
        return [
            Route(path, self._site.seen(self.page, needs=NEEDS), methods=["GET"]),
            Route(path, self._site.pressed(self.save, needs=NEEDS), methods=["POST"]),
        ]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, empty(self._site.language(request, visitor)))

    async def save(self, request: Request, visitor: Visitor) -> Response:
        form = await posted(request, self._site.language(request, visitor))
        team_id: UUID = request.path_params["team"]
        told = [place for place in range(MOST_LINES) if form.text(f"line_{place}")]
        fields = {"priority": "raised", "delaySeconds": "delay", "relaxSkillsAfterSeconds": "relax"} | {
            f"lines.{number}.{said}": f"{name}_{place}"
            for number, place in enumerate(told)
            for said, name in (TIMES | {"teamId": "line", "kept": "kept"}).items()
        }

        async def deed(act: Act) -> str:
            queueing = _told(form, told)
            if form.problems or queueing is None:
                raise NotFilledIn
            await set_queue(act.session, team_id=team_id, queueing=queueing, by=act.by, now=act.now)
            return team_page(team_id)

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="saved", again=again, fields=fields
        )

    async def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        team_id: UUID = request.path_params["team"]
        async with self._site.database.reading(visitor.tenant.id) as session:
            teams = await _teams(session)
            said = (await queueings(session)).get(team_id, USUAL)
        team = next((team for team in teams if team.id == team_id), None)
        if team is None:
            raise HTTPException(404)
        return shown(
            self._site,
            request,
            visitor,
            "queue.html",
            form,
            back=team_page(team_id),
            status=status,
            team=team,
            others=[other for other in teams if other.id != team_id],
            rows=_rows(said.lines),
            values={
                "raised": str(said.priority),
                "delay": spelled(said.delay),
                "relax": spelled(said.relax),
            },
            times=tuple(TIMES.values()),
            most_kept=MOST_KEPT,
        )


async def _teams(session: TenantSession) -> Sequence[Team]:
    found = await session.scalars(select(Team).where(Team.tenant_id == session.tenant_id).order_by(Team.name, Team.id))
    return found.all()


def _rows(lines: Sequence[Line]) -> list[Row]:
    """Every place of the form, the lines that there are in the first."""
    rows = []
    for place in range(MOST_LINES):
        line = lines[place] if place < len(lines) else None
        values = {name: spelled(getattr(line, name, None)) for name in TIMES.values()}
        if line is None:
            values |= {"line": "", "dwell": spelled(DWELL), "kept": str(KEPT)}
        else:
            values |= {"line": str(line.team_id), "kept": str(line.kept)}
        rows.append(Row(place, values))
    return rows


def _told(form: Form, places: Sequence[int]) -> Queueing | None:
    """What the form says; None, and its problems, for what cannot be read."""
    priority = form.whole("raised", least=0, most=9)
    delay, relax = _time(form, "delay"), _time(form, "relax")
    lines = [_line(form, place) for place in places]
    if form.problems or priority is None:
        return None
    return Queueing(priority, delay or timedelta(0), relax, tuple(line for line in lines if line is not None))


def _line(form: Form, place: int) -> Line | None:
    team_id = form.id(f"line_{place}")
    times = {name: _time(form, f"{name}_{place}") for name in TIMES.values()}
    kept = form.whole(f"kept_{place}", least=0, most=MOST_KEPT)
    if team_id is None or kept is None:
        return None
    return Line(
        team_id,
        times["enter_oldest"],
        times["leave_oldest"],
        times["enter_expected"],
        times["leave_expected"],
        dwell=times["dwell"] or timedelta(0),
        kept=kept,
    )


def _time(form: Form, name: str) -> timedelta | None:
    """The time of a field; None for none, and a problem for what is no time."""
    typed = form.text(name)
    time = read(typed) if typed else None
    if typed and time is None:
        said = "must be minutes, as in 10 or 0:45, a week at most", "musi być w minutach, np. 10 albo 0:45, do tygodnia"
        form.wrong(InvalidInput(name, *said))
    return time
