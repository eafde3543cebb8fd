"""One request for the schema, from its text to what leaves the service."""

from collections.abc import Awaitable, Mapping
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    located_error,
)
from graphql import execute as run
from graphql.execution.values import VariableValues
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.context import RequestContext
from api.graphql.admission import Known, Refused
from api.graphql.errors import formatted
from api.graphql.executor import Executor
from api.graphql.reading.outlines import TYPENAME, Unplanned
from api.graphql.reading.planned import Reads
from api.graphql.schema import Schema

Response = dict[str, Any]


async def execute(
    schema: Schema,
    *,
    query: str,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
    context: RequestContext,
    planned: bool = True,
) -> Response:
    """The response to a document: `data`, and `errors` if there are any; `written` makes bytes of it.

    `planned=False` reads everything by the reference executor.
    """
    given = variables or {}
    try:
        known = schema.memory.known(query)
        known.admit(given, operation_name)
    except Refused as refused:
        return {"errors": formatted(refused.errors, executed=False)}
    except GraphQLError as error:
        return {"errors": formatted([error], executed=False)}
    schema.memory.keep(query, known)
    operation = known.operation(operation_name)
    if operation is None:
        return invalid("There is no such operation in the document.")
    if planned:
        taken = known.coerced(operation, given)
        if not isinstance(taken, VariableValues):
            return {"errors": formatted(taken, executed=False)}
        reads = context.kept[Reads] = Reads(schema.planner, context, known, taken)
        if operation.operation is OperationType.QUERY:
            answer = await _read(schema, reads, known, operation)
            if answer is not None:
                return answer
        await context.leave()  # several things read now, side by side
        return await _answered(Executor.of(schema._schema, known.fragments, operation, reads).execute_operation())
    await context.leave()
    return await _answered(
        run(
            schema._schema,
            known.document,
            context_value=context,
            variable_values=given,
            operation_name=operation_name,
            executor_class=StrawberryGraphQLCoreExecutionContext,
            hide_suggestions=True,
        )
    )


async def _read(schema: Schema, reads: Reads, known: Known, operation: OperationDefinitionNode) -> Response | None:
    """The response to a query all of whose fields plans read; None where the executor is needed."""
    query: Any = schema._schema.query_type
    data: dict[str, Any] = {}
    errors: list[GraphQLError] = []
    try:
        roots = known.roots(operation, reads.variables.coerced)
        if not _all_planned(reads, query, roots):
            return None
        for key, nodes in roots.items():
            if nodes[0].name.value == TYPENAME:
                data[key] = query.name
                continue
            try:
                found = await reads.field(query, None, nodes, [key])
            except Unplanned:
                raise
            except Exception as error:
                data[key] = None
                errors.append(located_error(error, nodes, [key]))
            else:
                data[key] = found.value
                errors += found.errors
    except Unplanned:
        reads.given_up = True
        return None
    return _response(data, errors)


def _all_planned(reads: Reads, query: GraphQLObjectType, roots: Mapping[str, Any]) -> bool:
    names = (nodes[0].name.value for nodes in roots.values())
    return all(name == TYPENAME or reads.plans(query, name) for name in names)


async def _answered(executed: Any) -> Response:
    result: Any = await executed if isinstance(executed, Awaitable) else executed
    if not isinstance(result, ExecutionResult):
        raise TypeError(f"Not one response but {type(result).__name__}.")
    if any(error.path is not None for error in result.errors or ()):
        return _response(result.data, result.errors)
    return {"errors": formatted(result.errors, executed=False)} if result.errors else _response(result.data, ())


def _response(data: dict[str, Any] | None, errors: Any) -> Response:
    return {"data": data, "errors": formatted(errors, executed=True)} if errors else {"data": data}


def invalid(message: str) -> Response:
    """The response to a request that could not be understood."""
    return {"errors": [{"message": message, "extensions": {"code": "INVALID_REQUEST"}}]}


def written(answer: Response) -> bytes:
    """The response as JSON; instants in UTC, as in `2026-11-01T08:00:00Z`."""
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z)
