"""Where the fields of a type live, as plain data: the loaders, and any faster path, are derived from it alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, DateTime, bindparam
from sqlalchemy.orm import InstrumentedAttribute

from api.graphql.reading.keysets import Keyset
from domain.kit.base import Base
from domain.tenants.permissions import Permission

NOW: BindParameter[datetime] = bindparam("now", type_=DateTime(timezone=True))
"""The request's instant, for columns and conditions that depend on it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """What every field says: the permission that it takes beyond its type's own."""

    requires: Permission | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class TypedId(Source):
    """The row's id behind its type's prefix."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Column(Source):
    """A column of the row's table, or an expression over its columns and NOW."""

    expression: ColumnElement[Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Computed(Source):
    """A pure function of columns (and NOW), given in that order."""

    function: Callable[..., Any]
    needs: tuple[ColumnElement[Any], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Relation(Source):
    """A way to other rows. `own` rows are the caller's, who may see them without their type's permission."""

    own: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class ToOne(Relation):
    """The row whose id is in a column of this one, or in an attribute of a payload."""

    key: InstrumentedAttribute[Any] | str


@dataclass(frozen=True, eq=False, kw_only=True)
class ToEach(Relation):
    """The rows whose ids are in an attribute of a payload; those that are no more are left out."""

    key: str


@dataclass(frozen=True, eq=False, kw_only=True)
class ToMany(Relation):
    """The rows whose `key` column is this row's id, or those that rows of a table in between lead to.

    `at_most` makes it a plain list, for sets that are small by nature.
    """

    key: InstrumentedAttribute[Any]
    order: Keyset
    orders: type[Enum] | None = None
    where: ColumnElement[bool] | None = None
    through: InstrumentedAttribute[Any] | None = None
    filter: type | None = None
    at_most: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class NewestOf(Relation):
    """Of the rows whose `key` column is this row's id, the last by an order."""

    key: InstrumentedAttribute[Any]
    by: Keyset
    where: ColumnElement[bool] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class AllOf(Relation):
    """All rows of a type, at the root.

    A `stream` is read forward alone, and takes the fields of its filter as arguments.
    """

    order: Keyset
    orders: type[Enum] | None = None
    filter: type | None = None
    stream: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class OneBy(Relation):
    """One row of a type, at the root: by its typed id or by one of the unique columns."""

    by: tuple[InstrumentedAttribute[Any], ...] = ()


@dataclass(eq=False, kw_only=True)
class Reading:
    """How one GraphQL type is read: `Ticket.__reading__`."""

    type: Any
    model: type[Base]
    requires: Permission | None
    where: ColumnElement[bool] | None
    sources: dict[str, Source] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.type.__name__)

    @property
    def prefix(self) -> str:
        """What the type's ids begin with: the name of its table."""
        return str(self.model.__tablename__)

    @cached_property
    def id(self) -> Any:
        return attribute(self.model, "id")

    @cached_property
    def columns(self) -> dict[str, ColumnElement[Any]]:
        """What a statement selects for the type, by the attribute that a read object keeps it in."""
        found: dict[str, Any] = {}
        for name, source in self.sources.items():
            match source:
                case Column(expression=expression):
                    found[name] = expression
                case Computed(needs=needs):
                    found.update((need(name, i), column) for i, column in enumerate(needs) if column is not NOW)
                case ToOne(key=InstrumentedAttribute() as key):
                    found[hidden(key)] = key
                case TypedId() | ToMany() | NewestOf():
                    found[hidden(self.id)] = self.id
                case _:
                    raise TypeError(f"{self.name}.{name}: {type(source).__name__} has no place on a table's type.")
        return found

    def read(self, values: Any) -> Any:
        """An object of the type from the values of `columns`, in their order."""
        instance = self.type.__new__(self.type)
        instance.__dict__.update(zip(self.columns, values, strict=False))
        return instance


def reading_of(cls: Any) -> Reading:
    """How a type is read. Raises TypeError for one that was not declared with `reads`."""
    found = getattr(cls, "__reading__", None)
    if not isinstance(found, Reading):
        raise TypeError(f"{cls} does not say where it is read.")
    return found


def hidden(column: InstrumentedAttribute[Any]) -> str:
    """The attribute for a column that is no field of its own: `_customer_id`."""
    return f"_{column.key}"


def need(name: str, index: int) -> str:
    """The attribute for what a computed field needs."""
    return f"_{name}_{index}"


def tenant_of(model: Any) -> Any:
    """The column that says whose row it is; a tenant is its own."""
    return attribute(model, "id" if model.__tablename__ == "tenant" else "tenant_id")


def attribute(model: Any, name: str) -> Any:
    found = getattr(model, name, None)
    if not isinstance(found, InstrumentedAttribute):
        raise TypeError(f"{model.__name__} has no column {name}.")
    return found
