"""The form for a season: filled in once, written down as a draft, and its review is the draft's own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup, escape
from sqlalchemy import select
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.abilities import CAPACITY, Choices, capacities, choices
from admin.actions.forms import Form, NotFilledIn, posted, press, shown
from admin.catalogue import say
from admin.pages import root_of
from admin.seasons.people import LinesWrong, line_of, people_in
from admin.seasons.places import SEASONS, season_page
from admin.seasons.seen import as_seen
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.channels import DEFAULT_CAPACITY, Channel
from domain.agents.invitations import may_grant
from domain.agents.models import Agent, Member, MemberState
from domain.agents.roles import Role, needs_seat
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.seasons import drafting, queries
from domain.seasons.course import SeasonState
from domain.seasons.drafting import DEFAULT_LEAD_DAYS, MOST_LEAD_DAYS, Plan
from domain.seasons.models import MOST_SEATS, Season
from domain.seasons.people import MOST_AT_ONCE, Named
from domain.tenants.permissions import Permission

NEEDS = Permission.SEATS_MANAGE

FIELDS = {
    "name": "season",
    "firstDay": "first_day",
    "lastDay": "last_day",
    "fullCount": "full",
    "lightCount": "light",
    "leadDays": "lead_days",
    "teamIds": "teams",
    "skillIds": "skills",
    "ROLE_ABOVE_OWN": "role",
    "TEAM_NOT_FOUND": "teams",
    "SKILL_NOT_FOUND": "skills",
    "AGENT_NOT_FOUND": "successor",
}

FIRST_CHANNELS = (Channel.CHAT, Channel.EMAIL)
"""Those that are set most often."""

OTHER_CHANNELS = tuple(channel for channel in Channel if channel not in FIRST_CHANNELS)
"""Asked for under a heading of their own."""


@dataclass(frozen=True)
class Successor:
    """Somebody who could take over what a season's people leave open."""

    id: UUID
    name: str
    email: str


class Planning:
    """The form, empty or with what a draft says."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site, draft = self._site, "/seasons/{season:uuid}/edit"
        return [
            Route("/seasons/add", site.seen(self.add_page, needs=NEEDS), methods=["GET"]),
            Route("/seasons/add", site.pressed(self.add, needs=NEEDS), methods=["POST"]),
            Route(draft, site.seen(self.edit_page, needs=NEEDS), methods=["GET"]),
            Route(draft, site.pressed(self.edit, needs=NEEDS), methods=["POST"]),
        ]

    async def add_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, Form(FormData(), self._site.language(request, visitor)))

    async def add(self, request: Request, visitor: Visitor) -> Response:
        return await self._write(request, visitor, season=None)

    async def edit_page(self, request: Request, visitor: Visitor) -> Response:
        season = await self._season(request, visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            said = await _said_by(session, season)
        return await self._form(request, visitor, Form(said, self._site.language(request, visitor)), season=season)

    async def edit(self, request: Request, visitor: Visitor) -> Response:
        return await self._write(request, visitor, season=await self._season(request, visitor))

    async def _write(self, request: Request, visitor: Visitor, *, season: Season | None) -> Response:
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            if season is not None:
                await as_seen(act, form, season.id, otherwise=_rewritten(request, form, season))
            plan = _plan(form)
            if plan is None:
                raise NotFilledIn
            written = await drafting.draft_season(
                act.session,
                plan=plan,
                season_id=None if season is None else season.id,
                own_id=act.standing.caller_id,
                by=act.by,
                now=act.now,
            )
            return season_page(written.id)

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, season=season, status=422)

        return await press(
            self._site,
            request,
            visitor,
            deed,
            form=form,
            needs=NEEDS,
            done="season_drafted",
            again=again,
            fields=FIELDS,
        )

    async def _form(
        self, request: Request, visitor: Visitor, form: Form, *, season: Season | None = None, status: int = 200
    ) -> Response:
        now = self._site.clock.now()
        over = season is not None and queries.state(season, now) is not SeasonState.DRAFT
        async with self._site.database.reading(visitor.tenant.id) as session:
            offered: Choices = await choices(session)
            successors = await _successors(session)
        return shown(
            self._site,
            request,
            visitor,
            "plan.html",
            form,
            folder="seasons",
            back=SEASONS if season is None else season_page(season.id),
            status=status,
            season=season,
            over=over,
            roles=[role for role in reversed(Role) if needs_seat(role) and may_grant(visitor.member.role, role)],
            languages=Language,
            offered=offered,
            successors=successors,
            usual=DEFAULT_CAPACITY,
            first_channels=FIRST_CHANNELS,
            other_channels=OTHER_CHANNELS,
            others_typed=any(form.text(f"{CAPACITY}{channel}") for channel in OTHER_CHANNELS),
            capacity=CAPACITY,
            most=MOST_SEATS,
            most_people=MOST_AT_ONCE,
            lead_days=DEFAULT_LEAD_DAYS,
            most_lead_days=MOST_LEAD_DAYS,
        )

    async def _season(self, request: Request, visitor: Visitor) -> Season:
        """The season of the address. Raises a 404."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            season = await session.get(Season, (session.tenant_id, request.path_params["season"]))
        if season is None:
            raise HTTPException(404)
        return season


