"""What a mutation takes and what it gives: inputs with typed ids, payloads that are ids and little else."""

import dataclasses
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, dataclass_transform, get_args, get_type_hints
from uuid import UUID

import orjson
import strawberry
from pydantic import TypeAdapter

from api.graphql import ids
from api.graphql.reading.fields import NAMES, to_each, to_one
from api.graphql.reading.nodes import link
from domain.kit.errors import InvalidInput
from domain.kit.events import plain

T = TypeVar("T", bound=type)


def id_of(prefix: str, *, description: str, default: Any = dataclasses.MISSING, name: str | None = None) -> Any:
    """A field of an input that takes a typed id, annotated `UUID`, `UUID | None` or `list[UUID]`.

    The mutation is given the UUID. An id of another type, or no id at all, becomes that of nothing: not found.
    """
    return strawberry.field(description=description, default=default, name=name, metadata={"id_of": prefix})


def rows_of(*, description: str) -> Any:
    """A field of an input that takes many rows, each of which the operation checks, and refuses, on its own.

    They take no typed ids, and are given to the mutation as they are.
    """
    return strawberry.field(description=description, metadata={"rows": True})


def once(*, description: str, default: None) -> Any:
    """A field of a payload that is told once, such as a secret: it is not kept, and null when replayed.

    `default=None` is written out for type checkers: `secret: str | None = once(default=None, description=...)`.
    """
    return strawberry.field(description=description, default=default, metadata={"once": True})


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, to_one, to_each, once))
def payload(*, description: str) -> Callable[[T], T]:
    """Make a class the payload of a mutation.

    ```python
    @payload(description="The ticket was resolved.")
    class TicketResolved:
        ticket_id: strawberry.Private[UUID]
        ticket: "Ticket | None" = to_one("ticket_id", description="The ticket, as it is now.")
    ```
    """

    def decorate(cls: T) -> T:
        decorated = strawberry.type(cls, description=description)
        link(decorated)
        return decorated

    return decorate


def written(value: Any) -> dict[str, Any]:
    """A payload or a failure as JSON, to be read again by `revived`; without what is told once."""
    return {
        field.name: plain(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if field.init and "once" not in field.metadata
    }


def revived(cls: type, data: dict[str, Any]) -> Any:
    """The payload or failure that was written."""
    adapters = _adapters(cls)
    return cls(**{name: adapters[name].validate_python(value) for name, value in data.items()})


@lru_cache(maxsize=512)
def _adapters(cls: type) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(cls, localns=NAMES)
    return {field.name: TypeAdapter(hints[field.name]) for field in dataclasses.fields(cls) if field.init}


def asked(value: Any) -> Any:
    """An argument as JSON, as it was given: ids still spelled, fields that were left out left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {field: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {
            field.name: _digest(item) if "rows" in field.metadata else asked(item)
            for field, item in given.items()
            if item is not strawberry.UNSET
        }
    return [asked(item) for item in value] if isinstance(value, list) else plain(value)


def _digest(rows: list[Any]) -> str:
    """What tells many rows from any others."""
    return hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()


def with_ids(value: Any, path: tuple[str, ...] = ()) -> Any:
    """The same argument with its typed ids read.

    Raises InvalidInput for a text that cannot be stored.
    """
    if isinstance(value, str) and "\0" in value:
        problem = "holds a character that cannot be stored", "zawiera znak, którego nie da się zapisać"
        raise InvalidInput(".".join(path), *problem)
    if isinstance(value, list):
        return [with_ids(item, (*path, str(index))) for index, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        read = {}
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if "rows" in field.metadata:
                continue
            prefix = field.metadata.get("id_of")
            read[field.name] = with_ids(item, (*path, field.name)) if prefix is None else _ids(prefix, item)
        return dataclasses.replace(value, **read)
    return value


def _ids(prefix: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_ids(prefix, item) for item in value]
    return ids.parse_as(prefix, value) if isinstance(value, str) else value


def input_faults(cls: type) -> list[str]:
    """What is wrong with an input and those inside it, in sentences; best none."""
    if not dataclasses.is_dataclass(cls):
        return []
    hints = get_type_hints(cls, localns=NAMES)
    found = []
    for field in dataclasses.fields(cls):
        parts = _parts(hints[field.name])
        if UUID in parts and "id_of" not in field.metadata:
            found.append(f"{cls.__name__}.{field.name} takes an id: say of what, with id_of().")
        found += [fault for part in parts for fault in input_faults(part)]
    return found


def _parts(hint: Any) -> list[Any]:
    """The classes in an annotation: those of `list[UUID] | None` are UUID and None's."""
    inside = get_args(hint)
    return [part for argument in inside for part in _parts(argument)] if inside else [hint]


__all__ = ["id_of", "once", "payload", "rows_of", "to_each", "to_one"]
