"""Functions that are written for one plan: what they do for each row is spelled out, so nothing is looked up again.

The text is made of numbers, of names made here, and of keys by `repr`; values stand in it by a name alone.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLOutputType,
    is_list_type,
    is_non_null_type,
)

from api.graphql.reading.ahead import declared
from api.graphql.reading.outlines import Asked, Unplanned

Write = Callable[[Any], Any]

PLAIN: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "ID": (str,),
    "Boolean": (bool,),
    "Long": (int,),
    "Amount": (int,),
    "DateTime": (datetime,),
    "Date": (date,),
}
"""Scalars whose values are written as they are, and the classes of these values."""

_INT = range(-(2**31), 2**31)
_LONG = range(-(2**63), 2**63)


class Unwritable(Exception):
    """A value that the schema does not allow where it stands."""


class Code:
    """The text of some functions, and what its names stand for."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[str, Any] = {}
        self._functions = 0

    def constant(self, value: Any) -> str:
        """A name for the value."""
        name = f"k{len(self._names)}"
        self._names[name] = value
        return name

    def function(self, parameters: str, lines: Sequence[str]) -> str:
        """The name of a function with these parameters and lines."""
        name = f"f{self._functions}"
        self._functions += 1
        self._lines += [f"def {name}({parameters}):", *(f"    {line}" for line in lines)]
        return name

    def narrow(self, value: str) -> str:
        """The text of a value that may be too wide for a GraphQL Int, and is looked at in its place."""
        return f"(v if (v := {value}) is None or {_INT[0]} <= v <= {_INT[-1]} else {self.constant(whole)}(v))"

    def compiled(self, name: str) -> Callable[..., Any]:
        """The function of that name."""
        names = dict(self._names)
        exec(compile("\n".join(self._lines), "<plan>", "exec"), names)  # noqa: S102 - the text is all our own
        found: Callable[..., Any] = names[name]
        return found


def certain(value: Any) -> Any:
    """The value, which the schema promises not to be null. Raises Unwritable."""
    if value is None:
        raise Unwritable("null where the schema promises a value")
    return value


def absent() -> Any:
    """In place of a row that the schema promises. Raises Unwritable."""
    raise Unwritable("no row where the schema promises one")


def whole(value: Any) -> Any:
    """A GraphQL Int. Raises Unwritable."""
    if value is not None and (type(value) is not int or value not in _INT):
        raise Unwritable("no 32-bit integer")
    return value


def members(type: GraphQLEnumType) -> dict[Any, str]:
    """The names of an enum's members in the schema."""
    enum: Any = getattr(type, "wrapped_cls", None)
    if enum is None:
        raise Unplanned("enum")
    return {member: name for name, member in enum.__members__.items() if name in type.values}


def writer(type: GraphQLOutputType, below: Sequence[Asked]) -> Write:
    """What writes a Python value of that type as the schema would. Raises Unplanned where nothing does."""
    if is_non_null_type(type):
        inner = writer(type.of_type, below)
        return lambda value: inner(certain(value))
    if is_list_type(type):
        item = writer(type.of_type, below)
        return lambda value: None if value is None else [item(each) for each in value]
    if isinstance(type, GraphQLEnumType):
        names = members(type)
        return lambda value: None if value is None else names[value]
    if isinstance(type, GraphQLObjectType):
        return _object_writer(type, below)
    return _scalar_writer(getattr(type, "name", ""))


def _object_writer(type: GraphQLObjectType, below: Sequence[Asked]) -> Write:
    parts: list[tuple[str, str | None, Write]] = []
    for asked in below:
        if asked.definition is None:
            parts.append((asked.key, None, lambda _value, name=type.name: name))  # type: ignore[misc]
            continue
        field: Any = declared(asked.definition)
        if field is None or not field.is_basic_field:
            raise Unplanned("field")
        parts.append((asked.key, field.python_name, writer(asked.definition.type, asked.below)))

    def write(value: Any) -> Any:
        if value is None:
            return None
        return {key: write(value if name is None else getattr(value, name)) for key, name, write in parts}

    return write


def _scalar_writer(name: str) -> Write:
    if name == "Int":
        return whole
    if name in ("Long", "Amount"):
        return _long
    if name == "Float":
        return _number
    if name not in PLAIN:
        raise Unplanned("scalar")
    classes = PLAIN[name]

    def write(value: Any) -> Any:
        if value is not None and not isinstance(value, classes):
            raise Unwritable(f"no {name}")
        return value

    return write


def _long(value: Any) -> Any:
    if value is not None and (type(value) is not int or value not in _LONG):
        raise Unwritable("no 64-bit integer")
    return value


def _number(value: Any) -> Any:
    if value is not None and (not isinstance(value, int | float) or not math.isfinite(value)):
        raise Unwritable("no finite number")
    return value
