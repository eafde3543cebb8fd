"""People: inviting them, and saying that one is there."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_one
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
from domain.seats.errors import AgentAlreadySeated, NoFreeSeat, OutsideLicence, SeatLicenceNotFound, SeatTaken
from domain.seats.models import SeatKind
from domain.seats.rights import Seat
from domain.tenants.permissions import Permission
from domain.tickets import arrivals, recruiting
from domain.tickets.recruiting import Person, SeatWanted

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
    kind: SeatKind | None = Described(
        default=None,
        description="Any free licence of this kind that covers the time; of several, the one that ends first.",
    )
    start: datetime | None = Described(name="from", default=None, description="From when; at once if left out.")
    end: datetime | None = Described(name="to", default=None, description="Until when; as long as the licence.")

    def wanted(self) -> SeatWanted:
        return SeatWanted(self.licence_id, self.kind, self.start, self.end)


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

    def person(self) -> Person:
        return Person(
            email=self.email,
            name=self.name,
            role=self.role,
            language=self.language,
            team_ids=self.team_ids,
            skill_ids=self.skill_ids,
            capacities={capacity.channel: capacity.items for capacity in self.capacities},
        )


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
    recruited = await recruiting.invite_to_seat(
        call.session,
        person=input.person(),
        seat=input.seat.wanted() if input.seat is not None else None,
        by=call.by,
        inviter_member_id=call.standing.caller_id,
        key=settings().secret_key.get_secret_value(),
        now=call.now,
    )
    invited, assignment = recruited.invited, recruited.assignment
    return AgentInvited(
        agent_id=invited.agent.id,
        invitation_id=invited.invitation.id,
        assignment_id=assignment.id if assignment is not None else None,
    )


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY)
async def agent_set_presence(call: Call, input: AgentSetPresenceInput) -> AgentPresenceSet:
    """Say that you are there, away or gone. Who is online is given work."""
    agent = await arrivals.set_presence(
        call.session, agent_id=call.seat.agent_id, presence=input.presence, by=call.by, now=call.now
    )
    return AgentPresenceSet(agent_id=agent.id)
