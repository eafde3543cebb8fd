"""What was done with tickets, one row a deed, and the one statement that counts the deeds.

A ticket's transitions, in the order of their positions, are its moves: each holds from its instant until that of the
next. So what is read are the histories of those tickets that moved in the range, or before and after it, or before it
and never since; each of them is short.
"""

from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    TIMESTAMP,
    ColumnElement,
    Double,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy import UUID as SqlUuid
from sqlalchemy.dialects.postgresql import ARRAY, TSTZMULTIRANGE, TSTZRANGE
from sqlalchemy.orm import aliased

from domain.agents.models import Agent
from domain.seats.models import SeatAssignment, SeatLicence
from domain.tickets.lifecycle import OPEN
from domain.tickets.models import Entry, EntryKind, Resolution, Ticket, TicketState, Transition

TENANT = bindparam("tenant", type_=SqlUuid())
START = bindparam("start", type_=TIMESTAMP(timezone=True))
END = bindparam("end", type_=TIMESTAMP(timezone=True))
PRESENT = bindparam("present", type_=TIMESTAMP(timezone=True))
"""Until when time has passed: the range's end, or now if that is earlier."""

_ALWAYS: ColumnElement[Any] = literal_column("'{(,)}'::tstzmultirange", TSTZMULTIRANGE())
_NEVER: ColumnElement[Any] = literal_column("'{}'::tstzmultirange", TSTZMULTIRANGE())
_OUTBOUND: ColumnElement[Any] = literal_column(f"'{EntryKind.OUTBOUND}'", String())
"""Written out, for PostgreSQL knows the index of such entries by it."""


class GroupBy(StrEnum):
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
def counted(group_by: GroupBy) -> Select[Any]:
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
        func.sum(func.upper(deeds.c.during) - func.lower(deeds.c.during)).label("work"),
        percentiles(Deed.REPLIED).label("first_reply"),
        percentiles(Deed.RESOLVED).label("resolution"),
    ).group_by(func.rollup(deeds.c.key))


def _keyed(group_by: GroupBy) -> Subquery:
    """The deeds with the key that each belongs to; for a key of seats, cut where one seat ends and another begins.

    Of an instant, `[at, at]`, nothing is cut off, and it takes no time.
    """
    deeds = _deeds().cte("deeds")
    match group_by:
        case GroupBy.AGENT:
            return select(deeds, deeds.c.agent_id.label("key")).subquery("keyed")
        case GroupBy.TEAM:
            return select(deeds, deeds.c.team_id.label("key")).subquery("keyed")
        case _:
            sat = _sat()
            key = sat.c.kind if group_by is GroupBy.SEAT_KIND else sat.c.season_id
            met = and_(sat.c.agent_id == deeds.c.agent_id, sat.c.period.op("&&")(deeds.c.during))
            part = func.coalesce(sat.c.period.op("*")(deeds.c.during), deeds.c.during)
            parts = select(deeds.c.deed, deeds.c.seconds, part.label("during"), key.label("key"))
            return parts.select_from(deeds.outerjoin(sat, met)).subquery("keyed")


def _deeds() -> Any:
    moves = _moves()
    resolved = _resolved(moves)
    return union_all(
        _owned(moves), _of_resolutions(resolved), _reopened(moves, resolved), _replied(moves), _worked(moves)
    )


def _touched() -> CTE:
    """The tickets that moved in the range, those that moved before and after it, and those still in hands."""
    moved = select(Transition.ticket_id).where(Transition.tenant_id == TENANT, _within(Transition.at))
    through = select(Ticket.id).where(
        Ticket.tenant_id == TENANT, Ticket.state_since >= START, Ticket.arrived_at < START
    )
    held = select(Ticket.id).where(
        Ticket.tenant_id == TENANT, Ticket.assignee_id.is_not(None), Ticket.state_since < START
    )
    return union(moved, through, held).cte("touched")


def _moves() -> CTE:
    """The moves of those tickets: `[begins, ends)` (no end: it still holds), whose the ticket was before, and the how
    manyeth resolution of the ticket it is or comes after."""
    touched = _touched()
    order: dict[str, Any] = {"partition_by": Transition.ticket_id, "order_by": Transition.position}
    dated = (
        select(
            Transition.ticket_id,
            Transition.position,
            Transition.from_state,
            Transition.to_state,
            Transition.team_id,
            Transition.assignee_id,
            func.max(Transition.at).over(**order).label("begins"),
        )
        .join(touched, touched.c.ticket_id == Transition.ticket_id)
        .where(Transition.tenant_id == TENANT)
        .subquery("dated")
    )
    order = {"partition_by": dated.c.ticket_id, "order_by": dated.c.position}
    resolutions = func.count(case((dated.c.to_state == TicketState.RESOLVED, 1))).over(**order)
    return select(
        dated,
        func.lead(dated.c.begins).over(**order).label("ends"),
        func.lag(dated.c.assignee_id).over(**order).label("before_id"),
        resolutions.label("resolutions"),
    ).cte("moves")


