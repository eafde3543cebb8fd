"""Seasons: planning them, letting the plan stand, and changing what still lies ahead."""

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_each, to_one
from api.graphql.writing.people import CapacityInput, by_channel
from domain.agents.errors import (
    AddressBelongsToCustomer,
    AgentNotFound,
    MemberExists,
    MemberNotFound,
    RoleAboveOwn,
    SkillNotFound,
    TeamNotFound,
)
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.seasons import drafting, operations, people
from domain.seasons.errors import (
    PersonKeptOut,
    PersonNamedTwice,
    SeasonHasBegun,
    SeasonHasNotBegun,
    SeasonNotDraft,
    SeasonNotFound,
    SeasonNotScheduled,
    SeasonOver,
    SeasonPersonNotFound,
)
from domain.seasons.people import Named
from domain.seats import holding
from domain.seats.errors import AgentAlreadySeated, PlannedInvitationNotFound
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.seasons import PlannedInvitation, Season, SeasonPerson

Described = strawberry.field

ENLISTING = (
    PersonNamedTwice,
    PersonKeptOut,
    AgentAlreadySeated,
    AddressBelongsToCustomer,
    MemberExists,
    MemberNotFound,
    RoleAboveOwn,
    TeamNotFound,
    SkillNotFound,
)
"""Why somebody cannot be in a season."""


@strawberry.input(description="Whom to have in a season.")
class SeasonPersonInput:
    email: str = Described(description="Where the invitation goes, and what the person signs in with.")
    name: str = Described(description="How the person is called.")
    kind: SeatKind = Described(default=SeatKind.LIGHT, description="The kind of seat the person is to have.")

    def named(self) -> Named:
        return Named(self.email, self.name, self.kind)


@strawberry.input(description="What a season is to be.")
class SeasonDraftInput:
    season_id: UUID | None = id_of("season", default=None, description="The draft to make anew; a new one if left out.")
    name: str = Described(description="What it is called, such as “Christmas 2026”.")
    first_day: date = Described(description="Its first day in the shop's zone; today begins at once.")
    last_day: date = Described(description="Its last day, included; at most 400 days in all.")
    full_count: int = Described(default=0, description="How many full seats.")
    light_count: int = Described(default=0, description="How many light seats; 1 to 1,000 seats in all.")
    role: Role = Described(default=Role.AGENT, description="What its people start as; not above your own role.")
    language: Language = Described(default=Language.PL, description="The language of their screens and mails.")
    team_ids: list[UUID] = id_of("team", default=(), description="The teams they work in.")
    skill_ids: list[UUID] = id_of("skill", default=(), description="What they can do.")
    capacities: list[CapacityInput] = Described(
        default_factory=list, description="How much they hold at once, where it is not the usual."
    )
    lead_days: int = Described(
        default=drafting.DEFAULT_LEAD_DAYS, description="How many days before its first they are invited, 0 to 90."
    )
    successor_id: UUID | None = id_of(
        "agent", default=None, description="Who gets the tickets they leave open; else those go back to their queues."
    )
    people: list[SeasonPersonInput] = Described(
        default_factory=list,
        description="Up to 200 people; more can be named later. Who is one too many waits for a seat.",
    )

    def plan(self) -> drafting.Plan:
        return drafting.Plan(
            name=self.name,
            first_day=self.first_day,
            last_day=self.last_day,
            full_count=self.full_count,
            light_count=self.light_count,
            role=self.role,
            language=self.language,
            team_ids=self.team_ids,
            skill_ids=self.skill_ids,
            capacities=by_channel(self.capacities),
            lead_days=self.lead_days,
            successor_id=self.successor_id,
            people=[person.named() for person in self.people],
        )


@strawberry.input(description="A draft that is to stand.")
class SeasonScheduleInput:
    season_id: UUID = id_of("season", description="The season.")


@strawberry.input(description="A later last day.")
class SeasonExtendInput:
    season_id: UUID = id_of("season", description="The season.")
    last_day: date = Described(description="Its last day from now on, included.")


@strawberry.input(description="An earlier last day.")
class SeasonShortenInput:
    season_id: UUID = id_of("season", description="The season.")
    last_day: date = Described(description="Its last day from now on, included; today at the earliest.")


@strawberry.input(description="A season to end now.")
class SeasonEndInput:
    season_id: UUID = id_of("season", description="The season, which runs.")


@strawberry.input(description="A season to call off.")
class SeasonCancelInput:
    season_id: UUID = id_of("season", description="The season, which has not begun.")


@strawberry.input(description="More people for a season.")
class SeasonAddPeopleInput:
    season_id: UUID = id_of("season", description="The season.")
    people: list[SeasonPersonInput] = Described(description="Up to 200 people.")


@strawberry.input(description="Somebody to take out of a season.")
class SeasonRemovePersonInput:
    person_id: UUID = id_of("season_person", description="The person.")


@strawberry.input(description="A place in the line for a seat, to be called back.")
class PlannedInvitationCancelInput:
    planned_invitation_id: UUID = id_of("planned_invitation", description="The planned invitation.")


@payload(description="The plan is written down. Nothing is bought and nobody is invited.")
class SeasonDrafted:
    season_id: strawberry.Private[UUID]
    season: "Season | None" = to_one("season_id", description="The draft.")


@payload(description="The season stands.")
class SeasonScheduled:
    season_id: strawberry.Private[UUID]
    season: "Season | None" = to_one("season_id", description="The season.")


@payload(description="The season lasts longer.")
class SeasonExtended:
    season_id: strawberry.Private[UUID]
    season: "Season | None" = to_one("season_id", description="The season.")


