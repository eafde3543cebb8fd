"""Inviting people to the staff together with the seat that they are to have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.agents import invitations
from domain.agents.channels import Channel
from domain.agents.models import Agent, Invitation
from domain.agents.roles import Role
from domain.kit import inputs
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.orders.customers import is_customer
from domain.seats import holding
from domain.seats import operations as seats
from domain.seats.models import Period, PlannedInvitation, SeatAssignment, SeatKind
from domain.seats.periods import coming
from domain.seats.queries import free_licence, take_turn
from domain.tickets.abilities import MOST_SKILLS, MOST_TEAMS


@dataclass(frozen=True)
class Person:
    """Whom to invite, as what."""

    email: str
    name: str
    role: Role
    language: Language
    team_ids: Collection[UUID] = ()
    skill_ids: Collection[UUID] = ()
    capacities: Mapping[Channel, int] | None = None


@dataclass(frozen=True)
class SeatWanted:
    """A licence, or any free one of a kind, for `[start, end)`: from now to the licence's end by default.

    `successor_id` is the agent who is to get the open tickets when it ends.
    Where none of the kind is free, `hold` keeps the person in line for one instead of refusing.
    """

    licence_id: UUID | None = None
    kind: SeatKind | None = None
    start: datetime | None = None
    end: datetime | None = None
    successor_id: UUID | None = None
    hold: bool = True


@dataclass(frozen=True)
class Recruited:
    """Who is to join: by an invitation that is on its way, or by one that goes out when the planned seat is given."""

    agent: Agent
    invitation: Invitation | None = None
    assignment: SeatAssignment | None = None
    planned: PlannedInvitation | None = None


async def invite_to_seat(
    session: TenantSession,
    *,
    person: Person,
    seat: SeatWanted | None,
    by: Actor,
    inviter_member_id: UUID,
    key: str,
    now: datetime,
) -> Recruited:
    """Invite a person, who is no customer of the shop, and give the person a seat if one is wanted: both or neither.

    Who has to wait for a seat is invited when it is given. `key` is the service's own. Raises what
    `invitations.invite_member` and `seats.assign_seat` do; what is wrong with the seat is named inside `seat`.
    """
    inputs.at_most(MOST_TEAMS, person.team_ids, field="teamIds")
    inputs.at_most(MOST_SKILLS, person.skill_ids, field="skillIds")
    if seat is not None:
        await take_turn(session)  # before anybody is locked
        waited = await _waited_for(session, seat, now=now)
        if waited is not None:
            return await _hold(session, person, seat, *waited, by=by, inviter_member_id=inviter_member_id, now=now)
    invited = await invitations.invite_member(
        session,
        **_as_member(person),
        belongs_to_customer=await is_customer(session, email=person.email),
        by=by,
        inviter_member_id=inviter_member_id,
        key=key,
        now=now,
    )
    assignment = None
    if seat is not None:
        with inputs.inside("seat"):
            assignment = await seats.assign_seat(
                session,
                agent_id=invited.agent.id,
                licence_id=seat.licence_id,
                kind=seat.kind,
                start=seat.start,
                end=seat.end,
                successor_id=seat.successor_id,
                by=by,
                now=now,
            )
    return Recruited(invited.agent, invited.invitation, assignment)


async def _waited_for(session: TenantSession, seat: SeatWanted, *, now: datetime) -> tuple[SeatKind, Period] | None:
    """The kind and time of a seat that is waited for in line; None for one that is free, or is not to be waited for."""
    if not seat.hold or seat.kind is None or seat.licence_id is not None:
        return None
    with inputs.inside("seat"):
        wanted = coming(seat.start, seat.end, now=now)
    await holding.grant_held(session, now=now)  # who stands in line already comes first
    free = await free_licence(session, kind=seat.kind, wanted=wanted, seasons={None})
    return None if free is not None else (seat.kind, wanted)


async def _hold(
    session: TenantSession,
    person: Person,
    seat: SeatWanted,
    kind: SeatKind,
    wanted: Period,
    *,
    by: Actor,
    inviter_member_id: UUID,
    now: datetime,
) -> Recruited:
    """The person is a member to be, and waits in line for a seat of the kind."""
    _, agent = await invitations.plan_member(
        session,
        **_as_member(person),
        belongs_to_customer=await is_customer(session, email=person.email),
        by=by,
        inviter_member_id=inviter_member_id,
        now=now,
    )
    planned = await holding.join_line(
        session,
        agent_id=agent.id,
        kind=kind,
        wanted=wanted,
        invited_by_id=inviter_member_id,
        successor_id=seat.successor_id,
        by=by,
        now=now,
    )
    return Recruited(agent, planned=planned)


def _as_member(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "team_ids": person.team_ids,
        "skill_ids": person.skill_ids,
        "capacities": person.capacities or {},
        "language": person.language,
    }
