"""How queues are served, and the times when a line helped one out."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.context import RequestContext
from api.graphql.errors import permit
from api.graphql.reading import Node, column, keyset, ordering, reads, to_one
from api.graphql.reading.filters import filter_input, given
from api.graphql.reading.nodes import link
from domain.tenants.permissions import Permission
from domain.tickets.overflow import models
from domain.tickets.overflow.lines import Cause, Line, Queueing, seconds
from domain.tickets.overflow.settings import queueings

if TYPE_CHECKING:
    from api.graphql.types.people import Team


@strawberry.type(description="A team that helps a queue out when waits are too long, and stops when they are short.")
class OverflowLine:
    team_id: strawberry.Private[UUID]
    team: "Team | None" = to_one("team_id", description="The team that helps out.")
    enter_oldest_seconds: int | None = strawberry.field(
        description="It begins when the oldest that it could take has waited so long; null: whatever that is."
    )
    leave_oldest_seconds: int | None = strawberry.field(description="It stops when that is under this.")
    enter_expected_seconds: int | None = strawberry.field(
        description="It begins when the next to come would wait so long, or nobody of the queue's own team is at work."
    )
    leave_expected_seconds: int | None = strawberry.field(description="It stops when that is under this.")
    dwell_seconds: int = strawberry.field(description="How long it stays as it is once it has begun or stopped.")
    kept: int = strawberry.field(description="How many of its people at work are lent to nobody.")


link(OverflowLine)


@strawberry.type(description="How a team's queue is served.")
class QueueSetting:
    team_id: strawberry.Private[UUID]
    team: "Team | None" = to_one("team_id", description="The team.")
    priority: int = strawberry.field(description="What is added to the priority of its tickets, 0 to 9.")
    delay_seconds: int = strawberry.field(description="How long a ticket rests in it before anybody is given it.")
    relax_skills_after_seconds: int | None = strawberry.field(
        description="After how long a ticket asks for its skills no more; null: never. Seat and language stay."
    )
    lines: list[OverflowLine] = strawberry.field(description="Who helps it out, the first to be asked first.")


link(QueueSetting)


def queue_setting(team_id: UUID, queueing: Queueing) -> QueueSetting:
    return QueueSetting(
        team_id=team_id,
        priority=queueing.priority,
        delay_seconds=seconds(queueing.delay) or 0,
        relax_skills_after_seconds=seconds(queueing.relax),
        lines=[_line(line) for line in queueing.lines],
    )


def _line(line: Line) -> OverflowLine:
    return OverflowLine(
        team_id=line.team_id,
        enter_oldest_seconds=seconds(line.enter_oldest),
        leave_oldest_seconds=seconds(line.leave_oldest),
        enter_expected_seconds=seconds(line.enter_expected),
        leave_expected_seconds=seconds(line.leave_expected),
        dwell_seconds=seconds(line.dwell) or 0,
        kept=line.kept,
    )


async def queue_settings(context: RequestContext) -> list[QueueSetting]:
    """Of the queues of which an admin has said something. Raises Refusal."""
    permit(context, Permission.TICKETS_READ)
    async with context.reading() as session:
        said: Mapping[UUID, Queueing] = await queueings(session)
    return [queue_setting(team_id, queueing) for team_id, queueing in sorted(said.items())]


@ordering
class OverflowEpisodeOrdering(Enum):
    """How episodes are listed."""

    NEWEST_FIRST = keyset(
        models.OverflowEpisode.began_at.desc(), models.OverflowEpisode.id.desc(), description="The newest first."
    )
    OLDEST_FIRST = keyset(models.OverflowEpisode.began_at, models.OverflowEpisode.id, description="The oldest first.")


@filter_input(description="Only episodes that fit all of it.")
class OverflowEpisodeFilter:
    ended: bool | None = given(models.OverflowEpisode.ended_at, description="Over (true), or going on (false).")


@reads(
    models.OverflowEpisode,
    requires=Permission.TICKETS_READ,
    description="A time in which a line helped a queue out.",
)
class OverflowEpisode(Node):
    team: "Team | None" = to_one(models.OverflowEpisode.team_id, description="Whose queue was too long.")
    line: "Team | None" = to_one(models.OverflowEpisode.line_id, description="Who helped out.")
    cause: Cause = column(models.OverflowEpisode.cause, description="Which wait was too long.")
    oldest_seconds: int = column(
        models.OverflowEpisode.oldest, description="How long the oldest that the line could take had waited then."
    )
    expected_seconds: int | None = column(
        models.OverflowEpisode.expected,
        description="How long the next to come would have waited then; null if nobody of the queue's own was there.",
    )
    moved: int = column(models.OverflowEpisode.moved, description="How many tickets the line was given.")
    began_at: datetime = column(models.OverflowEpisode.began_at, description="When it began.")
    ended_at: datetime | None = column(
        models.OverflowEpisode.ended_at, description="When it was over; null while it goes on."
    )
