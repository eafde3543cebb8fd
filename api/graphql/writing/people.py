"""People: inviting them, what they do, and saying that one is there."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_one
from domain.agents import membership
from domain.agents.channels import Channel
from domain.agents.errors import (
    AddressBelongsToCustomer,
    AgentNotFound,
    InvitationNotFound,
    InvitationsUsedUp,
    InvitationTooSoon,
    MemberExists,
    MemberNotFound,
    MemberOutranksYou,
    NotYourself,
    OwnerNeeded,
    RoleAboveOwn,
    SkillNotFound,
    TeamNotFound,
)
from domain.agents.models import Presence
from domain.agents.roles import Role
from domain.kit.errors import InvalidInput, Language
from domain.kit.settings import settings
from domain.seats.errors import (
    AgentAlreadySeated,
    NoFreeSeat,
    OutsideLicence,
    SeatLicenceNotFound,
    SeatLicenceOfOneDay,
    SeatTaken,
    SuccessorNotFound,
)
from domain.seats.models import SeatKind
from domain.seats.rights import Seat
from domain.tenants.permissions import Permission
from domain.tickets import abilities, arrivals, departures, recruiting
from domain.tickets.recruiting import Person, SeatWanted

if TYPE_CHECKING:
    from api.graphql.types.people import Agent, Invitation, Member
    from api.graphql.types.seasons import PlannedInvitation
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
        description="Any free licence of this kind, and of no season, that covers the time; the one that ends first.",
    )
    start: datetime | None = Described(name="from", default=None, description="From when; at once if left out.")
    end: datetime | None = Described(name="to", default=None, description="Until when; as long as the licence.")
    successor_id: UUID | None = id_of(
        "agent", default=None, description="Who gets the open tickets when it ends; their queues if left out."
    )
    hold: bool = Described(
        default=True,
        description="With a kind: where none is free, wait in line for one, and be invited when it is there.",
    )

    def wanted(self) -> SeatWanted:
        return SeatWanted(
            self.licence_id, self.kind, self.start, self.end, successor_id=self.successor_id, hold=self.hold
        )


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
            capacities=by_channel(self.capacities),
        )


@strawberry.input(description="All the teams that an agent is to be in.")
class AgentSetTeamsInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    team_ids: list[UUID] = id_of("team", description="Up to 100 teams; the agent leaves the others.")


@strawberry.input(description="How much an agent holds at once, where it is not the usual.")
class AgentSetCapacitiesInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    capacities: list[CapacityInput] = Described(description="By channel; one that is not named is the usual again.")


@strawberry.input(description="Whom to keep out.")
class MemberSuspendInput:
    member_id: UUID = id_of("member", description="The member; not yourself.")


@strawberry.input(description="Whom to let back in.")
class MemberReactivateInput:
    member_id: UUID = id_of("member", description="The member.")


@strawberry.input(description="Another role for somebody.")
class MemberSetRoleInput:
    member_id: UUID = id_of("member", description="The member; not yourself.")
    role: Role = Described(description="The role; not above your own.")


@strawberry.input(description="An invitation to send once more.")
class InvitationResendInput:
    invitation_id: UUID = id_of("invitation", description="The invitation, of somebody who has not joined.")


@strawberry.input(description="An invitation to call back.")
class InvitationRevokeInput:
    invitation_id: UUID = id_of("invitation", description="The invitation.")


@strawberry.input(description="Whether you are there.")
class AgentSetPresenceInput:
    presence: Presence = Described(description="ONLINE is given work.")


@payload(description="The person is invited and the link on its way by mail, or will be once a seat is free.")
class AgentInvited:
    agent_id: strawberry.Private[UUID]
    invitation_id: strawberry.Private[UUID | None]
    assignment_id: strawberry.Private[UUID | None]
    planned_id: strawberry.Private[UUID | None]
    agent: "Agent | None" = to_one("agent_id", description="The agent that the person is.")
    invitation: "Invitation | None" = to_one(
        "invitation_id", description="The invitation, good for 7 days; none yet for who waits for a seat."
    )
    seat_assignment: "SeatAssignment | None" = to_one("assignment_id", description="The seat, if one was free.")
    planned_invitation: "PlannedInvitation | None" = to_one(
        "planned_id", description="The place in the line for a seat, if none was free."
    )


@payload(description="These are the agent's teams.")
class AgentTeamsSet:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent, as it is now.")


@payload(description="These are the agent's capacities.")
class AgentCapacitiesSet:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent, as it is now.")


@payload(description="The member is kept out: no seat, no session, no token.")
class MemberSuspended:
    member_id: strawberry.Private[UUID]
    member: "Member | None" = to_one("member_id", description="The member, as it is now.")


@payload(description="The member may come in again.")
class MemberReactivated:
    member_id: strawberry.Private[UUID]
    member: "Member | None" = to_one("member_id", description="The member, as it is now.")


@payload(description="The member has the role.")
class MemberRoleSet:
    member_id: strawberry.Private[UUID]
    member: "Member | None" = to_one("member_id", description="The member, as it is now.")


@payload(description="A new link is on its way.")
class InvitationResent:
    invitation_id: strawberry.Private[UUID]
    invitation: "Invitation | None" = to_one("invitation_id", description="The new invitation, good for 7 days.")


@payload(description="The link is worthless.")
class InvitationRevoked:
    invitation_id: strawberry.Private[UUID]
    invitation: "Invitation | None" = to_one("invitation_id", description="The invitation, as it is now.")


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
        SeatLicenceOfOneDay,
        NoFreeSeat,
        OutsideLicence,
        SeatTaken,
        AgentAlreadySeated,
        SuccessorNotFound,
        InvitationTooSoon,
        InvitationsUsedUp,
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
    invitation, assignment, planned = recruited.invitation, recruited.assignment, recruited.planned
    return AgentInvited(
        agent_id=recruited.agent.id,
        invitation_id=invitation.id if invitation is not None else None,
        assignment_id=assignment.id if assignment is not None else None,
        planned_id=planned.id if planned is not None else None,
    )


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(AgentNotFound, TeamNotFound))
async def agent_set_teams(call: Call, input: AgentSetTeamsInput) -> AgentTeamsSet:
    """Say which teams an agent is in. What waits in a new one may go to the agent; tickets in hand stay there."""
    await abilities.set_teams(call.session, agent_id=input.agent_id, team_ids=input.team_ids, by=call.by, now=call.now)
    return AgentTeamsSet(agent_id=input.agent_id)


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(AgentNotFound,))
async def agent_set_capacities(call: Call, input: AgentSetCapacitiesInput) -> AgentCapacitiesSet:
    """Say how many tickets of a channel an agent holds at once. More may be given at once; what is held stays."""
    await abilities.set_capacities(
        call.session,
        agent_id=input.agent_id,
        capacities=by_channel(input.capacities),
        by=call.by,
        now=call.now,
    )
    return AgentCapacitiesSet(agent_id=input.agent_id)


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(MemberNotFound, NotYourself, MemberOutranksYou, OwnerNeeded))
async def member_suspend(call: Call, input: MemberSuspendInput) -> MemberSuspended:
    """Keep a member out from now on: seats, sessions and tokens end, and open tickets go back to their teams."""
    await departures.suspend_member(
        call.session, member_id=input.member_id, own_id=call.standing.caller_id, by=call.by, now=call.now
    )
    return MemberSuspended(member_id=input.member_id)


@mutation(
    requires=Permission.PEOPLE_MANAGE,
    failures=(MemberNotFound, NotYourself, MemberOutranksYou, InvitationTooSoon, InvitationsUsedUp),
)
async def member_reactivate(call: Call, input: MemberReactivateInput) -> MemberReactivated:
    """Let a member back in without a seat, with the old password; who never joined is mailed a new link."""
    await membership.reactivate(
        call.session,
        member_id=input.member_id,
        own_id=call.standing.caller_id,
        key=settings().secret_key.get_secret_value(),
        by=call.by,
        now=call.now,
    )
    return MemberReactivated(member_id=input.member_id)


@mutation(
    requires=Permission.PEOPLE_MANAGE,
    failures=(MemberNotFound, NotYourself, MemberOutranksYou, RoleAboveOwn, OwnerNeeded),
)
async def member_set_role(call: Call, input: MemberSetRoleInput) -> MemberRoleSet:
    """Give a member another role. It counts from the next thing they do."""
    await membership.set_role(
        call.session,
        member_id=input.member_id,
        role=input.role,
        own_id=call.standing.caller_id,
        by=call.by,
        now=call.now,
    )
    return MemberRoleSet(member_id=input.member_id)


@mutation(
    requires=Permission.PEOPLE_MANAGE,
    failures=(
        InvitationNotFound,
        MemberExists,
        NotYourself,
        MemberOutranksYou,
        InvitationTooSoon,
        InvitationsUsedUp,
    ),
)
async def invitation_resend(call: Call, input: InvitationResendInput) -> InvitationResent:
    """Mail a new link to somebody who has not joined; older links are worthless from now on."""
    sent = await membership.resend_invitation(
        call.session,
        invitation_id=input.invitation_id,
        own_id=call.standing.caller_id,
        key=settings().secret_key.get_secret_value(),
        by=call.by,
        now=call.now,
    )
    return InvitationResent(invitation_id=sent.id)


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(InvitationNotFound, NotYourself, MemberOutranksYou))
async def invitation_revoke(call: Call, input: InvitationRevokeInput) -> InvitationRevoked:
    """Make an invitation's link worthless, and free the seat kept for the person.

    One that was used or replaced stays as it is.
    """
    await departures.revoke_invitation(
        call.session, invitation_id=input.invitation_id, own_id=call.standing.caller_id, by=call.by, now=call.now
    )
    return InvitationRevoked(invitation_id=input.invitation_id)


def by_channel(capacities: Sequence[CapacityInput]) -> dict[Channel, int]:
    """Raises InvalidInput for a channel that is named twice."""
    named: dict[Channel, int] = {}
    for place, capacity in enumerate(capacities):
        if capacity.channel in named:
            raise InvalidInput(f"capacities.{place}.channel", "is named twice", "jest podany dwa razy")
        named[capacity.channel] = capacity.items
    return named


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY)
async def agent_set_presence(call: Call, input: AgentSetPresenceInput) -> AgentPresenceSet:
    """Say that you are there, away or gone. Who is online is given work."""
    agent = await arrivals.set_presence(
        call.session, agent_id=call.seat.agent_id, presence=input.presence, by=call.by, now=call.now
    )
    return AgentPresenceSet(agent_id=agent.id)
