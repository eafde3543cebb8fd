"""Inputs that narrow a list down; each field says once which column it compares, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, dataclass_transform

import strawberry
from sqlalchemy import ColumnElement, any_, bindparam, exists
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry.types.field import StrawberryField

from api.graphql import ids
from api.graphql.errors import Refusal


@strawberry.input(description="From an instant up to, and not with, another: `[from, to)`. Either end may be open.")
class TimeRange:
    from_: datetime | None = strawberry.field(name="from", default=None, description="The first instant inside.")
    to: datetime | None = strawberry.field(default=None, description="The first instant no longer inside.")


@strawberry.input(description="From a day up to, and not with, another: `[from, to)`. Either end may be open.")
class DateRange:
    from_: date | None = strawberry.field(name="from", default=None, description="The first day inside.")
    to: date | None = strawberry.field(default=None, description="The first day no longer inside.")


@dataclass(frozen=True, eq=False)
class Marker:
    """How one field of a filter narrows: a comparison of a column with the field's value.

    `parameters` are what a given value puts into the statement; their names alone decide its conditions.
    """

    column: ColumnElement[Any]
    id_of: str | None = None
    lower: bool = False

    def parameters(self, name: str, value: Any) -> dict[str, Any]:
        return {name: self._plain(value)}

    def condition(self, parameter: str, prefix: str) -> ColumnElement[bool]:
        raise NotImplementedError

    def _bound(self, parameter: str, prefix: str) -> ColumnElement[Any]:
        return bindparam(f"{prefix}filter_{parameter}", type_=self.column.type)

    def _plain(self, value: Any) -> Any:
        if self.id_of is not None:
            return ids.parse_as(self.id_of, value)
        if isinstance(value, str):
            if "\0" in value:
                raise Refusal("A filter contains a character that no stored text has.", code="BAD_FILTER")
            return value.lower() if self.lower else value
        return value


class Equal(Marker):
    def condition(self, parameter: str, prefix: str) -> ColumnElement[bool]:
        return self.column == self._bound(parameter, prefix)


class Past(Marker):
    def condition(self, parameter: str, prefix: str) -> ColumnElement[bool]:
        return self.column > self._bound(parameter, prefix)


class Among(Marker):
    def parameters(self, name: str, value: Any) -> dict[str, Any]:
        return {name: tuple(self._plain(item) for item in value)}

    def condition(self, parameter: str, prefix: str) -> ColumnElement[bool]:
        return self.column == any_(bindparam(f"{prefix}filter_{parameter}", type_=ARRAY(self.column.type)))


@dataclass(frozen=True, eq=False)
class OneAmong(Among):
    """One of the rows of the column's table whose `key` is this row's id has one of the values."""

    key: ColumnElement[Any] = field(kw_only=True)
    of: ColumnElement[Any] = field(kw_only=True)

    def parameters(self, name: str, value: Any) -> dict[str, Any]:
        return {name: tuple(item.lower() if self.lower else item for item in map(self._plain, value))}

    def condition(self, parameter: str, prefix: str) -> ColumnElement[bool]:
        theirs, ours = self.key.table.c.tenant_id, self.of.table.c.tenant_id
        return exists().where(theirs == ours, self.key == self.of, super().condition(parameter, prefix))


class Within(Marker):
    def parameters(self, name: str, value: Any) -> dict[str, Any]:
        ends = {f"{name}__from": value.from_, f"{name}__to": value.to}
        return {end: at for end, at in ends.items() if at is not None}

    def condition(self, parameter: str, prefix: str) -> ColumnElement[bool]:
        bound = self._bound(parameter, prefix)
        return self.column >= bound if parameter.endswith("__from") else self.column < bound


class Given(Marker):
    def parameters(self, name: str, value: Any) -> dict[str, Any]:
        return {f"{name}__{'some' if value else 'none'}": value}

    def condition(self, parameter: str, prefix: str) -> ColumnElement[bool]:
        return self.column.is_not(None) if parameter.endswith("__some") else self.column.is_(None)


class Meets(Marker):
    def parameters(self, name: str, value: Any) -> dict[str, Any]:
        return {f"{name}__{'yes' if value else 'no'}": value}

    def condition(self, parameter: str, prefix: str) -> ColumnElement[bool]:
        return self.column if parameter.endswith("__yes") else ~self.column


class FilterField(StrawberryField):
    marker: Marker


def _field(marker: Marker, description: str) -> Any:
    field = FilterField(description=description, default=None)
    field.marker = marker
    return field


def equal(column: Any, *, description: str, id_of: str | None = None, lower: bool = False) -> Any:
    """The column equals the value; `id_of` names the prefix of a typed id, `lower` compares in lower case."""
    return _field(Equal(column, id_of, lower), description)


def among(column: Any, *, description: str, id_of: str | None = None) -> Any:
    """The column is one of the values; an empty list is none of them."""
    return _field(Among(column, id_of), description)


def one_among(column: Any, *, key: Any, of: Any, description: str, lower: bool = False) -> Any:
    """A row of another table, whose `key` column is this row's `of`, has one of the values in the column."""
    return _field(OneAmong(column, lower=lower, key=key, of=of), description)


def within(column: Any, *, description: str) -> Any:
    """The column lies in a TimeRange or DateRange."""
    return _field(Within(column), description)


def past(column: Any, *, description: str) -> Any:
    """The column is greater than the value."""
    return _field(Past(column), description)


def given(column: Any, *, description: str) -> Any:
    """The column has a value, or has none."""
    return _field(Given(column), description)


def meets(condition: ColumnElement[bool], *, description: str) -> Any:
    """The row meets the condition, or does not.

    Written out in SQL, with no parameter, it is one that PostgreSQL knows a partial index by.
    """
    return _field(Meets(condition), description)


@dataclass_transform(kw_only_default=True)
def filter_input(*, description: str) -> Any:
    """Make a class of markers a GraphQL input: `@filter_input(description="Narrows tickets down.")`."""

    def decorate(cls: type) -> type:
        decorated: type = strawberry.input(cls, description=description)
        return decorated

    return decorate


def markers(cls: type) -> Mapping[str, Marker]:
    """The markers of a filter by the name of their field."""
    definition: Any = cls.__strawberry_definition__  # type: ignore[attr-defined]
    return {field.python_name: field.marker for field in definition.fields}


def conditions(cls: type, names: Sequence[str], prefix: str = "") -> list[ColumnElement[bool]]:
    """What the named parameters of a filter ask for; `prefix` stands before their names in the statement."""
    return [markers(cls)[name.partition("__")[0]].condition(name, prefix) for name in names]


def parameters(value: Any) -> dict[str, Any]:
    """The parameters of a given filter, by name; fields that were not given ask for nothing."""
    used: dict[str, Any] = {}
    if value is not None:
        for name, marker in markers(type(value)).items():
            if (given_value := getattr(value, name)) is not None:
                used.update(marker.parameters(name, given_value))
    return used
