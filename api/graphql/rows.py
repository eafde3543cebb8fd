"""Inputs that come by the hundred, built by a plan that is made once for their class.

Strawberry looks up every field's type anew for every value, which took two fifths of an import's time.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, dataclass_transform

import strawberry
from strawberry.types.base import StrawberryList, StrawberryOptional, has_object_definition
from strawberry.utils.str_converters import to_camel_case

T = TypeVar("T", bound=type)
Build = Callable[[Any], Any]


@dataclass_transform(field_specifiers=(strawberry.field,))
def row_input(*, description: str) -> Callable[[T], T]:
    """As `strawberry.input`, for an input that is one of many rows; the inputs inside it are built in the same way."""

    def decorate(cls: T) -> T:
        made = strawberry.input(cls, description=description)
        made.__strawberry_definition__.from_input = _built  # type: ignore[attr-defined]
        return made

    return decorate


def _built(cls: type, given: Mapping[str, Any], _context: object = None) -> Any:
    """An instance from values that graphql-core has checked; what is left out is the default."""
    return cls(
        **{
            name: value if build is None or value is None else build(value)
            for spelled, name, build in _plan(cls)
            if (value := given.get(spelled, strawberry.UNSET)) is not strawberry.UNSET
        }
    )


@cache
def _plan(cls: type) -> tuple[tuple[str, str, Build | None], ...]:
    """Of each field: its name in the schema, its own, and how its value is built if it is not as it is."""
    definition: Any = cls.__strawberry_definition__  # type: ignore[attr-defined]
    return tuple(
        (
            field.graphql_name or to_camel_case(field.python_name),
            field.python_name,
            _builder(field.resolve_type(type_definition=definition)),
        )
        for field in definition.fields
    )


def _builder(type_: Any) -> Build | None:
    if isinstance(type_, StrawberryOptional):
        return _builder(type_.of_type)
    if isinstance(type_, StrawberryList):
        build = _builder(type_.of_type)
        return list if build is None else lambda items: [build(item) for item in items]
    if has_object_definition(type_):
        return lambda given: _built(type_, given)
    return None
