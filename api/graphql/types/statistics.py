"""What everybody did with tickets in a stretch of time."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from api.graphql import ids
from api.graphql.errors import Refusal, permit
from api.graphql.reading import Info, to_one
from api.graphql.reading.nodes import link
from domain.kit.errors import InvalidInput
from domain.planning import statistics as counting
from domain.planning.deeds import StatisticsBy
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.people import Agent, Team
    from api.graphql.types.seasons import Season


@strawberry.type(
    description="How long something took. Between two samples a percentile lies on the straight line from one to the "
    "other, as in PostgreSQL's percentile_cont."
)
class StatisticsDurations:
    samples: int = strawberry.field(description="How many durations were measured.")
    p50_seconds: float | None = strawberry.field(description="Half of them took at most this; null without samples.")
    p90_seconds: float | None = strawberry.field(
        description="Nine tenths of them took at most this; null without samples."
    )

    @classmethod
    def of(cls, durations: counting.Durations) -> Self:
        return cls(samples=durations.samples, p50_seconds=durations.p50, p90_seconds=durations.p90)


@strawberry.type(
    description="What was counted from `from` up to, and not including, `to`. Whoever sat on a seat at an instant "
    "counts with its kind and with the season of its licence. What can be added up adds up: groups make the total."
)
class StatisticsFigures:
    owned: int = strawberry.field(
        description="Times a ticket came into an agent's hands, credited to that agent and to the ticket's team. From "
        "hand to hand is one more; to wait for the customer and be answered in the same hands is not."
    )
    resolved: int = strawberry.field(
        description="Times a ticket was resolved, credited to who did it and to the team it was in."
    )
    reopened: int = strawberry.field(
        description="Resolutions that were undone within the range, credited as the resolution was: to who resolved "
        "it, on the seat of that time."
    )
    work_minutes: float = strawberry.field(
        description="For how long tickets were assigned: in an agent's hands and not waiting for the customer. Summed "
        "up over tickets, cut at the ends of the range, at the present and where seats begin and end."
    )
    first_reply: StatisticsDurations = strawberry.field(
        description="From a ticket's arrival to the first words sent to its customer, if they were sent within the "
        "range and not returned to the team; credited to their sender and to the team the ticket was in."
    )
    resolution: StatisticsDurations = strawberry.field(
        description="From a ticket's arrival to each resolution that is counted."
    )

    @classmethod
    def of(cls, figures: counting.Figures) -> Self:
        return cls(
            owned=figures.owned,
            resolved=figures.resolved,
            reopened=figures.reopened,
            work_minutes=figures.work / timedelta(minutes=1),
            first_reply=StatisticsDurations.of(figures.first_reply),
            resolution=StatisticsDurations.of(figures.resolution),
        )


@strawberry.type(
    description="The figures of one agent, team, kind of seat or season; without a key, of what belongs to none: no "
    "seat at that instant, or a seat of no season."
)
class StatisticsGroup:
    agent_id: strawberry.Private[UUID | None]
    team_id: strawberry.Private[UUID | None]
    season_id: strawberry.Private[UUID | None]

    key: str | None = strawberry.field(
        description="The typed id of the agent, team or season, or the kind of seat; null for what belongs to none."
    )
    name: str | None = strawberry.field(description="What people call it; null for kinds of seat and for none.")
    seat_kind: SeatKind | None = strawberry.field(description="The kind of seat, if grouped by that.")
    agent: "Agent | None" = to_one("agent_id", description="The agent, if grouped by that.")
    team: "Team | None" = to_one("team_id", description="The team, if grouped by that.")
    season: "Season | None" = to_one("season_id", description="The season, if grouped by that.")
    figures: StatisticsFigures = strawberry.field(description="What was counted.")

    @classmethod
    def of(cls, group: counting.Group, group_by: StatisticsBy) -> Self:
        key = group.key
        its = {by: key if by is group_by and isinstance(key, UUID) else None for by in StatisticsBy}
        return cls(
            agent_id=its[StatisticsBy.AGENT],
            team_id=its[StatisticsBy.TEAM],
            season_id=its[StatisticsBy.SEASON],
            key=ids.spell(group_by.lower(), key) if isinstance(key, UUID) else key,
            name=group.name,
            seat_kind=key if isinstance(key, SeatKind) else None,
            figures=StatisticsFigures.of(group.figures),
        )


link(StatisticsGroup)


@strawberry.type(description="What everybody did with tickets in a stretch of time.")
class StatisticsReport:
    from_: datetime = strawberry.field(name="from", description="When it begins.")
    to: datetime = strawberry.field(description="When it ends, that instant excluded.")
    group_by: StatisticsBy = strawberry.field(description="Whose figures are told apart.")
    total: StatisticsFigures = strawberry.field(description="Everybody's figures together.")
    groups: list[StatisticsGroup] = strawberry.field(
        description="The figures of those who did anything: by name, and what belongs to none last."
    )


async def statistics(info: Info, *, start: datetime, end: datetime, group_by: StatisticsBy) -> StatisticsReport:
    """The report. Raises Refusal: NOT_PERMITTED, INVALID_INPUT, STATISTICS_TOO_WIDE."""
    context = info.context
    permit(context, Permission.STATISTICS_READ)
    try:
        async with context.reading() as session:
            found = await counting.statistics(session, start=start, end=end, group_by=group_by, now=context.now)
    except (InvalidInput, counting.StatisticsTooWide) as error:
        raise Refusal(error.message(context.language), code=error.code()) from None
    return StatisticsReport(
        from_=found.start,
        to=found.end,
        group_by=found.group_by,
        total=StatisticsFigures.of(found.total),
        groups=[StatisticsGroup.of(group, group_by) for group in found.groups],
    )
