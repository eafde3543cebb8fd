"""Selections: fields along a way to a type and whatever else stands beside them, dressed up in all ways there are."""

from dataclasses import dataclass, replace

from api.graphql.reading.nodes import PREFIXES
from tests.api.graphql.differential.arguments import Arguments
from tests.api.graphql.differential.document import MOST_ALIASES, MOST_FRAGMENTS, Document, Fragment, listed
from tests.api.graphql.differential.samples import Samples
from tests.api.graphql.differential.scopes import Entry, Scope
from tests.api.graphql.differential.tables import Field, Tables, Type

PREFIX_OF = {reading.name: prefix for prefix, reading in PREFIXES.items()}
Way = tuple[Field, ...]


@dataclass(frozen=True)
class Room:
    """Where a selection stands: how many levels there may be from here on, and for how many rows it is read."""

    depth: int
    rows: int = 1
    kind: str = ""
    """Of a selection on an interface: which type the id names."""


class Selections:
    """Writes selections into a document."""

    def __init__(self, tables: Tables, samples: Samples, document: Document) -> None:
        self._tables, self._document, self._choices = tables, document, document.choices
        self._arguments = Arguments(tables, samples, document)

    def root(self, query: Type, scope: Scope, room: Room, way: Way) -> str:
        """A field of the root that is the beginning of a way; in a fragment on the root at times."""
        before = self._document.fields
        found = self._field(way[0], scope, room, way[1:])
        if not self._choices.chance(10):
            return found
        return self._wrapped(query.name, scope, room, listed([found]), before - self._document.fields)

    def of(self, type: Type, scope: Scope, room: Room, way: Way = ()) -> str:
        """A selection of a type. It has something along the way, if there is one."""
        if type.name not in type.possible:
            return self._of_interface(scope, room, way)
        parts = self._along(type, scope, room, way) if way else []
        if type.name.endswith("Connection"):
            parts += self._connected(type, scope, room) if not way else []
            parts += self._of_page(type, scope, room)
        else:
            parts += self._leaves(type, scope)
            parts += self._beside(type, scope, room)
        if not parts or self._choices.chance(8):
            parts.append(self._typename(scope))
        if len(parts) > 1 and self._choices.chance(30):
            parts.append(parts.pop(0))
        return listed(self._apart(type, scope, room, parts))

    def _along(self, type: Type, scope: Scope, room: Room, way: Way) -> list[str]:
        field = way[0]
        found = [self._field(field, scope, room, way[1:])]
        if field.name in ("edges", "node") or not self._choices.chance(12):
            return found
        # The same relation once more: under another key with another selection, or under the same, to be merged.
        return [*found, self._field(field, scope, room, (), twin=self._choices.chance(50))]

    def _connected(self, type: Type, scope: Scope, room: Room) -> list[str]:
        """What a connection is asked for as a rule: its items; or nothing but how many they are, or how they lie."""
        if room.depth < 3 or self._choices.chance(15):
            return []
        return [self._field(type.fields["edges"], scope, room, ())]

    def _of_page(self, type: Type, scope: Scope, room: Room) -> list[str]:
        choices = self._choices
        names = [name for name, depth in (("pageInfo", 2), ("totalCount", 1)) if room.depth >= depth]
        return [self._field(type.fields[name], scope, room, ()) for name in choices.some(names, 40)]

    def _leaves(self, type: Type, scope: Scope) -> list[str]:
        document, choices = self._document, self._choices
        found = []
        for field in choices.some(type.leaves, choices.of((20, 45, 80)))[: max(document.fields, 0)]:
            found.append(self._field(field, scope, Room(1), ()))
            if choices.chance(6):
                found.append(self._field(field, scope, Room(1), (), twin=choices.chance(50)))
        return found

    def _beside(self, type: Type, scope: Scope, room: Room) -> list[str]:
        choices, found = self._choices, []
        options = type.composites
        if type.name.endswith("Edge"):
            return [] if "node" in scope.entries or room.depth < 2 else [self._field(options[0], scope, room, ())]
        for _ in range(choices.of((0, 0, 1, 1, 2)) if options else 0):
            field = choices.of(options)
            if self._document.fields > 0 and room.depth >= (4 if field.connection else 2):
                found.append(self._field(field, scope, room, (), twin=choices.chance(10)))
        return found

    def _field(self, field: Field, scope: Scope, room: Room, way: Way, *, twin: bool = False) -> str:
        """A field with all that belongs to it; a twin stands under a key of its own."""
        document, choices = self._document, self._choices
        document.fields -= 1
        document.selected.add(field)
        key = field.name
        if document.aliases < MOST_ALIASES and (twin or choices.chance(10)):
            key = document.alias(choices.of((field.name, "a", "Ala_", "t", "c", "k", "known", "select_", "p0_")))
        entry = scope.entries.get(key)
        if entry is not None and not entry.takes(field, entry.arguments if entry.field is field else "(?)"):
            key, entry = document.alias(field.parent), None
        if entry is None:
            kind = self._kind(field, way)
            given = self._arguments.of(field, room.rows, kind=PREFIX_OF.get(kind, ""))
            entry = scope.entries[key] = Entry(field, given.text, given.rows, Scope())
            room = replace(room, kind=kind)
        inside = ""
        if not field.leaf:
            below = replace(room, depth=room.depth - 1, rows=entry.rows)
            inside = " " + self.of(self._tables.types[field.named], entry.inside, below, way)
        name = field.name if key == field.name else f"{key}: {field.name}"
        return f"{name}{entry.arguments}{self._condition(3)}{inside}"

    def _kind(self, field: Field, way: Way) -> str:
        """Of which type an argument's id should be."""
        if field.named != "Node":
            return field.named
        return way[0].parent if way else self._choices.of(self._tables.types["Node"].possible)

    def _of_interface(self, scope: Scope, room: Room, way: Way) -> str:
        """The interface's own fields, and those of types that may stand there."""
        choices, node = self._choices, self._tables.types["Node"]
        parts = self._leaves(node, scope)
        others = [choices.of(node.possible) for _ in range(choices.of((0, 0, 1, 2)))]
        for kind in (room.kind, *others):
            if kind and (kind == room.kind or self._document.fields > 0):
                type = self._tables.types[kind]
                parts.append(self._on(type, scope, room, way if kind == room.kind else ()))
        return listed([*parts, self._typename(scope)] if not parts or choices.chance(30) else parts)

    def _on(self, type: Type, scope: Scope, room: Room, way: Way = ()) -> str:
        """An inline fragment on a type, or a named one."""
        before = self._document.fields
        inside = self.of(type, scope, room, way)
        return self._wrapped(type.name, scope, room, inside, before - self._document.fields)

    def _wrapped(self, on: str, scope: Scope, room: Room, inside: str, fields: int) -> str:
        document, choices = self._document, self._choices
        if len(document.fragments) >= MOST_FRAGMENTS or not choices.chance(40):
            return f"... on {on}{self._condition(8)} {inside}"
        name = f"F{len(document.fragments)}"
        document.fragments.append(Fragment(name, on, scope.copied(), room.depth, fields, room.rows))
        document.texts.append(f"fragment {name} on {on} {inside}")
        return f"...{name}{self._condition(8)}"

    def _apart(self, type: Type, scope: Scope, room: Room, parts: list[str]) -> list[str]:
        """The parts, some of them inside of fragments, some twice, and a fragment that was there already."""
        document, choices = self._document, self._choices
        match choices.below(16):
            case 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8:
                return parts
            case 9:
                return [f"...{self._condition(30)} {listed(parts)}"]
            case 10 | 11:
                cut = choices.below(len(parts))
                on = type.name
                return [*parts[:cut], self._wrapped(on, scope, room, listed(parts[cut:]), len(parts) * 2)]
            case 12 if type.interfaces:
                found = f"... on {type.interfaces[0]}{self._condition(20)} {listed([self._id(type, scope)])}"
                return [found, *parts]
            case 13:
                known = [each for each in document.fragments if self._fits(each, type, scope, room)]
                if known:
                    fragment = choices.of(known)
                    scope.absorb(fragment.scope)
                    document.fields -= fragment.fields
                    return [*parts, f"...{fragment.name}{self._condition(20)}"]
                return parts
            case 14:
                flag = document.flag()
                return [f"... @skip(if: {flag}) {listed(parts)}", f"... @include(if: {flag}) {listed(parts[:1])}"]
            case _:
                return [*parts, parts[0]] if len(parts[0]) < 200 else parts

    def _fits(self, fragment: Fragment, type: Type, scope: Scope, room: Room) -> bool:
        fits = fragment.on == type.name and fragment.depth <= room.depth and fragment.rows * 2 >= room.rows
        return fits and fragment.fields <= self._document.fields and scope.agrees(fragment.scope)

    def _id(self, type: Type, scope: Scope) -> str:
        return self._field(self._tables.types[type.interfaces[0]].fields["id"], scope, Room(1), ())

    def _typename(self, scope: Scope) -> str:
        if self._document.aliases < MOST_ALIASES and self._choices.chance(10):
            return f"{self._document.alias('is')}: __typename"
        return f"__typename{self._condition(3)}"

    def _condition(self, percent: int) -> str:
        choices = self._choices
        if not choices.chance(percent):
            return ""
        names = choices.of((("@skip",), ("@include",), ("@skip",), ("@include",), ("@skip", "@include")))
        return "".join(f" {name}(if: {self._document.flag()})" for name in names)
