"""The people of a season as its page shows them: their seat or their place in the line, and their invitation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import aliased

from admin.lists.invitations import InvitationState, state_of
from admin.lists.places import Order
from domain.agents.models import Agent, Invitation, Member, MemberState
from domain.kit.database import TenantSession
from domain.seasons.course import SeasonState
from domain.seasons.models import Season, SeasonPerson
from domain.seats.models import PlannedInvitation, SeatAssignment, SeatKind
from domain.seats.queries import HELD

PAGE = 100

IN_ORDER = Order((SeasonPerson.added_at, SeasonPerson.id), descending=False)


class Place(Enum):
    """What somebody has of a season."""

    SEAT = "SEAT"
    """Or will have, when the draft is scheduled."""
    LINE = "LINE"
    LEFT = "LEFT"


class Mail(Enum):
    """What became of somebody's invitation."""

    PLANNED = "PLANNED"
    SENT = "SENT"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    JOINED = "JOINED"


TONES = {Mail.SENT: "wait", Mail.JOINED: "good", Mail.EXPIRED: "bad"}


@dataclass(frozen=True)
class Person:
    """Somebody of a season; `line` is the place in the line of their kind, for who waits.

    `kind` is that of the seat which they have or wait for, which may have been changed since they were named.
    """

    person: SeasonPerson
    kind: SeatKind
    place: Place | None
    line: int | None
    assignment: SeatAssignment | None
    mail: Mail | None
    mail_at: datetime | None
    """When it goes out, went out, or was over, by what became of it."""
    invitation_id: UUID | None
    """The newest invitation of one who has not joined and has a seat or waits for one: it can be sent again."""


@dataclass(frozen=True)
class People:
    """Some of a season's people, in the order in which they were named, and where the others begin."""

    people: Sequence[Person]
    earlier: str | None
    later: str | None


async def people_of(
    session: TenantSession,
    season: Season,
    *,
    state: SeasonState,
    seats: Mapping[SeatKind, int],
    after: str | None,
    before: str | None,
    now: datetime,
) -> People:
    """A page of the season's people; `seats` are those that a draft is to have. Raises NoSuchPlace."""
    place, backward = (before, True) if before else (after, False)
    wanted = _rows(session, season, now=now)
    if place:
        wanted = wanted.where(IN_ORDER.beyond(IN_ORDER.position(place), backward=backward))
    read = (await session.execute(IN_ORDER.by(wanted, backward=backward).limit(PAGE + 1))).all()
    more, rows = len(read) > PAGE, list(read[:PAGE])
    if backward:
        rows.reverse()
    return People(
        [_person(row, state=state, seats=seats, now=now) for row in rows],
        earlier=IN_ORDER.place_of(rows[0].SeasonPerson) if rows and (more if backward else place) else None,
        later=IN_ORDER.place_of(rows[-1].SeasonPerson) if rows and (more or backward) else None,
    )


def _rows(session: TenantSession, season: Season, *, now: datetime) -> Any:
    mine = SeasonPerson.tenant_id
    named = (
        select(
            SeasonPerson.id,
            func.row_number().over(partition_by=SeasonPerson.kind, order_by=IN_ORDER.columns).label("number"),
        )
        .where(
            SeasonPerson.tenant_id == session.tenant_id,
            SeasonPerson.season_id == season.id,
            SeasonPerson.removed_at.is_(None),
        )
        .subquery()
    )
    in_line = (
        select(
            PlannedInvitation.id,
            func.row_number()
            .over(partition_by=PlannedInvitation.kind, order_by=(PlannedInvitation.created_at, PlannedInvitation.id))
            .label("place"),
        )
        .where(PlannedInvitation.tenant_id == session.tenant_id, PlannedInvitation.season_id == season.id, HELD)
        .subquery()
    )
    newest = (
        select(Invitation)
        .where(Invitation.tenant_id == Member.tenant_id, Invitation.member_id == Member.id)
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(1)
        .lateral()
    )
    return (
        select(
            SeasonPerson,
            PlannedInvitation,
            SeatAssignment,
            Member.state.label("member_state"),
            newest.c.id.label("invitation_id"),
            newest.c.created_at.label("sent_at"),
            newest.c.expires_at,
            newest.c.accepted_at,
            newest.c.revoked_at,
            named.c.number,
            in_line.c.place,
        )
        .join(named, named.c.id == SeasonPerson.id)
        .outerjoin(
            PlannedInvitation,
            and_(PlannedInvitation.tenant_id == mine, PlannedInvitation.id == _latest_plan(now)),
        )
        .outerjoin(in_line, in_line.c.id == PlannedInvitation.id)
        .outerjoin(
            SeatAssignment,
            and_(SeatAssignment.tenant_id == mine, SeatAssignment.id == PlannedInvitation.assignment_id),
        )
        .outerjoin(Agent, and_(Agent.tenant_id == mine, Agent.id == SeasonPerson.agent_id))
        .outerjoin(Member, and_(Member.tenant_id == mine, Member.id == Agent.member_id))
        .outerjoin(newest, newest.c.member_id == Member.id)
        .where(SeasonPerson.tenant_id == session.tenant_id)
    )


