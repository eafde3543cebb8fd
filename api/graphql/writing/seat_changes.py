"""Seats that change while somebody sits on them: for longer, of another kind, another's, and whose the work is then."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_each, to_one
from domain.agents.errors import AgentNotFound
from domain.seats.errors import (
    AgentAlreadySeated,
    AgentSuspended,
    NoFreeSeat,
    SeatAssignmentNotFound,
    SeatAssignmentOver,
    SeatLicenceNotFound,
    SeatLicenceOfOneDay,
    SeatLicenceOver,
    SeatTaken,
    SuccessorNotFound,
)
from domain.seats.extending import extend_licences
from domain.seats.models import SeatKind
from domain.seats.succeeding import set_successor
from domain.tenants.permissions import Permission
from domain.tickets import changing

if TYPE_CHECKING:
    from api.graphql.types.seats import SeatAssignment, SeatLicence

Described = strawberry.field


@strawberry.input(description="Licences that are to last longer.")
class SeatLicencesExtendInput:
    licence_ids: list[UUID] = id_of("seat_licence", description="The licences.")
    end: datetime | None = Described(
        name="to", default=None, description="When they end, that instant excluded; never if left out."
    )


@strawberry.input(description="Who is to get the open tickets when a seat ends.")
class SeatSuccessorSetInput:
    assignment_id: UUID = id_of("seat_assignment", description="The seat assignment.")
    successor_id: UUID | None = id_of(
        "agent", default=None, description="The agent; nobody if left out: then they go back to their queues."
    )


@strawberry.input(description="A seat that is to be of another kind.")
class SeatChangeKindInput:
    assignment_id: UUID = id_of("seat_assignment", description="The seat assignment.")
    kind: SeatKind = Described(description="Which kind it is to be from now on.")
    exchange: bool = Described(
        default=False,
        description="End the licence, and have one of the other kind in its place for as long. "
        "Otherwise a free licence of that kind is taken which covers the rest of the time.",
    )


@strawberry.input(description="A seat that is to be another person's.")
class SeatMoveInput:
    assignment_id: UUID = id_of("seat_assignment", description="The seat assignment.")
    to_agent_id: UUID = id_of("agent", description="Who is to sit there for the rest of the time.")
    at: datetime | None = Described(default=None, description="From when; now if left out.")
    hand_over: bool = Described(
        default=True,
        description="Whether the open tickets go to that person too; otherwise they go back to their queues.",
    )


@payload(description="The licences end when they were told to, or later.")
class SeatLicencesExtended:
    licence_ids: strawberry.Private[list[UUID]]
    licences: "list[SeatLicence] | None" = to_each("licence_ids", description="Those that were changed.")


@payload(description="The successor is named, or nobody is.")
class SeatSuccessorSet:
    assignment_id: strawberry.Private[UUID]
    assignment: "SeatAssignment | None" = to_one("assignment_id", description="The seat assignment.")


@payload(description="The agent sits on a seat of that kind.")
class SeatKindChanged:
    assignment_id: strawberry.Private[UUID]
    assignment: "SeatAssignment | None" = to_one(
        "assignment_id", description="The seat assignment that counts now: a new one, unless it was of that kind."
    )


@payload(description="The seat is that person's from the instant asked for.")
class SeatMoved:
    assignment_id: strawberry.Private[UUID]
    assignment: "SeatAssignment | None" = to_one("assignment_id", description="That person's seat assignment.")


@mutation(
    requires=Permission.SEATS_MANAGE,
    failures=(SeatLicenceNotFound, SeatLicenceOver, SeatLicenceOfOneDay, AgentAlreadySeated),
)
async def seat_licences_extend(call: Call, input: SeatLicencesExtendInput) -> SeatLicencesExtended:
    """Let seat licences end later; one that ends later anyway stays as it is. Who sits on one to its end stays on."""
    changed = await extend_licences(
        call.session, licence_ids=input.licence_ids, end=input.end, by=call.by, now=call.now
    )
    return SeatLicencesExtended(licence_ids=list(changed))


@mutation(requires=Permission.SEATS_MANAGE, failures=(SeatAssignmentNotFound, SeatAssignmentOver, SuccessorNotFound))
async def seat_successor_set(call: Call, input: SeatSuccessorSetInput) -> SeatSuccessorSet:
    """Name who gets the open tickets when a seat ends, if that agent has a seat and can come in by then."""
    await set_successor(
        call.session,
        assignment_id=input.assignment_id,
        successor_id=input.successor_id,
        by=call.by,
        now=call.now,
    )
    return SeatSuccessorSet(assignment_id=input.assignment_id)


@mutation(
    requires=Permission.SEATS_MANAGE,
    failures=(SeatAssignmentNotFound, SeatAssignmentOver, NoFreeSeat, SeatTaken, SeatLicenceOfOneDay),
)
async def seat_change_kind(call: Call, input: SeatChangeKindInput) -> SeatKindChanged:
    """Sit an agent on a seat of the other kind for the rest of the time.

    From full to light, the open conversations with customers are handed over at once; the agent stays at work.
    """
    assignment = await changing.change_seat_kind(
        call.session,
        assignment_id=input.assignment_id,
        kind=input.kind,
        exchange=input.exchange,
        by=call.by,
        now=call.now,
    )
    return SeatKindChanged(assignment_id=assignment.id)


@mutation(
    requires=Permission.SEATS_MANAGE,
    failures=(
        SeatAssignmentNotFound,
        SeatAssignmentOver,
        SeatLicenceOfOneDay,
        AgentNotFound,
        AgentSuspended,
        AgentAlreadySeated,
    ),
)
async def seat_move(call: Call, input: SeatMoveInput) -> SeatMoved:
    """Let another person sit in somebody's place for the rest of the time, now or later."""
    assignment = await changing.move_seat(
        call.session,
        assignment_id=input.assignment_id,
        to_agent_id=input.to_agent_id,
        at=input.at,
        hand_over=input.hand_over,
        by=call.by,
        now=call.now,
    )
    return SeatMoved(assignment_id=assignment.id)
