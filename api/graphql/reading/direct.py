"""The executor's way to a declared field, without the steps in between that such a field has no use for."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from api.context import RequestContext
from api.graphql.reading import resolving
from api.graphql.reading.ahead import declared
from api.graphql.reading.fields import SourceField

Resolver = Callable[[Any, GraphQLResolveInfo[RequestContext]], Any]


def resolve_directly(schema: GraphQLSchema) -> None:
    """Let declared fields without arguments be resolved in one call.

    strawberry's own resolvers convert arguments, build an info and chain extensions for each value, which took longer
    than the value.
    """
    for type in schema.type_map.values():
        if isinstance(type, GraphQLObjectType):
            for field in type.fields.values():
                source_field = declared(field)
                if isinstance(source_field, SourceField) and not field.args and not source_field.extensions:
                    field.resolve = _resolver(source_field)


def _resolver(field: SourceField) -> Resolver:
    name = field.python_name
    if field.is_basic_field:
        return lambda parent, _info: getattr(parent, name)
    return lambda parent, info: resolving.value(field, parent, info.context, {})
