"""Who did something, as a kind and a typed id."""

from uuid import UUID

from api.graphql import ids
from domain.kit.events import ActorKind

PREFIXES = {ActorKind.MEMBER: "member", ActorKind.CLIENT: "api_client", ActorKind.CUSTOMER: "customer"}


def actor_id(kind: ActorKind, id: UUID | None) -> str | None:
    """The typed id of an actor; the system has none."""
    return ids.spell(PREFIXES[kind], id) if id is not None and kind in PREFIXES else None
