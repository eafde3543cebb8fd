"""Alarms for what nobody takes."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from api.graphql.reading import Node, column, keyset, ordering, reads, to_one
from api.graphql.reading.filters import filter_input, given
from domain.tenants.permissions import Permission
from domain.tickets.alarms import models
from domain.tickets.alarms.models import AlarmCause

if TYPE_CHECKING:
    from api.graphql.types.people import Team
    from api.graphql.types.tickets import Need, Ticket


@ordering
class RoutingAlarmOrdering(Enum):
    """How alarms are listed."""

    NEWEST_FIRST = keyset(
        models.RoutingAlarm.raised_at.desc(), models.RoutingAlarm.id.desc(), description="The newest first."
    )
    OLDEST_FIRST = keyset(models.RoutingAlarm.raised_at, models.RoutingAlarm.id, description="The oldest first.")


@filter_input(description="Only alarms that fit all of it.")
class RoutingAlarmFilter:
    ended: bool | None = given(models.RoutingAlarm.ended_at, description="Over (true), or going on (false).")


@reads(
    models.RoutingAlarm,
    requires=Permission.TICKETS_READ,
    description="Tickets of a queue that ask for the same, and that nobody takes.",
)
class RoutingAlarm(Node):
    team: "Team | None" = to_one(models.RoutingAlarm.team_id, description="Whose queue.")
    need: "Need" = to_one(models.RoutingAlarm.need_id, description="What they ask for.")
    ticket: "Ticket | None" = to_one(models.RoutingAlarm.ticket_id, description="The first of them then.")
    cause: AlarmCause = column(models.RoutingAlarm.cause, description="What is wrong.")
    raised_at: datetime = column(models.RoutingAlarm.raised_at, description="Since when.")
    ended_at: datetime | None = column(models.RoutingAlarm.ended_at, description="Until when; null while it goes on.")
