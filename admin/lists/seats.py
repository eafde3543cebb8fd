"""Seats: the licences with who sits on them now, and a licence with everybody who sat, sits and will sit on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import and_, func, select
from starlette.requests import Request

from admin import looks
from admin.lists.history import History, history
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader, reader_of
from admin.lists.shown import Column, badge, instant, link, period
from admin.lists.view import View
from domain.agents.models import Agent, Member
from domain.kit.database import TenantSession
from domain.seasons.models import Season
from domain.seats.models import Period, SeatAssignment, SeatLicence
from domain.seats.queries import live
from domain.tenants.permissions import Permission
from domain.tickets.search import Kind

MOST_SITTERS = 200


class Course(Enum):
    """Where an instant is in the course of a licence or of somebody's sitting on it."""

    LATER = "LATER"
    NOW = "NOW"
    OVER = "OVER"
    CANCELLED = "CANCELLED"


def course(span: Period, *, cancelled: bool, ended: bool = False, now: datetime) -> Course:
    """Where `now` is in the course of a period."""
    if cancelled:
        return Course.CANCELLED
    if ended or (span.upper is not None and span.upper <= now):
        return Course.OVER
    return Course.LATER if span.lower is not None and now < span.lower else Course.NOW


@dataclass(frozen=True)
class Sitting:
    """Somebody's time on a licence."""

    assignment: SeatAssignment
    agent: str
    licence: str
    """The licence's label, which may be empty."""
    course: Course


@dataclass(frozen=True)
class SeatPage:
    """A licence and the people on it, the latest first."""

    licence: SeatLicence
    season: str | None
    made_by: str | None
    sittings: Sequence[Sitting]
    course: Course
    history: History | None

    @property
    def id(self) -> UUID:
        return self.licence.id


def _course(row: Any, _: str, request: Request) -> str:
    reader = reader_of(request)
    found = course(row.period, cancelled=row.cancelled_at is not None, now=reader.now)
    return looks.badge(reader.language, found)


def _sitter(row: Any, name: str, request: Request) -> str:
    if row.agent_id is None:
        return looks.NOTHING
    return Markup("{}").format(link("/agents", to="agent_id")(row, name, request))


class Seats(View, model=SeatLicence):
    path = "seats"
    needs = Permission.SEATS_READ
    search_kind = Kind.SEAT
    order = Ordering((SeatLicence.created_at, SeatLicence.id))
    columns = (
        Column("kind", badge),
        Column("licence", link("/seats", unnamed="licence_unnamed"), "wide"),
        Column("course", _course),
        Column("period", period),
        Column("sitter", _sitter, "name"),
        Column("created_at", instant, "when"),
    )

    def rows(self, reader: Reader) -> Rows:
        sitting = and_(
            SeatAssignment.tenant_id == SeatLicence.tenant_id,
            SeatAssignment.licence_id == SeatLicence.id,
            live(reader.now),
        )
        return (
            select(
                SeatLicence.id,
                SeatLicence.kind,
                SeatLicence.label.label("licence"),
                SeatLicence.period,
                SeatLicence.cancelled_at,
                SeatLicence.created_at,
                Agent.id.label("agent_id"),
                Agent.name.label("sitter"),
            )
            .outerjoin(SeatAssignment, sitting)
            .outerjoin(Agent, and_(Agent.tenant_id == SeatAssignment.tenant_id, Agent.id == SeatAssignment.agent_id))
        )

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> SeatPage | None:
        found = (
            await session.execute(
                select(SeatLicence, Season.name, Member.name)
                .outerjoin(Season, and_(Season.tenant_id == SeatLicence.tenant_id, Season.id == SeatLicence.season_id))
                .outerjoin(
                    Member, and_(Member.tenant_id == SeatLicence.tenant_id, Member.id == SeatLicence.created_by_id)
                )
                .where(SeatLicence.tenant_id == session.tenant_id, SeatLicence.id == row_id)
            )
        ).one_or_none()
        if found is None:
            return None
        licence, season, made_by = found
        return SeatPage(
            licence=licence,
            season=season,
            made_by=made_by,
            sittings=await sittings(session, SeatAssignment.licence_id == row_id, now=reader.now),
            course=course(licence.period, cancelled=licence.cancelled_at is not None, now=reader.now),
            history=await history(session, aggregate_id=row_id, reader=reader),
        )


async def sittings(session: TenantSession, where: Any, *, now: datetime) -> list[Sitting]:
    """Who sits, sat and will sit where the condition says, the latest first."""
    statement = (
        select(SeatAssignment, Agent.name, SeatLicence.label)
        .join(
            SeatLicence,
            and_(SeatLicence.tenant_id == SeatAssignment.tenant_id, SeatLicence.id == SeatAssignment.licence_id),
        )
        .join(Agent, and_(Agent.tenant_id == SeatAssignment.tenant_id, Agent.id == SeatAssignment.agent_id))
        .where(SeatAssignment.tenant_id == session.tenant_id, where)
        .order_by(func.lower(SeatAssignment.period).desc(), SeatAssignment.id.desc())
        .limit(MOST_SITTERS)
    )
    return [
        Sitting(
            assignment,
            name,
            label,
            course(
                assignment.period,
                cancelled=assignment.cancelled_at is not None,
                ended=assignment.ended_at is not None,
                now=now,
            ),
        )
        for assignment, name, label in await session.execute(statement)
    ]
