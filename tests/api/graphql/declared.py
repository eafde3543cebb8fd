"""What is declared, for tests that go through all of it."""

from typing import Any

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type
from graphql.type import is_leaf_type
from strawberry.utils.str_converters import to_camel_case

from api.graphql.queries import Query
from api.graphql.reading.fields import TYPES, SourceField, source_fields
from api.graphql.reading.nodes import Node
from api.graphql.reading.sources import Relation

assert Query is not None  # importing it declares every type


REQUIRED = {
    "statistics": '(from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", groupBy: AGENT)',
    "ruleDryRun": '(condition: "true", effects: {priority: 1})',
    "seasonPreview": '(seasonId: "season:none")',
    "ticketRoutingHistory": '(ticketId: "ticket_none")',
    "queueFairness": '(day: "2026-11-02")',
}
"""Arguments without which a field of the root cannot be asked for."""


def node_types() -> list[type]:
    return [cls for cls in TYPES.values() if issubclass(cls, Node)]


def relations() -> list[tuple[type, str, SourceField]]:
    """Every way from a type to other rows."""
    return [
        (cls, name, field)
        for cls in node_types()
        for name, field in source_fields(cls).items()
        if isinstance(field.source, Relation)
    ]


def graphql_name(field: SourceField) -> str:
    return field.graphql_name or to_camel_case(field.python_name)


def leaves(schema: GraphQLSchema, type_name: str) -> str:
    """A selection of all fields of a type that have no fields of their own."""
    found: Any = schema.get_type(type_name)
    return "__typename " + " ".join(name for name, field in found.fields.items() if _is_leaf(field))


def _is_leaf(field: Any) -> bool:
    return is_leaf_type(get_named_type(field.type)) and not field.args


def selection(schema: GraphQLSchema, type_: Any) -> str:
    """A selection that shows what a field of the type answers: its leaves, or those of a connection's items."""
    named: GraphQLNamedType = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if named.name.endswith("Connection"):
        item = named.name.removesuffix("Connection")
        return f"{{ totalCount edges {{ node {{ {leaves(schema, item)} }} }} }}"
    if isinstance(named, GraphQLObjectType):
        return f"{{ {leaves(schema, named.name)} }}"
    return "{ __typename }"
