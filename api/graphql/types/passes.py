"""Day passes: the ledger, what is left, and who comes in on them."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.reading import Node, column, computed, keyset, ordering, reads, to_one
from api.graphql.reading.filters import TimeRange, among, equal, filter_input, given, within
from api.graphql.types.actors import actor_id
from domain.kit.events import ActorKind
from domain.seats import models
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.people import Agent, Member
    from api.graphql.types.seats import SeatAssignment, SeatLicence


@strawberry.type(description="How many day passes of a kind are left.")
class DayPassBalance:
    kind: SeatKind = strawberry.field(description="The kind of seat that such a pass gives.")
    left: int = strawberry.field(description="How many can still be spent, or taken back.")


@ordering
class DayPassEntryOrdering(Enum):
    """How the lines of the ledger of day passes are listed."""

    NEWEST_FIRST = keyset(models.PassEntry.at.desc(), models.PassEntry.id.desc(), description="The newest first.")
    OLDEST_FIRST = keyset(models.PassEntry.at, models.PassEntry.id, description="The oldest first.")


@filter_input(description="Only lines that fit all of it.")
class DayPassEntryFilter:
    kind: list[SeatKind] | None = among(models.PassEntry.kind, description="Of passes of any of these kinds.")
    agent_id: UUID | None = equal(models.PassEntry.agent_id, id_of="agent", description="Spent by this agent.")
    at: TimeRange | None = within(models.PassEntry.at, description="Written within these instants.")
    spent: bool | None = given(
        models.PassEntry.assignment_id, description="Of a pass that was spent (true), or added or taken back (false)."
    )


@reads(
    models.PassEntry,
    requires=Permission.SEATS_READ,
    description=(
        "A line of the ledger of day passes, which never changes: some were added, taken back, or one was spent, by "
        "the first sign-in of a day of somebody who had no seat."
    ),
)
class DayPassEntry(Node):
    kind: SeatKind = column(models.PassEntry.kind, description="The kind of seat that such a pass gives.")
    count: int = column(models.PassEntry.count, description="How many came; below zero how many went.")
    balance: int = column(models.PassEntry.balance, description="How many of the kind were left then.")
    at: datetime = column(models.PassEntry.at, description="When.")
    actor_kind: ActorKind = column(models.PassEntry.actor_kind, description="What kind of actor did it.")
    actor_id: strawberry.ID | None = computed(
        actor_id,
        needs=(models.PassEntry.actor_kind, models.PassEntry.actor_id),
        description="Who did it: a member, or null for the system.",
    )
    agent: "Agent | None" = to_one(models.PassEntry.agent_id, description="Who came in on it, if it was spent.")
    day: date | None = column(models.PassEntry.day, description="For which day of the shop's zone it was spent.")
    licence: "SeatLicence | None" = to_one(
        models.PassEntry.licence_id, description="The licence that the spent pass became."
    )
    assignment: "SeatAssignment | None" = to_one(
        models.PassEntry.assignment_id, description="The seat that the spent pass gave."
    )


@ordering
class DayPassHolderOrdering(Enum):
    """How those who come in on day passes are listed."""

    NEWEST_FIRST = keyset(
        models.PassHolder.added_at.desc(), models.PassHolder.id.desc(), description="Whoever was added last first."
    )
    OLDEST_FIRST = keyset(
        models.PassHolder.added_at, models.PassHolder.id, description="Whoever was added first first."
    )


@filter_input(description="Only holders that fit all of it.")
class DayPassHolderFilter:
    kind: list[SeatKind] | None = among(models.PassHolder.kind, description="On passes of any of these kinds.")
    agent_id: UUID | None = equal(models.PassHolder.agent_id, id_of="agent", description="This agent.")
    removed: bool | None = given(
        models.PassHolder.removed_at, description="Who may come in on them no more (true), or still may (false)."
    )


@reads(
    models.PassHolder,
    requires=Permission.SEATS_READ,
    description="Somebody who comes in on day passes: without a seat, signing in spends one for the day.",
)
class DayPassHolder(Node):
    agent: "Agent | None" = to_one(models.PassHolder.agent_id, description="Who.")
    kind: SeatKind = column(models.PassHolder.kind, description="The kind of pass that they spend.")
    added_at: datetime = column(models.PassHolder.added_at, description="When they were added, or the kind was set.")
    added_by: "Member | None" = to_one(models.PassHolder.added_by_id, description="Who added them, if a person.")
    removed_at: datetime | None = column(
        models.PassHolder.removed_at, description="Since when they come in on them no more; null while they do."
    )
