"""What was done with tickets, one row a deed, and the one statement that counts the deeds.

A ticket's transitions, in the order of their positions, are its moves: each holds from its instant until that of the
next. So what is read is the range itself, and the earlier history of those tickets that were there when it began.
"""

from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    TIMESTAMP,
    ColumnElement,
    CompoundSelect,
    Double,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import UUID as SqlUuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from domain.planning import sitting
from domain.tickets.lifecycle import OPEN
from domain.tickets.models import (
    Delivery,
    DeliveryState,
    Entry,
    EntryKind,
    Resolution,
    Ticket,
    TicketState,
    Transition,
)

TENANT = bindparam("tenant", type_=SqlUuid())
START = bindparam("start", type_=TIMESTAMP(timezone=True))
END = bindparam("end", type_=TIMESTAMP(timezone=True))
PRESENT = bindparam("present", type_=TIMESTAMP(timezone=True))
"""Until when time has passed: the range's end, or now if that is earlier."""

_OUTBOUND: ColumnElement[Any] = literal_column(f"'{EntryKind.OUTBOUND}'", String())
"""Written out, for PostgreSQL knows the index of such entries by it."""


class StatisticsBy(StrEnum):
    """Whose figures are told apart."""

    AGENT = "AGENT"
    TEAM = "TEAM"
    SEAT_KIND = "SEAT_KIND"
    SEASON = "SEASON"


class Deed(StrEnum):
    """What can be counted; see `statistics.Figures`."""

    OWNED = "OWNED"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"
    REPLIED = "REPLIED"
    WORKED = "WORKED"


@cache
def counted(group_by: StatisticsBy) -> Select[Any]:
    """The figures of each key and, with `everybody`, of all of them: `owned`, `resolved`, `reopened`, `replied`, `work`
    and [p50, p90] in `first_reply` and `resolution`. Takes `tenant`, `start`, `end` and `present`.
    """
    deeds = _keyed(group_by)

    def count(deed: Deed) -> ColumnElement[int]:
        return func.count().filter(deeds.c.deed == deed).label(deed.lower())

    def percentiles(deed: Deed) -> ColumnElement[list[float] | None]:
        wanted = cast([0.5, 0.9], ARRAY(Double))
        return func.percentile_cont(wanted).within_group(deeds.c.seconds).filter(deeds.c.deed == deed)

    return select(
        deeds.c.key,
        (func.grouping(deeds.c.key) == 1).label("everybody"),
        *(count(deed) for deed in Deed if deed is not Deed.WORKED),
        func.sum(deeds.c.ends - deeds.c.begins).label("work"),
        percentiles(Deed.REPLIED).label("first_reply"),
        percentiles(Deed.RESOLVED).label("resolution"),
    ).group_by(func.rollup(deeds.c.key))


def _keyed(group_by: StatisticsBy) -> Subquery:
    """The deeds with the key that each belongs to; for a key of seats, cut where seats begin and end."""
    deeds = _deeds().cte("deeds")
    match group_by:
        case StatisticsBy.AGENT:
            return select(deeds, deeds.c.agent_id.label("key")).subquery("keyed")
        case StatisticsBy.TEAM:
            return select(deeds, deeds.c.team_id.label("key")).subquery("keyed")
        case StatisticsBy.SEAT_KIND:
            return sitting.cut_by_seat(deeds, key="kind", tenant=TENANT)
        case StatisticsBy.SEASON:
            return sitting.cut_by_seat(deeds, key="season_id", tenant=TENANT)


def _deeds() -> CompoundSelect[Any]:
    moves = _moves()
    return union_all(_owned(moves), _resolved(moves), _reopened(moves), _replied(moves), _worked(moves))


def _moves() -> CTE:
    """The moves in the range, and those before it of the tickets that were there already.

    Each is `[begins, ends)` (no end: nothing in the range comes after it) and says whose the ticket was before. None
    begins before the one that it follows, so that clocks which differ count no moment twice.
    """
    columns = (
        Transition.ticket_id,
        Transition.position,
        Transition.from_state,
        Transition.to_state,
        Transition.team_id,
        Transition.assignee_id,
        Transition.at,
    )
    there = _there()
    read = union_all(
        select(*columns).where(Transition.tenant_id == TENANT, _within(Transition.at)),
        select(*columns)
        .join(there, there.c.id == Transition.ticket_id)
        .where(Transition.tenant_id == TENANT, Transition.at < START),
    ).subquery("read")
    order: dict[str, Any] = {"partition_by": read.c.ticket_id, "order_by": read.c.position}
    dated = select(read, func.max(read.c.at).over(**order).label("begins")).subquery("dated")
    order = {"partition_by": dated.c.ticket_id, "order_by": dated.c.position}
    return select(
        dated,
        func.lead(dated.c.begins).over(**order).label("ends"),
        func.lag(dated.c.assignee_id).over(**order).label("before_id"),
    ).cte("moves")


