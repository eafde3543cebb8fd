"""Seasons, the people who are named for them, and seats that are planned."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import DateTime, func

from api.graphql.reading import NOW, Connection, Node, column, computed, keyset, ordering, reads, to_many, to_one
from api.graphql.reading.filters import TimeRange, among, equal, filter_input, given, meets, within
from api.graphql.types.seats import SeatLicenceFilter, SeatLicenceOrdering
from domain.agents.channels import Channel
from domain.agents.models import Skill as SkillRow
from domain.agents.models import Team as TeamRow
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.seasons import models
from domain.seasons.course import SeasonState, state_of
from domain.seats.models import PlannedInvitation as PlannedRow
from domain.seats.models import SeatKind
from domain.seats.models import SeatLicence as LicenceRow
from domain.seats.queries import HELD
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.people import Agent, Member, Skill, Team
    from api.graphql.types.seats import SeatAssignment, SeatLicence

INSTANT = DateTime(timezone=True)
SEASON_FROM = func.lower(models.Season.period, type_=INSTANT)
SEASON_TO = func.upper(models.Season.period, type_=INSTANT)
WANTED_FROM = func.lower(PlannedRow.wanted, type_=INSTANT)
WANTED_TO = func.upper(PlannedRow.wanted, type_=INSTANT)


@ordering
class SeasonOrdering(Enum):
    """How seasons are listed."""

    LATEST_FIRST = keyset(SEASON_FROM.desc(), models.Season.id.desc(), description="Those that start last first.")
    EARLIEST_FIRST = keyset(SEASON_FROM, models.Season.id, description="Those that start first first.")


@filter_input(description="Only seasons that fit all of it.")
class SeasonFilter:
    name: str | None = equal(models.Season.name, description="With this name.")
    starts: TimeRange | None = within(SEASON_FROM, description="That start within these instants.")
    ends: TimeRange | None = within(SEASON_TO, description="That end within these instants.")
    scheduled: bool | None = given(models.Season.scheduled_at, description="That stand (true), or are drafts (false).")
    cancelled: bool | None = given(models.Season.cancelled_at, description="That were called off, or were not.")


@reads(
    models.Season,
    requires=Permission.SEATS_READ,
    description="A dated plan of seats: so many of each kind, from the first day to the last in the shop's zone.",
)
class Season(Node):
    name: str = column(models.Season.name, description="What it is called, and its licences are labelled.")
    state: SeasonState = computed(
        state_of,
        needs=(models.Season.scheduled_at, models.Season.cancelled_at, SEASON_FROM, SEASON_TO, NOW),
        description="What it is at this instant.",
    )
    first_day: date = column(models.Season.first_day, description="Its first day, in its zone.")
    last_day: date = column(models.Season.last_day, description="Its last day, included.")
    timezone: str = column(models.Season.timezone, description="The zone that its days are of.")
    from_: datetime = column(SEASON_FROM, name="from", description="When its seats begin.")
    to: datetime = column(SEASON_TO, description="When its seats end, that instant excluded.")
    full_count: int = column(models.Season.full_count, description="How many full seats it has.")
    light_count: int = column(models.Season.light_count, description="How many light seats it has.")
    role: Role = column(models.Season.role, description="What its people start as.")
    language: Language = column(models.Season.language, description="The language they are written to in.")
    lead_days: int = column(
        models.Season.lead_days, description="So many days before the first one, invitations go out."
    )
    successor: "Agent | None" = to_one(
        models.Season.successor_id, description="Who gets what its people leave open; else it goes back to its queues."
    )
    teams: "list[Team] | None" = to_many(
        models.SeasonTeam.season_id,
        through=models.SeasonTeam.team_id,
        order=(TeamRow.name, TeamRow.id),
        at_most=100,
        description="The teams its people are in.",
    )
    skills: "list[Skill] | None" = to_many(
        models.SeasonSkill.season_id,
        through=models.SeasonSkill.skill_id,
        order=(SkillRow.name, SkillRow.id),
        at_most=100,
        description="What its people can do.",
    )
    capacities: "list[SeasonCapacity]" = to_many(
        models.SeasonCapacity.season_id,
        order=(models.SeasonCapacity.channel,),
        at_most=len(Channel),
        description="How much its people hold at once, where it is not the usual.",
    )
    people: "Connection[SeasonPerson] | None" = to_many(
        models.SeasonPerson.season_id,
        order=(models.SeasonPerson.added_at, models.SeasonPerson.id),
        where=models.SeasonPerson.removed_at.is_(None),
        description="Who is named for it, in that order.",
    )
    licences: "Connection[SeatLicence]" = to_many(
        LicenceRow.season_id,
        order=SeatLicenceOrdering,
        filter=SeatLicenceFilter,
        description="Its seats, once it is scheduled.",
    )
    created_at: datetime = column(models.Season.created_at, description="When it was first drafted.")
    created_by: "Member | None" = to_one(models.Season.created_by_id, description="Who drafted it.")
    scheduled_at: datetime | None = column(models.Season.scheduled_at, description="When it was scheduled.")
    scheduled_by: "Member | None" = to_one(models.Season.scheduled_by_id, description="Who scheduled it.")
    cancelled_at: datetime | None = column(models.Season.cancelled_at, description="When it was called off.")


@reads(models.SeasonCapacity, requires=Permission.SEATS_READ, description="How much of a channel is held at once.")
class SeasonCapacity:
    channel: Channel = column(models.SeasonCapacity.channel, description="The channel.")
    items: int = column(models.SeasonCapacity.items, description="How many tickets of it at once.")


@reads(models.SeasonPerson, requires=Permission.PEOPLE_READ, description="Somebody who is named for a season.")
class SeasonPerson(Node):
    season: "Season | None" = to_one(models.SeasonPerson.season_id, description="The season.")
    kind: SeatKind = column(models.SeasonPerson.kind, description="The kind of seat they are to have.")
    email: str = column(models.SeasonPerson.email, description="Where their invitation goes.")
    name: str = column(models.SeasonPerson.name, description="How they were named.")
    added_at: datetime = column(models.SeasonPerson.added_at, description="When they were named.")
    added_by: "Member | None" = to_one(models.SeasonPerson.added_by_id, description="Who named them.")
    removed_at: datetime | None = column(models.SeasonPerson.removed_at, description="When they were taken out.")
    agent: "Agent | None" = to_one(models.SeasonPerson.agent_id, description="As whom they work, once it stands.")
    planned_invitation: "PlannedInvitation | None" = to_one(
        models.SeasonPerson.invitation_id,
        description="The seat that was planned for them when the season was scheduled, or they were named later. What "
        "was planned since, as for the time by which it was extended, is in `plannedInvitations` of season and agent.",
    )


@ordering
class PlannedInvitationOrdering(Enum):
    """How planned invitations are listed."""

    IN_LINE = keyset(PlannedRow.created_at, PlannedRow.id, description="In the order in which they are served.")


@filter_input(description="Only planned invitations that fit all of it.")
class PlannedInvitationFilter:
    kind: list[SeatKind] | None = among(PlannedRow.kind, description="For seats of any of these kinds.")
    season_id: UUID | None = equal(PlannedRow.season_id, id_of="season", description="Of this season.")
    agent_id: UUID | None = equal(PlannedRow.agent_id, id_of="agent", description="Of this agent.")
    held: bool | None = meets(HELD, description="That wait for a free seat, or do not.")


@reads(
    PlannedRow,
    requires=Permission.SEATS_READ,
    description="A seat that is planned for somebody: held in line until one is free, then given by itself.",
)
class PlannedInvitation(Node):
    agent: "Agent | None" = to_one(PlannedRow.agent_id, description="Who is to have it.")
    kind: SeatKind = column(PlannedRow.kind, description="The kind of seat.")
    from_: datetime = column(WANTED_FROM, name="from", description="From when it is wanted.")
    to: datetime | None = column(WANTED_TO, description="Until when; null for as long as the licence lasts.")
    season: "Season | None" = to_one(PlannedRow.season_id, description="The season it is for.")
    is_held: bool = column(HELD, description="Whether it waits for a free seat.")
    invite_at: datetime = column(PlannedRow.invite_at, description="When the invitation is mailed at the earliest.")
    invited_by: "Member | None" = to_one(PlannedRow.invited_by_id, description="Who planned it.")
    created_at: datetime = column(PlannedRow.created_at, description="When it was planned: its place in the line.")
    granted_at: datetime | None = column(PlannedRow.granted_at, description="When a seat was given.")
    assignment: "SeatAssignment | None" = to_one(PlannedRow.assignment_id, description="The seat that was given.")
    settled_at: datetime | None = column(
        PlannedRow.settled_at, description="When its invitation was mailed, or found not to be needed."
    )
    cancelled_at: datetime | None = column(PlannedRow.cancelled_at, description="When it was called back.")
