"""Types that say where they are read, and the ids by which any of them is found."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import strawberry
from sqlalchemy import ColumnElement

from api.context import RequestContext
from api.graphql import ids
from api.graphql.errors import permit
from api.graphql.reading.fields import NAMES, TYPES, source_fields, typed_id
from api.graphql.reading.loaders import loaders_of
from api.graphql.reading.sources import Reading, Relation
from domain.kit.base import Base
from domain.tenants.permissions import Permission

T = TypeVar("T", bound=type)


PREFIXES: dict[str, Reading] = {}
"""The types that can be found by a typed id, by what their ids begin with."""


@strawberry.interface(description="Anything with a typed id.")
class Node:
    id: strawberry.ID = typed_id(description="The typed id: its type and 32 digits, to be kept and passed as a whole.")


def reads(
    model: type[Base], *, requires: Permission | None, description: str, where: ColumnElement[bool] | None = None
) -> Callable[[T], T]:
    """Make a class a GraphQL type that is read from a table: its fields say where each of them lives.

    `requires` is what a caller needs to be given any row of it; rows outside `where` do not exist for the API.
    """

    def decorate(cls: T) -> T:
        decorated = strawberry.type(cls, description=description)
        fields = source_fields(decorated)
        sources = {name: field.source for name, field in fields.items()}
        reading = Reading(type=decorated, model=model, requires=requires, where=where, sources=sources)
        decorated.__reading__ = reading  # type: ignore[attr-defined]
        link(decorated)
        if cls.__name__ in NAMES:
            raise TypeError(f"Two types are named {cls.__name__}.")
        TYPES[cls.__name__] = NAMES[cls.__name__] = decorated
        if issubclass(decorated, Node):
            PREFIXES[reading.prefix] = reading
        return decorated

    return decorate


def link(cls: type) -> None:
    """Let the annotations of a type's relations name any type that is read."""
    for field in source_fields(cls).values():
        if isinstance(field.source, Relation) and field.origin is cls:
            field.link()


def node(context: RequestContext, id: str) -> Awaitable[Any] | None:
    """What the typed id names, or None.

    Raises the refusal NOT_PERMITTED when the caller may not see its type, whether it exists or not.
    """
    parsed = ids.parse(id)
    reading = PREFIXES.get(parsed[0]) if parsed is not None else None
    if parsed is None or reading is None:
        return None
    permit(context, reading.requires)
    return loaders_of(context).one(reading, parsed[1])
