"""How much one request may ask for, measured before anything expensive looks at it.

One walk over the document measures everything. A fragment is measured once, however often it is spread, so that the
walk is as short as the text; the figures count it at every spread.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from api.graphql.errors import Refusal
from api.graphql.reading.connections import DEFAULT_PAGE, LARGEST_PAGE
from domain.kit.imports import MOST_ROWS
from domain.tickets.intake.trying import SHOWN

MAX_TOKENS = 2_000
INTROSPECTION_LISTS = {"types": 15, "fields": 5, "inputFields": 5, "args": 2, "enumValues": 2, "possibleTypes": 2}
MUTATION_COST = 100
ROW_COST = 20
FAULTS = 5
"""Faults that a row of an import is taken to have: half of those that are told at most, for few rows have more."""

SKILLS = 5
"""Skills that a rule or a topic is taken to ask for: up to 20 can be, but few are."""

IMPORTS = {"ordersImport": "orders", "customersImport": "customers", "ticketsImport": "tickets"}
"""Mutations of many rows, and where in their input these are: each row costs something."""

DRY_RUN = {"IntakeDryRunTicket": SHOWN, "IntakeShift": LARGEST_PAGE, "IntakeSkill": SKILLS}
"""What a dry run lists; there are as many kinds of changes as the tickets' teams, tags and priorities make."""

LISTED = {"ImportedRow": MOST_ROWS, "ImportFailure": FAULTS, "StatisticsGroup": LARGEST_PAGE, **DRY_RUN}
"""Types that are answered in lists that have no pages, of so many."""

MOST_VALUES = 50_000
"""Values in the variables of a request, however they are nested; about three imports of usual orders."""

HEAVY = {("Entry", "body"): 25, ("Query", "statistics"): 5_000, ("Query", "ruleDryRun"): 5_000}
"""Fields whose values can be long, or take long to find, by what they cost."""


@dataclass(frozen=True)
class Measure:
    """What a selection asks for.

    `edges` is the cost of one row of a page, to be multiplied by the page's size, and `rows` says that its rows are
    read at all; `repeats` is how often one name stands in one selection, for validation compares every pair of them.
    """

    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0
    edges: int = 0
    rows: int = 0
    repeats: int = 0

    def and_(self, other: "Measure") -> "Measure":
        return Measure(
            depth=max(self.depth, other.depth),
            introspection_depth=max(self.introspection_depth, other.introspection_depth),
            fields=self.fields + other.fields,
            aliases=self.aliases + other.aliases,
            cost=self.cost + other.cost,
            edges=self.edges + other.edges,
            rows=max(self.rows, other.rows),
            repeats=max(self.repeats, other.repeats),
        )


NOTHING = Measure()

LIMITS = Measure(depth=12, introspection_depth=20, fields=400, aliases=50, cost=20_000, repeats=20)
"""What one request may ask for."""


def check_values(variables: Mapping[str, Any]) -> None:
    """Raises Refusal TOO_MANY_VALUES, before anything looks at each of them."""
    count = 0
    waiting: list[Collection[Any]] = [variables.values()]
    while waiting:
        values = waiting.pop()
        count += len(values)
        if count > MOST_VALUES:
            raise Refusal(
                f"The variables hold more than {MOST_VALUES} values.", code="TOO_MANY_VALUES", allowed=MOST_VALUES
            )
        for value in values:
            if value.__class__ is dict:
                waiting.append(value.values())
            elif value.__class__ is list:
                waiting.append(value)


