"""Plans: how one field is read with a caller's permissions, whatever the values it is asked with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLEnumType, get_nullable_type, is_non_null_type
from sqlalchemy import ColumnElement, Integer, Text, any_, bindparam, cast, literal_column
from sqlalchemy.dialects.postgresql import ARRAY

from api.graphql import ids
from api.graphql.reading import coding, cursors, flat
from api.graphql.reading.ahead import declared
from api.graphql.reading.coding import Code
from api.graphql.reading.fields import SourceField
from api.graphql.reading.flat import Level, Origin
from api.graphql.reading.listed import Listing, Unlisted
from api.graphql.reading.loaders import PageQuery
from api.graphql.reading.outlines import Asked, Outline, Unplanned
from api.graphql.reading.sources import NOW, Column, Computed, NewestOf, Reading, ToMany, ToOne, TypedId, hidden, need
from domain.kit.straight import DIALECT, Prepared
from domain.tenants.permissions import Permission

EACH = None
"""In a path: every item of a list."""

Path = tuple[str | None, ...]
Pages = Sequence[PageQuery | None]


@dataclass(frozen=True)
class Denied:
    """A field that the caller may not see: null, and an error wherever it stands; `place` is that in the outline."""

    path: Path
    permission: Permission
    place: int


@dataclass(frozen=True, eq=False)
class Plan:
    """One statement, or two where the length of a root list is asked for, and what makes the field's value of its rows.

    `build(rows, length, now, limits)` gives the value; of plans by keys the values by id.
    """

    statement: Prepared
    length: Prepared | None
    build: Callable[..., Any]
    denied: tuple[Denied, ...]


MOST_TABLES = 40
"""Names of tables and lists in one statement. What PostgreSQL plans of more takes long, and is kept large."""


def _names() -> Iterator[str]:
    """Names that no key of a document can be, so that none is taken for a table. Raises Unplanned for too many."""
    yield from (f"t${number}" for number in range(MOST_TABLES))
    raise Unplanned("tables")


class Planning:
    """Makes the plan of one outline; `pages` are the pages that its fields ask for, of which the shapes count."""

    def __init__(self, outline: Outline, pages: Pages, permitted: frozenset[Permission]) -> None:
        self._outline, self._pages, self._permitted = outline, pages, permitted
        self._code = Code()
        self._aliases = _names()
        self._denied: list[Denied] = []
        self._listing = Listing(self._aliases, pages, permitted)

    def of_page(self, reading: Reading) -> Plan:
        """The plan of a page of all rows of a type."""
        query, root = self._page(self._outline.root), self._outline.root
        shape = query.shape
        base = flat.first_page(shape, flat.prefix_of(0), flat.ceiling(query))
        level = Level(self._aliases, base, shape.order, shape.backward)
        made = self._connection(level, reading, root, ())
        length = flat.counted(shape, flat.prefix_of(0), None) if _asks(root, "totalCount") else None
        return self._plan(level, f"return {made}(rows, length, now, limits)", length)

    def of_one(self, reading: Reading, key: ColumnElement[Any]) -> Plan:
        """The plan of the row whose unique column is the parameter `key`."""
        condition = key == bindparam("key", type_=key.type)
        level = Level(self._aliases, flat.where(reading, condition))
        level.value(level.origin, hidden(reading.id), reading.id)
        made = self._object(level, level.origin, reading, self._outline.root.below, ())
        return self._plan(level, f"for r in rows: return {made}", None)

    def of_each(self, reading: Reading) -> Plan:
        """The plan of the rows whose ids are in the parameter `keys`: a value for each that there is, by id."""
        condition = reading.id == any_(bindparam("keys", type_=ARRAY(reading.id.type)))
        level = Level(self._aliases, flat.where(reading, condition))
        place = level.value(level.origin, hidden(reading.id), reading.id)
        made = self._object(level, level.origin, reading, self._outline.root.below, (EACH,))
        return self._plan(level, f"return {{r[{place}]: {made} for r in rows}}", None)

    def _plan(self, level: Level, line: str, length: Any) -> Plan:
        build = self._code.compiled(self._code.function("rows, length, now, limits", [line]))
        counting = None if length is None else Prepared(length)
        return Plan(Prepared(level.statement()), counting, build, tuple(self._denied))

    def _page(self, asked: Asked) -> PageQuery:
        query = self._pages[asked.page] if asked.page is not None else None
        if query is None:
            raise Unplanned("field")
        return query

    def _object(self, level: Level, origin: Origin, reading: Reading, below: Sequence[Asked], path: Path) -> str:
        """What makes an object of the row `r`: the text of a dict."""
        parts = (f"{a.key!r}: {self._value(level, origin, reading, a, (*path, a.key))}" for a in below)
        return "{" + ", ".join(parts) + "}"

    def _value(self, level: Level, origin: Origin, reading: Reading, asked: Asked, path: Path) -> str:
        if asked.definition is None:
            return repr(reading.name)
        field = declared(asked.definition)
        if not isinstance(field, SourceField):
            raise Unplanned("field")
        for permission in field.permissions:
            if permission not in self._permitted:
                self._denied.append(Denied(path, permission, asked.place))
                return "None"
        match field.source:
            case TypedId():
                place = level.value(origin, hidden(reading.id), reading.id)
                return f"{ids.spell(reading.prefix, ids.NOTHING)[:-32]!r} + r[{place}].hex"
            case Column(expression=expression):
                return self._column(f"r[{level.value(origin, field.python_name, expression)}]", expression, asked)
            case Computed() as source:
                return self._computed(level, origin, source, field.python_name, asked)
            case ToOne() | NewestOf() as source:
                return self._single(level, origin, reading, source, field, asked, path)
            case ToMany(at_most=int() as most) as source:
                return self._list(level, origin, reading, source, field.target, most, asked, path)
            case ToMany() as source:
                return self._nested(level, origin, reading, source, field.target, asked, path)
            case _:
                raise Unplanned("field")

    def _column(self, value: str, expression: ColumnElement[Any], asked: Asked) -> str:
        type: Any = asked.definition.type if asked.definition is not None else None
        named = get_nullable_type(type)
        if isinstance(named, GraphQLEnumType):
            names = {member.value: name for member, name in coding.members(named).items()}
            if any(told != name for told, name in names.items()):
                value = f"{self._code.constant({**names, None: None})}[{value}]"
        elif named.name == "Int":
            value = self._code.narrow(value) if coding.is_wide(expression) else value
        elif named.name not in (*coding.PLAIN, "JSON"):  # the engine's connections read JSON by themselves
            raise Unplanned("scalar")
        promised = is_non_null_type(type) and not coding.is_never_null(expression)
        return f"{self._code.constant(coding.certain)}({value})" if promised else value

    def _computed(self, level: Level, origin: Origin, source: Computed, name: str, asked: Asked) -> str:
        given = []
        for i, column in enumerate(source.needs):
            if column is NOW:
                given.append("now")
                continue
            value = f"r[{level.value(origin, need(name, i), column)}]"
            read = column.type.dialect_impl(DIALECT).result_processor(DIALECT, None)
            given.append(value if read is None else f"{self._code.constant(read)}({value})")
        write = coding.writer(asked.definition.type, asked.below) if asked.definition is not None else None
        return f"{self._code.constant(write)}({self._code.constant(source.function)}({', '.join(given)}))"

    def _single(
        self,
        level: Level,
        origin: Origin,
        reading: Reading,
        source: ToOne | NewestOf,
        field: SourceField,
        asked: Asked,
        path: Path,
    ) -> str:
        target = field.target
        if isinstance(source, ToOne) and isinstance(source.key, str):
            raise Unplanned("field")
        far = level.join(flat.single(source, target, origin, reading))
        there = level.value(far, hidden(target.id), target.id)
        made = self._object(level, far, target, asked.below, path)
        none = "None" if field.nullable else f"{self._code.constant(coding.absent)}()"
        return f"({none} if r[{there}] is None else {made})"

    def _list(
        self,
        level: Level,
        origin: Origin,
        reading: Reading,
        source: ToMany,
        target: Reading,
        most: int,
        asked: Asked,
        path: Path,
    ) -> str:
        parent = origin.read(hidden(reading.id), reading.id)
        try:
            return self._written(level, self._listing.short(parent, source, target, most, asked))
        except Unlisted:
            shape = flat.whole(source, target, most)
        base = flat.page(shape, "", parent, literal_column(str(most), Integer))
        inner = Level(self._aliases, base, shape.order)
        made = self._object(inner, inner.origin, target, asked.below, (*path, EACH))
        rows = level.other(inner.array())
        return f"[{made} for r in r[{rows}]]"

    def _nested(
        self,
        level: Level,
        origin: Origin,
        reading: Reading,
        source: ToMany,
        target: Reading,
        asked: Asked,
        path: Path,
    ) -> str:
        parent = origin.read(hidden(reading.id), reading.id)
        try:
            return self._written(level, self._listing.connection(parent, source, target, asked))
        except Unlisted:
            shape, prefix = self._page(asked).shape, flat.prefix_of(asked.page or 0)
        inner = Level(
            self._aliases, flat.page(shape, prefix, parent, flat.limit_of(prefix)), shape.order, shape.backward
        )
        made = self._connection(inner, target, asked, path)
        rows = length = "None"
        if _asks(asked, "edges") or _asks(asked, "pageInfo"):
            rows = f"r[{level.other(inner.array())}]"
        if _asks(asked, "totalCount"):
            length = f"r[{level.other(flat.counted(shape, prefix, parent).scalar_subquery())}]"
        return f"{made}({rows}, {length}, now, limits)"

    def _written(self, level: Level, json: ColumnElement[Any]) -> str:
        """A column of JSON, which goes into the answer as it is."""
        return f"{self._code.constant(orjson.Fragment)}(r[{level.other(cast(json, Text))}])"

    def _connection(self, level: Level, reading: Reading, asked: Asked, path: Path) -> str:
        """The name of a function that makes a page of its rows."""
        shape, limit = self._page(asked).shape, f"limits[{asked.page}]"
        parts = []
        for part in asked.below:
            inside = (*path, part.key)
            match part.name:
                case "edges":
                    value = f"[{self._edge(level, reading, part, (*inside, EACH))} for r in rows]"
                case "pageInfo":
                    value = self._page_info(level, shape.resumed, part)
                case "totalCount":
                    value = "length"
                case _:
                    value = repr(f"{reading.name}Connection")
            parts.append(f"{part.key!r}: {value}")
        lines = []
        if _asks(asked, "edges") or _asks(asked, "pageInfo"):
            lines += [f"more = len(rows) > {limit}", f"if more: rows = rows[:{limit}]"]
            lines += ["rows = rows[::-1]"] if shape.backward else []
        lines.append("return {" + ", ".join(parts) + "}")
        return self._code.function("rows, length, now, limits", lines)

    def _edge(self, level: Level, reading: Reading, asked: Asked, path: Path) -> str:
        parts = []
        for part in asked.below:
            match part.name:
                case "node":
                    value = self._object(level, level.origin, reading, part.below, (*path, part.key))
                case "cursor":
                    value = self._cursor(level, "r")
                case _:
                    value = repr(f"{reading.name}Edge")
            parts.append(f"{part.key!r}: {value}")
        return "{" + ", ".join(parts) + "}"

    def _page_info(self, level: Level, is_resumed: bool, asked: Asked) -> str:
        resumed = repr(is_resumed)
        values = {
            "hasNextPage": resumed if level.backward else "more",
            "hasPreviousPage": "more" if level.backward else resumed,
            "startCursor": f"{self._cursor(level, 'rows[0]')} if rows else None",
            "endCursor": f"{self._cursor(level, 'rows[-1]')} if rows else None",
        }
        parts = (f"{part.key!r}: {values.get(part.name, repr('PageInfo'))}" for part in asked.below)
        return "{" + ", ".join(parts) + "}"

    def _cursor(self, level: Level, row: str) -> str:
        places = ", ".join(f"{row}[{place}]" for place in level.positions())
        return f"{self._code.constant(cursors.encode)}({self._code.constant(level.order)}, ({places},))"


def _asks(asked: Asked, name: str) -> bool:
    return any(part.name == name for part in asked.below)
