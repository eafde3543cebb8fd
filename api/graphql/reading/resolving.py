"""The reference way to a field's value: through the loaders, one batch a relation and level."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from api.context import RequestContext
from api.graphql import ids
from api.graphql.errors import Refusal, permit
from api.graphql.reading.connections import Connection, page_query
from api.graphql.reading.loaders import Loaders, PageQuery, loaders_of
from api.graphql.reading.sources import (
    NOW,
    AllOf,
    Column,
    Computed,
    NewestOf,
    OneBy,
    Reading,
    ToEach,
    ToMany,
    ToOne,
    TypedId,
    need,
)

if TYPE_CHECKING:
    from api.graphql.reading.fields import SourceField

_PAGING = frozenset({"first", "after", "last", "before", "order", "filter"})


def value(field: "SourceField", parent: Any, context: RequestContext, arguments: dict[str, Any]) -> Any:
    """The field's value for a parent: at once, or when its batch is read.

    Raises Refusal: NOT_PERMITTED, and those of a page's arguments.
    """
    for permission in field.permissions:
        permit(context, permission)
    match field.source:
        case TypedId():
            return ids.spell(parent.__reading__.prefix, parent._id)
        case Column():
            return getattr(parent, field.python_name)
        case Computed(function=function, needs=needs):
            name = field.python_name
            values = (context.now if of is NOW else getattr(parent, need(name, i)) for i, of in enumerate(needs))
            return function(*values)
        case _:
            return _related(field, parent, context, arguments)


def _related(field: "SourceField", parent: Any, context: RequestContext, arguments: dict[str, Any]) -> Any:
    loaders, source, target = loaders_of(context), field.source, field.target
    match source:
        case ToOne() | NewestOf():
            return _known(loaders.far(source, target, parent))
        case ToEach(key=key):
            return _each(loaders, target, getattr(parent, key))
        case ToMany(at_most=int() as most):
            return _list(loaders, source, target, most, parent._id)
        case ToMany() | AllOf():
            return connection(source, target, parent=getattr(parent, "_id", None), **arguments)
        case OneBy():
            return _one(loaders, source, target, arguments)
        case _:
            raise TypeError(f"Nothing resolves a {type(source).__name__}.")


def connection(source: ToMany | AllOf, target: Reading, *, parent: UUID | None, **arguments: Any) -> Connection[Any]:
    """A page of a list, not yet read.

    Raises Refusal: BAD_PAGE, BAD_CURSOR, BAD_FILTER.
    """
    return Connection(query=asked_page(source, target, arguments), parent=parent)


def asked_page(source: ToMany | AllOf, target: Reading, arguments: dict[str, Any]) -> PageQuery:
    """The page that the arguments of its field ask for.

    Raises Refusal: BAD_PAGE, BAD_CURSOR, BAD_FILTER.
    """
    paging = {name: value for name, value in arguments.items() if name in _PAGING}
    if paging.get("order") is not None:
        paging["order"] = paging["order"].value
    if isinstance(source, AllOf) and source.stream and source.filter is not None:
        paging["filter"] = source.filter(**{n: v for n, v in arguments.items() if n not in _PAGING})
    return page_query(source, target, **paging)


def _known(far: "asyncio.Future[Any] | None") -> Any:
    """What was read already, at once: the executor makes a task for whatever it has to wait for."""
    return far.result() if far is not None and far.done() and far.exception() is None else far


async def _each(loaders: Loaders, target: Reading, wanted: list[UUID]) -> list[Any]:
    found = [loaders.one(target, id) for id in wanted]
    return [row for row in [await waiting for waiting in found] if row is not None]


async def _list(loaders: Loaders, source: ToMany, target: Reading, most: int, parent: UUID) -> list[Any]:
    found = await loaders.page(page_query(source, target, first=most), parent)
    return [row.node for row in found.rows]


def _one(loaders: Loaders, source: OneBy, target: Reading, arguments: dict[str, Any]) -> Awaitable[Any] | None:
    key = only_key(source, target, arguments)
    return None if key is None else loaders.one_by(target, *key)


def only_key(source: OneBy, target: Reading, arguments: dict[str, Any]) -> tuple[Any, Any] | None:
    """The unique column that the arguments name, and the value wanted in it; None for a value that no row has.

    Raises the refusal BAD_KEY unless there is exactly one.
    """
    given = {name: asked for name, asked in arguments.items() if asked is not None}
    if len(given) != 1:
        raise Refusal("Give exactly one argument.", code="BAD_KEY")
    [(name, asked)] = given.items()
    if name == "id":
        return target.id, ids.parse_as(target.prefix, asked)
    if isinstance(asked, str) and "\0" in asked:
        return None
    return next(column for column in source.by if column.key == name), asked
