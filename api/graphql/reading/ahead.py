"""Reading ahead: what the rows of a page lead to is read before the first of them is resolved.

Otherwise every relation of every row waits for its batch in a task of its own, and the waiting costs more than the
reading. What is not read ahead is read when its field is resolved: nothing but speed depends on it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLField, GraphQLResolveInfo, InlineFragmentNode, get_named_type
from strawberry.schema.schema_converter import GraphQLCoreConverter

from api.context import RequestContext
from api.graphql.reading.loaders import Loaders
from api.graphql.reading.sources import NewestOf, Reading, ToOne
from domain.tenants.permissions import Permission

DEFINED = GraphQLCoreConverter.DEFINITION_BACKREF
"""Under which the executor's schema keeps what each of its parts was made from."""


async def read_ahead(
    loaders: Loaders,
    info: GraphQLResolveInfo[RequestContext],
    rows: list[Any],
    *,
    reading: Reading,
    permitted: Iterable[Permission],
) -> None:
    """Read what the nodes of a page lead to, level by level; `info` is of the page's `edges`."""
    ahead = _Ahead(loaders, info, frozenset(permitted))
    nodes = ahead.selected(info.field_nodes, get_named_type(info.return_type).name).get("node", [])
    await ahead.read(rows, reading, nodes)


def declared(field: GraphQLField) -> Any:
    """The strawberry field that a field of the executor's schema was made from; None for others."""
    return field.extensions.get(DEFINED)


@dataclass(frozen=True, eq=False)
class _Ahead:
    loaders: Loaders
    info: GraphQLResolveInfo[RequestContext]
    permitted: frozenset[Permission]

    async def read(self, rows: list[Any], reading: Reading, nodes: list[FieldNode]) -> None:
        """Read the single rows that these lead to; then what those lead to, if their nodes select it."""
        type: Any = self.info.schema.get_type(reading.name)
        found = []
        for name, below in self.selected(nodes, reading.name).items():
            field: Any = declared(type.fields[name]) if name in type.fields else None
            source = getattr(field, "source", None)
            if isinstance(source, ToOne | NewestOf) and self.permitted.issuperset(field.permissions):
                far = [self.loaders.far(source, field.target, row) for row in rows]
                found.append(([one for one in far if one is not None], field.target, below))
        for waiting, _, _ in found:
            for one in waiting:
                if not one.done():
                    await asyncio.wait([one])
        for waiting, target, below in found:
            there = [row for one in waiting if one.exception() is None and (row := one.result()) is not None]
            await self.read(there, target, below)

    def selected(self, nodes: Iterable[FieldNode], type_name: str) -> dict[str, list[FieldNode]]:
        """The fields that are selected of a type for certain, by name: what has a directive is left out."""
        found: dict[str, list[FieldNode]] = defaultdict(list)
        spread: set[str] = set()
        todo = [node.selection_set for node in nodes]
        while todo:
            selections = todo.pop()
            for node in selections.selections if selections is not None else ():
                if node.directives:
                    continue
                match node:
                    case FieldNode(name=name):
                        found[name.value].append(node)
                    case InlineFragmentNode(type_condition=of) if of is None or of.name.value == type_name:
                        todo.append(node.selection_set)
                    case FragmentSpreadNode(name=name) if name.value not in spread:
                        spread.add(name.value)
                        fragment = self.info.fragments[name.value]
                        if fragment.type_condition.name.value == type_name:
                            todo.append(fragment.selection_set)
        return found
