"""Reading by plans: what a field asks for becomes one statement on the caller's transaction, and its rows the value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import structlog
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    located_error,
)
from graphql.execution.values import VariableValues, get_argument_values

from api.context import RequestContext
from api.graphql import ids
from api.graphql.errors import Refusal, denied, permit
from api.graphql.reading import coding
from api.graphql.reading.ahead import DEFINED, declared
from api.graphql.reading.coding import Write
from api.graphql.reading.fields import SourceField
from api.graphql.reading.loaders import PageQuery
from api.graphql.reading.nodes import PREFIXES
from api.graphql.reading.outlines import Asked, Outline, Unplanned
from api.graphql.reading.planner import Given, Planner, Wanted
from api.graphql.reading.plans import Plan
from api.graphql.reading.resolving import asked_page, only_key
from api.graphql.reading.sources import AllOf, OneBy, ToEach, ToMany, ToOne

log = structlog.get_logger(__name__)

_UNPLANNED = {"22": "value", "42": "statement"}
"""The classes of PostgreSQL's codes for values that it cannot take, and for a statement that it does not understand,
which is a fault of ours: the executor answers then, and not an error."""


class Outlines(Protocol):
    """A document that draws the outlines of its fields, and remembers them."""

    def outline(
        self,
        definition: GraphQLField,
        nodes: Sequence[FieldNode],
        type: GraphQLObjectType,
        variables: Mapping[str, Any],
    ) -> Outline:
        """What a field with these nodes asks for of a value of that type. Raises Unplanned."""
        ...


@dataclass(frozen=True)
class Found:
    """A field's value, and an error for each place in it that the caller may not see."""

    value: Any
    errors: Sequence[GraphQLError] = ()


