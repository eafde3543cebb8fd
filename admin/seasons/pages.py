"""The list of seasons under a picture of the year; the page of one: what it comes to, who is in it, what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import aliased
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, empty
from admin.lists.history import history
from admin.lists.places import NoSuchPlace
from admin.lists.reader import Reader
from admin.lists.tellings import Telling
from admin.pages import page, root_of
from admin.seasons import concerns, persons, reading
from admin.seasons.costs import Costs, costs_of
from admin.seasons.offers import offers
from admin.seasons.timeline import Run
from admin.site import Site
from admin.visitors import Visitor
from domain.agents.channels import Channel
from domain.agents.models import Agent, Member, Skill, Team
from domain.billing.errors import PriceMissing
from domain.billing.seasons import preview_season, preview_until
from domain.kit import inputs
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError
from domain.seasons import queries
from domain.seasons.course import SeasonState
from domain.seasons.errors import SeasonOver
from domain.seasons.models import Season, SeasonSkill, SeasonTeam
from domain.seasons.queries import invitation_day
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission

NEEDS = Permission.SEATS_READ

_CREATOR, _SCHEDULER = aliased(Member), aliased(Member)


@dataclass(frozen=True)
class Facts:
    """What a season says of itself besides its days and seats."""

    teams: Sequence[Any]
    skills: Sequence[Any]
    capacities: Mapping[Channel, int]
    successor: Any
    made_by: str | None
    scheduled_by: str | None


@dataclass(frozen=True)
class Money:
    """What a season costs in all and what it has cost so far; or why that cannot be said."""

    whole: Costs | None = None
    so_far: Costs | None = None
    problem: DomainError | None = None


class Seasons:
    """The pages that are looked at."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site = self._site
        return [
            Route("/seasons", site.seen(self.all_of_them, needs=NEEDS), methods=["GET"]),
            Route("/seasons/{season:uuid}", site.seen(self.one, needs=NEEDS), methods=["GET"]),
        ]

    async def all_of_them(self, request: Request, visitor: Visitor) -> Response:
        now, zone, asked = self._site.clock.now(), ZoneInfo(visitor.tenant.timezone), request.query_params
        try:
            async with self._site.database.reading(visitor.tenant.id) as session:
                found = await reading.seasons_page(
                    session, after=asked.get("after"), before=asked.get("before"), now=now
                )
                year = _year(asked.get("year", ""), otherwise=now.astimezone(zone).year)
                picture = await reading.timeline_of(session, year=year, zone=zone, now=now)
                line = await reading.line(session)
        except NoSuchPlace:
            return self._no_such_place(request, visitor)
        return page(
            request,
            "seasons/list.html",
            language=self._site.language(request, visitor),
            visitor=visitor,
            found=found,
            timeline=picture,
            years=inputs.YEARS,
            line=line,
            manages=Permission.SEATS_MANAGE in visitor.standing.permissions,
        )

    async def one(self, request: Request, visitor: Visitor) -> Response:
        return await self.shown(request, visitor, empty(self._site.language(request, visitor)))

    async def shown(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        """The page of the address's season, with what its button refused, if anything. Raises a 404."""
        now, language = self._site.clock.now(), form.language
        reader, asked = Reader(visitor, language, now, root_of(request)), request.query_params
        manages = reader.may(Permission.SEATS_MANAGE)
        try:
            async with self._site.database.reading(visitor.tenant.id) as session:
                season = await session.get(Season, (session.tenant_id, request.path_params["season"]))
                if season is None:
                    raise HTTPException(404)
                (listed,) = await reading.listed(session, [season], now=now)
                draft = listed.state is SeasonState.DRAFT
                values: dict[str, Any] = {
                    "facts": await _facts(session, season),
                    "people": await persons.people_of(
                        session,
                        season,
                        state=listed.state,
                        seats=_wanted(season),
                        after=asked.get("after"),
                        before=asked.get("before"),
                        now=now,
                    ),
                    "money_shown": await _money(session, listed, now=now)
                    if reader.may(Permission.BILLING_READ)
                    else None,
                    "concerns": await concerns.concerns_of(session, season, own=visitor.member.role, now=now)
                    if draft
                    else [],
                    "timeline": await self._picture(session, visitor, season, now=now) if draft else None,
                    "history": await history(session, aggregate_id=season.id, reader=reader),
                }
        except NoSuchPlace:
            return self._no_such_place(request, visitor)
        return page(
            request,
            "seasons/season.html",
            language=language,
            status=status,
            visitor=visitor,
            form=form,
            problems=form.problems,
            back="/seasons",
            zone=visitor.tenant.timezone,
            season=season,
            listed=listed,
            wanted=_wanted(season),
            invited=max(now, invitation_day(season)),
            at_once=invitation_day(season) <= now,
            offers=list(offers(listed)) if manages else [],
            manages=manages,
            invites=reader.may(Permission.PEOPLE_MANAGE),
            kinds=SeatKind,
            tones=persons.TONES,
            telling=Telling(reader),
            **values,
        )

    async def _picture(self, session: TenantSession, visitor: Visitor, season: Season, *, now: datetime) -> Any:
        """The season's first year, with the seats that it is to have."""
        also = [Run(kind, season.first_day, season.last_day, count) for kind, count in _wanted(season).items() if count]
        zone = ZoneInfo(visitor.tenant.timezone)
        return await reading.timeline_of(session, year=season.first_day.year, zone=zone, now=now, also=also)

    def _no_such_place(self, request: Request, visitor: Visitor) -> Response:
        language = self._site.language(request, visitor)
        return page(
            request,
            "message.html",
            language=language,
            status=400,
            visitor=visitor,
            message=None,
            key="no_such_place",
        )


def _wanted(season: Season) -> dict[SeatKind, int]:
    """How many seats of each kind it is to have."""
    return {SeatKind.FULL: season.full_count, SeatKind.LIGHT: season.light_count}


def _year(asked: str, *, otherwise: int) -> int:
    """The year of the address; what is no year of ours is this one."""
    return (
        int(asked)
        if len(asked) == 4 and asked.isascii() and asked.isdigit() and int(asked) in inputs.YEARS
        else otherwise
    )


async def _money(session: TenantSession, listed: reading.Listed, *, now: datetime) -> Money | None:
    """None for a draft whose days are past: that it cannot be scheduled is among its concerns."""
    season = listed.season
    try:
        whole = costs_of((await preview_season(session, season_id=season.id, now=now)).cost)
        if listed.state is not SeasonState.ACTIVE:
            return Money(whole)
        return Money(whole, costs_of(await preview_until(session, season_id=season.id, end=now, now=now)))
    except SeasonOver:
        return None
    except PriceMissing as problem:
        return Money(problem=problem)


async def _facts(session: TenantSession, season: Season) -> Facts:
    teams = await session.execute(
        select(Team.id, Team.name)
        .join(SeasonTeam, (SeasonTeam.tenant_id == Team.tenant_id) & (SeasonTeam.team_id == Team.id))
        .where(Team.tenant_id == session.tenant_id, SeasonTeam.season_id == season.id)
        .order_by(Team.name, Team.id)
    )
    skills = await session.execute(
        select(Skill.id, Skill.name)
        .join(SeasonSkill, (SeasonSkill.tenant_id == Skill.tenant_id) & (SeasonSkill.skill_id == Skill.id))
        .where(Skill.tenant_id == session.tenant_id, SeasonSkill.season_id == season.id)
        .order_by(Skill.name, Skill.id)
    )
    who = (
        await session.execute(
            select(Agent.id, Agent.name, _CREATOR.name.label("made_by"), _SCHEDULER.name.label("scheduled_by"))
            .select_from(Season)
            .outerjoin(Agent, (Agent.tenant_id == Season.tenant_id) & (Agent.id == Season.successor_id))
            .outerjoin(_CREATOR, (_CREATOR.tenant_id == Season.tenant_id) & (_CREATOR.id == Season.created_by_id))
            .outerjoin(
                _SCHEDULER, (_SCHEDULER.tenant_id == Season.tenant_id) & (_SCHEDULER.id == Season.scheduled_by_id)
            )
            .where(Season.tenant_id == session.tenant_id, Season.id == season.id)
        )
    ).one()
    return Facts(
        teams=teams.all(),
        skills=skills.all(),
        capacities=await queries.capacities(session, season_id=season.id),
        successor=who if who.id is not None else None,
        made_by=who.made_by,
        scheduled_by=who.scheduled_by,
    )
