"""Day passes: bought ahead, spent by coming in. The first sign-in of a day takes one, and gives a seat until it ends.

Who has a seat of their own when they sign in spends nothing, and neither does whoever stays away. A pass is one
person's for one day: when its seat was taken back, another is not spent on that day, and an admin who wants the person
to go on gives them a seat.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from domain.agents.errors import AgentNotFound
from domain.agents.models import Agent
from domain.kit import events, inputs
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats import queries
from domain.seats.days import end_of
from domain.seats.errors import DayPassHolderNotFound, TooFewDayPasses
from domain.seats.events import DayPassesAdded, DayPassesRemoved, DayPassHolderRemoved, DayPassHolderSet, DayPassSpent
from domain.seats.models import LicenceTerms, PassEntry, PassHolder, SeatAssignment, SeatKind
from domain.seats.operations import MOST_AT_ONCE, new_licence, sit
from domain.seats.periods import period, start_of
from domain.tenants.queries import tenant_of

LABELS: Mapping[Language, str] = {Language.EN: "Day pass", Language.PL: "Karnet dzienny"}
"""What the licence that a pass becomes is called."""


class PassUse(StrEnum):
    """What signing in did for somebody who comes in on day passes and had no seat."""

    SPENT = "SPENT"
    NONE_LEFT = "NONE_LEFT"
    SPENT_BEFORE = "SPENT_BEFORE"


async def add_passes(session: TenantSession, *, kind: SeatKind, count: int, by: Actor, now: datetime) -> PassEntry:
    """Add so many passes of a kind; returns the ledger's new line. Raises InvalidInput outside 1 to 1,000."""
    inputs.whole(count, field="count", least=1, most=MOST_AT_ONCE)
    await queries.take_turn(session)
    last = await _last_line(session, kind=kind)
    entry = _next_line(session, last, kind=kind, count=count, by=by, now=now)
    events.record(session, entry, DayPassesAdded(kind, count, entry.balance), by=by, at=now)
    await session.flush()
    return entry


async def remove_passes(session: TenantSession, *, kind: SeatKind, count: int, by: Actor, now: datetime) -> PassEntry:
    """Take back so many passes that nobody has spent; returns the ledger's new line.

    Raises TooFewDayPasses, InvalidInput outside 1 to 1,000.
    """
    inputs.whole(count, field="count", least=1, most=MOST_AT_ONCE)
    await queries.take_turn(session)
    last = await _last_line(session, kind=kind)
    if last.balance < count:
        raise TooFewDayPasses(kind, left=last.balance, asked=count)
    entry = _next_line(session, last, kind=kind, count=-count, by=by, now=now)
    events.record(session, entry, DayPassesRemoved(kind, count, entry.balance), by=by, at=now)
    await session.flush()
    return entry


async def set_holder(session: TenantSession, *, agent_id: UUID, kind: SeatKind, by: Actor, now: datetime) -> PassHolder:
    """Let an agent come in on day passes of a kind from the next sign-in on; the same again changes nothing.

    Raises AgentNotFound.
    """
    await queries.take_turn(session)
    holder = await _lock_holder(session, agent_id=agent_id)
    if holder is None:
        if await session.get(Agent, (session.tenant_id, agent_id)) is None:
            raise AgentNotFound(agent_id)
        holder = PassHolder(tenant_id=session.tenant_id, id=new_id(), agent_id=agent_id)
        session.add(holder)
    elif holder.removed_at is None and holder.kind is kind:
        return holder
    holder.kind, holder.removed_at = kind, None
    holder.added_at, holder.added_by_id = now, by.id if by.kind is ActorKind.MEMBER else None
    events.record(session, holder, DayPassHolderSet(agent_id, kind), by=by, at=now)
    await session.flush()
    return holder


async def remove_holder(session: TenantSession, *, agent_id: UUID, by: Actor, now: datetime) -> PassHolder:
    """Let an agent come in on day passes no more; today's seat stays theirs. Again changes nothing.

    Raises DayPassHolderNotFound.
    """
    await queries.take_turn(session)
    holder = await _lock_holder(session, agent_id=agent_id)
    if holder is None:
        raise DayPassHolderNotFound(agent_id)
    if holder.removed_at is None:
        holder.removed_at = now
        events.record(session, holder, DayPassHolderRemoved(agent_id), by=by, at=now)
        await session.flush()
    return holder


async def lock_seatless_holder(session: TenantSession, *, member_id: UUID, now: datetime) -> PassHolder | None:
    """The holder that a member is, locked, if they have no seat at the instant; the caller has the seats' turn then.

    Costs one statement for everybody else. Call it before locking the member.
    """
    seated = select(SeatAssignment.id).where(
        SeatAssignment.tenant_id == Agent.tenant_id, SeatAssignment.agent_id == Agent.id, queries.live(now)
    )
    agent_id = await session.scalar(
        select(Agent.id)
        .join(PassHolder, (PassHolder.tenant_id == Agent.tenant_id) & (PassHolder.agent_id == Agent.id))
        .where(
            Agent.tenant_id == session.tenant_id,
            Agent.member_id == member_id,
            PassHolder.removed_at.is_(None),
            ~seated.exists(),
        )
    )
    if agent_id is None:
        return None
    await queries.take_turn(session)
    holder = await _lock_holder(session, agent_id=agent_id)
    return holder if holder is not None and holder.removed_at is None else None


