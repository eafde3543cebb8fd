"""Changing a seat under whoever sits on it: to the other kind, to another person, and who is to have the work then."""

from collections.abc import Awaitable, Callable
from enum import Enum

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.sitters import Sitter, came_from, ending_of, seatable, sitter_asked_for
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.periods import ends_by, start_of
from domain.seats.succeeding import set_successor
from domain.tenants.permissions import Permission
from domain.tickets.changing import change_seat_kind, move_seat

NEEDS = Permission.SEATS_MANAGE

FIELDS = {
    "at": "last",
    "successorId": "successor",
    "NO_FREE_SEAT": "how",
    "SEAT_TAKEN": "how",
    "SEAT_LICENCE_OF_ONE_DAY": "how",
    "SUCCESSOR_NOT_FOUND": "successor",
    "AGENT_NOT_FOUND": "agent",
    "AGENT_SUSPENDED": "agent",
    "AGENT_ALREADY_SEATED": "agent",
}

OTHER = {SeatKind.FULL: SeatKind.LIGHT, SeatKind.LIGHT: SeatKind.FULL}


class How(Enum):
    """Where a seat of the other kind comes from."""

    FREE = "FREE"
    EXCHANGE = "EXCHANGE"


class Work(Enum):
    """Where the open tickets go when a seat moves."""

    WITH_THE_SEAT = "WITH_THE_SEAT"
    TO_THE_QUEUES = "TO_THE_QUEUES"


Change = Callable[[Act, Form, SeatAssignment], Awaitable[SeatAssignment]]
"""Does what a form says to an assignment, and returns the one to go to. Raises NotFilledIn, the operation's own."""


class Changing:
    """A form for each."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        found = []
        for what, button in (("kind", self.set_kind), ("move", self.move), ("successor", self.set_successor)):
            path = f"/seats/taken/{{assignment:uuid}}/{what}"
            found.append(Route(path, self._site.seen(self._asked(what), needs=NEEDS), methods=["GET"]))
            found.append(Route(path, self._site.pressed(button, needs=NEEDS), methods=["POST"]))
        return found

    async def set_kind(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, form: Form, seat: SeatAssignment) -> SeatAssignment:
            how = form.choice("how", How)
            if how is None:
                raise NotFilledIn
            return await change_seat_kind(
                act.session,
                assignment_id=seat.id,
                kind=OTHER[seat.kind],
                exchange=how is How.EXCHANGE,
                by=act.by,
                now=act.now,
            )

        return await self._press(request, visitor, "kind", change, done="seat_kind_changed")

    async def move(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, form: Form, seat: SeatAssignment) -> SeatAssignment:
            to, work = form.id("agent"), form.choice("work", Work)
            at = ending_of(form, visitor)
            if to is None or work is None:
                raise NotFilledIn
            return await move_seat(
                act.session,
                assignment_id=seat.id,
                to_agent_id=to,
                at=at,
                hand_over=work is Work.WITH_THE_SEAT,
                by=act.by,
                now=act.now,
            )

        return await self._press(request, visitor, "move", change, done="seat_moved")

    async def set_successor(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, form: Form, seat: SeatAssignment) -> SeatAssignment:
            successor_id = form.id("successor", required=False)
            if form.problems:
                raise NotFilledIn
            return await set_successor(
                act.session, assignment_id=seat.id, successor_id=successor_id, by=act.by, now=act.now
            )

        return await self._press(request, visitor, "successor", change, done="successor_set")

    async def _press(self, request: Request, visitor: Visitor, what: str, change: Change, *, done: str) -> Response:
        sitter = await sitter_asked_for(self._site, request, visitor)
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            return came_from(request, await change(act, form, sitter.assignment))

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, what, form, sitter, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done=done, again=again, fields=FIELDS
        )

    def _asked(self, what: str) -> Callable[[Request, Visitor], Awaitable[Response]]:
        async def page(request: Request, visitor: Visitor) -> Response:
            sitter = await sitter_asked_for(self._site, request, visitor)
            return await self._form(request, visitor, what, empty(self._site.language(request, visitor)), sitter)

        return page

    async def _form(
        self, request: Request, visitor: Visitor, what: str, form: Form, sitter: Sitter, *, status: int = 200
    ) -> Response:
        seat, now = sitter.assignment, self._site.clock.now()
        async with self._site.database.reading(visitor.tenant.id) as session:
            people = [one for one in await seatable(session, during=seat, now=now) if one.agent_id != seat.agent_id]
        return shown(
            self._site,
            request,
            visitor,
            f"seat_{what}.html",
            form,
            back=came_from(request, seat),
            status=status,
            sitter=sitter,
            what=seat,
            other=OTHER[seat.kind],
            over=seat.cancelled_at is not None or seat.ended_at is not None or ends_by(seat.period, now),
            begun=start_of(seat.period) <= now,
            now=now,
            people=people,
        )