@dataclass(eq=False)
class Reads:
    """What one request reads by plans. `answered` counts its fields; `fallbacks` say why others were not planned.

    When it was `given_up`, the executor reads the whole operation.
    """

    planner: Planner
    context: RequestContext
    document: Outlines
    variables: VariableValues
    answered: int = 0
    given_up: bool = False
    fallbacks: list[str] = field(default_factory=list)

    def plans(self, parent: GraphQLObjectType, name: str) -> bool:
        """Whether the field of that type is one that a plan reads."""
        return not self.given_up and (parent.name, name) in self.planner.planned

    async def field(
        self, parent: GraphQLObjectType, source: Any, nodes: Sequence[FieldNode], path: list[str | int]
    ) -> Found:
        """The field's value.

        Raises Unplanned, Refusal, and what the driver says of a database that fails.
        """
        definition = parent.fields[nodes[0].name.value]
        try:
            wanted = self._wanted(definition, source, nodes)
            if wanted is None or wanted.keys.get("keys") == []:
                self.answered += 1
                return Found(None if wanted is None else [])
            outline = self.document.outline(definition, nodes, self._type(wanted), self.variables.coerced)
            given = self._given(outline, wanted)
            plan = self.planner.plan(outline, wanted, given, self.context.caller.standing.permissions)
            value = await self._read(plan, given, wanted)
        except Unplanned as why:
            self.fallbacks.append(why.reason)
            raise
        self.answered += 1
        return Found(value, self._errors(plan, outline, value, path) if plan.denied else ())

    def writer(self, parent: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Write:
        """What writes the value of a field as it is asked for, if that value holds it all. Raises Unplanned."""
        definition = parent.fields[nodes[0].name.value]
        type = get_named_type(definition.type)
        if not isinstance(type, GraphQLObjectType):
            raise Unplanned("interface")
        outline = self.document.outline(definition, nodes, type, self.variables.coerced)
        if outline.writer is None:
            outline.writer = coding.writer(definition.type, outline.root.below)
        return outline.writer

    def _type(self, wanted: Wanted) -> GraphQLObjectType:
        name = wanted.reading.name if wanted.source is None else f"{wanted.reading.name}Connection"
        found = self.planner.schema.get_type(name)
        if not isinstance(found, GraphQLObjectType):
            raise Unplanned("field")
        return found

    def _wanted(self, definition: GraphQLField, parent: Any, nodes: Sequence[FieldNode]) -> Wanted | None:
        """What the field leads to, or None where it leads nowhere. Raises Refusal, Unplanned."""
        declaration = declared(definition)
        if not isinstance(declaration, SourceField):
            return self._node(definition, nodes)
        asked, target = Asked("", nodes, definition, 0, 0, ()), declaration.target
        for permission in declaration.permissions:
            if permission not in self.context.caller.standing.permissions:
                self._arguments(asked)  # the executor reads them before it looks at rights
                raise denied(self.context, permission)
        match declaration.source:
            case AllOf() as source:
                return Wanted(target, source=source)
            case OneBy() as source:
                key = only_key(source, target, self._plain(asked))
                return None if key is None else Wanted(target, column=key[0], keys={"key": key[1]})
            case ToOne(key=str() as key):
                id: UUID | None = getattr(parent, key)
                return None if id is None else Wanted(target, column=target.id, keys={"key": id})
            case ToEach(key=key):
                return Wanted(target, keys={"keys": getattr(parent, key)})
            case _:
                raise Unplanned("field")

    def _node(self, definition: GraphQLField, nodes: Sequence[FieldNode]) -> Wanted | None:
        parsed = ids.parse(self._plain(Asked("", nodes, definition, 0, 0, ()))["id"])
        reading = PREFIXES.get(parsed[0]) if parsed is not None else None
        if parsed is None or reading is None:
            return None
        permit(self.context, reading.requires)
        return Wanted(reading, column=reading.id, keys={"key": parsed[1]})

    def _plain(self, asked: Asked) -> dict[str, Any]:
        """The arguments of a field whose arguments are texts and numbers, which nothing converts."""
        definition: Any = asked.definition
        try:
            coerced = get_argument_values(definition, asked.nodes[0], self.variables, hide_suggestions=True)
        except GraphQLError:
            raise Unplanned("argument") from None
        return {definition.args[name].extensions[DEFINED].python_name: value for name, value in coerced.items()}

    def _arguments(self, asked: Asked) -> dict[str, Any]:
        try:
            return self.planner.arguments(asked, self.variables)
        except GraphQLError:
            raise Unplanned("argument") from None

    def _given(self, outline: Outline, wanted: Wanted) -> Given:
        if isinstance(outline.given, Given):
            return outline.given
        given = Given([self._page(outline, asked, wanted) for asked in outline.pages])
        if all(asked.page in outline.fixed or given.pages[asked.page or 0] is None for asked in outline.pages):
            outline.given = given
        return given

    def _page(self, outline: Outline, asked: Asked, wanted: Wanted) -> PageQuery | None:
        """The page that a field asks for; None for the one that names a row. Raises Unplanned, of the root Refusal."""
        page = asked.page or 0
        fixed: PageQuery | None = outline.fixed.get(page)
        if fixed is not None:
            return fixed
        is_root = asked is outline.root
        if is_root and wanted.source is None:
            return None
        declaration: Any = declared(asked.definition) if asked.definition is not None else None
        source = declaration.source if isinstance(declaration, SourceField) else None
        if not isinstance(source, AllOf | ToMany):
            raise Unplanned("field")
        try:
            found = asked_page(source, declaration.target, self._arguments(asked))
        except Refusal:
            if is_root:
                raise
            raise Unplanned("argument") from None
        if not any(_varies(argument.value) for argument in asked.nodes[0].arguments or ()):
            outline.fixed[page] = found
        return found

    async def _read(self, plan: Plan, given: Given, wanted: Wanted) -> Any:
        values = {**given.values, "tenant": self.context.caller.tenant_id, "now": self.context.now, **wanted.keys}
        try:
            async with self.context.straight() as straight:
                rows = await straight.rows(plan.statement, values)
                length = None if plan.length is None else (await straight.rows(plan.length, values))[0][0]
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            await self.context.leave()
            reason = _UNPLANNED.get((getattr(error, "sqlstate", None) or "")[:2])
            if isinstance(error, asyncpg.DataError):  # some are the driver's own, and have no code
                reason = "value"
            if reason is None:
                raise
            if reason == "statement":
                log.error("statement_refused", code=getattr(error, "sqlstate", None), statement=plan.statement.text)
            raise Unplanned(reason) from error
        try:
            value = plan.build(rows, length, self.context.now, given.limits)
        except Exception as error:
            log.warning("plan_not_built", error=type(error).__name__)
            raise Unplanned("unwritable") from error
        if "keys" in wanted.keys:
            return [value[id] for id in wanted.keys["keys"] if id in value]
        return value

    def _errors(self, plan: Plan, outline: Outline, value: Any, path: list[str | int]) -> list[GraphQLError]:
        found = []
        for each in plan.denied:
            refusal, nodes = denied(self.context, each.permission), outline.fields[each.place].nodes
            found += [located_error(refusal, nodes, [*path, *at]) for at in _places(value, each.path)]
        return found


def _places(value: Any, path: Sequence[str | None]) -> Iterator[list[str | int]]:
    """Every place in the value that the path leads to."""
    if value is None:
        return
    if not path:
        yield []
        return
    key, rest = path[0], path[1:]
    if key is None:
        for index, item in enumerate(value):
            for at in _places(item, rest):
                yield [index, *at]
    elif not rest:
        yield [key]
    else:
        for at in _places(value[key], rest):
            yield [key, *at]


def _varies(value: ValueNode) -> bool:
    """Whether there is a variable in it."""
    match value:
        case VariableNode():
            return True
        case ListValueNode(values=values):
            return any(map(_varies, values))
        case ObjectValueNode(fields=fields):
            return any(_varies(field.value) for field in fields)
        case _:
            return False
