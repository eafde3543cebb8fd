"""Seat licences and who sits on them."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import DateTime, func

from api.graphql.reading import NOW, Connection, Node, column, keyset, newest_of, ordering, reads, to_many, to_one
from api.graphql.reading.filters import TimeRange, among, equal, filter_input, given, within
from domain.seats import models
from domain.seats.models import LicenceTerms, SeatKind
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.people import Agent, Member
    from api.graphql.types.seasons import Season

INSTANT = DateTime(timezone=True)
LICENCE_FROM = func.lower(models.SeatLicence.period, type_=INSTANT)
LICENCE_TO = func.upper(models.SeatLicence.period, type_=INSTANT)
ASSIGNED_FROM = func.lower(models.SeatAssignment.period, type_=INSTANT)
ASSIGNED_TO = func.upper(models.SeatAssignment.period, type_=INSTANT)


@ordering
class SeatLicenceOrdering(Enum):
    """How licences are listed."""

    LATEST_FIRST = keyset(LICENCE_FROM.desc(), models.SeatLicence.id.desc(), description="Those that start last first.")
    EARLIEST_FIRST = keyset(LICENCE_FROM, models.SeatLicence.id, description="Those that start first first.")


@filter_input(description="Only licences that fit all of it.")
class SeatLicenceFilter:
    kind: list[SeatKind] | None = among(models.SeatLicence.kind, description="Of any of these kinds.")
    label: str | None = equal(models.SeatLicence.label, description="With this label, such as the season's name.")
    starts: TimeRange | None = within(LICENCE_FROM, description="That start within these instants.")
    ends: TimeRange | None = within(LICENCE_TO, description="That end within these instants.")


@reads(
    models.SeatLicence,
    requires=Permission.SEATS_READ,
    description="The right for one person at a time to work during a period. Its kind never changes.",
)
class SeatLicence(Node):
    kind: SeatKind = column(models.SeatLicence.kind, description="What its seat gives.")
    from_: datetime = column(LICENCE_FROM, name="from", description="When it starts.")
    to: datetime | None = column(LICENCE_TO, description="When it ends; null if it is permanent.")
    is_live: bool = column(
        models.SeatLicence.period.contains(NOW) & models.SeatLicence.cancelled_at.is_(None),
        description="Whether somebody may sit on it at this instant.",
    )
    label: str = column(models.SeatLicence.label, description="What it was added for.")
    terms: LicenceTerms = column(models.SeatLicence.terms, description="How it is paid for.")
    season: "Season | None" = to_one(models.SeatLicence.season_id, description="The season that it was added for.")
    created_at: datetime = column(models.SeatLicence.created_at, description="When it was added.")
    created_by: "Member | None" = to_one(models.SeatLicence.created_by_id, description="Who added it, if a person.")
    cancelled_at: datetime | None = column(
        models.SeatLicence.cancelled_at, description="When it was taken back before it began; it gives nothing then."
    )
    current_assignment: "SeatAssignment | None" = newest_of(
        models.SeatAssignment.licence_id,
        by=(ASSIGNED_FROM, models.SeatAssignment.id),
        where=models.SeatAssignment.period.contains(NOW) & models.SeatAssignment.cancelled_at.is_(None),
        description="Who sits on it at this instant.",
    )
    assignments: "Connection[SeatAssignment]" = to_many(
        models.SeatAssignment.licence_id,
        order=(ASSIGNED_FROM.desc(), models.SeatAssignment.id.desc()),
        description="Who sat, sits and will sit on it, the latest first.",
    )


@ordering
class SeatAssignmentOrdering(Enum):
    """How assignments are listed."""

    LATEST_FIRST = keyset(
        ASSIGNED_FROM.desc(), models.SeatAssignment.id.desc(), description="Those that start last first."
    )
    EARLIEST_FIRST = keyset(ASSIGNED_FROM, models.SeatAssignment.id, description="Those that start first first.")


@filter_input(description="Only assignments that fit all of it.")
class SeatAssignmentFilter:
    kind: list[SeatKind] | None = among(models.SeatAssignment.kind, description="On seats of any of these kinds.")
    agent_id: UUID | None = equal(models.SeatAssignment.agent_id, id_of="agent", description="Of this agent.")
    licence_id: UUID | None = equal(
        models.SeatAssignment.licence_id, id_of="seat_licence", description="On this licence."
    )
    starts: TimeRange | None = within(ASSIGNED_FROM, description="That start within these instants.")
    ends: TimeRange | None = within(ASSIGNED_TO, description="That end within these instants.")
    ended: bool | None = given(
        models.SeatAssignment.ended_at, description="Whose ending was recorded (true) or was not (false)."
    )


@reads(
    models.SeatAssignment,
    requires=Permission.SEATS_READ,
    description="Who sits on a licence during a period. Rights follow the period alone, at every instant.",
)
class SeatAssignment(Node):
    licence: "SeatLicence" = to_one(models.SeatAssignment.licence_id, description="The licence.")
    agent: "Agent | None" = to_one(models.SeatAssignment.agent_id, description="Who sits on it.")
    successor: "Agent | None" = to_one(
        models.SeatAssignment.successor_id,
        description="Who gets the open tickets when it ends, with a seat that will do; else they go to their queues.",
    )
    kind: SeatKind = column(models.SeatAssignment.kind, description="What the seat gives.")
    from_: datetime = column(ASSIGNED_FROM, name="from", description="When it starts.")
    to: datetime | None = column(ASSIGNED_TO, description="When it ends; null if it is permanent.")
    is_live: bool = column(
        models.SeatAssignment.period.contains(NOW) & models.SeatAssignment.cancelled_at.is_(None),
        description="Whether it gives its rights at this instant.",
    )
    created_at: datetime = column(models.SeatAssignment.created_at, description="When it was made.")
    started_at: datetime | None = column(
        models.SeatAssignment.started_at, description="When its start was recorded; the right does not wait for it."
    )
    ended_at: datetime | None = column(
        models.SeatAssignment.ended_at,
        description="When its end was recorded and its open work handed over; the right does not wait for it.",
    )
    cancelled_at: datetime | None = column(
        models.SeatAssignment.cancelled_at, description="When it was taken back before it began; it gives nothing then."
    )
