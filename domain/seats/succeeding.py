"""Naming who is to get the open tickets of somebody whose seat ends."""

from datetime import datetime
from uuid import UUID

from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.seats import queries
from domain.seats.errors import SeatAssignmentNotFound, SeatAssignmentOver, SuccessorNotFound
from domain.seats.events import SeatSuccessorSet
from domain.seats.models import SeatAssignment
from domain.seats.periods import ends_by


async def set_successor(
    session: TenantSession, *, assignment_id: UUID, successor_id: UUID | None, by: Actor, now: datetime
) -> SeatAssignment:
    """Name who gets the open tickets when a seat ends, or nobody; the same again changes nothing.

    Whether that agent can take them is decided when it ends.
    Raises SeatAssignmentNotFound, SeatAssignmentOver, SuccessorNotFound, InvalidInput for the agent's own name.
    """
    await queries.take_turn(session)
    assignment = await queries.lock_assignment(session, assignment_id=assignment_id)
    if assignment is None:
        raise SeatAssignmentNotFound(assignment_id)
    if assignment.cancelled_at is not None or assignment.ended_at is not None or ends_by(assignment.period, now):
        raise SeatAssignmentOver(assignment_id)
    await must_be_able_to_succeed(session, agent_id=assignment.agent_id, successor_id=successor_id)
    if assignment.successor_id != successor_id:
        assignment.successor_id = successor_id
        events.record(session, assignment, SeatSuccessorSet(assignment.agent_id, successor_id), by=by, at=now)
        await session.flush()
    return assignment


async def must_be_able_to_succeed(session: TenantSession, *, agent_id: UUID, successor_id: UUID | None) -> None:
    """Raises SuccessorNotFound, and InvalidInput for the agent themselves."""
    if successor_id == agent_id:
        raise InvalidInput("successorId", "must be somebody else", "musi to być ktoś inny")
    if successor_id is not None and await queries.state_of_agent(session, agent_id=successor_id) is None:
        raise SuccessorNotFound(successor_id)
