"""The words of a declaration. Each stands beside its field and says where the field's value lives."""

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import Any, Literal, Self, get_args, get_origin

import strawberry
from sqlalchemy import ColumnElement
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from api.graphql.reading import resolving
from api.graphql.reading.connections import DEFAULT_PAGE, LARGEST_PAGE, Connection
from api.graphql.reading.keysets import Keyset, keyset
from api.graphql.reading.sources import (
    AllOf,
    Column,
    Computed,
    NewestOf,
    OneBy,
    Reading,
    Relation,
    Source,
    ToEach,
    ToMany,
    ToOne,
    TypedId,
    reading_of,
)
from domain.tenants.permissions import Permission

TYPES: dict[str, Any] = {}
"""Every type that is read, by name."""

NAMES: dict[str, Any] = {"Connection": Connection}
"""What the annotations of relations may name, wherever they stand: those types, and `Connection`."""


class SourceField(StrawberryField):
    """A field that knows its source; `resolving` gives its value."""

    source: Source

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.source, copied.init = self.source, self.init
        return copied

    @property
    def is_basic_field(self) -> bool:
        return isinstance(self.source, Column) and self.source.requires is None

    @property
    def arguments(self) -> list[StrawberryArgument]:
        if self._arguments is None:
            self._arguments = _arguments(self.source)
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value

    @cached_property
    def target(self) -> Reading:
        """How the type on the far side of a relation is read."""
        return self.shape[1]

    @cached_property
    def nullable(self) -> bool:
        return NoneType in get_args(self._annotation())

    @cached_property
    def shape(self) -> tuple[Any, Reading]:
        """What holds the far side (None, `list` or `Connection`), and how that is read."""
        annotation = self._annotation()
        if NoneType in get_args(annotation):
            annotation = next(part for part in get_args(annotation) if part is not NoneType)
        holder = get_origin(annotation)
        target = get_args(annotation)[0] if holder in (list, Connection) else annotation
        return holder, reading_of(target)

    @cached_property
    def permissions(self) -> tuple[Permission, ...]:
        """What a caller needs to be given this field's value."""
        asked = {self.source.requires}
        if isinstance(self.source, Relation) and not self.source.own:
            asked.add(self.target.requires)
        return tuple(sorted(permission for permission in asked if permission is not None))

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        if info is None:
            return getattr(source, self.python_name)
        return resolving.value(self, source, info.context, kwargs)

    def link(self) -> None:
        """Let the annotation name any type that is read."""
        raw = self.type_annotation.raw_annotation if self.type_annotation is not None else None
        self.type_annotation = StrawberryAnnotation(raw, namespace=NAMES)

    def _annotation(self) -> Any:
        if self.type_annotation is None:
            raise TypeError(f"{self.python_name} has no annotation.")
        return self.type_annotation.evaluate()


def typed_id(*, description: str) -> Any:
    """The row's id behind its type's prefix."""
    return _field(TypedId(), description)


def column(expression: Any, *, description: str, requires: Permission | None = None, name: str | None = None) -> Any:
    """A column of the type's table, or an SQL expression over its columns and NOW."""
    return _field(Column(expression=expression, requires=requires), description, name)


def computed(
    function: Callable[..., Any], *, needs: tuple[Any, ...], description: str, requires: Permission | None = None
) -> Any:
    """A pure function of columns (and NOW), which it is given in the order of `needs`."""
    return _field(Computed(function=function, needs=needs, requires=requires), description)


def to_one(
    key: Any,
    *,
    description: str,
    own: bool = False,
    requires: Permission | None = None,
    init: Literal[False] = False,
) -> Any:
    """The row whose id is in a column of this type's table, or in the attribute of a payload that `key` names."""
    return _field(ToOne(key=key, own=own, requires=requires), description)


def to_each(key: str, *, description: str, init: Literal[False] = False) -> Any:
    """The rows whose ids are in the attribute of a payload that `key` names."""
    return _field(ToEach(key=key), description)


