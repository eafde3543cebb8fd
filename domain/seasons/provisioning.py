"""The pass that gives people what is planned for them, when it is time; rights themselves wait for no pass."""

from dataclasses import dataclass
from datetime import datetime

from domain.kit.database import TenantSession
from domain.seasons import operations
from domain.seats import holding
from domain.tickets import departures


@dataclass(frozen=True)
class Provisioned:
    """What one pass did."""

    granted: int
    invited: int
    started: int
    seasons: int


async def provision(session: TenantSession, *, key: str, now: datetime) -> Provisioned:
    """Serve the line for free seats, mail what is due, record the seats and seasons that began or ended.

    `key` is the service's own. Twice is as once, and what a lost pass did not do the next one does.
    """
    granted = await holding.grant_held(session, now=now)
    seasons = await operations.record_course(session, now=now)
    started = await departures.provision_due_seats(session, now=now)
    invited = await holding.invite_due(session, key=key, now=now)
    return Provisioned(len(granted), invited, started, seasons)
