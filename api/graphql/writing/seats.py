"""Seat licences: buying them, ending them, and sitting people on them."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_each, to_one
from domain.agents.errors import AgentNotFound
from domain.seats import operations
from domain.seats.errors import (
    AgentAlreadySeated,
    AgentSuspended,
    NoFreeSeat,
    OutsideLicence,
    SeatAssignmentNotFound,
    SeatLicenceNotFound,
    SeatLicenceOfOneDay,
    SeatTaken,
    SuccessorNotFound,
)
from domain.seats.models import LicenceTerms, SeatKind
from domain.tenants.permissions import Permission
from domain.tickets import departures

if TYPE_CHECKING:
    from api.graphql.types.seats import SeatAssignment, SeatLicence

Described = strawberry.field


@strawberry.input(description="Licences to add.")
class SeatLicencesAddInput:
    kind: SeatKind = Described(description="FULL reaches customers, LIGHT does everything else.")
    count: int = Described(description="How many, 1 to 1,000.")
    start: datetime | None = Described(name="from", default=None, description="When they begin; now if left out.")
    end: datetime | None = Described(
        name="to", default=None, description="When they end, that instant excluded; never if left out."
    )
    label: str = Described(default="", description="What they are for, such as “Christmas 2026”.")
    terms: LicenceTerms = Described(
        default=LicenceTerms.ARREARS,
        description="ARREARS are paid for by the time used, PREPAID for all of it at once. ONE_DAY cannot be added.",
    )


@strawberry.input(description="Licences to end.")
class SeatLicencesExpireInput:
    licence_ids: list[UUID] = id_of("seat_licence", description="The licences.")
    at: datetime | None = Described(default=None, description="When; now if left out.")


@strawberry.input(description="Whom to sit where. Name a licence, or a kind of which any free one will do.")
class SeatAssignInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    licence_id: UUID | None = id_of("seat_licence", default=None, description="The licence.")
    kind: SeatKind | None = Described(
        default=None,
        description="Any free licence of this kind, and of no season, that covers the time; the one that ends first.",
    )
    start: datetime | None = Described(
        name="from", default=None, description="From when; now, or when the licence begins, if left out."
    )
    end: datetime | None = Described(
        name="to", default=None, description="Until when, that instant excluded; as long as the licence if left out."
    )
    successor_id: UUID | None = id_of(
        "agent", default=None, description="Who gets the open tickets when it ends; their queues if left out."
    )


@strawberry.input(description="A seat to take back.")
class SeatReleaseInput:
    assignment_id: UUID = id_of("seat_assignment", description="The seat assignment.")
    at: datetime | None = Described(default=None, description="When; now if left out.")


@payload(description="The licences were added.")
class SeatLicencesAdded:
    licence_ids: strawberry.Private[list[UUID]]
    licences: "list[SeatLicence] | None" = to_each("licence_ids", description="The new licences.")


@payload(description="The licences end when they were told to, or ended earlier.")
class SeatLicencesExpired:
    licence_ids: strawberry.Private[list[UUID]]
    licences: "list[SeatLicence] | None" = to_each(
        "licence_ids", description="Those that were changed; one that had not begun is cancelled."
    )


@payload(description="The agent has the seat.")
class SeatAssigned:
    assignment_id: strawberry.Private[UUID]
    assignment: "SeatAssignment | None" = to_one("assignment_id", description="The seat assignment.")


@payload(description="The seat is free from the instant asked for, or from the last reply on it if that is later.")
class SeatReleased:
    assignment_id: strawberry.Private[UUID]
    assignment: "SeatAssignment | None" = to_one(
        "assignment_id", description="The seat assignment; cancelled when it had not begun."
    )


@mutation(requires=Permission.SEATS_MANAGE)
async def seat_licences_add(call: Call, input: SeatLicencesAddInput) -> SeatLicencesAdded:
    """Add seat licences for a period."""
    licences = await operations.add_licences(
        call.session,
        kind=input.kind,
        count=input.count,
        start=input.start,
        end=input.end,
        label=input.label,
        terms=input.terms,
        by=call.by,
        now=call.now,
    )
    return SeatLicencesAdded(licence_ids=[licence.id for licence in licences])


@mutation(requires=Permission.SEATS_MANAGE, failures=(SeatLicenceNotFound,))
async def seat_licences_expire(call: Call, input: SeatLicencesExpireInput) -> SeatLicencesExpired:
    """End seat licences, now or later. Who sits on one then has no seat, and hands over the open tickets."""
    shortened = await departures.expire_licences(
        call.session, licence_ids=input.licence_ids, at=input.at, by=call.by, now=call.now
    )
    return SeatLicencesExpired(licence_ids=list(shortened.licence_ids))


@mutation(
    requires=Permission.SEATS_MANAGE,
    failures=(
        SeatLicenceNotFound,
        SeatLicenceOfOneDay,
        NoFreeSeat,
        AgentNotFound,
        AgentSuspended,
        OutsideLicence,
        SeatTaken,
        AgentAlreadySeated,
        SuccessorNotFound,
    ),
)
async def seat_assign(call: Call, input: SeatAssignInput) -> SeatAssigned:
    """Sit an agent on a licence."""
    assignment = await operations.assign_seat(
        call.session,
        agent_id=input.agent_id,
        licence_id=input.licence_id,
        kind=input.kind,
        start=input.start,
        end=input.end,
        successor_id=input.successor_id,
        by=call.by,
        now=call.now,
    )
    return SeatAssigned(assignment_id=assignment.id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(SeatAssignmentNotFound,))
async def seat_release(call: Call, input: SeatReleaseInput) -> SeatReleased:
    """Take a seat back, now or later. Its agent's open tickets are handed over at that instant."""
    await departures.release_seat(
        call.session, assignment_id=input.assignment_id, at=input.at, by=call.by, now=call.now
    )
    return SeatReleased(assignment_id=input.assignment_id)