def to_many(
    key: Any,
    *,
    description: str,
    order: tuple[Any, ...] | type[Enum],
    where: ColumnElement[bool] | None = None,
    through: Any = None,
    filter: type | None = None,
    at_most: int | None = None,
    requires: Permission | None = None,
) -> Any:
    """The rows whose `key` column is this row's id, by an order (or an enum of orders, the first if none is asked for).

    With `through`, `key` and `through` are two columns of a table in between: this row's id and the far row's.
    Annotated `Connection[X]` it is paged; annotated `list[X]` it is short by nature and has `at_most` rows.
    """
    first, orders = _orders(order)
    source = ToMany(
        key=key,
        order=first,
        orders=orders,
        where=where,
        through=through,
        filter=filter,
        at_most=at_most,
        requires=requires,
    )
    return _field(source, description)


def newest_of(
    key: Any,
    *,
    by: tuple[Any, ...],
    description: str,
    where: ColumnElement[bool] | None = None,
    requires: Permission | None = None,
) -> Any:
    """Of the rows whose `key` column is this row's id, the last by the columns of `by`."""
    return _field(NewestOf(key=key, by=keyset(*by), where=where, requires=requires), description)


def all_of(*, order: tuple[Any, ...] | type[Enum], description: str, filter: type | None = None) -> Any:
    """All rows of a type, for the root."""
    first, orders = _orders(order)
    return _field(AllOf(order=first, orders=orders, filter=filter), description)


def stream_of(*, order: tuple[Any, ...], description: str, filter: type) -> Any:
    """All rows of a type for whoever follows them: forward from the start, a cursor or what the filter's fields say."""
    return _field(AllOf(order=keyset(*order), filter=filter, stream=True), description)


def one_by(*columns: Any, description: str) -> Any:
    """One row of a type, for the root: by its typed id, or by one of the unique columns."""
    return _field(OneBy(by=columns), description)


def _orders(order: tuple[Any, ...] | type[Enum]) -> tuple[Keyset, type[Enum] | None]:
    if isinstance(order, tuple):
        return keyset(*order), None
    return next(iter(order)).value, order


def _field(source: Source, description: str, name: str | None = None) -> Any:
    field = SourceField(graphql_name=name, description=description)
    field.source = source
    field.init = False
    return field


def _arguments(source: Source) -> list[StrawberryArgument]:
    match source:
        case OneBy(by=columns):
            by_id = _argument("id", strawberry.ID | None, "The typed id. Give exactly one argument.")
            return [by_id, *(_by_column(column) for column in columns)]
        case AllOf(stream=True, filter=type() as filter):
            narrowing: Any = filter.__strawberry_definition__  # type: ignore[attr-defined]
            return [*_PAGE_ARGUMENTS[:2], *(_as_argument(field) for field in narrowing.fields)]
        case ToMany(at_most=None) | AllOf():
            arguments = list(_PAGE_ARGUMENTS)
            if source.orders is not None:
                arguments.append(_argument("order", source.orders, "The order of the list.", next(iter(source.orders))))
            if source.filter is not None:
                arguments.append(_argument("filter", source.filter | None, "Only what fits all of it."))
            return arguments
        case _:
            return []


def _as_argument(field: StrawberryField) -> StrawberryArgument:
    annotation = field.type_annotation
    raw = annotation.raw_annotation if annotation is not None else None
    return _argument(field.python_name, raw, str(field.description), field.default)


def _by_column(column: Any) -> StrawberryArgument:
    words = column.key.replace("_", " ")
    return _argument(column.key, column.type.python_type | None, f"Its {words}, instead of the id.")


def _argument(name: str, annotation: Any, description: str, default: Any = strawberry.UNSET) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(annotation),
        description=description,
        default=default,
    )


_PAGE_ARGUMENTS = (
    _argument("first", int | None, f"At most so many from the start, up to {LARGEST_PAGE}; {DEFAULT_PAGE} if unsaid."),
    _argument("after", str | None, "Only what follows this cursor."),
    _argument("last", int | None, f"At most so many from the end, up to {LARGEST_PAGE}."),
    _argument("before", str | None, "Only what precedes this cursor."),
)


def source_fields(cls: type) -> dict[str, SourceField]:
    """The declared fields of a type by name, with those that it inherits."""
    definition: Any = cls.__strawberry_definition__  # type: ignore[attr-defined]
    return {field.python_name: field for field in definition.fields if isinstance(field, SourceField)}
