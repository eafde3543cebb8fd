"""The gate of every document: tokens, then limits, then validation, each far cheaper than the next.

What a text is and whether it is valid never changes, so the texts of late are remembered. Limits are measured anew:
they depend on the variables.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError, specified_rules, validate
from graphql.language.parser import Parser
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.graphql.errors import Refusal
from api.graphql.idempotency import IdempotentOnMutations
from api.graphql.limits import MAX_TOKENS, Complexity, check_values

REMEMBERED = 300_000
"""Characters of text. A parsed document takes about a hundred times as many bytes."""

LONGEST_REMEMBERED = 20_000
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, IdempotentOnMutations)


@dataclass
class Known:
    """A text that was parsed, and what its validation said, once it has."""

    document: DocumentNode
    errors: list[GraphQLError] | None = None


class Memory:
    """The texts that were used last, within a bound on their length."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._length = 0

    def document(self, text: str) -> Known:
        """The text, from memory or parsed. Raises what parsing raises."""
        found = self._known.get(text)
        if found is not None:
            self._known.move_to_end(text)
            return found
        found = Known(_parsed(text))
        if len(text) <= LONGEST_REMEMBERED:
            self._known[text] = found
            self._length += len(text)
            while self._length > REMEMBERED:
                self._length -= len(self._known.popitem(last=False)[0])
        return found


class Admission(SchemaExtension):
    """Parses and validates in place of strawberry, with our limits in between."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self._memory = memory

    def on_parse(self) -> Iterator[None]:
        """Take the document from memory, or parse it."""
        self._current = self._memory.document(self.execution_context.query or "")
        self.execution_context.graphql_document = self._current.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse what is too large before graphql-core looks at it; then validate it once."""
        context, schema = self.execution_context, self.execution_context.schema._schema
        try:
            check_values(context.variables or {})
            Complexity(
                schema,
                self._current.document,
                variables=context.variables or {},
                operation=context.operation_name,
            ).check()
            if self._current.errors is None:
                self._current.errors = _validated(schema, self._current.document)
            context.pre_execution_errors = list(self._current.errors)
        except Refusal as refusal:
            context.pre_execution_errors = [refusal]
        yield


def _parsed(text: str) -> DocumentNode:
    """The document.

    Raises Refusal TOO_MANY_TOKENS, QUERY_TOO_COMPLEX, and GraphQLSyntaxError.
    """
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


def _validated(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    return validate(schema, document, RULES, max_errors=20, hide_suggestions=True)
