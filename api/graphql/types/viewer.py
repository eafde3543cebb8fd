"""Who is asking."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry

from api.graphql.reading import to_one
from api.graphql.reading.nodes import link
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.kit.events import ActorKind
from domain.seats.rights import Standing
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.context import RequestContext
    from api.graphql.types.people import Agent, Member
    from api.graphql.types.seats import SeatAssignment
    from api.graphql.types.tenants import ApiClient, Tenant


@strawberry.type(description="Who is asking, and what they may do at this instant.")
class Viewer:
    tenant_id: strawberry.Private[UUID]
    member_id: strawberry.Private[UUID | None]
    client_id: strawberry.Private[UUID | None]
    agent_id: strawberry.Private[UUID | None]
    assignment_id: strawberry.Private[UUID | None]

    kind: ActorKind = strawberry.field(description="A member or an API client.")
    role: Role | None = strawberry.field(description="A member's role.")
    permissions: list[Permission] = strawberry.field(description="What the caller may do at this instant.")
    language: Language = strawberry.field(description="The language that messages are written in.")
    tenant: "Tenant" = to_one("tenant_id", own=True, description="The shop.")
    member: "Member | None" = to_one("member_id", own=True, description="The caller's account, if a person.")
    client: "ApiClient | None" = to_one("client_id", own=True, description="The caller's registration, if a program.")
    agent: "Agent | None" = to_one("agent_id", own=True, description="As whom the caller works on tickets.")
    seat: "SeatAssignment | None" = to_one("assignment_id", own=True, description="The seat the caller sits on now.")


link(Viewer)


def viewer(context: "RequestContext") -> Viewer:
    """The caller of a request."""
    caller, standing = context.caller, context.caller.standing
    ids: dict[str, Any] = {
        "tenant_id": caller.tenant_id,
        "member_id": caller.actor.id if caller.actor.kind is ActorKind.MEMBER else None,
        "client_id": caller.actor.id if caller.actor.kind is ActorKind.CLIENT else None,
        "agent_id": standing.agent_id,
        "assignment_id": standing.seat.assignment_id if standing.seat is not None else None,
    }
    return Viewer(
        **ids,
        kind=caller.actor.kind,
        role=standing.role,
        permissions=_in_order(standing),
        language=context.language,
    )


def _in_order(standing: Standing) -> list[Permission]:
    return [permission for permission in Permission if permission in standing.permissions]
