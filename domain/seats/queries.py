"""Looking up and locking licences and assignments.

Those who change seats take turns in their tenant. Then the order is: licences, assignments, members, agents, tickets;
each in id order, so that no two transactions wait for one another. Every lock is FOR NO KEY UPDATE: it keeps writers
out and lets others refer to the row, for a foreign key's check that waits may hold what the locker needs next.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from domain.agents.models import Agent
from domain.kit.database import TenantSession
from domain.seats.models import Period, SeatAssignment, SeatKind, SeatLicence


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


async def assignments_of(
    session: TenantSession, *, licence_ids: Collection[UUID] = (), agent_ids: Collection[UUID] = (), within: Period
) -> Sequence[SeatAssignment]:
    """Assignments on any of the licences or of any of the agents that overlap the period, locked in id order."""
    found = await session.scalars(
        select(SeatAssignment)
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatAssignment.licence_id.in_(licence_ids) | SeatAssignment.agent_id.in_(agent_ids),
            SeatAssignment.period.overlaps(within),
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


async def agent_exists(session: TenantSession, *, agent_id: UUID) -> bool:
    """Whether the tenant has the agent."""
    return await session.get(Agent, (session.tenant_id, agent_id)) is not None


async def free_licence(session: TenantSession, *, kind: SeatKind, now: datetime) -> SeatLicence | None:
    """A licence of the kind that runs now with nobody on it from now on, the one that lasts longest; locked.

    The caller has taken its turn, so two of them are never given the same one.
    """
    taken = select(SeatAssignment.id).where(
        SeatAssignment.tenant_id == SeatLicence.tenant_id,
        SeatAssignment.licence_id == SeatLicence.id,
        SeatAssignment.period.overlaps(Range(now, None, bounds="[)")),
    )
    return await session.scalar(
        select(SeatLicence)
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.kind == kind,
            SeatLicence.period.contains(now),
            ~taken.exists(),
        )
        .order_by(func.upper(SeatLicence.period).desc().nulls_first(), SeatLicence.id)
        .limit(1)
        .with_for_update(key_share=True)
    )


async def count_licences(session: TenantSession, *, kind: SeatKind, now: datetime) -> int:
    """How many licences of the kind run at the instant."""
    counted = await session.scalar(
        select(func.count())
        .select_from(SeatLicence)
        .where(SeatLicence.tenant_id == session.tenant_id, SeatLicence.kind == kind, SeatLicence.period.contains(now))
    )
    return int(counted or 0)
