"""Lists that PostgreSQL writes as JSON: those inside rows, as long as all in them is SQL's to say.

To send a list's values, read them, and write them again takes longer than writing them where they are. What only Python
can say (computed fields, cursors), and what the caller may not see, leaves a list to be read as records.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from graphql import GraphQLEnumType, get_nullable_type, is_non_null_type
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Label,
    Text,
    between,
    case,
    cast,
    func,
    literal_column,
    select,
)

from api.graphql.reading import coding, flat
from api.graphql.reading.ahead import declared
from api.graphql.reading.fields import SourceField
from api.graphql.reading.flat import Level, Origin
from api.graphql.reading.loaders import PageQuery
from api.graphql.reading.outlines import Asked
from api.graphql.reading.sources import Column, NewestOf, Reading, Source, ToMany, ToOne, TypedId, hidden
from domain.tenants.permissions import Permission

LONGEST_KEY = 63
"""Characters of a key: it is a name in the statement, and PostgreSQL cuts longer ones."""

SQL = ColumnElement[Any]


class Unlisted(Exception):
    """Something in a list that PostgreSQL does not write."""


class Listing:
    """Writes the lists of one plan; `pages` are the pages that its fields ask for."""

    def __init__(
        self, aliases: Iterator[str], pages: Sequence[PageQuery | None], permitted: frozenset[Permission]
    ) -> None:
        self._aliases, self._pages, self._permitted = aliases, pages, permitted

    def connection(self, parent: SQL, source: ToMany, target: Reading, asked: Asked) -> SQL:
        """A page of the parent's list, with its edges and its length, as JSON. Raises Unlisted."""
        query = self._pages[asked.page] if asked.page is not None else None
        if query is None or query.shape.backward:
            raise Unlisted
        shape, prefix = query.shape, flat.prefix_of(asked.page or 0)
        parts: list[Label[Any]] = []
        for part in asked.below:
            match part.name:
                case "edges":
                    limit = flat.limit_of(prefix) - literal_column("1")  # nobody asks whether there are more
                    level = Level(self._aliases, flat.page(shape, prefix, parent, limit), shape.order)
                    parts.append(_named(self._edges(level, target, part), part))
                case "totalCount":
                    parts.append(_named(flat.counted(shape, prefix, parent).scalar_subquery(), part))
                case "__typename":
                    parts.append(_named(_text(f"{target.name}Connection"), part))
                case _:
                    raise Unlisted
        return self._json(parts)

    def short(self, parent: SQL, source: ToMany, target: Reading, most: int, asked: Asked) -> SQL:
        """The parent's short list, as JSON. Raises Unlisted."""
        shape = flat.whole(source, target, most)
        level = Level(self._aliases, flat.page(shape, "", parent, literal_column(str(most), Integer)), shape.order)
        return self._array(level, self._object(level, level.origin, target, asked.below))

    def _edges(self, level: Level, target: Reading, asked: Asked) -> SQL:
        [*nodes] = asked.below
        if len(nodes) != 1 or nodes[0].name != "node":
            raise Unlisted
        return self._array(level, self._object(level, level.origin, target, nodes[0].below), nodes[0])

    def _array(self, level: Level, columns: list[Label[Any]], node: Asked | None = None) -> SQL:
        """The rows as an array of objects, in the order in which the subquery has them; as nodes of edges if asked."""
        if not columns:
            raise Unlisted  # its directives have left nothing of it, and a subquery takes a column
        name = next(self._aliases)
        rows = level.selecting(columns).subquery(name)
        if node is not None:
            inner, name = rows, next(self._aliases)
            rows = select(_named(literal_column(inner.name), node)).select_from(inner).subquery(name)
        empty: SQL = literal_column("'[]'::json")
        return select(func.coalesce(func.json_agg(literal_column(name)), empty)).select_from(rows).scalar_subquery()

    def _json(self, columns: list[Label[Any]]) -> SQL:
        if not columns:
            raise Unlisted
        name = next(self._aliases)
        return (
            select(func.row_to_json(literal_column(name)))
            .select_from(select(*columns).subquery(name))
            .scalar_subquery()
        )

    def _object(self, level: Level, origin: Origin, reading: Reading, below: Sequence[Asked]) -> list[Label[Any]]:
        return [_named(self._value(level, origin, reading, asked), asked) for asked in below]

    def _value(self, level: Level, origin: Origin, reading: Reading, asked: Asked) -> SQL:
        if asked.definition is None:
            return _text(reading.name)
        field = declared(asked.definition)
        if not isinstance(field, SourceField) or not self._permitted.issuperset(field.permissions):
            raise Unlisted
        if isinstance(field.source, Column) and _fits(field.source.expression, asked):
            return _written(origin.read(field.python_name, field.source.expression), asked)
        id = _id_of(origin, reading, field.source)
        match field.source:
            case TypedId():
                return _text(f"{reading.prefix}_").op("||")(func.replace(cast(id, Text), _text("-"), _text("")))
            case Column(expression=expression):
                return _written(_checked(origin.read(field.python_name, expression), expression, asked, id), asked)
            case ToOne() | NewestOf() as source:
                return self._single(level, origin, reading, source, field, asked, id)
            case ToMany(at_most=int() as most) as source:
                return self.short(id, source, field.target, most, asked)
            case ToMany() as source:
                return self.connection(id, source, field.target, asked)
            case _:
                raise Unlisted

    def _single(
        self,
        level: Level,
        origin: Origin,
        reading: Reading,
        source: ToOne | NewestOf,
        field: SourceField,
        asked: Asked,
        id: SQL,
    ) -> SQL:
        target = field.target
        if isinstance(source, ToOne) and isinstance(source.key, str):
            raise Unlisted
        far = level.join(flat.single(source, target, origin, reading))
        there = far.read(hidden(target.id), target.id)
        none = None if field.nullable else func.to_json(_refusing(id, Integer()))
        return case((there.is_not(None), self._json(self._object(level, far, target, asked.below))), else_=none)


