"""The stream of what happened, for the shop's programs and auditors."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from api.graphql import ids
from api.graphql.reading import Node, column, computed, reads
from api.graphql.reading.filters import filter_input, past
from api.graphql.scalars import Long
from api.graphql.types.actors import actor_id
from domain.kit.events import ActorKind, EventRow
from domain.tenants.permissions import Permission


@filter_input(description="Only events that fit all of it.")
class EventFilter:
    after_sequence: Long | None = past(EventRow.sequence, description="After this place in the stream.")


@reads(
    EventRow,
    requires=Permission.AUDIT_READ,
    where=EventRow.sequence.is_not(None),
    description=(
        "Something that happened. Events are numbered per shop without a gap, and never change; one thing's events "
        "come in the order of its versions."
    ),
)
class Event(Node):
    sequence: Long = column(EventRow.sequence, description="Its place in the shop's stream, from 1.")
    name: str = column(EventRow.name, description="What happened, such as TicketResolved.")
    aggregate: str = column(EventRow.aggregate, description="What kind of thing it happened to, such as ticket.")
    aggregate_id: strawberry.ID = computed(
        ids.spell, needs=(EventRow.aggregate, EventRow.aggregate_id), description="The thing's typed id."
    )
    aggregate_version: int = column(EventRow.aggregate_version, description="How many events it has had, with this.")
    at: datetime = column(EventRow.at, description="When.")
    actor_kind: ActorKind = column(EventRow.actor_kind, description="What kind of actor did it.")
    actor_id: strawberry.ID | None = computed(
        actor_id,
        needs=(EventRow.actor_kind, EventRow.actor_id),
        description="Who did it: a member, an API client or a customer; null for the system.",
    )
    data: JSON = column(EventRow.data, description="What is to be known about it. Ids in it are bare.")
    trace_id: str = column(EventRow.trace_id, description="The request or job in which it happened.")
