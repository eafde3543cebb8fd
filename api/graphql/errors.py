"""What a caller is told when something goes wrong: expected refusals as they are, everything else masked."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import structlog
from graphql import GraphQLError

from api.context import RequestContext
from domain.kit.errors import DomainError, Language
from domain.kit.events import plain
from domain.seats.rights import NotPermitted
from domain.tenants.permissions import Permission

log = structlog.get_logger(__name__)


class Refusal(GraphQLError):
    """An error meant for the caller: its message, code and data leave the service unchanged."""

    def __init__(self, message: str, *, code: str, **data: Any) -> None:
        super().__init__(message, extensions={"code": code, **data})


def refusal(error: DomainError, language: Language) -> Refusal:
    """What a caller is told when a query meets an expected failure: its sentence, its code and its data."""
    return Refusal(error.message(language), code=error.code(), **plain(error.data()))


def permit(context: RequestContext, permission: Permission | None) -> None:
    """Raises the refusal NOT_PERMITTED when the caller lacks the permission to read something."""
    if permission is not None and permission not in context.caller.standing.permissions:
        raise denied(context, permission)


def denied(context: RequestContext, permission: Permission) -> Refusal:
    """The refusal NOT_PERMITTED, in the caller's language."""
    message = NotPermitted(permission.value).message(context.language)
    return Refusal(message, code=NotPermitted.code(), permission=permission.value)


def formatted(errors: Sequence[GraphQLError], *, executed: bool) -> list[dict[str, Any]]:
    """The errors as they leave the service, each with `extensions.code`.

    Before execution every GraphQLError speaks of the request itself and stays readable (`INVALID_REQUEST`). Of an
    execution only a Refusal does; anything else becomes `INTERNAL` with a reference under which it was logged.
    """
    references: dict[int, str] = {}
    return [_formatted(error, executed=executed, references=references) for error in errors]


def _formatted(error: GraphQLError, *, executed: bool, references: dict[int, str]) -> dict[str, Any]:
    cause = _cause(error)
    if isinstance(cause, Refusal):
        return _shape(error, cause.message, dict(cause.extensions or {}))
    if not executed and isinstance(cause, GraphQLError):
        return _shape(error, error.message, {"code": "INVALID_REQUEST"})  # which names the place in the variables
    reference = references.get(id(cause))
    if reference is None:
        reference = references[id(cause)] = str(uuid4())
        path = ".".join(str(part) for part in error.path or ())
        log.error("graphql.internal_error", reference=reference, path=path, exc_info=cause)
    return _shape(error, "Internal error", {"code": "INTERNAL", "reference": reference})


def _cause(error: BaseException) -> BaseException:
    """The exception that was raised first, behind the executor's wrappers."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _shape(error: GraphQLError, message: str, extensions: dict[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = {"message": message}
    if error.locations:
        shape["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        shape["path"] = error.path
    return {**shape, "extensions": extensions}