class Complexity:
    """Measures one document for one request, which chooses one of its operations and gives it variables."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, *, variables: Mapping[str, Any], operation: str | None
    ) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        named = (d for d in self._operations if d.name is not None and d.name.value == operation)
        self._chosen = next(named, self._operations[0] if self._operations else None)
        self._variables = {**self._defaults(), **variables}
        self._measured: dict[str, Measure | None] = {}
        self.looked_at: set[str] = set()
        """The variables that the measures depend on, once they are taken."""

    def check(self) -> None:
        """Raises Refusal QUERY_TOO_COMPLEX with what was measured and what is allowed."""
        try:
            total = self._total()
        except RecursionError:
            raise Refusal("The document is nested too deeply.", code="QUERY_TOO_COMPLEX") from None
        for name in ("depth", "introspection_depth", "fields", "aliases", "cost", "repeats"):
            measured, allowed = getattr(total, name), getattr(LIMITS, name)
            if measured > allowed:
                shown = min(measured, 2**53)
                words = name.replace("_", " ")
                raise Refusal(
                    f"The request is too large: its {words} is {shown}, at most {allowed} is allowed.",
                    code="QUERY_TOO_COMPLEX",
                    limit=name,
                    measured=shown,
                    allowed=allowed,
                )

    def _total(self) -> Measure:
        """The chosen operation's cost; the rest for all that validation looks at, chosen and spread or not."""
        total, cost = NOTHING, 0
        for operation in self._operations:
            measured = self._selections(operation.selection_set, self._schema.get_root_type(operation.operation))
            total = total.and_(measured)
            cost = measured.cost if operation is self._chosen else cost
        for name in self._fragments:
            alone = self._fragment(name)
            total = total if alone.fields <= LIMITS.fields else total.and_(alone)
        return replace(total, cost=cost)

    def _defaults(self) -> dict[str, Any]:
        definitions = self._chosen.variable_definitions if self._chosen is not None else ()
        return {definition.variable.name.value: definition.default_value for definition in definitions or ()}

    def _selections(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Measure:
        names = Counter(
            (node.alias or node.name).value
            for node in (selections.selections if selections is not None else ())
            if isinstance(node, FieldNode)
        )
        total = Measure(repeats=max(names.values(), default=0))
        for selection in selections.selections if selections is not None else ():
            match selection:
                case FieldNode():
                    total = total.and_(self._field(selection, parent))
                case FragmentSpreadNode():
                    total = total.and_(self._fragment(selection.name.value))
                case InlineFragmentNode(type_condition=condition):
                    inside = parent if condition is None else self._schema.get_type(condition.name.value)
                    total = total.and_(self._selections(selection.selection_set, inside))
        return total

    def _fragment(self, name: str) -> Measure:
        if name not in self._fragments:
            return NOTHING
        if name in self._measured:
            measured = self._measured[name]
            if measured is None:
                raise Refusal(f"The fragment {name} spreads itself.", code="QUERY_TOO_COMPLEX")
            return measured
        self._measured[name] = None
        fragment = self._fragments[name]
        measured = self._selections(fragment.selection_set, self._schema.get_type(fragment.type_condition.name.value))
        self._measured[name] = measured
        return measured

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measure:
        name = node.name.value
        field = _definition(self._schema, parent, name)
        inside = self._selections(node.selection_set, get_named_type(field.type) if field is not None else None)
        own = Measure(
            fields=1 + inside.fields, aliases=inside.aliases + (node.alias is not None), repeats=inside.repeats
        )
        if name.startswith("__") or (parent is not None and parent.name.startswith("__")):
            cost = 1 + inside.cost * INTROSPECTION_LISTS.get(name, 1)
            return replace(own, introspection_depth=1 + inside.introspection_depth, cost=cost)
        own = replace(own, depth=1 + inside.depth, introspection_depth=inside.introspection_depth)
        if parent is not None and parent is self._schema.mutation_type:
            return replace(own, cost=MUTATION_COST + ROW_COST * self._rows(node) + inside.cost)
        if field is not None and (times := LISTED.get(get_named_type(field.type).name)):
            return replace(own, cost=1 + times * inside.cost)
        if name == "edges":
            return replace(own, edges=1 + inside.cost)
        if name == "pageInfo":
            return replace(own, cost=1 + inside.cost, rows=1)
        page = max(inside.edges, inside.rows) * self._page(node)
        one = HEAVY.get((parent.name if parent is not None else "", name), 1)
        return replace(own, cost=one + inside.cost * self._ids(node) + page)

    def _page(self, node: FieldNode) -> int:
        """How many edges the connection may have."""
        sizes = [self._argument(node, name) for name in ("first", "last")]
        known = [size if isinstance(size, int) else LARGEST_PAGE for size in sizes if size is not None]
        return max(0, min(max(known, default=DEFAULT_PAGE), LARGEST_PAGE))

    def _ids(self, node: FieldNode) -> int:
        """How many things a list of ids asks for."""
        ids = self._argument(node, "ids")
        return len(ids) if isinstance(ids, list) else 1

    def _rows(self, node: FieldNode) -> int:
        """How many rows a mutation of many is given."""
        name = IMPORTS.get(node.name.value)
        rows = self._inside(self._given(node, "input"), name) if name is not None else None
        return len(rows) if isinstance(rows, list) else 0

    def _inside(self, value: Any, name: str) -> Any:
        """The field of that name in an input object, wherever each of them was written."""
        match value:
            case VariableNode(name=variable):
                self.looked_at.add(variable.value)
                return self._inside(self._variables.get(variable.value), name)
            case ObjectValueNode(fields=fields):
                return self._value(next((field.value for field in fields if field.name.value == name), None))
            case dict():
                return value.get(name)
            case _:
                return None

    def _argument(self, node: FieldNode, name: str) -> Any:
        return self._value(self._given(node, name))

    def _given(self, node: FieldNode, name: str) -> ValueNode | None:
        return next((argument.value for argument in node.arguments or () if argument.name.value == name), None)

    def _value(self, value: ValueNode | None) -> Any:
        match value:
            case VariableNode(name=name):
                self.looked_at.add(name.value)
                given = self._variables.get(name.value)
                return self._value(given) if isinstance(given, ValueNode) else given
            case IntValueNode(value=text):
                return int(text) if len(text) < 10 else LARGEST_PAGE
            case ListValueNode(values=values):
                return list(values)
            case _:
                return None


def _definition(schema: GraphQLSchema, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return schema.get_field(parent, name)
    return None
