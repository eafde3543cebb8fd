"""Recording the seats that have begun. Rights do not wait for it: they follow the period."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM
from domain.seats.events import SeatStarted
from domain.seats.models import SeatAssignment


async def record_starts(session: TenantSession, *, now: datetime) -> Sequence[SeatAssignment]:
    """Record the assignments that have begun and whose start nobody has recorded; returns them, locked."""
    found = await session.scalars(
        select(SeatAssignment)
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatAssignment.started_at.is_(None),
            SeatAssignment.cancelled_at.is_(None),
            func.lower(SeatAssignment.period) <= now,
        )
        .order_by(SeatAssignment.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    begun = found.all()
    for assignment in begun:
        record_start(session, assignment, now=now)
    return begun


def record_start(session: TenantSession, assignment: SeatAssignment, *, now: datetime) -> None:
    """Record that a locked assignment has begun, once."""
    if assignment.started_at is not None:
        return
    assignment.started_at = now
    events.record(session, assignment, SeatStarted(assignment.agent_id, assignment.kind), by=SYSTEM, at=now)
