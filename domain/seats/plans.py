"""Plans for a seat: who is to have one, when, and from which day on to be invited."""

from datetime import datetime
from uuid import UUID

from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.seats.events import SeatPlanned
from domain.seats.models import Period, PlannedInvitation, SeatKind
from domain.seats.periods import start_of


async def plan_seat(
    session: TenantSession,
    *,
    agent_id: UUID,
    kind: SeatKind,
    wanted: Period,
    invite_at: datetime,
    invited_by_id: UUID,
    by: Actor,
    now: datetime,
    season_id: UUID | None = None,
    successor_id: UUID | None = None,
) -> PlannedInvitation:
    """Put an agent at the end of the line for a seat; `holding.grant_held` serves it.

    The caller has taken the seats' turn.
    """
    planned = PlannedInvitation(
        tenant_id=session.tenant_id,
        id=new_id(),
        agent_id=agent_id,
        kind=kind,
        wanted=wanted,
        season_id=season_id,
        successor_id=successor_id if successor_id != agent_id else None,
        invite_at=invite_at,
        invited_by_id=invited_by_id,
        created_at=now,
    )
    session.add(planned)
    said = SeatPlanned(agent_id, kind, start_of(wanted), wanted.upper, season_id, invite_at)
    events.record(session, planned, said, by=by, at=now)
    await session.flush()
    return planned
