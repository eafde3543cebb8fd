"""Where `@idempotent` may stand."""

from typing import Any

from graphql import FieldNode, GraphQLError, ValidationRule

IDEMPOTENT = "idempotent"


class IdempotentOnMutations(ValidationRule):
    """Refuses `@idempotent` where it would do nothing, so that nobody relies on it there."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if any(directive.name.value == IDEMPOTENT for directive in node.directives or ()):
            parent = self.context.get_parent_type()
            if parent is None or parent is not self.context.schema.mutation_type:
                self.report_error(
                    GraphQLError(f"@{IDEMPOTENT} stands on a mutation's own field, and nowhere else.", node)
                )
