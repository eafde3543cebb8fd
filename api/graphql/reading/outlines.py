"""What a field asks for, in normal form: fragments spread, repeated keys merged, directives decided, literals left out.

Two documents that ask for the same in other words, or with other values, have outlines of one `text`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
)

TYPENAME = "__typename"


class Unplanned(Exception):
    """Something that no plan reads; `reason` is a word for the counter. The reference executor answers it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Asked:
    """A field that is asked for under a key, once for all nodes that ask for it; without a definition a type's name.

    `place` is its place among the outline's fields, `page` that among those that take arguments.
    """

    key: str
    nodes: Sequence[FieldNode]
    definition: GraphQLField | None
    place: int
    page: int | None
    below: Sequence["Asked"]

    @property
    def name(self) -> str:
        return self.nodes[0].name.value


@dataclass(eq=False)
class Outline:
    """What one field asks for: itself the first of the `fields`, those that take arguments again in `pages`.

    In `fixed` its reader keeps what it made of arguments that are all written out, in `given` what of all of them, and
    in `writer` the function that writes its value.
    """

    text: str
    root: Asked
    fields: Sequence[Asked]
    pages: Sequence[Asked]
    fixed: dict[int, Any] = field(default_factory=dict)
    given: Any = None
    writer: Callable[[Any], Any] | None = None


@dataclass(frozen=True, eq=False)
class Document:
    """What drawing takes of a document and its request: `variables` are those that its directives look at."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def outline(self, definition: GraphQLField, nodes: Sequence[FieldNode], type: GraphQLObjectType) -> Outline:
        """What a field with these nodes asks for, if its value is of that type. Raises Unplanned."""
        drawing = _Drawing(self)
        # Under its name, whatever its key: nothing that is made of an outline says what the root is called.
        root, text = drawing.field(nodes[0].name.value, nodes, definition, type)
        return Outline(f"{type.name}:{text}", root, drawing.fields, drawing.pages)

    def selected(self, type: GraphQLObjectType, sets: Iterable[SelectionSetNode | None]) -> dict[str, list[FieldNode]]:
        """The fields that are selected of an object of that type, by key, in the order of their first mention.

        Raises Unplanned.
        """
        found: dict[str, list[FieldNode]] = {}
        self._collect(type, [node for each in sets if each is not None for node in each.selections], found, set())
        return found

    def _collect(
        self,
        type: GraphQLObjectType,
        nodes: Iterable[SelectionNode],
        found: dict[str, list[FieldNode]],
        spread: set[str],
    ) -> None:
        for node in nodes:
            if not self._included(node):
                continue
            match node:
                case FieldNode():
                    found.setdefault(_key(node), []).append(node)
                case InlineFragmentNode(type_condition=of, selection_set=inside):
                    if of is None or self._is(type, of.name.value):
                        self._collect(type, inside.selections, found, spread)
                case FragmentSpreadNode(name=name) if name.value not in spread:
                    spread.add(name.value)
                    fragment = self.fragments[name.value]
                    if self._is(type, fragment.type_condition.name.value):
                        self._collect(type, fragment.selection_set.selections, found, spread)

    def _is(self, type: GraphQLObjectType, name: str) -> bool:
        if type.name == name:
            return True
        wider = self.schema.get_type(name)
        return isinstance(wider, GraphQLInterfaceType) and self.schema.is_sub_type(wider, type)

    def _included(self, node: SelectionNode) -> bool:
        turning = (each for each in node.directives or () if each.name.value in ("skip", "include"))
        return all(self._holds(directive) is (directive.name.value == "include") for directive in turning)

    def _holds(self, directive: DirectiveNode) -> bool:
        [argument] = directive.arguments or [None]
        match argument.value if argument is not None else None:
            case BooleanValueNode(value=value):
                return value
            case VariableNode(name=name) if isinstance(given := self.variables.get(name.value), bool):
                return given
            case _:
                raise Unplanned("directive")


class _Drawing:
    def __init__(self, document: Document) -> None:
        self._document = document
        self.fields: list[Any] = []
        self.pages: list[Any] = []

    def field(
        self, key: str, nodes: Sequence[FieldNode], definition: GraphQLField | None, type: GraphQLObjectType | None
    ) -> tuple[Asked, str]:
        """The field, and its text; `type` is that of its value, if this is an object."""
        place, page = len(self.fields), None
        self.fields.append(None)
        if definition is not None and definition.args:
            page = len(self.pages)
            self.pages.append(None)
        below, texts = [], []
        if type is not None:
            selected = self._document.selected(type, (node.selection_set for node in nodes))
            for inner_key, inner_nodes in selected.items():
                asked, text = self._inside(inner_key, inner_nodes, type)
                below.append(asked)
                texts.append(text)
        asked = self.fields[place] = Asked(key, nodes, definition, place, page, below)
        if page is not None:
            self.pages[page] = asked
        name = asked.name if key == asked.name else f"{key}:{asked.name}"
        return asked, f"{name}{{{' '.join(texts)}}}" if type is not None else name

    def _inside(self, key: str, nodes: Sequence[FieldNode], parent: GraphQLObjectType) -> tuple[Asked, str]:
        name = nodes[0].name.value
        if name == TYPENAME:
            return self.field(key, nodes, None, None)
        definition = parent.fields[name]
        named = get_named_type(definition.type)
        if is_abstract_type(named):
            raise Unplanned("interface")
        return self.field(key, nodes, definition, named if isinstance(named, GraphQLObjectType) else None)


def _key(node: FieldNode) -> str:
    return (node.alias or node.name).value