def _id_of(origin: Origin, reading: Reading, source: Source) -> SQL:
    """The row's id; of rows that have none, that of the row which they lead to. Raises Unlisted where there is none."""
    if hasattr(reading.model, "id"):
        return origin.read(hidden(reading.id), reading.id)
    if not isinstance(source, ToOne) or isinstance(source.key, str) or not coding.is_never_null(source.key):
        raise Unlisted
    return origin.read(hidden(source.key), source.key)


def _named(value: SQL, asked: Asked) -> Label[Any]:
    if len(asked.key) > LONGEST_KEY:
        raise Unlisted
    return value.label(asked.key)


def _text(text: str) -> SQL:
    """A text that needs no escape, written out."""
    return literal_column(f"'{text}'::text", Text)


def _refusing(id: SQL, type: Any) -> SQL:
    """In place of a value that the schema does not allow: an error of PostgreSQL's, for an id is no such thing."""
    return cast(cast(id, Text), type)


def _is_promised(expression: Any, asked: Asked) -> bool:
    """Whether the schema promises a value where the table alone does not."""
    return (
        asked.definition is not None
        and is_non_null_type(asked.definition.type)
        and not coding.is_never_null(expression)
    )


def _is_too_wide(expression: Any, asked: Asked) -> bool:
    return asked.definition is not None and _named_type(asked).name == "Int" and coding.is_wide(expression)


def _named_type(asked: Asked) -> Any:
    return get_nullable_type(asked.definition.type) if asked.definition is not None else None


def _fits(expression: Any, asked: Asked) -> bool:
    """Whether whatever the column holds is what the schema allows."""
    return not _is_promised(expression, asked) and not _is_too_wide(expression, asked)


def _checked(value: SQL, expression: Any, asked: Asked, id: SQL) -> SQL:
    """The value, or an error of PostgreSQL's where the schema does not allow it."""
    if _is_promised(expression, asked):
        if not isinstance(expression.type, Boolean | Integer | BigInteger | DateTime | Date):
            raise Unlisted
        value = func.coalesce(value, _refusing(id, expression.type), type_=expression.type)
    if _is_too_wide(expression, asked):
        fits = between(value, -(2**31), 2**31 - 1) | value.is_(None)
        value = case((fits, value), else_=_refusing(id, Integer()))
    return value


def _written(value: SQL, asked: Asked) -> SQL:
    """The value as row_to_json writes it as the API would. Raises Unlisted."""
    named = _named_type(asked)
    if isinstance(named, GraphQLEnumType):
        if any(member.value != name for member, name in coding.members(named).items()):
            raise Unlisted
        return value
    if named.name == "DateTime":
        return _instant(value)
    if named.name == "Date":
        return _day(value)
    if named.name not in (*coding.PLAIN, "Int"):
        raise Unlisted
    return value


def _day(value: SQL) -> SQL:
    """A day as the driver reads it, which takes the ends of the calendar for what PostgreSQL calls infinity."""
    ends = {"-infinity": date.min, "infinity": date.max}
    days = ((cast(_text(end), Date), cast(_text(day.isoformat()), Date)) for end, day in ends.items())
    return case(*((value == end, day) for end, day in days), else_=value)


def _instant(value: SQL) -> SQL:
    """An instant as the API writes it: in UTC, with six digits of a second's fraction or none."""
    text = cast(func.timezone(_text("UTC"), value), Text)
    whole = func.date_trunc(_text("second"), value) == value
    return func.replace(
        case((whole, text), else_=func.rpad(text, literal_column("26"), _text("0"))), _text(" "), _text("T")
    ).op("||")(_text("Z"))
