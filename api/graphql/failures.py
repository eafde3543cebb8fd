"""A GraphQL type for each expected failure of the domain, made once from the error class itself."""

import dataclasses
import inspect
import re
from collections.abc import Callable
from types import new_class
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.graphql import ids
from api.graphql.reading import Info
from api.graphql.reading.nodes import PREFIXES
from domain.kit.errors import DomainError, InvalidInput

NAMED_OTHERWISE = {
    "client": "api_client",
    "licence": "seat_licence",
    "assignment": "seat_assignment",
    "assignee": "agent",
    "draft": "entry",
    "successor": "agent",
    "planned": "planned_invitation",
    "person": "season_person",
    "rule": "intake_rule",
}
"""What an id's field is called where it is not simply its type."""


@strawberry.interface(description="Why a mutation did not happen. Nothing was changed.")
class Failure:
    error: strawberry.Private[DomainError]

    def _code(self) -> str:
        return self.error.code()

    def _message(self, info: Info) -> str:
        return self.error.message(info.context.language)

    def _path(self) -> list[str] | None:
        if not isinstance(self.error, InvalidInput):
            return None
        return [to_camel_case(part) for part in self.error.field.split(".")]

    code: str = strawberry.field(
        resolver=_code, description="The failure's name for programs, such as `TICKET_CLOSED`."
    )
    message: str = strawberry.field(
        resolver=_message, description="The failure in a sentence, in the caller's language."
    )
    path: list[str] | None = strawberry.field(
        resolver=_path, description="The field of the input that is meant, from the outside in; null if none is."
    )


_TYPES: dict[type, Any] = {}
_WRITTEN: dict[type, Any] = {}

T = TypeVar("T", bound=type[Failure])


def shows(error: type[DomainError]) -> Callable[[T], T]:
    """Make a class the GraphQL type of an error whose data are more than plain values: it reads them off `error`."""

    def declare(cls: T) -> T:
        _WRITTEN[error] = cls
        return cls

    return declare


def failure_type(error: type[DomainError]) -> Any:
    """The GraphQL type of an error class: its name, its docstring, its data; or the one that `shows` it."""
    if error in _WRITTEN:
        return _WRITTEN[error]
    if error not in _TYPES:
        _TYPES[error] = _made(error)
    return _TYPES[error]


def _made(error: type[DomainError]) -> Any:
    annotations = _data(error)
    told = {field.name: field.metadata.get("said") for field in dataclasses.fields(error)}
    namespace: dict[str, Any] = {
        name: strawberry.field(description=told[name] or _said(name, hint)) for name, hint in annotations.items()
    }
    namespace |= {"__annotations__": annotations, "__module__": error.__module__}
    cls = new_class(error.__name__, (Failure,), exec_body=lambda body: body.update(namespace))
    return strawberry.type(cls, description=_description(error))


def failure(error: DomainError) -> Any:
    """The GraphQL object of an error."""
    cls = failure_type(type(error))
    if type(error) in _WRITTEN:
        return cls(error=error)
    return cls(error=error, **{name: _shown(name, getattr(error, name)) for name in _data(type(error))})


def _data(error: type[DomainError]) -> dict[str, Any]:
    if issubclass(error, InvalidInput):  # its field is the path, its problem the message
        return {}
    hints = get_type_hints(error)
    data = {field.name: hints[field.name] for field in dataclasses.fields(error)}
    for name, hint in data.items():
        if "UUID" in str(hint):
            _prefix(name)
    return data


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, UUID):
        return ids.spell(_prefix(name), value)
    if isinstance(value, list | tuple):
        return [_shown(name, item) for item in value]
    return value


def _prefix(name: str) -> str:
    subject = name.removesuffix("_ids").removesuffix("_id")
    prefix = NAMED_OTHERWISE.get(subject, subject)
    if prefix not in PREFIXES:
        raise TypeError(f"Which type's id is {name}? Add it to NAMED_OTHERWISE.")
    return prefix


def _description(error: type[DomainError]) -> str:
    written = error.__dict__.get("__doc__") or ""
    made_by_dataclass = written.startswith(f"{error.__name__}(")
    if made_by_dataclass or not written:
        return re.sub(r"[{}“”]", "", error.en)
    return re.sub(r"`([a-z_]+)`", lambda name: f"`{to_camel_case(name[1])}`", inspect.cleandoc(written))


def _said(name: str, hint: Any) -> str:
    if hint is bool:
        raise TypeError(f"Whether what? Say it in the metadata of {name}, as `said`.")
    words = name.removesuffix("_id").removesuffix("_ids").replace("_", " ")
    return f"The {words} that is meant." if name.endswith("_id") else f"The {words}."
