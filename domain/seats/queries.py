"""Looking up and locking licences and assignments.

Those who change seats take turns in their tenant. Then the order is: holders of day passes, licences, assignments,
planned invitations, members, agents, tickets; each in id order, so that no two transactions wait for one another. Every
lock is FOR NO KEY UPDATE: it keeps writers out and lets others refer to the row, for a foreign key's check that waits
may hold what the locker needs next.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, or_, select
from sqlalchemy.orm import aliased

from domain.agents.models import Agent, Member, MemberState
from domain.kit.database import TenantSession
from domain.seats.errors import AgentAlreadySeated
from domain.seats.models import LicenceTerms, Period, PlannedInvitation, SeatAssignment, SeatKind, SeatLicence

HELD = and_(PlannedInvitation.granted_at.is_(None), PlannedInvitation.cancelled_at.is_(None))
"""Waiting for a free seat."""

UNSETTLED = and_(PlannedInvitation.settled_at.is_(None), PlannedInvitation.cancelled_at.is_(None))
"""Something of it is still to be done: a seat to be found, or an invitation to be mailed."""

FOR_ANYBODY = SeatLicence.terms != LicenceTerms.ONE_DAY
"""Whether a licence can be given to whom an admin likes; one that a day pass became is that person's alone."""


def live(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether an assignment gives its rights at the instant: it runs, and was neither cancelled nor recorded as ended.

    So a seat whose end was recorded is over even for a caller whose `now` is a little older.
    """
    return and_(
        SeatAssignment.period.contains(now), SeatAssignment.ended_at.is_(None), SeatAssignment.cancelled_at.is_(None)
    )


def in_use(within: Period | ColumnElement[Period]) -> ColumnElement[bool]:
    """Whether an assignment takes anything of the period for its agent, on its licence: past ones as well."""
    return and_(SeatAssignment.period.op("&&")(within), SeatAssignment.cancelled_at.is_(None))


def seated(within: Period | ColumnElement[Period]) -> ColumnElement[bool]:
    """Whether an agent sits on any licence at some instant of the period."""
    return (
        select(SeatAssignment.id)
        .where(SeatAssignment.tenant_id == Agent.tenant_id, SeatAssignment.agent_id == Agent.id, in_use(within))
        .exists()
    )


def sits(
    tenant_id: SQLColumnExpression[UUID], member_id: SQLColumnExpression[Any], now: datetime
) -> ColumnElement[bool]:
    """Whether a member is an agent on a live seat at the instant."""
    agent = aliased(Agent)
    return (
        select(SeatAssignment.id)
        .join(agent, and_(agent.tenant_id == SeatAssignment.tenant_id, agent.id == SeatAssignment.agent_id))
        .where(SeatAssignment.tenant_id == tenant_id, agent.member_id == member_id, live(now))
        .correlate_except(SeatAssignment, agent)
        .exists()
    )


def taken(within: Period | ColumnElement[Period]) -> ColumnElement[bool]:
    """Whether anybody sits on a licence at some instant of the period."""
    return (
        select(SeatAssignment.id)
        .where(
            SeatAssignment.tenant_id == SeatLicence.tenant_id,
            SeatAssignment.licence_id == SeatLicence.id,
            in_use(within),
        )
        .exists()
    )


async def take_turn(session: TenantSession) -> None:
    """Wait until no other transaction of this tenant is changing seats, and keep others waiting until this one ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"seats:{session.tenant_id}", 0))))


