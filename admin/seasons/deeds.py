"""The buttons of a season: letting a plan stand, moving its last day, ending it, and who is in it.

Whatever takes access away says first from whom, and whose tickets go where.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.sitters import sitters_of, unended
from admin.seasons.moving import cost_until, moving_to, on_licences_of
from admin.seasons.pages import Seasons
from admin.seasons.places import SEASONS, season_page
from admin.seasons.planning import people_typed
from admin.seasons.reading import Listed, listed
from admin.seasons.seen import as_seen
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.models import Agent
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.seasons import leaving, operations, people
from domain.seasons.course import SeasonState
from domain.seasons.models import Season, SeasonPerson
from domain.seasons.people import MOST_AT_ONCE
from domain.seats import holding
from domain.seats.models import PlannedInvitation, SeatAssignment
from domain.seats.queries import HELD
from domain.tenants.permissions import Permission

NEEDS = Permission.SEATS_MANAGE

FIELDS = {"lastDay": "last_day", "people": "people", "PERSON_NAMED_TWICE": "people", "PERSON_KEPT_OUT": "people"}

Asked = Callable[..., Awaitable[Response]]


class Deeds:
    """A page for each, which says what it means, and its button."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._seasons = Seasons(site)

    def routes(self) -> list[Route]:
        site, found = self._site, []
        for path, page, button in (
            ("/seasons/{season:uuid}/days", self._days_page, self.move),
            ("/seasons/{season:uuid}/people", self._people_page, self.add_people),
            ("/seasons/{season:uuid}/end", self._end_page, self.end),
            ("/seasons/{season:uuid}/cancel", self._cancel_page, self.cancel),
            ("/seasons/people/{person:uuid}/remove", self._remove_page, self.remove),
            ("/seasons/line/{planned:uuid}/cancel", self._line_page, self.cancel_planned),
        ):
            found.append(Route(path, site.seen(self._looked_at(page), needs=NEEDS), methods=["GET"]))
            found.append(Route(path, site.pressed(button, needs=NEEDS), methods=["POST"]))
        schedule = Route("/seasons/{season:uuid}/schedule", site.pressed(self.schedule, needs=NEEDS), methods=["POST"])
        return [*found, schedule]

    async def schedule(self, request: Request, visitor: Visitor) -> Response:
        """Let the plan stand that the page has shown; when it is another by now, show that one instead."""
        season_id: UUID = request.path_params["season"]
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            await as_seen(act, form, season_id)
            await operations.schedule_season(
                act.session, season_id=season_id, own_id=act.standing.caller_id, by=act.by, now=act.now
            )
            return season_page(season_id)

        async def again(form: Form) -> Response:
            return await self._seasons.shown(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="season_scheduled", again=again
        )

    async def move(self, request: Request, visitor: Visitor) -> Response:
        """Say what another last day comes to; once that is confirmed, set it."""
        season_id: UUID = request.path_params["season"]
        form = await posted(request, self._site.language(request, visitor))
        if form.text("confirmed") != "yes":
            return await self._review(request, visitor, form)

        async def deed(act: Act) -> str:
            last = form.day("last_day")
            if last is None:
                raise NotFilledIn
            season = await as_seen(act, form, season_id)
            change = operations.extend_season if last > season.last_day else operations.shorten_season
            await change(act.session, season_id=season_id, last_day=last, by=act.by, now=act.now)
            return season_page(season_id)

        return await self._press(request, visitor, deed, self._days_page, form=form, done="season_moved")

    async def add_people(self, request: Request, visitor: Visitor) -> Response:
        season_id: UUID = request.path_params["season"]
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            named = people_typed(form)
            if not named and not form.problems:
                form.wrong(InvalidInput("people", "name somebody", "wpisz kogoś"))
            if form.problems:
                raise NotFilledIn
            await people.add_people(
                act.session,
                season_id=season_id,
                named=named,
                own_id=act.standing.caller_id,
                by=act.by,
                now=act.now,
            )
            return season_page(season_id)

        return await self._press(request, visitor, deed, self._people_page, form=form, done="season_people_added")

    async def end(self, request: Request, visitor: Visitor) -> Response:
        season_id: UUID = request.path_params["season"]

        async def deed(act: Act) -> str:
            await operations.end_season(act.session, season_id=season_id, by=act.by, now=act.now)
            return season_page(season_id)

        return await self._press(request, visitor, deed, self._end_page, done="season_ended")

    async def cancel(self, request: Request, visitor: Visitor) -> Response:
        season_id: UUID = request.path_params["season"]

        async def deed(act: Act) -> str:
            await operations.cancel_season(act.session, season_id=season_id, by=act.by, now=act.now)
            return season_page(season_id)

        return await self._press(request, visitor, deed, self._cancel_page, done="season_cancelled")

    async def remove(self, request: Request, visitor: Visitor) -> Response:
        person_id: UUID = request.path_params["person"]

        async def deed(act: Act) -> str:
            person = await people.remove_person(
                act.session, person_id=person_id, own_id=act.standing.caller_id, by=act.by, now=act.now
            )
            return season_page(person.season_id)

        return await self._press(request, visitor, deed, self._remove_page, done="season_person_removed")

    async def cancel_planned(self, request: Request, visitor: Visitor) -> Response:
        planned_id: UUID = request.path_params["planned"]

        async def deed(act: Act) -> str:
            await holding.cancel_planned(act.session, planned_id=planned_id, by=act.by, now=act.now)
            return SEASONS

        return await self._press(request, visitor, deed, self._line_page, done="planned_cancelled")

    async def _press(
        self,
        request: Request,
        visitor: Visitor,
        deed: Callable[[Act], Awaitable[str]],
        page: Asked,
        *,
        done: str,
        form: Form | None = None,
    ) -> Response:
        filled = form or await posted(request, self._site.language(request, visitor))

        async def again(form: Form) -> Response:
            return await page(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=filled, needs=NEEDS, done=done, again=again, fields=FIELDS
        )

    def _looked_at(self, page: Asked) -> Callable[[Request, Visitor], Awaitable[Response]]:
        async def look(request: Request, visitor: Visitor) -> Response:
            return await page(request, visitor, empty(self._site.language(request, visitor)))

        return look

    async def _review(self, request: Request, visitor: Visitor, form: Form) -> Response:
        last, now = form.day("last_day"), self._site.clock.now()
        if last is None:
            return await self._days_page(request, visitor, form, status=422)
        async with self._site.database.reading(visitor.tenant.id) as session:
            one = await _listed(session, request, now=now)
            try:
                moving = await moving_to(session, one.season, last=last, now=now)
            except InvalidInput as wrong:
                form.wrong(wrong, fields=FIELDS)
        if form.problems:
            return await self._days_page(request, visitor, form, status=422)
        return self._shown(request, visitor, "days_review.html", form, one, moving=moving)

    async def _days_page(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        now = self._site.clock.now()
        async with self._site.database.reading(visitor.tenant.id) as session:
            one = await _listed(session, request, now=now)
        today = now.astimezone(ZoneInfo(one.season.timezone)).date()
        least = max(today, one.season.first_day)
        return self._shown(request, visitor, "days.html", form, one, status=status, least=least)

    async def _people_page(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            one = await _listed(session, request, now=self._site.clock.now())
        return self._shown(request, visitor, "people.html", form, one, status=status, most_people=MOST_AT_ONCE)

    async def _end_page(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        return await self._ending(request, visitor, form, "end", status=status)

    async def _cancel_page(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        return await self._ending(request, visitor, form, "cancel", status=status)

    async def _ending(self, request: Request, visitor: Visitor, form: Form, what: str, *, status: int) -> Response:
        now = self._site.clock.now()
        async with self._site.database.reading(visitor.tenant.id) as session:
            one = await _listed(session, request, now=now)
            theirs = await leaving.seats_of(
                session, season=one.season, agent_ids=await leaving.agents_of(session, season=one.season)
            )
            on_theirs = on_licences_of(session, one.season.id)
            sitters = await sitters_of(session, (on_theirs | SeatAssignment.id.in_(theirs)) & unended(now))
            running = one.state is SeasonState.ACTIVE
            cost = await cost_until(session, one.season, end=now, now=now) if running else None
        possible = running if what == "end" else one.state in (SeasonState.DRAFT, SeasonState.SCHEDULED)
        return self._shown(
            request,
            visitor,
            "ending.html",
            form,
            one,
            status=status,
            what=what,
            possible=possible,
            sitters=sitters,
            cost=cost,
        )

    async def _remove_page(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        now = self._site.clock.now()
        async with self._site.database.reading(visitor.tenant.id) as session:
            person = await session.get(SeasonPerson, (session.tenant_id, request.path_params["person"]))
            if person is None:
                raise HTTPException(404)
            season = await session.get_one(Season, (session.tenant_id, person.season_id))
            (one,) = await listed(session, [season], now=now)
            whose = [] if person.agent_id is None else [person.agent_id]
            theirs = await leaving.seats_of(session, season=season, agent_ids=whose)
            sitters = await sitters_of(session, SeatAssignment.id.in_(theirs) & unended(now))
        over = person.removed_at is not None or one.state in (SeasonState.ENDED, SeasonState.CANCELLED)
        return self._shown(
            request, visitor, "remove.html", form, one, status=status, person=person, over=over, sitters=sitters
        )

    async def _line_page(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            found = (
                await session.execute(
                    select(PlannedInvitation, Agent.name, Season.name.label("season"), HELD.label("held"))
                    .join(
                        Agent,
                        (Agent.tenant_id == PlannedInvitation.tenant_id) & (Agent.id == PlannedInvitation.agent_id),
                    )
                    .outerjoin(
                        Season,
                        (Season.tenant_id == PlannedInvitation.tenant_id) & (Season.id == PlannedInvitation.season_id),
                    )
                    .where(
                        PlannedInvitation.tenant_id == session.tenant_id,
                        PlannedInvitation.id == request.path_params["planned"],
                    )
                )
            ).one_or_none()
        if found is None:
            raise HTTPException(404)
        return shown(
            self._site,
            request,
            visitor,
            "line_cancel.html",
            form,
            folder="seasons",
            back=SEASONS,
            status=status,
            planned=found.PlannedInvitation,
            name=found.name,
            season=found.season,
            over=not found.held,
        )

    def _shown(
        self,
        request: Request,
        visitor: Visitor,
        template: str,
        form: Form,
        one: Listed,
        *,
        status: int = 200,
        **more: Any,
    ) -> Response:
        return shown(
            self._site,
            request,
            visitor,
            template,
            form,
            folder="seasons",
            back=season_page(one.season.id),
            status=status,
            season=one.season,
            listed=one,
            now=self._site.clock.now(),
            **more,
        )


async def _listed(session: TenantSession, request: Request, *, now: datetime) -> Listed:
    """The season of the address. Raises a 404."""
    season = await session.get(Season, (session.tenant_id, request.path_params["season"]))
    if season is None:
        raise HTTPException(404)
    (one,) = await listed(session, [season], now=now)
    return one
