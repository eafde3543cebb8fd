"""What everybody did with tickets: the whole shop's figures, pictures of the groups, and a table of everything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.catalogue import say
from admin.pages import page
from admin.site import Site
from admin.statistics.asked import Asked, asked_of, presets, usual
from admin.statistics.charts import Chart, Measure, chart
from admin.statistics.words import number, waited, worked
from admin.visitors import Visitor
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError, InvalidInput, Language
from domain.planning.deeds import StatisticsBy
from domain.planning.statistics import Durations, Figures, Group, Statistics, StatisticsTooWide, statistics
from domain.seasons.models import Season
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission

NEEDS = Permission.STATISTICS_READ

SEASONS = 3
"""How many seasons are offered: those that began last."""

PATHS = {StatisticsBy.AGENT: "/agents", StatisticsBy.TEAM: "/teams"}
"""Where groups have pages of their own, which take PEOPLE_READ."""


@dataclass(frozen=True)
class Line:
    """A row of the table: the name that people know, and its page, if there is one that the visitor may see."""

    name: str
    path: str | None
    figures: Figures


@dataclass(frozen=True)
class Split:
    """Of a figure that adds up: all of it in words, what light seats did, and what was done without them."""

    word: str
    all: str
    light: str
    others: str


@dataclass(frozen=True)
class Wait:
    """How long something took, in words."""

    word: str
    half: str
    most: str
    samples: int


@dataclass(frozen=True)
class Shown:
    """What was counted, as the page has it."""

    splits: list[Split]
    waits: list[Wait]
    charts: list[Chart]
    lines: list[Line]
    total: Figures


class StatisticsPage:
    """The page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        return [Route("/statistics", self._site.seen(self.page, needs=NEEDS), methods=["GET"])]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        language, now = self._site.language(request, visitor), self._site.clock.now()
        zone = ZoneInfo(visitor.tenant.timezone)
        today = now.astimezone(zone).date()
        asked, shown, problem = usual(today), None, None
        async with self._site.database.reading(visitor.tenant.id) as session:
            offered = presets(await _begun_seasons(session, now=now), today=today)
            try:
                asked = asked_of(request.query_params, today=today)
                found, kinds = await _count(session, asked, zone=zone, now=now)
            except (InvalidInput, StatisticsTooWide) as error:
                problem = _problem(error, language)
            else:
                shown = _shown(found, kinds, language=language, linked=Permission.PEOPLE_READ in _rights(visitor))
        return page(
            request,
            "statistics/page.html",
            language=language,
            status=200 if shown else 422,
            visitor=visitor,
            asked=asked,
            typed={**asked.query(), **request.query_params},
            presets=offered,
            choices=list(StatisticsBy),
            problem=problem,
            shown=shown,
            zone=visitor.tenant.timezone,
            number=number,
            waited=partial(waited, language),
            worked=partial(worked, language),
        )


async def _begun_seasons(session: TenantSession, *, now: datetime) -> Sequence[Season]:
    """Those that have begun and were not called off, the latest first."""
    begun = select(Season).where(
        Season.tenant_id == session.tenant_id,
        Season.scheduled_at.is_not(None),
        Season.cancelled_at.is_(None),
        func.lower(Season.period) <= now,
    )
    return (await session.scalars(begun.order_by(func.lower(Season.period).desc(), Season.id).limit(SEASONS))).all()


async def _count(
    session: TenantSession, asked: Asked, *, zone: ZoneInfo, now: datetime
) -> tuple[Statistics, Statistics]:
    """What was asked for, and the same by kind of seat. Raises InvalidInput, StatisticsTooWide."""
    start, end = asked.instants(zone)
    found = await statistics(session, start=start, end=end, group_by=asked.by, now=now)
    if asked.by is StatisticsBy.SEAT_KIND:
        return found, found
    return found, await statistics(session, start=start, end=end, group_by=StatisticsBy.SEAT_KIND, now=now)


def _shown(found: Statistics, kinds: Statistics, *, language: Language, linked: bool) -> Shown:
    lines = [
        Line(_name(group, found.group_by, language), _path(group, found.group_by) if linked else None, group.figures)
        for group in found.groups
    ]
    measures = _measures(language)
    named = [(line.name, line.figures) for line in lines]
    waits = {"stat_first_reply": found.total.first_reply, "stat_resolution": found.total.resolution}
    return Shown(
        splits=_splits(kinds, language),
        waits=[
            Wait(word, waited(language, took.p50), waited(language, took.p90), took.samples)
            for word, took in waits.items()
        ],
        charts=[chart(measure, named) for measure in measures],
        lines=lines,
        total=found.total,
    )


def _splits(kinds: Statistics, language: Language) -> list[Split]:
    light = next((group.figures for group in kinds.groups if group.key is SeatKind.LIGHT), None)
    splits = []
    for name in ("owned", "resolved", "reopened"):
        whole: int = getattr(kinds.total, name)
        part: int = getattr(light, name) if light is not None else 0
        splits.append(Split(f"stat_{name}", number(whole), number(part), number(whole - part)))
    work, part_of_work = kinds.total.work, light.work if light is not None else kinds.total.work * 0
    said = (worked(language, time) for time in (work, part_of_work, work - part_of_work))
    return [*splits, Split("stat_work", *said)]


def _measures(language: Language) -> list[Measure[Figures]]:
    def took(durations: Durations) -> tuple[float, float]:
        return (durations.p50 or 0, durations.p90 or 0)

    def said(durations: Durations) -> str:
        return f"{waited(language, durations.p50)} · {waited(language, durations.p90)}"

    return [
        Measure(
            "stat_tickets",
            ("stat_owned", "stat_resolved", "stat_reopened"),
            lambda figures: (figures.owned, figures.resolved, figures.reopened),
            lambda figures: " · ".join(map(number, (figures.owned, figures.resolved, figures.reopened))),
        ),
        Measure(
            "stat_work",
            ("stat_work",),
            lambda figures: (figures.work.total_seconds(),),
            lambda figures: worked(language, figures.work),
        ),
        Measure(
            "stat_first_reply",
            ("stat_half_within", "stat_most_within"),
            lambda figures: took(figures.first_reply),
            lambda figures: said(figures.first_reply),
            nested=True,
        ),
        Measure(
            "stat_resolution",
            ("stat_half_within", "stat_most_within"),
            lambda figures: took(figures.resolution),
            lambda figures: said(figures.resolution),
            nested=True,
        ),
    ]


def _name(group: Group, by: StatisticsBy, language: Language) -> str:
    if isinstance(group.key, SeatKind):
        return say(language, f"stat_kind_{group.key}")
    return group.name or say(language, f"stat_none_{by}")


def _path(group: Group, by: StatisticsBy) -> str | None:
    return f"{PATHS[by]}/{group.key}" if by in PATHS and isinstance(group.key, UUID) else None


def _rights(visitor: Visitor) -> frozenset[Permission]:
    return visitor.standing.permissions


def _problem(error: DomainError, language: Language) -> str:
    """Why nothing was counted; a wrong field is called what its label says."""
    if not isinstance(error, InvalidInput):
        return error.message(language)
    problem = error.problem_pl if language is Language.PL else error.problem
    return say(language, "stat_problem", field=say(language, f"stat_{error.field}"), problem=problem)
