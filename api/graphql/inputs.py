"""Inputs, made at once where graphql-core coerces them.

Strawberry walks what was coerced once more, and looks up every field's type anew for every value.
"""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLSchema
from graphql.utilities.coerce_input_value import coerce_default_value

from api.graphql.reading.ahead import DEFINED


def make_at_once(schema: GraphQLSchema) -> None:
    """Let coercion give instances of the inputs' classes; what is left out is the default, and strawberry passes on."""
    for type in schema.type_map.values():
        if isinstance(type, GraphQLInputObjectType):
            definition = type.extensions[DEFINED]
            lists = []
            for field in type.fields.values():
                field.out_name = field.extensions[DEFINED].python_name
                if isinstance(coerce_default_value(field), list):
                    lists.append(field.out_name)
            type.out_type = _maker(definition.origin, lists)  # type: ignore[method-assign, assignment]
            definition.from_input = _as_it_is


def _maker(cls: type, lists: Sequence[str]) -> Callable[[dict[str, Any]], Any]:
    """`lists` are the fields whose default is a list, which is one object for all requests: each gets its own."""

    def make(values: dict[str, Any]) -> Any:
        for name in lists:
            if values[name] is not None:
                values[name] = [*values[name]]
        return cls(**values)

    return make if lists else lambda values: cls(**values)


def _as_it_is(_cls: type, made: Any, _context: object = None) -> Any:
    return made
