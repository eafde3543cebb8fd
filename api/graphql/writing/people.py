"""People: inviting them, and saying that one is there."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, Seat, mutation
from api.graphql.payloads import id_of, payload, to_one
from domain.agents import invitations
from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.errors import (
    AddressBelongsToCustomer,
    MemberExists,
    RoleAboveOwn,
    SkillNotFound,
    TeamNotFound,
)
from domain.agents.models import Presence
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.kit.settings import settings
from domain.orders.customers import is_customer
from domain.seats import operations as seats
from domain.seats.errors import AgentAlreadySeated, NoFreeSeat, OutsideLicence, SeatLicenceNotFound, SeatTaken
from domain.seats.models import SeatKind
from domain.seats.queries import take_turn
from domain.tenants.permissions import Permission
from domain.tickets.arrivals import come_online

if TYPE_CHECKING:
    from api.graphql.types.people import Agent, Invitation
    from api.graphql.types.seats import SeatAssignment

Described = strawberry.field


@strawberry.input(description="How many items of a channel an agent holds at once.")
class CapacityInput:
    channel: Channel = Described(description="The channel.")
    items: int = Described(description="How many at once, 0 to 1,000.")


@strawberry.input(description="The seat that the invited person is to have.")
class InvitedSeatInput:
    licence_id: UUID | None = id_of("seat_licence", default=None, description="This licence.")
    kind: SeatKind | None = Described(default=None, description="Any free licence of this kind that runs now.")
    start: datetime | None = Described(name="from", default=None, description="From when; at once if left out.")
    end: datetime | None = Described(name="to", default=None, description="Until when; as long as the licence.")


@strawberry.input(description="Whom to invite, as what.")
class AgentInviteInput:
    email: str = Described(description="Where the invitation goes, and what the person signs in with.")
    name: str = Described(description="How the person is called.")
    role: Role = Described(default=Role.AGENT, description="What the person is; not above the inviter.")
    language: Language = Described(default=Language.PL, description="The language of screens and mails.")
    team_ids: list[UUID] = id_of("team", default=(), description="The teams the person works in.")
    skill_ids: list[UUID] = id_of("skill", default=(), description="What the person can do.")
    capacities: list[CapacityInput] = Described(
        default_factory=list, description="How much at once, where it is not the usual."
    )
    seat: InvitedSeatInput | None = Described(default=None, description="A seat to give in the same step.")


@strawberry.input(description="Whether you are there.")
class AgentSetPresenceInput:
    presence: Presence = Described(description="ONLINE is given work.")


@payload(description="The person is invited; the link is on its way by mail.")
class AgentInvited:
    agent_id: strawberry.Private[UUID]
    invitation_id: strawberry.Private[UUID]
    assignment_id: strawberry.Private[UUID | None]
    agent: "Agent | None" = to_one("agent_id", description="The agent that the person is.")
    invitation: "Invitation | None" = to_one("invitation_id", description="The invitation, good for 7 days.")
    seat_assignment: "SeatAssignment | None" = to_one("assignment_id", description="The seat, if one was asked for.")


@payload(description="The presence is set.")
class AgentPresenceSet:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent, as it is now.")


@mutation(
    requires=Permission.PEOPLE_MANAGE,
    failures=(
        MemberExists,
        AddressBelongsToCustomer,
        RoleAboveOwn,
        TeamNotFound,
        SkillNotFound,
        SeatLicenceNotFound,
        NoFreeSeat,
        OutsideLicence,
        SeatTaken,
        AgentAlreadySeated,
    ),
)
async def agent_invite(call: Call, input: AgentInviteInput) -> AgentInvited:
    """Invite a person to the staff, with teams, skills, capacities and, if asked for, a seat."""
    if input.seat is not None:
        await take_turn(call.session)  # before anybody is locked
    invited = await invitations.invite_member(
        call.session,
        email=input.email,
        name=input.name,
        role=input.role,
        team_ids=input.team_ids,
        skill_ids=input.skill_ids,
        capacities={capacity.channel: capacity.items for capacity in input.capacities},
        language=input.language,
        belongs_to_customer=await is_customer(call.session, email=input.email),
        by=call.by,
        inviter_member_id=call.standing.caller_id,
        key=settings().secret_key.get_secret_value(),
        now=call.now,
    )
    assignment_id = None
    if input.seat is not None:
        assignment = await seats.assign_seat(
            call.session,
            agent_id=invited.agent.id,
            licence_id=input.seat.licence_id,
            kind=input.seat.kind,
            start=input.seat.start,
            end=input.seat.end,
            by=call.by,
            now=call.now,
        )
        assignment_id = assignment.id
    return AgentInvited(agent_id=invited.agent.id, invitation_id=invited.invitation.id, assignment_id=assignment_id)


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY)
async def agent_set_presence(call: Call, input: AgentSetPresenceInput) -> AgentPresenceSet:
    """Say that you are there, away or gone. Who is online is given work."""
    agent_id = call.seat.agent_id
    if input.presence is Presence.ONLINE:
        await come_online(call.session, agent_id=agent_id, by=call.by, now=call.now)
    else:
        await agents.set_presence(call.session, agent_id=agent_id, presence=input.presence, by=call.by, now=call.now)
    return AgentPresenceSet(agent_id=agent_id)
