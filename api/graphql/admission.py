"""The gate of every document: tokens, then limits, then validation, each far cheaper than the next.

What a text is, whether it is valid, what it costs and what its fields ask for never changes, so the texts of late are
remembered. Where the cost depends on variables, it is remembered by those.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.language.parser import Parser
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.graphql.errors import Refusal
from api.graphql.idempotency import IdempotentOnMutations
from api.graphql.limits import MAX_TOKENS, Complexity, check_values
from api.graphql.reading.outlines import Document, Outline
from api.graphql.variables import Inputs, Taking

REMEMBERED = 300_000
"""Characters of text. A parsed document takes about a hundred times as many bytes."""

LONGEST_REMEMBERED = 20_000
EACH = 300
"""Characters that a text is counted for beside its own: what is remembered of it is more than that."""

VARIANTS = 64
"""Outlines of one text that are remembered, those used last: of each field, for each way in which its directives
turn and each type that its ids name."""

COSTS = 64
"""Page sizes with which one text was found to be allowed."""

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, IdempotentOnMutations)


class Refused(Exception):
    """What is wrong with a document, before any of it was executed."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(*errors)
        self.errors = errors


class Known:
    """A text that was parsed, and what has been found out about it since."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, inputs: Inputs) -> None:
        self.document = document
        self.fragments: dict[str, FragmentDefinitionNode] = {}
        self._schema, self._inputs = schema, inputs
        self._operations: list[OperationDefinitionNode] = []
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self.fragments[definition.name.value] = definition
            elif isinstance(definition, OperationDefinitionNode):
                self._operations.append(definition)
        self._errors: list[GraphQLError] | None = None
        self._looked_at: dict[str | None, tuple[str, ...]] = {}
        self._allowed: set[Hashable] = set()
        self._turning: tuple[str, ...] | None = None
        self._drawn: OrderedDict[Hashable, Any] = OrderedDict()
        self._taking: dict[int, Taking] = {}

    def admit(self, variables: Mapping[str, Any], operation: str | None) -> None:
        """Let a request with these variables pass. Raises Refused, and the refusals of `limits`."""
        check_values(variables)
        self._measure(variables, operation)
        if self._errors is None:
            self._errors = validate(self._schema, self.document, RULES, max_errors=20, hide_suggestions=True)
        if self._errors:
            raise Refused(self._errors)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of that name; without a name the only one."""
        if name is None:
            return self._operations[0] if len(self._operations) == 1 else None
        return next((each for each in self._operations if each.name is not None and each.name.value == name), None)

    def coerced(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> VariableValues | Sequence[GraphQLError]:
        """The values of an admitted operation's variables, or all that is wrong with those that were given."""
        taking = self._taking.get(id(operation))
        if taking is None:
            taking = self._taking[id(operation)] = Taking(self._inputs, operation)
        return taking.coerced(variables)

    def roots(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, list[FieldNode]]:
        """The fields that a query begins with, by key. Raises Unplanned."""
        key = id(operation), self._turns(variables)
        found: dict[str, list[FieldNode]] | None = self._drawn.get(key)
        if found is None:
            query = self._schema.query_type
            found = {} if query is None else self._drawing(variables).selected(query, [operation.selection_set])
        self._remember(key, found)
        return found

    def outline(
        self,
        definition: GraphQLField,
        nodes: Sequence[FieldNode],
        type: GraphQLObjectType,
        variables: Mapping[str, Any],
    ) -> Outline:
        """What a field with these nodes asks for of a value of that type. Raises Unplanned."""
        key = tuple(map(id, nodes)), type.name, self._turns(variables)
        found: Outline | None = self._drawn.get(key)
        if found is None:
            found = self._drawing(variables).outline(definition, nodes, type)
        self._remember(key, found)
        return found

    def _measure(self, variables: Mapping[str, Any], operation: str | None) -> None:
        looked_at = self._looked_at.get(operation)
        if looked_at is not None and (operation, _sizes(looked_at, variables)) in self._allowed:
            return
        measuring = Complexity(self._schema, self.document, variables=variables, operation=operation)
        measuring.check()
        sizes = _sizes(sorted(measuring.looked_at), variables)
        if sizes is not None and self.operation(operation) is not None and len(self._allowed) < COSTS:
            self._looked_at[operation] = tuple(sorted(measuring.looked_at))
            self._allowed.add((operation, sizes))

    def _turns(self, variables: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values of the variables that a directive of the text looks at."""
        if self._turning is None:
            turning = _Turning()
            visit(self.document, turning)
            self._turning = tuple(sorted(turning.names))
        return tuple(variables.get(name) for name in self._turning)

    def _drawing(self, variables: Mapping[str, Any]) -> Document:
        return Document(self._schema, self.fragments, variables)

    def _remember(self, key: Hashable, drawn: Any) -> None:
        self._drawn[key] = drawn
        self._drawn.move_to_end(key)
        while len(self._drawn) > VARIANTS:
            self._drawn.popitem(last=False)


def _sizes(names: Sequence[str], variables: Mapping[str, Any]) -> Hashable:
    """What tells the cost of one request from that of another; None where it is more than a few numbers."""
    values = [variables.get(name, "") for name in names]
    return tuple(values) if all(value in ("", None) or type(value) is int for value in values) else None


class _Turning(Visitor):
    """Collects the variables that say what is skipped and included."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: Any, *_: Any) -> None:
        for argument in node.arguments if node.name.value in ("skip", "include") else ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


class Memory:
    """The texts that were used last, within a bound on their length."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema, self._inputs = schema, Inputs(schema)
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._length = 0

    def known(self, text: str) -> Known:
        """The text, from memory or parsed.

        Raises Refusal TOO_MANY_TOKENS, QUERY_TOO_COMPLEX, and GraphQLSyntaxError.
        """
        found = self._known.get(text)
        if found is not None:
            self._known.move_to_end(text)
            return found
        return Known(self._schema, _parsed(text), self._inputs)

    def keep(self, text: str, known: Known) -> None:
        """Remember a text that was admitted, if it is not too long."""
        if text in self._known or len(text) > LONGEST_REMEMBERED:
            return
        self._known[text] = known
        self._length += len(text) + EACH
        while self._length > REMEMBERED:
            self._length -= len(self._known.popitem(last=False)[0]) + EACH


def _parsed(text: str) -> DocumentNode:
    parser = Parser(text, max_tokens=MAX_TOKENS)
    try:
        return parser.parse_document()
    except GraphQLSyntaxError:
        if parser.token_count > MAX_TOKENS:
            raise Refusal(
                f"The document has more than {MAX_TOKENS} tokens.",
                code="TOO_MANY_TOKENS",
                measured=parser.token_count,
                allowed=MAX_TOKENS,
            ) from None
        raise
    except RecursionError:
        raise Refusal("The document is nested too deeply.", code="QUERY_TOO_COMPLEX") from None
