"""Inviting people to the staff together with the seat that they are to have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.agents import invitations
from domain.agents.channels import Channel
from domain.agents.invitations import Invited
from domain.agents.roles import Role
from domain.kit import inputs
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.orders.customers import is_customer
from domain.seats import operations as seats
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.queries import take_turn
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
    """

    licence_id: UUID | None = None
    kind: SeatKind | None = None
    start: datetime | None = None
    end: datetime | None = None
    successor_id: UUID | None = None


@dataclass(frozen=True)
class Recruited:
    """Who was invited, and the seat, if one was wanted."""

    invited: Invited
    assignment: SeatAssignment | None


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

    `key` is the service's own. Raises what `invitations.invite_member` and `seats.assign_seat` do; what is wrong with
    the seat is named inside `seat`.
    """
    inputs.at_most(MOST_TEAMS, person.team_ids, field="teamIds")
    inputs.at_most(MOST_SKILLS, person.skill_ids, field="skillIds")
    if seat is not None:
        await take_turn(session)  # before anybody is locked
    invited = await invitations.invite_member(
        session,
        email=person.email,
        name=person.name,
        role=person.role,
        team_ids=person.team_ids,
        skill_ids=person.skill_ids,
        capacities=person.capacities or {},
        language=person.language,
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
    return Recruited(invited, assignment)
