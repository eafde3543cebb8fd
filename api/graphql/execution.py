"""One request for the schema, from its text to what leaves the service."""

from typing import Any

from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from api.context import RequestContext
from api.graphql.errors import formatted
from api.graphql.schema import Schema


async def execute(
    schema: Schema,
    *,
    query: str,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
    context: RequestContext,
) -> dict[str, Any]:
    """The response to a document: `data`, and `errors` if there are any. It never raises for what a caller sends."""
    try:
        result = await schema.execute(
            query, variable_values=variables, context_value=context, operation_name=operation_name
        )
    except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError):
        return invalid("There is no such operation in the document.")
    if not result.errors:
        return {"data": result.data}
    executed = any(error.path is not None for error in result.errors)
    errors = formatted(result.errors, executed=executed)
    return {"data": result.data, "errors": errors} if executed else {"errors": errors}


def invalid(message: str) -> dict[str, Any]:
    """The response to a request that could not be understood."""
    return {"errors": [{"message": message, "extensions": {"code": "INVALID_REQUEST"}}]}
