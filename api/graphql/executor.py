"""graphql-core's executor, in which the fields that a plan can read are read by plans."""

from collections.abc import Awaitable
from typing import Any

from graphql import is_non_null_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.graphql.reading.outlines import Unplanned
from api.graphql.reading.planned import Reads


class Executor(StrawberryGraphQLCoreExecutionContext):
    """The executor of one request; what no plan reads goes the way of the resolvers and their batches."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._reads: Reads | None = self.context_value.kept.get(Reads)
        if self._reads is not None:
            self._reads.variables = self.variable_values

    def execute_field(
        self, parent_type: Any, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        """The field's value, or an awaitable of it."""
        reads, name = self._reads, field_details_list[0].node.name.value
        if reads is None or not reads.plans(parent_type, name) or _is_in_list(path):
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        return self._planned(reads, parent_type, source, field_details_list, path, position_context)

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
