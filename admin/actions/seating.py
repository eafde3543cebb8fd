"""Sitting people on licences, and taking seats back: who loses access and whose work goes where is said first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import WHOLE_FORM, Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import LICENCES, agent_page, licence_page
from admin.catalogue import say
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.models import Agent, Member, MemberState, Team
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.seats import operations
from domain.seats.days import beginning_of, end_of, last_day_of
from domain.seats.models import SeatAssignment, SeatLicence
from domain.seats.periods import ends_by, period, start_of
from domain.seats.queries import seated, take_turn
from domain.tenants.permissions import Permission
from domain.tickets import departures
from domain.tickets.models import Ticket

NEEDS = Permission.SEATS_MANAGE

_SUCCESSOR = aliased(Agent)


class Ending(Enum):
    """When something is to end; which of them is said, and never meant by an empty field."""

    AT_ONCE = "AT_ONCE"
    AFTER = "AFTER"


@dataclass(frozen=True)
class Sitter:
    """Somebody's time on a licence, and how many of the tickets in their hands are of which team.

    `successor` is who is to get those when it ends.
    """

    assignment: SeatAssignment
    name: str
    tickets: Sequence[tuple[str, int]]
    successor: str | None

    def sits(self, now: datetime) -> bool:
        return self.assignment.period.contains(now)


@dataclass(frozen=True)
class Seatable:
    """Somebody who could sit down; `taken` when another seat of theirs overlaps the licence's remaining time."""

    agent_id: UUID
    name: str
    email: str
    taken: bool


