"""Members, agents, and what agents belong to and can do."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

from api.graphql.reading import (
    NOW,
    Connection,
    Node,
    column,
    computed,
    keyset,
    newest_of,
    ordering,
    reads,
    to_many,
    to_one,
)
from api.graphql.reading.filters import TimeRange, among, equal, filter_input, within
from api.graphql.types.seats import ASSIGNED_FROM
from api.graphql.types.tickets import TicketFilter, TicketOrdering
from domain.agents import models
from domain.agents.channels import Channel
from domain.agents.languages import MOST_LANGUAGES
from domain.agents.models import MemberState, Presence
from domain.agents.roles import Role
from domain.agents.shifts import BEGINS, ENDS
from domain.kit.errors import Language
from domain.seats.models import SeatAssignment as Assignment
from domain.tenants.permissions import Permission
from domain.tickets.abilities import MOST_SKILLS
from domain.tickets.models import Ticket as TicketRow

if TYPE_CHECKING:
    from api.graphql.types.seats import SeatAssignment
    from api.graphql.types.tickets import Ticket


@ordering
class MemberOrdering(Enum):
    """How members are listed."""

    BY_NAME = keyset(models.Member.name, models.Member.id, description="By name.")
    NEWEST_FIRST = keyset(models.Member.created_at.desc(), models.Member.id.desc(), description="The newest first.")


@filter_input(description="Only members that fit all of it.")
class MemberFilter:
    email: str | None = equal(models.Member.email, lower=True, description="With this e-mail address.")
    role: list[Role] | None = among(models.Member.role, description="With any of these roles.")
    state: list[MemberState] | None = among(models.Member.state, description="In any of these states.")


@reads(models.Member, requires=Permission.PEOPLE_READ, description="A person's account in the shop.")
class Member(Node):
    email: str = column(models.Member.email, description="The address they sign in with.")
    name: str = column(models.Member.name, description="Their name.")
    role: Role = column(models.Member.role, description="What they are in the shop.")
    language: Language = column(models.Member.language, description="The language they read.")
    state: MemberState = column(models.Member.state, description="Whether they may sign in.")
    created_at: datetime = column(models.Member.created_at, description="When they were invited.")
    agent: "Agent | None" = newest_of(
        models.Agent.member_id, by=(models.Agent.id,), description="As whom they work on tickets, if they do."
    )
    invitations: "Connection[Invitation] | None" = to_many(
        models.Invitation.member_id,
        order=(models.Invitation.created_at.desc(), models.Invitation.id.desc()),
        description="The invitations they were sent, the newest first.",
    )


def _open(accepted_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime) -> bool:
    return accepted_at is None and revoked_at is None and now < expires_at


@ordering
class InvitationOrdering(Enum):
    """How invitations are listed."""

    NEWEST_FIRST = keyset(
        models.Invitation.created_at.desc(), models.Invitation.id.desc(), description="The newest first."
    )
    OLDEST_FIRST = keyset(models.Invitation.created_at, models.Invitation.id, description="The oldest first.")


@reads(
    models.Invitation,
    requires=Permission.PEOPLE_MANAGE,
    description="A one-time link by which somebody joins. The link itself is in their mail alone.",
)
class Invitation(Node):
    member: "Member | None" = to_one(models.Invitation.member_id, description="Who was invited.")
    invited_by: "Member | None" = to_one(models.Invitation.invited_by_id, description="Who invited them.")
    is_open: bool = computed(
        _open,
        needs=(models.Invitation.accepted_at, models.Invitation.revoked_at, models.Invitation.expires_at, NOW),
        description="Whether the link still works.",
    )
    created_at: datetime = column(models.Invitation.created_at, description="When it was sent.")
    expires_at: datetime = column(models.Invitation.expires_at, description="Until when the link works.")
    accepted_at: datetime | None = column(models.Invitation.accepted_at, description="When it was used.")
    revoked_at: datetime | None = column(models.Invitation.revoked_at, description="When it was called back.")


@ordering
class AgentOrdering(Enum):
    """How agents are listed."""

    BY_NAME = keyset(models.Agent.name, models.Agent.id, description="By name.")
    LONGEST_IDLE_FIRST = keyset(
        models.Agent.idle_since, models.Agent.id, description="Whoever has waited longest for work first."
    )
    NEWEST_FIRST = keyset(models.Agent.created_at.desc(), models.Agent.id.desc(), description="The newest first.")


@filter_input(description="Only agents that fit all of it.")
class AgentFilter:
    presence: list[Presence] | None = among(models.Agent.presence, description="With any of these presences.")
    member_id: UUID | None = equal(models.Agent.member_id, id_of="member", description="Of this member.")


@filter_input(description="Only shifts that fit all of it.")
class AgentShiftFilter:
    begins: TimeRange | None = within(BEGINS, description="That begin within these instants.")
    ends: TimeRange | None = within(ENDS, description="That end within these instants.")


@reads(models.AgentShift, requires=Permission.PEOPLE_READ, description="When an agent is at work by plan.")
class AgentShift(Node):
    agent: "Agent" = to_one(models.AgentShift.agent_id, description="Who.")
    from_: datetime = column(BEGINS, name="from", description="From when on.")
    to: datetime = column(ENDS, description="Until when, that instant excluded.")
    is_on: bool = column(models.AgentShift.period.contains(NOW), description="Whether it is this instant.")


@reads(models.Agent, requires=Permission.PEOPLE_READ, description="A member who works on tickets.")
class Agent(Node):
    name: str = column(models.Agent.name, description="Their name.")
    member: "Member" = to_one(models.Agent.member_id, description="The person's account.")
    presence: Presence = column(models.Agent.presence, description="Whether they take new tickets.")
    presence_since: datetime = column(models.Agent.presence_since, description="Since when.")
    idle_since: datetime = column(models.Agent.idle_since, description="When they were last given work.")
    created_at: datetime = column(models.Agent.created_at, description="Since when they are an agent.")
    teams: "Connection[Team] | None" = to_many(
        models.AgentTeam.agent_id,
        through=models.AgentTeam.team_id,
        order=(models.Team.name, models.Team.id),
        description="The teams they belong to, by name.",
    )
    skills: "Connection[Skill] | None" = to_many(
        models.AgentSkill.agent_id,
        through=models.AgentSkill.skill_id,
        order=(models.Skill.name, models.Skill.id),
        description="What they can do, by name.",
    )
    skill_levels: "list[AgentSkill]" = to_many(
        models.AgentSkill.agent_id,
        order=(models.AgentSkill.level.desc(), models.AgentSkill.skill_id),
        at_most=MOST_SKILLS,
        description="How well they do what they can do, the best first.",
    )
    languages: "list[AgentLanguage]" = to_many(
        models.AgentLanguage.agent_id,
        order=(models.AgentLanguage.language,),
        at_most=MOST_LANGUAGES,
        description="What they speak with customers; if none is given, the shop's own language.",
    )
    extension: str | None = column(
        models.Agent.extension, description="Where the telephone exchange rings them, if anywhere."
    )
    senior: bool = column(models.Agent.senior, description="Whether they get what others have handed over too often.")
    shifts: "Connection[AgentShift]" = to_many(
        models.AgentShift.agent_id,
        order=(BEGINS, models.AgentShift.id),
        filter=AgentShiftFilter,
        description="When they are at work by plan, the earliest first; without any, presence alone says it.",
    )
    capacities: "list[AgentCapacity]" = to_many(
        models.AgentCapacity.agent_id,
        order=(models.AgentCapacity.channel,),
        at_most=len(Channel),
        description="How much they hold at once, where an admin has set it; elsewhere the usual.",
    )
    current_seat: "SeatAssignment | None" = newest_of(
        Assignment.agent_id,
        by=(ASSIGNED_FROM, Assignment.id),
        where=Assignment.period.contains(NOW) & Assignment.cancelled_at.is_(None),
        description="The seat they sit on at this instant.",
    )
    seat_assignments: "Connection[SeatAssignment] | None" = to_many(
        Assignment.agent_id,
        order=(ASSIGNED_FROM.desc(), Assignment.id.desc()),
        description="The seats they had, have and will have, the latest first.",
    )
    open_tickets: "Connection[Ticket] | None" = to_many(
        TicketRow.assignee_id, order=TicketOrdering, filter=TicketFilter, description="The tickets in their hands."
    )


@reads(models.AgentSkill, requires=Permission.PEOPLE_READ, description="How well an agent does something.")
class AgentSkill:
    skill: "Skill | None" = to_one(models.AgentSkill.skill_id, description="The skill.")
    level: int = column(models.AgentSkill.level, description="From 1, a beginner, to 5.")


@reads(models.AgentLanguage, requires=Permission.PEOPLE_READ, description="A language that an agent speaks.")
class AgentLanguage:
    language: str = column(models.AgentLanguage.language, description="Its two letters (ISO 639-1), such as `pl`.")


@reads(models.AgentCapacity, requires=Permission.PEOPLE_READ, description="How much of a channel an agent holds.")
class AgentCapacity:
    channel: Channel = column(models.AgentCapacity.channel, description="The channel.")
    items: int = column(models.AgentCapacity.items, description="How many tickets of it at once.")


@ordering
class TeamOrdering(Enum):
    """How teams are listed."""

    BY_NAME = keyset(models.Team.name, models.Team.id, description="By name.")
    BY_KEY = keyset(models.Team.key, models.Team.id, description="By key.")


@reads(models.Team, requires=Permission.TICKETS_READ, description="A group of agents with a queue of its own.")
class Team(Node):
    key: str = column(models.Team.key, description="The shop's name for it in programs.")
    name: str = column(models.Team.name, description="Its name for people.")
    created_at: datetime = column(models.Team.created_at, description="When it was made.")
    agents: "Connection[Agent] | None" = to_many(
        models.AgentTeam.team_id,
        through=models.AgentTeam.agent_id,
        order=AgentOrdering,
        filter=AgentFilter,
        description="Who belongs to it.",
    )
    tickets: "Connection[Ticket]" = to_many(
        TicketRow.team_id, order=TicketOrdering, filter=TicketFilter, description="Its tickets, wherever they are."
    )


@ordering
class SkillOrdering(Enum):
    """How skills are listed."""

    BY_NAME = keyset(models.Skill.name, models.Skill.id, description="By name.")
    BY_KEY = keyset(models.Skill.key, models.Skill.id, description="By key.")


@reads(models.Skill, requires=Permission.TICKETS_READ, description="Something that agents can do and topics ask for.")
class Skill(Node):
    key: str = column(models.Skill.key, description="The shop's name for it in programs.")
    name: str = column(models.Skill.name, description="Its name for people.")
    created_at: datetime = column(models.Skill.created_at, description="When it was made.")
    agents: "Connection[Agent] | None" = to_many(
        models.AgentSkill.skill_id,
        through=models.AgentSkill.agent_id,
        order=AgentOrdering,
        filter=AgentFilter,
        description="Who has it.",
    )
