"""Which plan reads a field: one for each outline, caller's permissions and shapes of pages, and so many are kept."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql import GraphQLObjectType, GraphQLSchema
from graphql.execution.values import VariableValues, get_argument_values
from sqlalchemy import ColumnElement
from strawberry.types.arguments import convert_arguments

from api.graphql.reading import flat
from api.graphql.reading.ahead import declared
from api.graphql.reading.outlines import Asked, Outline, Unplanned
from api.graphql.reading.plans import Pages, Plan, Planning
from api.graphql.reading.sources import AllOf, OneBy, Reading, ToEach
from api.graphql.reading.statements import PageShape
from domain.tenants.permissions import Permission

log = structlog.get_logger(__name__)

MOST_PLANS = 256
"""Plans that are kept, those that were used last."""


@dataclass(frozen=True)
class Wanted:
    """What a field leads to: rows of a type, by the parameters of their statement; `column` is the one of a `key`."""

    reading: Reading
    source: AllOf | None = None
    column: ColumnElement[Any] | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)


class Given:
    """What a field's pages ask for: their shapes, which name a plan, their limits, and their statement's values."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.shapes = _Shapes(tuple(query.shape if query is not None else None for query in pages))
        self.limits = [0 if query is None else query.limit for query in pages]
        self.values: dict[str, Any] = {}
        for page, query in enumerate(pages):
            if query is not None:
                prefix = flat.prefix_of(page)
                self.values[f"{prefix}limit"] = query.limit + 1
                self.values.update((prefix + name, value) for name, value in query.parameters)


class _Shapes:
    """The shapes of a field's pages, whose hash is computed once: a document that is written out keeps them."""

    __slots__ = ("_hash", "_shapes")

    def __init__(self, shapes: tuple[PageShape | None, ...]) -> None:
        self._shapes, self._hash = shapes, hash(shapes)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _Shapes) and self._shapes == other._shapes)


class Planner:
    """Makes plans for a schema, and keeps those that were used last."""

    def __init__(self, strawberry_schema: Any) -> None:
        self.schema: GraphQLSchema = strawberry_schema._schema
        self._conversion = {
            "scalar_registry": strawberry_schema.schema_converter.scalar_registry,
            "config": strawberry_schema.config,
        }
        self.planned = frozenset(_planned(self.schema))
        """The fields that plans read, by the names of their types and their own."""
        self._plans: OrderedDict[Hashable, Plan | Unplanned] = OrderedDict()

    def arguments(self, asked: Asked, variables: VariableValues) -> dict[str, Any]:
        """The arguments of a field as its resolver would be given them. Raises GraphQLError."""
        definition: Any = asked.definition
        coerced = get_argument_values(definition, asked.nodes[0], variables, hide_suggestions=True)
        return convert_arguments(coerced, declared(definition).arguments, **self._conversion)

    def plan(self, outline: Outline, wanted: Wanted, given: Given, permitted: frozenset[Permission]) -> Plan:
        """The plan, made unless it is known. Raises Unplanned, which is remembered as well."""
        root = given.pages[0] if wanted.source is not None else None
        way = wanted.column if root is None else flat.ceiling(root)
        key = outline.text, wanted.reading, way, permitted, given.shapes
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = _made(outline, wanted, given.pages, permitted)
            while len(self._plans) > MOST_PLANS:
                self._plans.popitem(last=False)
        else:
            self._plans.move_to_end(key)
        if isinstance(found, Unplanned):
            raise Unplanned(found.reason)
        return found


def _planned(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Of the root and of payloads: their lists and rows, and anything by its id."""
    yield "Query", "node"
    for type in schema.type_map.values():
        if isinstance(type, GraphQLObjectType):
            for name, field in type.fields.items():
                source = getattr(declared(field), "source", None)
                if isinstance(source, AllOf | OneBy | ToEach) or getattr(source, "key", None).__class__ is str:
                    yield type.name, name


def _made(outline: Outline, wanted: Wanted, pages: Pages, permitted: frozenset[Permission]) -> Plan | Unplanned:
    planning = Planning(outline, pages, permitted)
    try:
        if wanted.source is not None:
            return planning.of_page(wanted.reading)
        if wanted.column is not None:
            return planning.of_one(wanted.reading, wanted.column)
        return planning.of_each(wanted.reading)
    except Unplanned as why:
        return Unplanned(why.reason)
    except Exception:
        log.exception("plan_failed", outline=outline.text[:500])
        return Unplanned("failed")
