"""How many seats are in use, for the start page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from domain.kit.database import TenantSession
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from domain.seats.queries import live


@dataclass(frozen=True)
class SeatUse:
    """Of the licences of a kind that run at an instant, how many somebody sits on."""

    kind: SeatKind
    in_use: int
    licences: int


async def seats_in_use(session: TenantSession, *, now: datetime) -> list[SeatUse]:
    """The use of each kind of seat, full ones first."""
    licences = (
        select(SeatLicence.kind, func.count())
        .where(
            SeatLicence.tenant_id == session.tenant_id,
            SeatLicence.period.contains(now),
            SeatLicence.cancelled_at.is_(None),
        )
        .group_by(SeatLicence.kind)
    )
    sitters = (
        select(SeatAssignment.kind, func.count())
        .where(SeatAssignment.tenant_id == session.tenant_id, live(now))
        .group_by(SeatAssignment.kind)
    )
    there = dict((await session.execute(licences)).all())
    used = dict((await session.execute(sitters)).all())
    return [SeatUse(kind, used.get(kind, 0), there.get(kind, 0)) for kind in SeatKind]
