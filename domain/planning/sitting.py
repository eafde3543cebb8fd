"""Whose seat a stretch of time was worked on: cut where seats begin and end."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    TIMESTAMP,
    ColumnElement,
    String,
    Subquery,
    and_,
    cast,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import UUID as SqlUuid
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from domain.seats.models import SeatAssignment, SeatLicence


def cut_by_seat(deeds: CTE, *, key: str, tenant: ColumnElement[UUID]) -> Subquery:
    """The deeds (`agent_id`, `begins`, `ends` and others) with `key`, the kind or season of the seat, or null for none.

    Each agent's time is cut at every edge of a seat. The piece after the nth edge, from 0, is the seat that begins
    there, or none; `width_bucket` finds it by halves, for somebody who comes by the day has hundreds of them.
    """
    edges = _edges(tenant)
    ordered = select(edges.c.agent_id, _all(edges.c.at, by=edges.c.number).label("cuts")).group_by(edges.c.agent_id)
    calendars = ordered.subquery("calendars")
    cuts = calendars.c.cuts

    def piece(at: Any) -> ColumnElement[int]:
        return func.coalesce(func.width_bucket(at, cuts), 0)

    first = piece(deeds.c.begins)
    pieces = func.generate_series(first, piece(deeds.c.ends)).table_valued("number").render_derived().lateral("pieces")
    begins, ends = cuts[pieces.c.number], cuts[pieces.c.number + 1]
    some_of_it = and_(begins < deeds.c.ends, or_(ends.is_(None), begins < ends))
    return (
        select(
            deeds.c.deed,
            deeds.c.seconds,
            func.greatest(deeds.c.begins, begins).label("begins"),
            func.least(deeds.c.ends, ends).label("ends"),
            edges.c[key].label("key"),
        )
        .select_from(deeds)
        .outerjoin(calendars, calendars.c.agent_id == deeds.c.agent_id)
        .join(pieces, true())
        .outerjoin(edges, and_(edges.c.agent_id == deeds.c.agent_id, edges.c.number == pieces.c.number))
        .where(or_(pieces.c.number == first, some_of_it))
        .subquery("keyed")
    )


def _edges(tenant: ColumnElement[UUID]) -> CTE:
    """Where each agent's seats begin and end, numbered from 1; where two meet, the beginning comes after the end."""
    seats = (
        select(
            SeatAssignment.agent_id,
            func.lower(SeatAssignment.period).label("begins"),
            func.upper(SeatAssignment.period).label("ends"),
            SeatAssignment.kind,
            SeatLicence.season_id,
        )
        .join(
            SeatLicence,
            and_(SeatLicence.tenant_id == SeatAssignment.tenant_id, SeatLicence.id == SeatAssignment.licence_id),
        )
        .where(SeatAssignment.tenant_id == tenant, SeatAssignment.cancelled_at.is_(None))
        .cte("seats")
    )
    nothing = (cast(null(), String).label("kind"), cast(null(), SqlUuid).label("season_id"))
    edges = union_all(
        select(seats.c.agent_id, seats.c.begins.label("at"), true().label("sits"), seats.c.kind, seats.c.season_id),
        select(seats.c.agent_id, seats.c.ends, false(), *nothing).where(seats.c.ends.is_not(None)),
    ).subquery("found")
    number = func.row_number().over(partition_by=edges.c.agent_id, order_by=(edges.c.at, edges.c.sits))
    return select(edges, number.label("number")).cte("edges")


def _all(column: Any, *, by: Any) -> ColumnElement[Any]:
    return func.array_agg(aggregate_order_by(column, by), type_=ARRAY(TIMESTAMP(timezone=True)))
