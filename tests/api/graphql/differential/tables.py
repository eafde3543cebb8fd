"""The query side of the schema as flat tables, made once: a generator that walked the schema itself would be slow."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_leaf_type,
)

from api.graphql.reading.ahead import declared
from api.graphql.reading.fields import SourceField
from api.graphql.reading.keysets import Keyset
from api.graphql.reading.sources import AllOf, ToMany
from api.graphql.schema import schema

DEEPEST_WAY = 9
"""Fields on a way from the root to a type; a document has at most 12 levels."""

WAYS_BY_A_FIELD = 3
"""Ways to a type that are kept, of many that end in the same field."""


@dataclass(frozen=True, eq=False)
class Argument:
    """An argument, or a field of an input: its type as written, and without its wrappers."""

    name: str
    type: str
    named: str
    required: bool


@dataclass(frozen=True, eq=False)
class Field:
    """A field of a type; `orders` are the keysets of a connection's orders by name, the usual one under ''."""

    parent: str
    name: str
    type: str
    named: str
    leaf: bool
    arguments: Mapping[str, Argument]
    orders: Mapping[str, Keyset]

    @property
    def connection(self) -> bool:
        return self.named.endswith("Connection")


@dataclass(eq=False)
class Type:
    """A type with fields, and the ways from the root that lead to it: the names of fields, one after another."""

    name: str
    fields: dict[str, Field]
    possible: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    ways: list[tuple[Field, ...]] = field(default_factory=list)

    @property
    def leaves(self) -> list[Field]:
        return [field for field in self.fields.values() if field.leaf]

    @property
    def composites(self) -> list[Field]:
        return [field for field in self.fields.values() if not field.leaf]


@dataclass(frozen=True)
class Tables:
    """Types by name; fields of inputs by the input's name; values of enums by the enum's name."""

    types: dict[str, Type]
    inputs: dict[str, dict[str, Argument]]
    enums: dict[str, list[str]]

    def fields(self) -> Iterable[Field]:
        return (field for type in self.types.values() for field in type.fields.values())


@cache
def tables() -> Tables:
    """The tables of Sezon's schema, of what a query can reach."""
    of: GraphQLSchema = schema()._schema
    types: dict[str, Type] = {}
    inputs: dict[str, dict[str, Argument]] = {}
    enums: dict[str, list[str]] = {}
    assert of.query_type is not None
    waiting: list[GraphQLNamedType] = [of.query_type]
    while waiting:
        match waiting.pop():
            case GraphQLObjectType() | GraphQLInterfaceType() as found if found.name not in types:
                types[found.name] = _type(of, found)
                for its in found.fields.values():
                    waiting += [get_named_type(its.type), *(get_named_type(a.type) for a in its.args.values())]
            case GraphQLInputObjectType() as found if found.name not in inputs:
                inputs[found.name] = {name: _argument(name, its) for name, its in found.fields.items()}
                waiting += [get_named_type(its.type) for its in found.fields.values()]
            case GraphQLEnumType() as found:
                enums[found.name] = list(found.values)
    _find_ways(types)
    return Tables(types, inputs, enums)


def _type(of: GraphQLSchema, found: GraphQLObjectType | GraphQLInterfaceType) -> Type:
    possible = of.get_possible_types(found) if isinstance(found, GraphQLInterfaceType) else (found,)
    return Type(
        name=found.name,
        fields={name: _field(found.name, name, its) for name, its in found.fields.items()},
        possible=tuple(its.name for its in possible),
        interfaces=tuple(its.name for its in found.interfaces),
    )


def _field(parent: str, name: str, of: GraphQLField) -> Field:
    return Field(
        parent=parent,
        name=name,
        type=str(of.type),
        named=get_named_type(of.type).name,
        leaf=is_leaf_type(get_named_type(of.type)),
        arguments={argument: _argument(argument, its) for argument, its in of.args.items()},
        orders=_orders(of),
    )


def _argument(name: str, of: GraphQLArgument | GraphQLInputField) -> Argument:
    required = isinstance(of.type, GraphQLNonNull) and of.default_value is Undefined
    return Argument(name, str(of.type), get_named_type(of.type).name, required)


def _orders(of: GraphQLField) -> dict[str, Keyset]:
    source_field = declared(of)
    source = source_field.source if isinstance(source_field, SourceField) else None
    if not isinstance(source, ToMany | AllOf):
        return {}
    named = {} if source.orders is None else {order.name: order.value for order in source.orders}
    return {"": source.order, **named}


def _find_ways(types: dict[str, Type]) -> None:
    """The shortest ways first, a few by each last field: one that leads through an interface is no way here."""
    waiting: deque[tuple[Field, ...]] = deque((its,) for its in types["Query"].fields.values() if not its.leaf)
    by_last: Counter[Field] = Counter()
    while waiting:
        way = waiting.popleft()
        last, end = way[-1], types[way[-1].named]
        if by_last[last] < WAYS_BY_A_FIELD and len(way) <= DEEPEST_WAY:
            by_last[last] += 1
            end.ways.append(way)
            if end.name in end.possible:
                waiting.extend((*way, its) for its in end.composites)
