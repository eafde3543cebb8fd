"""Inviting people, together with the seat that they are to have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.abilities import CAPACITY, Choices, capacities, choices
from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import INVITATIONS, agent_page
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.channels import DEFAULT_CAPACITY
from domain.agents.invitations import may_grant
from domain.agents.roles import Role
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput, Language
from domain.seats.days import beginning_of, end_of
from domain.seats.models import SeatKind, SeatLicence
from domain.seats.queries import FOR_ANYBODY, taken
from domain.tenants.permissions import Permission
from domain.tickets import recruiting
from domain.tickets.recruiting import Person, SeatWanted

NEEDS = Permission.PEOPLE_MANAGE

FIELDS = {
    "teamIds": "teams",
    "skillIds": "skills",
    "seat.from": "from",
    "seat.to": "to",
    "MEMBER_EXISTS": "email",
    "INVITATION_TOO_SOON": "email",
    "INVITATIONS_USED_UP": "email",
    "ADDRESS_BELONGS_TO_CUSTOMER": "email",
    "ROLE_ABOVE_OWN": "role",
    "TEAM_NOT_FOUND": "teams",
    "SKILL_NOT_FOUND": "skills",
    "NO_FREE_SEAT": "seat",
    "OUTSIDE_LICENCE": "from",
}


@dataclass(frozen=True)
class Free:
    """Licences of a kind on which nobody sits for the rest of their time: those that run, and those that will."""

    kind: SeatKind
    now: int
    later: int


class Invite:
    """The form by which somebody is invited."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        return [
            Route("/agents/invite", self._site.seen(self.page, needs=NEEDS), methods=["GET"]),
            Route("/agents/invite", self._site.pressed(self.invite, needs=NEEDS), methods=["POST"]),
        ]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, empty(self._site.language(request, visitor)))

    async def invite(self, request: Request, visitor: Visitor) -> Response:
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            person, seat = _person(form), _seat(form, ZoneInfo(visitor.tenant.timezone), now=act.now)
            if form.problems or person is None:
                raise NotFilledIn
            recruited = await recruiting.invite_to_seat(
                act.session,
                person=person,
                seat=seat,
                by=act.by,
                inviter_member_id=act.standing.caller_id,
                key=self._site.settings.secret_key.get_secret_value(),
                now=act.now,
            )
            if recruited.planned is not None:
                return f"{agent_page(recruited.agent.id)}?done=held"
            return f"{INVITATIONS}?done=invited"

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done=None, again=again, fields=FIELDS
        )

    async def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            offered: Choices = await choices(session)
            free = await _free(session, now=self._site.clock.now())
        return shown(
            self._site,
            request,
            visitor,
            "invite.html",
            form,
            back=INVITATIONS,
            status=status,
            roles=[role for role in reversed(Role) if may_grant(visitor.member.role, role)],
            languages=Language,
            offered=offered,
            usual=DEFAULT_CAPACITY,
            capacity=CAPACITY,
            free=free,
        )


def _person(form: Form) -> Person | None:
    """Whom the form names; None with its problems said."""
    email = form.email("email")
    role, language = form.choice("role", Role), form.choice("language", Language)
    name, teams, skills, items = form.label("name"), form.ids("teams"), form.ids("skills"), capacities(form)
    if form.problems or role is None or language is None:
        return None
    return Person(
        email=email,
        name=name,
        role=role,
        language=language,
        team_ids=teams,
        skill_ids=skills,
        capacities=items,
    )


def _seat(form: Form, zone: ZoneInfo, *, now: datetime) -> SeatWanted | None:
    """The seat that the form asks for, if any."""
    first, last = form.day("from", required=False), form.day("to", required=False)
    if form.text("seat") == "NONE":
        return None
    kind = form.choice("seat", SeatKind)
    if first is not None and first < now.astimezone(zone).date():
        form.wrong(InvalidInput("from", "must not be in the past", "nie może być w przeszłości"))
    at_once = first is None or first == now.astimezone(zone).date()
    return SeatWanted(
        kind=kind,
        start=None if first is None or at_once else beginning_of(first, zone),
        end=None if last is None else end_of(last, zone),
        hold=form.text("hold") == "yes",
    )


async def _free(session: TenantSession, *, now: datetime) -> Sequence[Free]:
    """The licences of each kind and of no season that are free, full ones first: a season's are its people's."""
    rest = func.tstzrange(func.greatest(func.lower(SeatLicence.period), now), func.upper(SeatLicence.period))
    running = func.lower(SeatLicence.period) <= now
    counted = await session.execute(
        select(
            SeatLicence.kind,
            func.count().filter(running).label("now"),
            func.count().filter(~running).label("later"),
        )
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.cancelled_at.is_(None),
            func.coalesce(func.upper(SeatLicence.period) > now, True),
            SeatLicence.season_id.is_(None),
            FOR_ANYBODY,
            ~taken(rest),
        )
        .group_by(SeatLicence.kind)
    )
    found = {row.kind: Free(row.kind, row.now, row.later) for row in counted}
    return [found.get(kind, Free(kind, 0, 0)) for kind in SeatKind]
