"""When agents are at work by plan: shifts `[start, end)`, replaced for a stretch of time at once.

A shift belongs to the stretch in which it begins, so one that lasts over midnight stays with its own week.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, DateTime, delete, func, select
from sqlalchemy.dialects.postgresql import Range

from domain.agents.events import AgentShiftsSet
from domain.agents.models import AgentShift
from domain.agents.operations import locked_agent
from domain.kit import bulk, events, inputs
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id

MOST_SHIFTS = 500
"""How many are set at once."""

LONGEST = timedelta(hours=24)
WIDEST = timedelta(days=366)

BEGINS: ColumnElement[datetime] = func.lower(AgentShift.period, type_=DateTime(timezone=True))
ENDS: ColumnElement[datetime] = func.upper(AgentShift.period, type_=DateTime(timezone=True))


@dataclass(frozen=True, order=True)
class Shift:
    """From when until when somebody is at work."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Shift") -> bool:
        return self.start < other.end and other.start < self.end


def on_day(day: date, start: time, end: time, *, zone: ZoneInfo) -> Shift:
    """The shift of a day by the clock on the wall; one that does not end later than it begins ends the next day."""
    over = day if end > start else day + timedelta(days=1)
    return _in_zone(datetime.combine(day, start), datetime.combine(over, end), zone)


def days_later(shifts: Iterable[Shift], days: int, *, zone: ZoneInfo) -> list[Shift]:
    """The same shifts by the clock on the wall, so many days later."""
    later = timedelta(days=days)
    return [_in_zone(_wall(shift.start, zone) + later, _wall(shift.end, zone) + later, zone) for shift in shifts]


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _in_zone(start: datetime, end: datetime, zone: ZoneInfo) -> Shift:
    """In UTC: instants of one zone are compared by their walls, which show some of them twice a year."""
    return Shift(start.replace(tzinfo=zone).astimezone(UTC), end.replace(tzinfo=zone).astimezone(UTC))


def checked(shifts: Sequence[Shift], *, window: Shift) -> list[Shift]:
    """The shifts in order. Raises InvalidInput for one that nobody can work, or that does not begin in the window."""
    inputs.at_most(MOST_SHIFTS, shifts, field="shifts")
    inputs.instant(window.start, field="from")
    inputs.instant(window.end, field="to")
    if not timedelta(0) < window.end - window.start <= WIDEST:
        raise InvalidInput(
            "to", "must be later than “from”, by 366 days at most", "musi być późniejsze niż „from”, najwyżej o 366 dni"
        )
    for place, shift in enumerate(shifts):
        with inputs.inside("shifts", place):
            inputs.instant(shift.start, field="from")
            inputs.instant(shift.end, field="to")
            if not timedelta(0) < shift.end - shift.start <= LONGEST:
                raise InvalidInput(
                    "to",
                    "must be later than “from”, by 24 hours at most",
                    "musi być późniejsze niż „from”, najwyżej o 24 godziny",
                )
            if not window.start <= shift.start < window.end:
                raise InvalidInput("from", "must lie in the time that is set", "musi leżeć w ustawianym czasie")
    ordered = sorted(enumerate(shifts), key=lambda placed: (placed[1], placed[0]))
    for (_, earlier), (place, later) in pairwise(ordered):
        if earlier.overlaps(later):
            raise _overlapping(place)
    return [shift for _, shift in ordered]


async def shifts_of(session: TenantSession, *, agent_id: UUID, start: datetime, end: datetime) -> list[Shift]:
    """The agent's shifts that begin within the time, in order."""
    found = await session.execute(
        select(BEGINS.label("start"), ENDS.label("end"))
        .where(*_begun_in(session, agent_id=agent_id, start=start, end=end))
        .order_by(BEGINS)
    )
    return [Shift(row.start, row.end) for row in found]


async def set_shifts(
    session: TenantSession,
    *,
    agent_id: UUID,
    start: datetime,
    end: datetime,
    shifts: Sequence[Shift],
    by: Actor,
    now: datetime,
) -> bool:
    """Make these the agent's shifts among all that begin in `[start, end)`; returns whether anything has changed.

    Raises AgentNotFound, InvalidInput; also for a shift that overlaps one that begins earlier or later.
    """
    wanted = checked(shifts, window=Shift(start, end))
    agent = await locked_agent(session, agent_id=agent_id)
    if await shifts_of(session, agent_id=agent_id, start=start, end=end) == wanted:
        return False
    if wanted:
        await _refuse_overlaps(session, agent_id=agent_id, window=Shift(start, end), shifts=shifts)
    await session.execute(delete(AgentShift).where(*_begun_in(session, agent_id=agent_id, start=start, end=end)))
    rows = [
        {"id": new_id(), "agent_id": agent_id, "period": Range(shift.start, shift.end, bounds="[)")} for shift in wanted
    ]
    await bulk.add(session, AgentShift, rows)
    begin, over = tuple(shift.start for shift in wanted), tuple(shift.end for shift in wanted)
    events.record(session, agent, AgentShiftsSet(start, end, begin, over), by=by, at=now)
    await session.flush()
    return True


def _begun_in(
    session: TenantSession, *, agent_id: UUID, start: datetime, end: datetime
) -> tuple[ColumnElement[bool], ...]:
    begins = BEGINS
    return AgentShift.tenant_id == session.tenant_id, AgentShift.agent_id == agent_id, begins >= start, begins < end


async def _refuse_overlaps(session: TenantSession, *, agent_id: UUID, window: Shift, shifts: Sequence[Shift]) -> None:
    """Raises InvalidInput for a shift that overlaps one that stays."""
    around = await shifts_of(
        session, agent_id=agent_id, start=window.start - LONGEST, end=max(shift.end for shift in shifts)
    )
    staying = [shift for shift in around if not window.start <= shift.start < window.end]
    for place, shift in enumerate(shifts):
        if any(shift.overlaps(other) for other in staying):
            raise _overlapping(place)


def _overlapping(place: int) -> InvalidInput:
    return InvalidInput(f"shifts.{place}.from", "overlaps another shift", "nachodzi na inną zmianę")
