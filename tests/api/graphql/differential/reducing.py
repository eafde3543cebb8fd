"""A request that fails is made smaller for as long as it still fails, so that what is printed is what matters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    VariableNode,
    parse,
    print_ast,
)

from tests.api.graphql.differential.answers import Asked

MOST_TRIES = 600
REMOVABLE = {"selections", "arguments", "directives", "fields", "values", "variable_definitions", "definitions"}


def reduced(asked: Asked, fails: Callable[[Asked], bool]) -> Asked:
    """The request without whatever it fails without."""
    place, begun_with = 0, asked
    for _ in range(MOST_TRIES):
        smaller = _smaller(asked, place)
        if smaller is None:
            if asked == begun_with:
                break
            place, begun_with = 0, asked  # once more: what could not be left out before may be now
        elif _size(smaller) < _size(asked) and fails(smaller):
            asked = smaller
        else:
            place += 1
    return asked


def _size(asked: Asked) -> int:
    return len("".join(asked.text.split()))


def _smaller(asked: Asked, place: int) -> Asked | None:
    """The request after one edit, the one at that place among all that there are; None after the last."""
    try:
        document = parse(asked.text)
    except GraphQLError:
        return None
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    edited = next(islice(_edits(document, fragments), place, None), None)
    if not isinstance(edited, DocumentNode):
        return None
    pruned = _pruned(edited)
    used = {node.name.value for node in _nodes(pruned) if isinstance(node, VariableNode)}
    values = {name: value for name, value in asked.variables.items() if name in used}
    return replace(asked, text=print_ast(pruned), variables=values)


def _edits(node: Node, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[Node]:
    """The node with something left out, the larger things first; or with a fragment's content in place of it."""
    if isinstance(node, FieldNode) and node.alias is not None:
        yield replace(node, alias=None)
    for name, children in _children(node):
        for index, child in enumerate(children):
            others = children[:index], children[index + 1 :]
            if name in REMOVABLE and (name != "selections" or len(children) > 1):
                yield _with(node, name, (*others[0], *others[1]))
            if (inside := _content(child, fragments)) is not None:
                yield _with(node, name, (*others[0], *inside, *others[1]))
    for name, children in _children(node):
        for index, child in enumerate(children):
            for edited in _edits(child, fragments):
                yield _with(node, name, (*children[:index], edited, *children[index + 1 :]))


def _content(node: Node, fragments: dict[str, FragmentDefinitionNode]) -> tuple[Node, ...] | None:
    match node:
        case InlineFragmentNode():
            return tuple(node.selection_set.selections)
        case FragmentSpreadNode() if node.name.value in fragments:
            return tuple(fragments[node.name.value].selection_set.selections)
        case _:
            return None


def _pruned(document: DocumentNode) -> DocumentNode:
    """The document without fragments that are spread nowhere, and variables that stand nowhere."""
    spread = {node.name.value for node in _nodes(document) if isinstance(node, FragmentSpreadNode)}
    kept: tuple[DefinitionNode, ...] = tuple(
        node
        for node in document.definitions
        if not isinstance(node, FragmentDefinitionNode) or node.name.value in spread
    )
    if len(kept) < len(document.definitions):
        return _pruned(replace(document, definitions=kept))
    used = {
        node.name.value
        for definition in kept
        for node in _nodes(definition, without="variable_definitions")
        if isinstance(node, VariableNode)
    }
    return replace(document, definitions=tuple(_defining(node, used) for node in kept))


def _defining(node: DefinitionNode, used: set[str]) -> DefinitionNode:
    if not isinstance(node, OperationDefinitionNode):
        return node
    variables = [each for each in node.variable_definitions or () if each.variable.name.value in used]
    return replace(node, variable_definitions=tuple(variables))


def _children(node: Node) -> Iterator[tuple[str, tuple[Node, ...]]]:
    """The nodes right inside of a node, by the attribute that holds them."""
    for name in node.keys:
        value: Any = getattr(node, name, None)
        if isinstance(value, Node):
            yield name, (value,)
        elif isinstance(value, tuple | list) and value:
            yield name, tuple(value)


def _with(node: Node, name: str, children: tuple[Node, ...]) -> Node:
    several = isinstance(getattr(node, name), tuple | list)
    return replace(node, **{name: children if several else children[0]})  # type: ignore[arg-type]


def _nodes(node: Node, *, without: str = "") -> Iterator[Node]:
    yield node
    for name, children in _children(node):
        if name != without:
            for child in children:
                yield from _nodes(child, without=without)