async def spend(session: TenantSession, *, holder: PassHolder, by: Actor, now: datetime) -> PassUse | None:
    """Spend a pass for the day that it is in the shop: a seat from now until that day or the person's own seat begins.

    None when they have a seat already, or one that begins or ends this instant. The caller has the seats' turn and the
    holder's lock.
    """
    tenant = await tenant_of(session)
    zone = ZoneInfo(tenant.timezone)
    day = now.astimezone(zone).date()
    coming = await _first_unended(session, agent_id=holder.agent_id, now=now)
    if coming is not None and start_of(coming.period) <= now:
        return None
    spent = await _spent_on(session, agent_id=holder.agent_id, day=day)
    if spent is not None:
        # Two at once may have read the clock in the other order: then the seat begins a moment from now.
        return None if coming is not None and spent.assignment_id == coming.id else PassUse.SPENT_BEFORE
    last = await _last_line(session, kind=holder.kind)
    if last.balance == 0:
        return PassUse.NONE_LEFT
    midnight = end_of(day, zone)
    end = midnight if coming is None else min(midnight, start_of(coming.period))
    label = LABELS[tenant.language]
    await _spend_one(session, last, holder=holder, day=day, end=end, label=label, by=by, now=now)
    return PassUse.SPENT


async def use_at(session: TenantSession, *, agent_id: UUID, now: datetime) -> PassUse | None:
    """What signing in would do at the instant for an agent who has no seat; None for one who holds no passes."""
    holder = await session.scalar(
        select(PassHolder).where(
            PassHolder.tenant_id == session.tenant_id, PassHolder.agent_id == agent_id, PassHolder.removed_at.is_(None)
        )
    )
    if holder is None:
        return None
    zone = ZoneInfo((await tenant_of(session)).timezone)
    if await _spent_on(session, agent_id=agent_id, day=now.astimezone(zone).date()) is not None:
        return PassUse.SPENT_BEFORE
    return PassUse.SPENT if (await _last_line(session, kind=holder.kind)).balance else PassUse.NONE_LEFT


async def balances(session: TenantSession) -> dict[SeatKind, int]:
    """How many passes of each kind are left."""
    return {kind: (await _last_line(session, kind=kind)).balance for kind in SeatKind}


@dataclass(frozen=True)
class _Line:
    """Where the ledger of a kind stands."""

    position: int
    balance: int


async def _last_line(session: TenantSession, *, kind: SeatKind) -> _Line:
    last = (
        await session.execute(
            select(PassEntry.position, PassEntry.balance)
            .where(PassEntry.tenant_id == session.tenant_id, PassEntry.kind == kind)
            .order_by(PassEntry.position.desc())
            .limit(1)
        )
    ).one_or_none()
    return _Line(0, 0) if last is None else _Line(*last)


def _next_line(
    session: TenantSession, last: _Line, *, kind: SeatKind, count: int, by: Actor, now: datetime
) -> PassEntry:
    entry = PassEntry(
        tenant_id=session.tenant_id,
        id=new_id(),
        kind=kind,
        position=last.position + 1,
        count=count,
        balance=last.balance + count,
        at=now,
        actor_kind=by.kind,
        actor_id=by.id,
    )
    session.add(entry)
    return entry


async def _spend_one(
    session: TenantSession,
    last: _Line,
    *,
    holder: PassHolder,
    day: date,
    end: datetime,
    label: str,
    by: Actor,
    now: datetime,
) -> None:
    licence = new_licence(
        session, kind=holder.kind, span=period(now, end), label=label, terms=LicenceTerms.ONE_DAY, by=SYSTEM, now=now
    )
    await session.flush()
    assignment = await sit(session, licence=licence, agent_id=holder.agent_id, span=licence.period, by=SYSTEM, now=now)
    entry = _next_line(session, last, kind=holder.kind, count=-1, by=by, now=now)
    entry.agent_id, entry.day = holder.agent_id, day
    entry.licence_id, entry.assignment_id = licence.id, assignment.id
    spent = DayPassSpent(holder.agent_id, holder.kind, licence.id, assignment.id, entry.balance)
    events.record(session, entry, spent, by=by, at=now)
    await session.flush()


async def _lock_holder(session: TenantSession, *, agent_id: UUID) -> PassHolder | None:
    return await session.scalar(
        select(PassHolder)
        .where(PassHolder.tenant_id == session.tenant_id, PassHolder.agent_id == agent_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def _spent_on(session: TenantSession, *, agent_id: UUID, day: date) -> PassEntry | None:
    return await session.scalar(
        select(PassEntry).where(
            PassEntry.tenant_id == session.tenant_id, PassEntry.agent_id == agent_id, PassEntry.day == day
        )
    )


async def _first_unended(session: TenantSession, *, agent_id: UUID, now: datetime) -> SeatAssignment | None:
    """The earliest of an agent's seats that reach past the instant, those recorded as ended a moment after it too."""
    return await session.scalar(
        select(SeatAssignment)
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatAssignment.agent_id == agent_id,
            SeatAssignment.cancelled_at.is_(None),
            func.coalesce(func.upper(SeatAssignment.period) > now, True),
        )
        .order_by(func.lower(SeatAssignment.period))
        .limit(1)
    )