def _rewritten(request: Request, form: Form, season: Season) -> Markup:
    """What to do when somebody else has changed the draft: the form shown again has one's own words alone."""
    link = Markup('<a href="{}{}" target="_blank">{}</a>').format(
        root_of(request), season_page(season.id), say(form.language, "season_as_it_is")
    )
    return escape(say(form.language, "season_rewritten_meanwhile", season="{}")).format(link)


def people_typed(form: Form) -> list[Named]:
    """Those whom the form names, one a line; none with the problems said."""
    try:
        return people_in(str(form.typed.get("people", "")))
    except LinesWrong as wrong:
        form.wrong(wrong.said())
        return []


def _plan(form: Form) -> Plan | None:
    """What the form asks for, or None with its problems said."""
    name, first, last = form.label("season"), form.day("first_day"), form.day("last_day")
    light = form.whole("light", least=0, most=MOST_SEATS)
    full = form.whole("full", least=0, most=MOST_SEATS)
    lead_days = form.whole("lead_days", least=0, most=MOST_LEAD_DAYS)
    role, language = form.choice("role", Role), form.choice("language", Language)
    teams, skills, items = form.ids("teams"), form.ids("skills"), capacities(form)
    successor, people = form.id("successor", required=False), people_typed(form)
    if form.problems or first is None or last is None or role is None or language is None:
        return None
    return Plan(
        name=name,
        first_day=first,
        last_day=last,
        full_count=full or 0,
        light_count=light or 0,
        role=role,
        language=language,
        team_ids=teams,
        skill_ids=skills,
        capacities=items,
        lead_days=lead_days or 0,
        successor_id=successor,
        people=people,
    )


async def _said_by(session: TenantSession, season: Season) -> FormData:
    """The form filled in with what a draft says."""
    named = await queries.people(session, season_id=season.id)
    items = await queries.capacities(session, season_id=season.id)
    lines = [line_of(Named(person.email, person.name, person.kind)) for person in named]
    said: list[tuple[str, str | UploadFile]] = [
        ("season", season.name),
        ("first_day", season.first_day.isoformat()),
        ("last_day", season.last_day.isoformat()),
        ("light", str(season.light_count)),
        ("full", str(season.full_count)),
        ("lead_days", str(season.lead_days)),
        ("role", season.role.value),
        ("language", season.language.value),
        ("successor", "" if season.successor_id is None else str(season.successor_id)),
        ("people", "\n".join(lines)),
        *(("teams", str(id)) for id in await queries.team_ids(session, season_id=season.id)),
        *(("skills", str(id)) for id in await queries.skill_ids(session, season_id=season.id)),
        *((f"{CAPACITY}{channel}", str(count)) for channel, count in items.items()),
    ]
    return FormData(said)


async def _successors(session: TenantSession) -> Sequence[Successor]:
    """The staff by name, but for those who are kept out."""
    found = await session.execute(
        select(Agent.id, Agent.name, Member.email)
        .join(Member, (Member.tenant_id == Agent.tenant_id) & (Member.id == Agent.member_id))
        .where(Agent.tenant_id == session.tenant_id, Member.state != MemberState.SUSPENDED)
        .order_by(Agent.name, Agent.id)
    )
    return [Successor(row.id, row.name, row.email) for row in found]
