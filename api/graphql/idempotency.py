"""The key under which a mutation is done once: of its directive, or of the request."""

from typing import Annotated, Any

import strawberry
from graphql import FieldNode, GraphQLError, StringValueNode, ValidationRule, VariableNode
from strawberry.directive import DirectiveLocation, DirectiveValue

from api.graphql.reading import Info
from domain.kit.errors import InvalidInput
from domain.kit.idempotency import MAX_KEY_LENGTH


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    name="idempotent",
    description=(
        "On a mutation: do it once. The same key and input within 24 hours replay the first outcome and read the new "
        "selection. Short for one mutation: the header `Idempotency-Key`."
    ),
)
def idempotent(
    value: DirectiveValue[Any],
    key: Annotated[str, strawberry.argument(description="Up to 255 characters, the caller's own, such as a UUID.")],
) -> Any:
    return value


class IdempotentOnMutations(ValidationRule):
    """Refuses `@idempotent` where it would do nothing, so that nobody relies on it there."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if any(directive.name.value == idempotent.graphql_name for directive in node.directives or ()):
            parent = self.context.get_parent_type()
            if parent is None or parent is not self.context.schema.mutation_type:
                self.report_error(GraphQLError("@idempotent stands on a mutation's own field, and nowhere else.", node))


def key_of(info: Info) -> str | None:
    """The idempotency key of this field: of its directive, else of the request.

    Raises InvalidInput.
    """
    key = _directive_key(info)
    if key is None and info.context.idempotency_key is not None:
        key = info.context.idempotency_key
        selections = info._raw_info.operation.selection_set.selections
        if len(selections) > 1 or not isinstance(selections[0], FieldNode):
            key = f"{key}:{info.path.key}"
    if key is not None and (not 1 <= len(key) <= MAX_KEY_LENGTH or "\0" in key):
        raise InvalidInput(
            "key", f"takes from 1 to {MAX_KEY_LENGTH} characters", f"musi mieć od 1 do {MAX_KEY_LENGTH} znaków"
        )
    return key


def _directive_key(info: Info) -> str | None:
    for node in info._raw_info.field_nodes:
        for directive in node.directives or ():
            if directive.name.value != idempotent.graphql_name:
                continue
            for argument in directive.arguments or ():
                match argument.value:
                    case StringValueNode(value=text):
                        return text
                    case VariableNode(name=variable):
                        return str(info.variable_values[variable.value])
    return None
