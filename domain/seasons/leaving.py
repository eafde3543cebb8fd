"""What people have of a season, and how that ends: seats, places in the line, and links that were mailed in vain."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from domain.agents import membership
from domain.agents.models import Agent, Member
from domain.agents.roles import Role, needs_seat
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.seasons.models import Season
from domain.seats import holding
from domain.seats.models import PlannedInvitation, SeatAssignment, SeatLicence
from domain.seats.queries import UNSETTLED
from domain.tickets import departures


async def leave(session: TenantSession, *, season: Season, agent_ids: Sequence[UUID], by: Actor, now: datetime) -> None:
    """End what agents have of a season: its seats, places in the line, and the links that it had mailed in vain.

    The caller has taken the seats' turn and holds the season.
    """
    seats = await seats_of(session, season=season, agent_ids=agent_ids)
    await departures.release_seats(session, assignment_ids=seats, at=None, by=by, now=now)
    for agent_id in agent_ids:
        await holding.cancel_of_agent(session, agent_id=agent_id, season_id=season.id, by=by, now=now)
    await revoke_links(session, season=season, agent_ids=agent_ids, by=by, now=now)


async def revoke_links(
    session: TenantSession, *, season: Season, agent_ids: Sequence[UUID], by: Actor, now: datetime
) -> None:
    """Make the links worthless that a season had mailed to agents who have no seat left, nor wait for one.

    The caller holds the season.
    """
    uninvited = await _with_nothing_but(session, season=season, agent_ids=agent_ids, now=now)
    await membership.revoke_unused_links(session, member_ids=uninvited, by=by, now=now)


async def agents_of(session: TenantSession, *, season: Season) -> list[UUID]:
    """The agents that its people are, and those to whom a seat of theirs was moved, in id order."""
    planned = await session.scalars(
        select(PlannedInvitation.agent_id)
        .where(PlannedInvitation.tenant_id == session.tenant_id, PlannedInvitation.season_id == season.id)
        .distinct()
    )
    return sorted(planned)


async def seats_of(
    session: TenantSession, *, season: Season, agent_ids: Sequence[UUID], later_than: datetime | None = None
) -> list[UUID]:
    """The agents' unended assignments of a season, in id order: on its licences, or on others that it was given.

    `later_than` narrows them to those that go on after an instant.
    """
    planned = (
        select(PlannedInvitation.id)
        .where(
            PlannedInvitation.tenant_id == SeatAssignment.tenant_id,
            PlannedInvitation.assignment_id == SeatAssignment.id,
            PlannedInvitation.season_id == season.id,
        )
        .exists()
    )
    found = select(SeatAssignment.id).join(
        SeatLicence,
        (SeatLicence.tenant_id == SeatAssignment.tenant_id) & (SeatLicence.id == SeatAssignment.licence_id),
    )
    mine = found.where(
        SeatAssignment.tenant_id == session.tenant_id,
        SeatAssignment.agent_id.in_(agent_ids),
        (SeatLicence.season_id == season.id) | planned,
        SeatAssignment.ended_at.is_(None),
        SeatAssignment.cancelled_at.is_(None),
    )
    if later_than is not None:
        mine = mine.where(func.coalesce(func.upper(SeatAssignment.period) > later_than, True))
    return list(await session.scalars(mine.order_by(SeatAssignment.id)))


async def _with_nothing_but(
    session: TenantSession, *, season: Season, agent_ids: Sequence[UUID], now: datetime
) -> list[UUID]:
    """The members whom the season had invited and who have no seat or planned seat left: their links lead nowhere.

    Not those whose role does without a seat: they join by a link all the same.
    """
    seated = (
        select(SeatAssignment.id)
        .where(
            SeatAssignment.tenant_id == Agent.tenant_id,
            SeatAssignment.agent_id == Agent.id,
            SeatAssignment.ended_at.is_(None),
            SeatAssignment.cancelled_at.is_(None),
            func.coalesce(func.upper(SeatAssignment.period) > now, True),
        )
        .exists()
    )
    mine = (PlannedInvitation.tenant_id == Agent.tenant_id) & (PlannedInvitation.agent_id == Agent.id)
    invited = select(PlannedInvitation.id).where(
        mine, PlannedInvitation.season_id == season.id, PlannedInvitation.settled_at.is_not(None)
    )
    to_come = func.coalesce(func.upper(PlannedInvitation.wanted) > now, True)
    waiting = select(PlannedInvitation.id).where(mine, UNSETTLED, to_come)
    found = await session.scalars(
        select(Agent.member_id)
        .join(Member, (Member.tenant_id == Agent.tenant_id) & (Member.id == Agent.member_id))
        .where(
            Agent.tenant_id == session.tenant_id,
            Agent.id.in_(agent_ids),
            Member.role.in_([role for role in Role if needs_seat(role)]),
            invited.exists(),
            ~seated,
            ~waiting.exists(),
        )
        .order_by(Agent.member_id)
    )
    return list(found)
