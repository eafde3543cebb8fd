"""Inputs, made at once where graphql-core coerces them.

Strawberry walks what was coerced once more, and looks up every field's type anew for every value.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLSchema

from api.graphql.reading.ahead import DEFINED


def make_at_once(schema: GraphQLSchema) -> None:
    """Let coercion give instances of the inputs' classes; what is left out is the default, and strawberry passes on."""
    for type in schema.type_map.values():
        if isinstance(type, GraphQLInputObjectType):
            definition = type.extensions[DEFINED]
            for field in type.fields.values():
                field.out_name = field.extensions[DEFINED].python_name
            type.out_type = _maker(definition.origin)  # type: ignore[method-assign, assignment]
            definition.from_input = _as_it_is


def _maker(cls: type) -> Callable[[Mapping[str, Any]], Any]:
    return lambda values: cls(**values)


def _as_it_is(_cls: type, made: Any, _context: object = None) -> Any:
    return made