def _resolved(moves: CTE) -> CTE:
    """The resolutions of those tickets: each move into RESOLVED with the row that says who made it."""
    numbered = (
        select(
            Resolution.ticket_id,
            Resolution.agent_id,
            func.row_number()
            .over(partition_by=Resolution.ticket_id, order_by=(Resolution.at, Resolution.id))
            .label("number"),
        )
        .where(Resolution.tenant_id == TENANT)
        .where(Resolution.ticket_id.in_(select(moves.c.ticket_id).where(moves.c.to_state == TicketState.RESOLVED)))
        .subquery("numbered")
    )
    same = and_(numbered.c.ticket_id == moves.c.ticket_id, numbered.c.number == moves.c.resolutions)
    return (
        select(moves.c.ticket_id, moves.c.resolutions, numbered.c.agent_id, moves.c.team_id, moves.c.begins.label("at"))
        .select_from(moves.outerjoin(numbered, same))
        .where(moves.c.to_state == TicketState.RESOLVED)
        .cte("resolved")
    )


def _owned(moves: CTE) -> Select[Any]:
    came = moves.c.assignee_id.is_distinct_from(moves.c.before_id)
    return _deed(Deed.OWNED, moves.c.assignee_id, moves.c.team_id, _at(moves.c.begins)).where(
        moves.c.assignee_id.is_not(None), came, _within(moves.c.begins)
    )


def _of_resolutions(resolved: CTE) -> Select[Any]:
    return (
        _deed(
            Deed.RESOLVED,
            resolved.c.agent_id,
            resolved.c.team_id,
            _at(resolved.c.at),
            _seconds(resolved.c.at - Ticket.arrived_at),
        )
        .join(Ticket, and_(Ticket.tenant_id == TENANT, Ticket.id == resolved.c.ticket_id))
        .where(_within(resolved.c.at))
    )


def _reopened(moves: CTE, resolved: CTE) -> Select[Any]:
    undone = and_(resolved.c.ticket_id == moves.c.ticket_id, resolved.c.resolutions == moves.c.resolutions)
    return (
        _deed(Deed.REOPENED, resolved.c.agent_id, resolved.c.team_id, _at(resolved.c.at))
        .join(moves, undone)
        .where(
            moves.c.from_state.in_([TicketState.RESOLVED, TicketState.CLOSED]),
            moves.c.to_state.in_(sorted(OPEN)),
            _within(moves.c.begins),
        )
    )


def _replied(moves: CTE) -> Select[Any]:
    """First words alone. A ticket that no move in reach tells of is still where it was."""
    earlier = aliased(Entry)
    first = ~(
        select(earlier.id)
        .where(
            earlier.tenant_id == TENANT,
            earlier.ticket_id == Entry.ticket_id,
            earlier.kind == _OUTBOUND,
            func.row(earlier.at, earlier.id) < func.row(Entry.at, Entry.id),
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
            _at(Entry.at),
            _seconds(Entry.at - Ticket.arrived_at),
        )
        .select_from(Entry)
        .join(Ticket, and_(Ticket.tenant_id == TENANT, Ticket.id == Entry.ticket_id))
        .outerjoin(moves, there)
        .where(Entry.tenant_id == TENANT, Entry.kind == _OUTBOUND, _within(Entry.at), first)
    )


def _worked(moves: CTE) -> Select[Any]:
    begins, ends = func.greatest(moves.c.begins, START), func.least(moves.c.ends, PRESENT)
    during = func.tstzrange(begins, ends, type_=TSTZRANGE())
    return _deed(Deed.WORKED, moves.c.assignee_id, moves.c.team_id, during).where(
        moves.c.to_state == TicketState.ASSIGNED, begins < ends
    )


def _sat() -> Subquery:
    """Where each agent sat, and when on no seat: periods of which exactly one holds at any instant."""
    seats = (
        select(SeatAssignment.agent_id, SeatAssignment.period, SeatAssignment.kind, SeatLicence.season_id)
        .join(
            SeatLicence,
            and_(SeatLicence.tenant_id == SeatAssignment.tenant_id, SeatLicence.id == SeatAssignment.licence_id),
        )
        .where(SeatAssignment.tenant_id == TENANT, SeatAssignment.cancelled_at.is_(None))
        .cte("seats")
    )
    taken = func.coalesce(func.range_agg(seats.c.period), _NEVER)
    none = (
        select(
            Agent.id.label("agent_id"),
            func.unnest(_ALWAYS.op("-")(taken), type_=TSTZRANGE()).label("period"),
            cast(null(), String).label("kind"),
            cast(null(), SqlUuid).label("season_id"),
        )
        .outerjoin(seats, seats.c.agent_id == Agent.id)
        .where(Agent.tenant_id == TENANT)
        .group_by(Agent.id)
    )
    return union_all(select(seats), none).subquery("sat")


def _deed(
    deed: Deed, agent_id: Any, team_id: Any, during: ColumnElement[Any], seconds: ColumnElement[Any] | None = None
) -> Select[Any]:
    return select(
        literal_column(f"'{deed}'", String()).label("deed"),
        agent_id.label("agent_id"),
        team_id.label("team_id"),
        during.label("during"),
        (cast(null(), Double) if seconds is None else seconds).label("seconds"),
    )


def _within(at: Any) -> ColumnElement[bool]:
    return and_(at >= START, at < END)


def _at(moment: Any) -> ColumnElement[Any]:
    return func.tstzrange(moment, moment, literal_column("'[]'"), type_=TSTZRANGE())


def _seconds(duration: Any) -> ColumnElement[Any]:
    return cast(func.extract("epoch", duration), Double)