async def lock_licences(session: TenantSession, *, ids: Collection[UUID]) -> Sequence[SeatLicence]:
    """The licences of those ids that exist, locked in id order."""
    found = await session.scalars(
        select(SeatLicence)
        .where(SeatLicence.tenant_id == session.tenant_id, SeatLicence.id.in_(ids))
        .order_by(SeatLicence.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def lock_assignments_on(session: TenantSession, *, licence_ids: Collection[UUID]) -> Sequence[SeatAssignment]:
    """Every assignment on any of the licences, past and cancelled ones as well, locked in id order."""
    found = await session.scalars(
        select(SeatAssignment)
        .where(SeatAssignment.tenant_id == session.tenant_id, SeatAssignment.licence_id.in_(licence_ids))
        .order_by(SeatAssignment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def lock_assignments_of(session: TenantSession, *, agent_id: UUID) -> Sequence[SeatAssignment]:
    """An agent's assignments whose end was not recorded, locked in id order."""
    found = await session.scalars(
        select(SeatAssignment)
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatAssignment.agent_id == agent_id,
            SeatAssignment.ended_at.is_(None),
            SeatAssignment.cancelled_at.is_(None),
        )
        .order_by(SeatAssignment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def clashes(
    session: TenantSession, *, licence_id: UUID, agent_id: UUID, within: Period
) -> Sequence[SeatAssignment]:
    """Assignments on the licence or of the agent that overlap the period, locked in id order."""
    found = await session.scalars(
        select(SeatAssignment)
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            (SeatAssignment.licence_id == licence_id) | (SeatAssignment.agent_id == agent_id),
            in_use(within),
        )
        .order_by(SeatAssignment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def lock_assignment(session: TenantSession, *, assignment_id: UUID) -> SeatAssignment | None:
    """The assignment, locked, or None."""
    return await session.scalar(
        select(SeatAssignment)
        .where(SeatAssignment.tenant_id == session.tenant_id, SeatAssignment.id == assignment_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def lock_assignments(session: TenantSession, *, ids: Collection[UUID]) -> Sequence[SeatAssignment]:
    """The assignments of those ids that exist, locked in id order."""
    found = await session.scalars(
        select(SeatAssignment)
        .where(SeatAssignment.tenant_id == session.tenant_id, SeatAssignment.id.in_(ids))
        .order_by(SeatAssignment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def already_seated(session: TenantSession, *, agent_id: UUID, licence_id: UUID) -> AgentAlreadySeated:
    """The refusal for somebody who sits on the licence, which says so if they came in on a day pass."""
    licence = await session.get_one(SeatLicence, (session.tenant_id, licence_id))
    return AgentAlreadySeated(agent_id, licence_id, day_pass=licence.terms is LicenceTerms.ONE_DAY)


async def state_of_agent(session: TenantSession, *, agent_id: UUID) -> MemberState | None:
    """Whether the person who is the agent has joined or is kept out, as committed by now; None for no agent."""
    return await session.scalar(
        select(Member.state)
        .join(Agent, and_(Agent.tenant_id == Member.tenant_id, Agent.member_id == Member.id))
        .where(Agent.tenant_id == session.tenant_id, Agent.id == agent_id)
    )


async def free_licence(
    session: TenantSession,
    *,
    kind: SeatKind,
    wanted: Period,
    whole: bool = False,
    seasons: Collection[UUID | None] | None = None,
) -> SeatLicence | None:
    """A licence of the kind that covers the period with nobody on it during it, the one that ends earliest; locked.

    A period without an end asks for the licence until its own end, with `whole` for one without an end. So a seasonal
    licence goes before a permanent one.
    `seasons` narrows it to licences of these seasons (None: of no season), those of a season first.
    The caller has taken its turn, so two of them are never given the same one.
    """
    covered = wanted if whole or wanted.upper is not None else wanted.lower
    of_seasons = [] if seasons is None else [_of_seasons(seasons)]
    return await session.scalar(
        select(SeatLicence)
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.kind == kind,
            SeatLicence.period.contains(covered),
            SeatLicence.cancelled_at.is_(None),
            FOR_ANYBODY,
            ~taken(wanted),
            *of_seasons,
        )
        .order_by(
            *([] if seasons is None else [SeatLicence.season_id.is_(None)]),
            func.upper(SeatLicence.period).asc().nulls_last(),
            SeatLicence.id,
        )
        .limit(1)
        .with_for_update(key_share=True)
    )


def _of_seasons(seasons: Collection[UUID | None]) -> ColumnElement[bool]:
    among = SeatLicence.season_id.in_([season for season in seasons if season is not None])
    return or_(among, SeatLicence.season_id.is_(None)) if None in seasons else among


async def anybody_held(session: TenantSession) -> bool:
    """Whether somebody waits for a free seat."""
    held = select(PlannedInvitation.id).where(PlannedInvitation.tenant_id == session.tenant_id, HELD)
    return bool(await session.scalar(select(held.exists())))


async def latest_plan_of(session: TenantSession, *, agent_id: UUID) -> PlannedInvitation | None:
    """The plan for a seat that was made last for an agent, whatever has become of it."""
    return await session.scalar(
        select(PlannedInvitation)
        .where(PlannedInvitation.tenant_id == session.tenant_id, PlannedInvitation.agent_id == agent_id)
        .order_by(PlannedInvitation.created_at.desc(), PlannedInvitation.id.desc())
        .limit(1)
    )


async def count_licences(
    session: TenantSession, *, kind: SeatKind, at: datetime, seasons: Collection[UUID | None]
) -> int:
    """How many licences of the kind and of these seasons (None: of no season) run at the instant; no day passes."""
    counted = await session.scalar(
        select(func.count())
        .select_from(SeatLicence)
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.kind == kind,
            SeatLicence.period.contains(at),
            SeatLicence.cancelled_at.is_(None),
            FOR_ANYBODY,
            _of_seasons(seasons),
        )
    )
    return int(counted or 0)