class Seating:
    """Assign, release, end a licence or those that were added together with it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site = self._site
        return [
            Route("/seats/{licence:uuid}/assign", site.seen(self.assign_page, needs=NEEDS), methods=["GET"]),
            Route("/seats/{licence:uuid}/assign", site.pressed(self.assign, needs=NEEDS), methods=["POST"]),
            Route("/seats/{licence:uuid}/expire", site.seen(self.expire_page, needs=NEEDS), methods=["GET"]),
            Route("/seats/{licence:uuid}/expire", site.pressed(self.expire, needs=NEEDS), methods=["POST"]),
            Route("/seats/{licence:uuid}/expire-all", site.seen(self.expire_all_page, needs=NEEDS), methods=["GET"]),
            Route("/seats/{licence:uuid}/expire-all", site.pressed(self.expire_all, needs=NEEDS), methods=["POST"]),
            Route("/seats/taken/{assignment:uuid}/release", site.seen(self.release_page, needs=NEEDS), methods=["GET"]),
            Route("/seats/taken/{assignment:uuid}/release", site.pressed(self.release, needs=NEEDS), methods=["POST"]),
        ]

    async def assign_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._assign_form(request, visitor, empty(self._site.language(request, visitor)))

    async def assign(self, request: Request, visitor: Visitor) -> Response:
        licence = await self._licence(request, visitor)
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            zone = ZoneInfo(visitor.tenant.timezone)
            agent_id = form.id("agent")
            start, end = _inside(form, licence, zone=zone, now=act.now)
            if form.problems or agent_id is None:
                raise NotFilledIn
            await operations.assign_seat(
                act.session, agent_id=agent_id, licence_id=licence.id, start=start, end=end, by=act.by, now=act.now
            )
            return licence_page(licence.id)

        async def again(form: Form) -> Response:
            return await self._assign_form(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="seat_assigned", again=again, fields=FIELDS
        )

    async def expire_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._expire_form(request, visitor, empty(self._site.language(request, visitor)))

    async def expire(self, request: Request, visitor: Visitor) -> Response:
        licence = await self._licence(request, visitor)
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            at = _ending(form, visitor)
            await departures.expire_licences(act.session, licence_ids=[licence.id], at=at, by=act.by, now=act.now)
            return licence_page(licence.id)

        async def again(form: Form) -> Response:
            return await self._expire_form(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="seat_ended", again=again, fields=FIELDS
        )

    async def expire_all_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._expire_all_form(request, visitor, empty(self._site.language(request, visitor)))

    async def expire_all(self, request: Request, visitor: Visitor) -> Response:
        """End those licences whose number the page has said; when they are not as many any more, say so instead."""
        licence = await self._licence(request, visitor)
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            at = _ending(form, visitor)
            await take_turn(act.session)
            together = await _added_together(act.session, licence, now=act.now)
            if form.text("count") != str(len(together)):
                form.problems[WHOLE_FORM] = say(form.language, "do_changed_meanwhile")
                raise NotFilledIn
            await departures.expire_licences(
                act.session, licence_ids=[one.id for one in together], at=at, by=act.by, now=act.now
            )
            return LICENCES

        async def again(form: Form) -> Response:
            return await self._expire_all_form(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="seats_ended", again=again, fields=FIELDS
        )

    async def release_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._release_form(request, visitor, empty(self._site.language(request, visitor)))

    async def release(self, request: Request, visitor: Visitor) -> Response:
        sitter = await self._sitter(request, visitor)
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            at = _ending(form, visitor)
            await departures.release_seat(
                act.session, assignment_id=sitter.assignment.id, at=at, by=act.by, now=act.now
            )
            return _came_from(request, sitter)

        async def again(form: Form) -> Response:
            return await self._release_form(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="seat_released", again=again, fields=FIELDS
        )

    async def _assign_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        licence = await self._licence(request, visitor)
        zone, now = ZoneInfo(visitor.tenant.timezone), self._site.clock.now()
        end = licence.period.upper
        async with self._site.database.reading(visitor.tenant.id) as session:
            people = await _seatable(session, licence=licence, now=now)
        return shown(
            self._site,
            request,
            visitor,
            "seat_assign.html",
            form,
            back=licence_page(licence.id),
            status=status,
            licence=licence,
            over=licence.cancelled_at is not None or ends_by(licence.period, now),
            first=max(now, start_of(licence.period)).astimezone(zone).date(),
            last=None if end is None else last_day_of(end, zone),
            people=people,
        )

    async def _expire_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        licence, now = await self._licence(request, visitor), self._site.clock.now()
        async with self._site.database.reading(visitor.tenant.id) as session:
            sitters = await sitters_of(session, (SeatAssignment.licence_id == licence.id) & unended(now))
            together = await _added_together(session, licence, now=now)
        return self._ending(
            request,
            visitor,
            form,
            "seat_expire.html",
            licence,
            sitters,
            back=licence_page(licence.id),
            status=status,
            together=len(together),
        )

    async def _expire_all_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        licence, now = await self._licence(request, visitor), self._site.clock.now()
        async with self._site.database.reading(visitor.tenant.id) as session:
            together = await _added_together(session, licence, now=now)
            theirs = SeatAssignment.licence_id.in_([one.id for one in together])
            sitters = await sitters_of(session, theirs & unended(now))
        return shown(
            self._site,
            request,
            visitor,
            "seats_expire.html",
            form,
            back=licence_page(licence.id),
            status=status,
            licence=licence,
            together=together,
            begun=any(start_of(one.period) <= now for one in together),
            now=now,
            sitters=sitters,
        )

    async def _release_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        sitter = await self._sitter(request, visitor)
        return self._ending(
            request,
            visitor,
            form,
            "seat_release.html",
            sitter.assignment,
            [sitter],
            back=_came_from(request, sitter),
            status=status,
        )

    def _ending(
        self,
        request: Request,
        visitor: Visitor,
        form: Form,
        template: str,
        what: SeatLicence | SeatAssignment,
        sitters: Sequence[Sitter],
        *,
        back: str,
        status: int,
        together: int = 1,
    ) -> Response:
        now = self._site.clock.now()
        return shown(
            self._site,
            request,
            visitor,
            template,
            form,
            back=back,
            status=status,
            what=what,
            together=together,
            over=what.cancelled_at is not None or ends_by(what.period, now),
            begun=start_of(what.period) <= now,
            now=now,
            sitters=sitters,
        )

    async def _licence(self, request: Request, visitor: Visitor) -> SeatLicence:
        """The licence of the address. Raises a 404."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            licence = await session.get(SeatLicence, (session.tenant_id, request.path_params["licence"]))
        if licence is None:
            raise HTTPException(404)
        return licence

    async def _sitter(self, request: Request, visitor: Visitor) -> Sitter:
        """Who sits by the assignment of the address. Raises a 404."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            found = await sitters_of(session, SeatAssignment.id == request.path_params["assignment"])
        if not found:
            raise HTTPException(404)
        return found[0]


FIELDS = {
    "at": "last",
    "AGENT_NOT_FOUND": "agent",
    "AGENT_SUSPENDED": "agent",
    "AGENT_ALREADY_SEATED": "agent",
    "OUTSIDE_LICENCE": "from",
    "SEAT_TAKEN": "from",
}


def _inside(
    form: Form, licence: SeatLicence, *, zone: ZoneInfo, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """When the seat begins and ends; None on the day on which the licence itself does, or where nothing was typed."""
    first, last = form.day("from", required=False), form.day("to", required=False)
    begins, end = max(now, start_of(licence.period)), licence.period.upper
    as_early = first is None or first == begins.astimezone(zone).date()
    as_long = last is None or (end is not None and last == last_day_of(end, zone))
    return (
        None if first is None or as_early else beginning_of(first, zone),
        None if last is None or as_long else end_of(last, zone),
    )


def _ending(form: Form, visitor: Visitor) -> datetime | None:
    """The instant after the last day, if there is to be one; None for at once. Raises NotFilledIn."""
    when = form.choice("when", Ending)
    last = form.day("last", required=when is Ending.AFTER)
    if when is Ending.AT_ONCE and last is not None:
        form.wrong(InvalidInput("last", "leave it empty to end it at once", "zostaw puste, żeby zakończyć od razu"))
    if form.problems:
        raise NotFilledIn
    return None if last is None else end_of(last, ZoneInfo(visitor.tenant.timezone))


def _came_from(request: Request, sitter: Sitter) -> str:
    """Where the release of a seat was asked for: on its agent's page, or on its licence's."""
    if request.query_params.get("of") == "agent":
        return agent_page(sitter.assignment.agent_id)
    return licence_page(sitter.assignment.licence_id)


async def _added_together(session: TenantSession, licence: SeatLicence, *, now: datetime) -> Sequence[SeatLicence]:
    """The licences that were added by one press with this one, of which something is left to end."""
    found = await session.scalars(
        select(SeatLicence)
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.created_at == licence.created_at,
            SeatLicence.kind == licence.kind,
            SeatLicence.label == licence.label,
            SeatLicence.created_by_id.is_not_distinct_from(licence.created_by_id),
            SeatLicence.cancelled_at.is_(None),
            func.coalesce(func.upper(SeatLicence.period) > now, True),
        )
        .order_by(SeatLicence.id)
    )
    return found.all()


async def _seatable(session: TenantSession, *, licence: SeatLicence, now: datetime) -> list[Seatable]:
    """The staff by name, but for those who are kept out."""
    rest = period(max(now, start_of(licence.period)), licence.period.upper)
    found = await session.execute(
        select(Agent.id, Agent.name, Member.email, seated(rest).label("taken"))
        .join(Member, (Member.tenant_id == Agent.tenant_id) & (Member.id == Agent.member_id))
        .where(Agent.tenant_id == session.tenant_id, Member.state != MemberState.SUSPENDED)
        .order_by(Agent.name, Agent.id)
    )
    return [Seatable(row.id, row.name, row.email, row.taken) for row in found]


def unended(now: datetime) -> ColumnElement[bool]:
    """Whether something of an assignment is left to end."""
    left = func.coalesce(func.upper(SeatAssignment.period) > now, True)
    return and_(left, SeatAssignment.ended_at.is_(None), SeatAssignment.cancelled_at.is_(None))


async def sitters_of(session: TenantSession, which: ColumnElement[bool]) -> list[Sitter]:
    """Those who sit, sat or will sit where `which` says, the earliest first, with the tickets in their hands."""
    found = (
        await session.execute(
            select(SeatAssignment, Agent.name, _SUCCESSOR.name)
            .join(Agent, (Agent.tenant_id == SeatAssignment.tenant_id) & (Agent.id == SeatAssignment.agent_id))
            .outerjoin(
                _SUCCESSOR,
                (_SUCCESSOR.tenant_id == SeatAssignment.tenant_id) & (_SUCCESSOR.id == SeatAssignment.successor_id),
            )
            .where(SeatAssignment.tenant_id == session.tenant_id, which)
            .order_by(func.lower(SeatAssignment.period), SeatAssignment.id)
        )
    ).all()
    held: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    for row in await session.execute(
        select(Ticket.assignee_id, Team.name, func.count().label("tickets"))
        .join(Team, (Team.tenant_id == Ticket.tenant_id) & (Team.id == Ticket.team_id))
        .where(
            Ticket.tenant_id == session.tenant_id,
            Ticket.assignee_id.in_([assignment.agent_id for assignment, _, _ in found]),
        )
        .group_by(Ticket.assignee_id, Team.name)
        .order_by(Team.name)
    ):
        held[row.assignee_id].append((row.name, row.tickets))
    return [Sitter(assignment, name, held[assignment.agent_id], successor) for assignment, name, successor in found]