def _there() -> Subquery:
    """The tickets that came before the range and moved in it or later, and those in hands that have not moved since."""
    moved = select(Ticket.id).where(Ticket.tenant_id == TENANT, Ticket.arrived_at < START, Ticket.state_since >= START)
    held = select(Ticket.id).where(
        Ticket.tenant_id == TENANT, Ticket.assignee_id.is_not(None), Ticket.state_since < START
    )
    return union_all(moved, held).subquery("there")


def _owned(moves: CTE) -> Select[Any]:
    came = moves.c.assignee_id.is_distinct_from(moves.c.before_id)
    return _deed(Deed.OWNED, moves.c.assignee_id, moves.c.team_id, moves.c.begins).where(
        moves.c.assignee_id.is_not(None), came, _within(moves.c.begins)
    )


def _resolved(moves: CTE) -> Select[Any]:
    resolution = _latest_resolution(moves)
    seconds = _seconds(moves.c.begins - Ticket.arrived_at)
    return (
        _deed(Deed.RESOLVED, resolution.c.agent_id, moves.c.team_id, moves.c.begins, seconds=seconds)
        .select_from(moves)
        .join(Ticket, and_(Ticket.tenant_id == TENANT, Ticket.id == moves.c.ticket_id))
        .outerjoin(resolution, true())
        .where(moves.c.to_state == TicketState.RESOLVED, _within(moves.c.begins))
    )


def _reopened(moves: CTE) -> Select[Any]:
    """A ticket is reopened into the team that it was resolved in."""
    resolution = _latest_resolution(moves)
    resolved = func.coalesce(resolution.c.at, moves.c.begins)
    return (
        _deed(Deed.REOPENED, resolution.c.agent_id, moves.c.team_id, resolved)
        .select_from(moves)
        .outerjoin(resolution, true())
        .where(
            moves.c.from_state.in_([TicketState.RESOLVED, TicketState.CLOSED]),
            moves.c.to_state.in_(sorted(OPEN)),
            _within(moves.c.begins),
        )
    )


def _latest_resolution(moves: CTE) -> FromClause:
    """Of the move's ticket, by the instant of the move: its own, or the one that it undoes."""
    return (
        select(Resolution.agent_id, Resolution.at)
        .where(
            Resolution.tenant_id == TENANT,
            Resolution.ticket_id == moves.c.ticket_id,
            Resolution.at <= moves.c.begins,
        )
        .order_by(Resolution.at.desc())
        .limit(1)
        .lateral("latest")
    )


def _replied(moves: CTE) -> Select[Any]:
    """The first words that were not returned, alone. A ticket that no move in reach tells of is still where it was."""
    earlier = aliased(Entry)
    first = ~(
        select(earlier.id)
        .where(
            earlier.tenant_id == TENANT,
            earlier.ticket_id == Entry.ticket_id,
            earlier.kind == _OUTBOUND,
            func.row(earlier.at, earlier.id) < func.row(Entry.at, Entry.id),
            ~_returned(earlier.id),
        )
        .exists()
    )
    there = and_(
        moves.c.ticket_id == Entry.ticket_id,
        moves.c.begins <= Entry.at,
        or_(moves.c.ends.is_(None), Entry.at < moves.c.ends),
    )
    return (
        _deed(
            Deed.REPLIED,
            Entry.sender_agent_id,
            func.coalesce(moves.c.team_id, Ticket.team_id),
            Entry.at,
            seconds=_seconds(Entry.at - Ticket.arrived_at),
        )
        .select_from(Entry)
        .join(Ticket, and_(Ticket.tenant_id == TENANT, Ticket.id == Entry.ticket_id))
        .outerjoin(moves, there)
        .where(Entry.tenant_id == TENANT, Entry.kind == _OUTBOUND, _within(Entry.at), first)
        .where(~_returned(Entry.id))
    )


def _returned(entry_id: Any) -> ColumnElement[bool]:
    """Whether words never reached the customer, and went back to the team as a draft."""
    return (
        select(Delivery.id)
        .where(Delivery.tenant_id == TENANT, Delivery.entry_id == entry_id, Delivery.state == DeliveryState.RETURNED)
        .exists()
    )


def _worked(moves: CTE) -> Select[Any]:
    begins, ends = func.greatest(moves.c.begins, START), func.least(moves.c.ends, PRESENT)
    return _deed(Deed.WORKED, moves.c.assignee_id, moves.c.team_id, begins, ends).where(
        moves.c.to_state == TicketState.ASSIGNED, begins < ends
    )


def _deed(
    deed: Deed,
    agent_id: Any,
    team_id: Any,
    begins: Any,
    ends: Any = None,
    *,
    seconds: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """A row; without an end it is of an instant, and takes no time."""
    return select(
        literal_column(f"'{deed}'", String()).label("deed"),
        agent_id.label("agent_id"),
        team_id.label("team_id"),
        begins.label("begins"),
        (begins if ends is None else ends).label("ends"),
        (cast(null(), Double) if seconds is None else seconds).label("seconds"),
    )


def _within(at: Any) -> ColumnElement[bool]:
    return and_(at >= START, at < END)


def _seconds(duration: Any) -> ColumnElement[Any]:
    return cast(func.extract("epoch", duration), Double)
