"""graphql-core's executor, in which the fields that a plan can read are read by plans."""

from collections.abc import Awaitable, Mapping
from typing import Any, Self

import structlog
from graphql import (
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    default_field_resolver,
    default_type_resolver,
    is_non_null_type,
)
from graphql.execution.collect_fields import FragmentDetails
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.graphql.reading.outlines import Unplanned
from api.graphql.reading.planned import Reads

log = structlog.get_logger(__name__)


class Executor(StrawberryGraphQLCoreExecutionContext):
    """The executor of one request; what no plan reads goes the way of the resolvers and their batches."""

    _reads: Reads

    @classmethod
    def of(
        cls,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        reads: Reads,
    ) -> Self:
        """The executor of a validated operation, whose variables are those of its reads."""
        made = cls(
            schema,
            dict(fragments),
            {name: FragmentDetails(definition) for name, definition in fragments.items()},
            None,
            reads.context,
            operation,
            reads.variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            hide_suggestions=True,
        )
        made._reads = reads
        return made

    def execute_field(
        self, parent_type: Any, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        """The field's value, or an awaitable of it."""
        reads, name = self._reads, field_details_list[0].node.name.value
        if not reads.plans(parent_type, name) or _is_in_list(path):
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        return self._planned(reads, parent_type, source, field_details_list, path, position_context)

    def complete_list_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        """The list; where its items hold all that is asked of them, one function writes them all."""
        if not _is_in_list(path):
            try:
                return self._reads.writer(info.parent_type, [each.node for each in field_details_list])(result)
            except Exception as error:  # whatever it is, the walk comes upon it again, and says where
                if not isinstance(error, Unplanned):
                    log.warning("list_not_written", field=info.field_name, error=type(error).__name__)
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    async def _planned(self, reads: Reads, parent_type: Any, source: Any, details: Any, path: Any, context: Any) -> Any:
        type = parent_type.fields[details[0].node.name.value].type
        try:
            found = await reads.field(parent_type, source, [each.node for each in details], path.as_list())
            if found.value is None and is_non_null_type(type):
                raise Unplanned("absent")
        except Unplanned:
            completed = super().execute_field(parent_type, source, details, path, context)
            return await completed if isinstance(completed, Awaitable) else completed
        except Exception as error:
            self.handle_field_error(error, type, details, path)
            return None
        self.collected_errors.errors.extend(found.errors)
        return found.value


def _is_in_list(path: Any) -> bool:
    """Whether it is one of many, which batches read together."""
    while path is not None:
        if isinstance(path.key, int):
            return True
        path = path.prev
    return False