@payload(description="The season ends earlier.")
class SeasonShortened:
    season_id: strawberry.Private[UUID]
    season: "Season | None" = to_one("season_id", description="The season.")


@payload(description="The season is over.")
class SeasonEnded:
    season_id: strawberry.Private[UUID]
    season: "Season | None" = to_one("season_id", description="The season.")


@payload(description="The season is called off.")
class SeasonCancelled:
    season_id: strawberry.Private[UUID]
    season: "Season | None" = to_one("season_id", description="The season.")


@payload(description="The people are named, and have a seat or wait for one if the season stands.")
class SeasonPeopleAdded:
    person_ids: strawberry.Private[list[UUID]]
    people: "list[SeasonPerson] | None" = to_each("person_ids", description="The people.")


@payload(description="The person is out of the season.")
class SeasonPersonRemoved:
    person_id: strawberry.Private[UUID]
    person: "SeasonPerson | None" = to_one("person_id", description="The person.")


@payload(description="Nobody waits for it any more; a seat that was given stays.")
class PlannedInvitationCancelled:
    planned_id: strawberry.Private[UUID]
    planned_invitation: "PlannedInvitation | None" = to_one("planned_id", description="The planned invitation.")


@mutation(
    requires=Permission.SEATS_MANAGE,
    failures=(
        SeasonNotFound,
        SeasonNotDraft,
        RoleAboveOwn,
        MemberNotFound,
        TeamNotFound,
        SkillNotFound,
        AgentNotFound,
        PersonNamedTwice,
    ),
)
async def season_draft(call: Call, input: SeasonDraftInput) -> SeasonDrafted:
    """Write a plan for a season down, or anew while it is a draft."""
    season = await drafting.draft_season(
        call.session,
        plan=input.plan(),
        season_id=input.season_id,
        own_id=call.standing.caller_id,
        by=call.by,
        now=call.now,
    )
    return SeasonDrafted(season_id=season.id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(SeasonNotFound, SeasonNotDraft, *ENLISTING))
async def season_schedule(call: Call, input: SeasonScheduleInput) -> SeasonScheduled:
    """Let a plan stand: seats are added for its days, and its people are invited when it is time."""
    await operations.schedule_season(
        call.session, season_id=input.season_id, own_id=call.standing.caller_id, by=call.by, now=call.now
    )
    return SeasonScheduled(season_id=input.season_id)


@mutation(
    requires=Permission.SEATS_MANAGE,
    failures=(SeasonNotFound, SeasonNotScheduled, SeasonOver, AgentAlreadySeated),
)
async def season_extend(call: Call, input: SeasonExtendInput) -> SeasonExtended:
    """Give a season a later last day; its seats stay as long."""
    await operations.extend_season(
        call.session, season_id=input.season_id, last_day=input.last_day, by=call.by, now=call.now
    )
    return SeasonExtended(season_id=input.season_id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(SeasonNotFound, SeasonNotScheduled, SeasonOver))
async def season_shorten(call: Call, input: SeasonShortenInput) -> SeasonShortened:
    """Give a season an earlier last day; its seats end with it and are paid for no longer."""
    await operations.shorten_season(
        call.session, season_id=input.season_id, last_day=input.last_day, by=call.by, now=call.now
    )
    return SeasonShortened(season_id=input.season_id)


@mutation(
    requires=Permission.SEATS_MANAGE,
    failures=(SeasonNotFound, SeasonNotScheduled, SeasonHasNotBegun, SeasonOver),
)
async def season_end(call: Call, input: SeasonEndInput) -> SeasonEnded:
    """End a season that runs, now: access stops and open tickets are handed over."""
    await operations.end_season(call.session, season_id=input.season_id, by=call.by, now=call.now)
    return SeasonEnded(season_id=input.season_id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(SeasonNotFound, SeasonHasBegun, SeasonOver))
async def season_cancel(call: Call, input: SeasonCancelInput) -> SeasonCancelled:
    """Call off a season that has not begun. It costs nothing."""
    await operations.cancel_season(call.session, season_id=input.season_id, by=call.by, now=call.now)
    return SeasonCancelled(season_id=input.season_id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(SeasonNotFound, SeasonOver, *ENLISTING))
async def season_add_people(call: Call, input: SeasonAddPeopleInput) -> SeasonPeopleAdded:
    """Name more people for a season."""
    added = await people.add_people(
        call.session,
        season_id=input.season_id,
        named=[person.named() for person in input.people],
        own_id=call.standing.caller_id,
        by=call.by,
        now=call.now,
    )
    return SeasonPeopleAdded(person_ids=[person.id for person in added])


@mutation(requires=Permission.SEATS_MANAGE, failures=(SeasonPersonNotFound, SeasonOver))
async def season_remove_person(call: Call, input: SeasonRemovePersonInput) -> SeasonPersonRemoved:
    """Take somebody out of a season. Their seat ends now and is free for whoever waits for one."""
    await people.remove_person(
        call.session, person_id=input.person_id, own_id=call.standing.caller_id, by=call.by, now=call.now
    )
    return SeasonPersonRemoved(person_id=input.person_id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(PlannedInvitationNotFound,))
async def planned_invitation_cancel(call: Call, input: PlannedInvitationCancelInput) -> PlannedInvitationCancelled:
    """Take somebody out of the line for a seat."""
    await holding.cancel_planned(call.session, planned_id=input.planned_invitation_id, by=call.by, now=call.now)
    return PlannedInvitationCancelled(planned_id=input.planned_invitation_id)