def _latest_plan(now: datetime) -> Any:
    """Of a person's plans in the season the one that says most: by which they sit or will, or wait, or did last."""
    planned, seat = aliased(PlannedInvitation), aliased(SeatAssignment)
    left = func.coalesce(func.upper(seat.period) > now, True)
    sits = and_(left, seat.ended_at.is_(None), seat.cancelled_at.is_(None))
    waits = and_(planned.granted_at.is_(None), planned.cancelled_at.is_(None))
    return (
        select(planned.id)
        .outerjoin(seat, and_(seat.tenant_id == planned.tenant_id, seat.id == planned.assignment_id))
        .where(
            planned.tenant_id == SeasonPerson.tenant_id,
            planned.season_id == SeasonPerson.season_id,
            planned.agent_id == SeasonPerson.agent_id,
        )
        .order_by(
            case((sits, 0), (waits, 1), else_=2),
            case((sits, func.lower(seat.period))),
            planned.created_at.desc(),
            planned.id.desc(),
        )
        .limit(1)
        .correlate(SeasonPerson)
        .scalar_subquery()
    )


def _person(row: Any, *, state: SeasonState, seats: Mapping[SeatKind, int], now: datetime) -> Person:
    person, planned, assignment = row.SeasonPerson, row.PlannedInvitation, row.SeatAssignment
    if planned is None:
        gets_one = state is SeasonState.DRAFT and row.number <= seats.get(person.kind, 0)
        waits = state is SeasonState.DRAFT and not gets_one
        place = Place.SEAT if gets_one else Place.LINE if waits else None
        line = row.number - seats.get(person.kind, 0) if waits else None
        return Person(person, person.kind, place, line, None, None, None, None)
    mail, mail_at = _mail(row, now=now)
    waited_for = mail not in (Mail.JOINED, None)
    place = _place(row, now=now)
    again = waited_for and place in (Place.SEAT, Place.LINE)  # a link for whoever has neither would lead nowhere
    return Person(
        person, planned.kind, place, row.place, assignment, mail, mail_at, row.invitation_id if again else None
    )


def _place(row: Any, *, now: datetime) -> Place | None:
    planned, assignment = row.PlannedInvitation, row.SeatAssignment
    if assignment is None:
        return None if planned.cancelled_at is not None else Place.LINE
    over = assignment.period.upper is not None and assignment.period.upper <= now
    gone = over or assignment.ended_at is not None or assignment.cancelled_at is not None
    return Place.LEFT if gone else Place.SEAT


def _mail(row: Any, *, now: datetime) -> tuple[Mail | None, datetime | None]:
    planned = row.PlannedInvitation
    if row.member_state is MemberState.ACTIVE:
        return Mail.JOINED, row.accepted_at
    if planned.settled_at is None and planned.cancelled_at is None:
        return Mail.PLANNED, planned.invite_at
    if row.invitation_id is None:
        return None, None
    state = state_of(accepted_at=row.accepted_at, revoked_at=row.revoked_at, expires_at=row.expires_at, now=now)
    return {
        InvitationState.OPEN: (Mail.SENT, row.sent_at),
        InvitationState.ACCEPTED: (Mail.JOINED, row.accepted_at),
        InvitationState.EXPIRED: (Mail.EXPIRED, row.expires_at),
        InvitationState.REVOKED: (Mail.REVOKED, row.revoked_at),
    }[state]
