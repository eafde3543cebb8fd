"""Those who sit on seats, as the forms that change that speak of them; and what such a form says of when."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased
from starlette.exceptions import HTTPException
from starlette.requests import Request

from admin.actions.forms import Form, NotFilledIn
from admin.actions.places import agent_page, licence_page
from admin.site import Site
from admin.visitors import Visitor
from domain.agents.models import Agent, Member, MemberState, Team
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.seats.days import end_of
from domain.seats.models import SeatAssignment, SeatLicence
from domain.seats.periods import ends_by, period, start_of
from domain.seats.queries import seated
from domain.tickets.models import Ticket, TicketState

Counts = Sequence[tuple[str, int]]
"""How many tickets, by the name of their team."""


class Ending(Enum):
    """When something is to end; which of them is said, and never meant by an empty field."""

    AT_ONCE = "AT_ONCE"
    AFTER = "AFTER"


@dataclass(frozen=True)
class Sitter:
    """Somebody's time on a licence, how many of the tickets in their hands are of which team, and who is to get them.

    `conversations` are those of the tickets that only somebody on a full seat may have next.
    """

    assignment: SeatAssignment
    name: str
    successor: str | None
    tickets: Counts
    conversations: Counts

    def sits(self, now: datetime) -> bool:
        return self.assignment.period.contains(now)


@dataclass(frozen=True)
class Seatable:
    """Somebody who could sit down; `taken` when another seat of theirs overlaps the time."""

    agent_id: UUID
    name: str
    email: str
    taken: bool


async def licence_asked_for(site: Site, request: Request, visitor: Visitor) -> SeatLicence:
    """The licence of the address. Raises a 404."""
    async with site.database.reading(visitor.tenant.id) as session:
        licence = await session.get(SeatLicence, (session.tenant_id, request.path_params["licence"]))
    if licence is None:
        raise HTTPException(404)
    return licence


async def sitter_asked_for(site: Site, request: Request, visitor: Visitor) -> Sitter:
    """Who sits by the assignment of the address. Raises a 404."""
    async with site.database.reading(visitor.tenant.id) as session:
        found = await sitters_of(session, SeatAssignment.id == request.path_params["assignment"])
    if not found:
        raise HTTPException(404)
    return found[0]


def came_from(request: Request, assignment: SeatAssignment) -> str:
    """Where a change of a seat was asked for: on its agent's page, or on its licence's."""
    if request.query_params.get("of") == "agent":
        return agent_page(assignment.agent_id)
    return licence_page(assignment.licence_id)


def ending_of(form: Form, visitor: Visitor) -> datetime | None:
    """The instant after the last day, if there is to be one; None for at once. Raises NotFilledIn."""
    when = form.choice("when", Ending)
    last = form.day("last", required=when is Ending.AFTER)
    if when is Ending.AT_ONCE and last is not None:
        form.wrong(InvalidInput("last", "leave it empty to end it at once", "zostaw puste, żeby zakończyć od razu"))
    if form.problems:
        raise NotFilledIn
    return None if last is None else end_of(last, ZoneInfo(visitor.tenant.timezone))


async def seatable(session: TenantSession, *, during: SeatLicence | SeatAssignment, now: datetime) -> list[Seatable]:
    """The staff by name, but for those who are kept out, and whether they are free for what is left of that time."""
    if ends_by(during.period, now):
        return []
    rest = period(max(now, start_of(during.period)), during.period.upper)
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
    heir = aliased(Agent)
    found = (
        await session.execute(
            select(SeatAssignment, Agent.name, heir.name.label("successor"))
            .join(Agent, (Agent.tenant_id == SeatAssignment.tenant_id) & (Agent.id == SeatAssignment.agent_id))
            .outerjoin(heir, (heir.tenant_id == SeatAssignment.tenant_id) & (heir.id == SeatAssignment.successor_id))
            .where(SeatAssignment.tenant_id == session.tenant_id, which)
            .order_by(func.lower(SeatAssignment.period), SeatAssignment.id)
        )
    ).all()
    held: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    conversations: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    talks = or_(Ticket.needs_contact, Ticket.state == TicketState.WAITING)
    for row in await session.execute(
        select(
            Ticket.assignee_id,
            Team.name,
            func.count().label("tickets"),
            func.count().filter(talks).label("conversations"),
        )
        .join(Team, (Team.tenant_id == Ticket.tenant_id) & (Team.id == Ticket.team_id))
        .where(
            Ticket.tenant_id == session.tenant_id,
            Ticket.assignee_id.in_([row.SeatAssignment.agent_id for row in found]),
        )
        .group_by(Ticket.assignee_id, Team.name)
        .order_by(Team.name)
    ):
        held[row.assignee_id].append((row.name, row.tickets))
        if row.conversations:
            conversations[row.assignee_id].append((row.name, row.conversations))
    return [
        Sitter(seat, name, successor, held[seat.agent_id], conversations[seat.agent_id])
        for seat, name, successor in found
    ]
